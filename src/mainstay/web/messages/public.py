"""What contacts get, and how they stop it. A GET changes nothing: mail programs and scanners follow every link."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.time import utc_now
from mainstay.deliveries import links
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.preferences import delivery_to_contact, preferences_of, save_preferences
from mainstay.deliveries.preferences import unsubscribe as unsubscribe_from_all
from mainstay.deliveries.receipts import ReceiptKind, note
from mainstay.web.http import View
from mainstay.web.travel import harmless

# A transparent picture of one pixel.
_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
_STRICT = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.NONE],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}


def public(view: View) -> View:
    """No sign-in, no script, kept by nobody and found by no search engine."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        # Not "no-referrer": browsers would post the form from the origin "null", which the guard on forgery refuses.
        response["Referrer-Policy"] = "same-origin"
        return response

    decorated: View = never_cache(csp_override(_STRICT)(answered))
    marked: Callable[[View], View] = login_not_required
    return harmless(marked(decorated))


@public
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """The categories of messages, each to be ticked or not."""
    delivery = delivery_to_contact(links.recipient_of(token))
    if delivery is None:
        return _unknown(request, token)
    if request.method == "POST":
        save_preferences(delivery, request.POST.getlist("category"), now=utc_now())
        return redirect(f"{request.path}?saved=1")
    return _page(request, "preferences", delivery, saved=request.GET.get("saved") == "1")


@csrf_exempt  # RFC 8058: the mail program posts here, and the signed address is all it has
@public
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks (GET), or unsubscribes from everything but service messages (POST)."""
    delivery = delivery_to_contact(links.recipient_of(token))
    if delivery is None:
        return _unknown(request, token)
    if request.method == "GET":
        return _page(request, "unsubscribe", delivery)
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    how = "One click in the mail program (RFC 8058)" if one_click else "The unsubscribe page, from a mail"
    unsubscribe_from_all(delivery, how=how, now=utc_now())
    if one_click:
        return HttpResponse("Unsubscribed.\n", content_type="text/plain")
    return redirect(f"{links.preferences_url(delivery.pk).removeprefix(links.base_url())}?saved=1")


@public
@require_GET
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Counts a click and leads where the mail said: only to addresses that we signed."""
    found = links.clicked(token)
    if found is None:
        return _unknown(request)
    delivery = delivery_to_contact(found.delivery)
    if delivery is not None and policy_in_force().track_clicks:
        note(delivery, ReceiptKind.CLICKED, at=utc_now(), detail=found.url)
    return HttpResponseRedirect(found.url)


@public
@require_GET
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The picture, whatever is asked; what it tells is kept only while opens are tracked."""
    delivery = delivery_to_contact(links.opened(token))
    if delivery is not None and policy_in_force().track_opens:
        note(delivery, ReceiptKind.OPENED, at=utc_now())
    return HttpResponse(_PIXEL, content_type="image/gif")


def _page(request: HttpRequest, name: str, delivery: Delivery, *, saved: bool = False) -> HttpResponse:
    policy = policy_in_force()
    context = {
        "company": policy.company,
        "postal_address": policy.postal_address,
        "preferences": preferences_of(delivery.recipient, policy),
        "category": policy.category(delivery.category),
        "preferences_url": links.preferences_url(delivery.pk).removeprefix(links.base_url()),
        "saved": saved,
    }
    return render(request, f"messages/{name}.html", context)


def _unknown(request: HttpRequest, token: str = "") -> HttpResponse:
    context = {"company": policy_in_force().company, "is_test": links.recipient_of(token) == links.NO_MESSAGE}
    return render(request, "messages/unknown.html", context, status=404)
