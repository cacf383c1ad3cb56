"""The calendar feed: the dialog in which its address is made and revoked, and the address itself."""

from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_GET, require_POST, require_safe

from mainstay.common.time import utc_now
from mainstay.deliveries.links import base_url
from mainstay.playbooks import feeds
from mainstay.web.http import done, toast, user_of
from mainstay.web.travel import harmless


@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """Whether there is an address, and what can be done."""
    return _dialog(request)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make an address and show it, this once. A former one stops working."""
    secret = feeds.make_feed(user_of(request), now=utc_now())
    return _dialog(request, address=f"{base_url()}{reverse('task-feed-read', args=[secret])}")


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """No calendar reads it any more."""
    if feeds.revoke_feed(user_of(request)):
        toast(request, "The address is revoked. Calendars that read it get nothing any more.")
    return done(request, reverse("tasks"))


@harmless
@login_not_required
@require_safe
def read(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The stream, for whoever knows the address; `?as=todo` gives to-dos. It is not sent again while it is the same."""
    body = feeds.read_feed(secret, now=utc_now(), as_todos=request.GET.get("as") == "todo")
    if body is None:
        raise Http404
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "X-Robots-Tag": "noindex, nofollow"}
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    patch_cache_control(response, private=True, no_cache=True)
    return get_conditional_response(request, etag=etag, response=response) or response


def _dialog(request: HttpRequest, *, address: str = "") -> HttpResponse:
    context = {"title": "Tasks in your calendar", "feed": feeds.feed_of(user_of(request)), "address": address}
    return render(request, "tasks/feed.html", context)
