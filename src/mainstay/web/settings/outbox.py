"""Messages that went out, wait or failed; and the audit log."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.time import utc_now
from mainstay.deliveries.models import Delivery, State
from mainstay.deliveries.services import send_again
from mainstay.people.models import AuditEntry, Role
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.settings.sections import page

PAGE_SIZE = 50


@require_GET
@needs_role(Role.ADMINISTRATOR)
def deliveries(request: HttpRequest) -> HttpResponse:
    """The newest messages; those that need a person first when asked."""
    state = request.GET.get("state", "")
    found = Delivery.objects.select_related("account").order_by("-created_at", "-pk")
    if state in State.values:
        found = found.filter(state=state)
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"deliveries": shown, "states": State.choices, "state": state}
    return page(request, "deliveries", "settings-deliveries", context)


@require_http_methods(["GET", "POST"])
@needs_role(Role.ADMINISTRATOR)
def delivery(request: HttpRequest, pk: str) -> HttpResponse:
    """One message with its attempts. A failed or unsure one can be sent again."""
    found = get_object_or_404(Delivery.objects.select_related("account").prefetch_related("attempts"), pk=pk)
    if request.method == "POST":
        send_again(found, by=user_of(request), now=utc_now())
        toast(request, "It will be sent again within seconds.")
        return done(request, reverse("settings-deliveries"))
    context = {"title": found.subject or "Message", "delivery": found, "cancel": reverse("settings-deliveries")}
    context["is_stuck"] = found.state in (State.FAILED, State.UNSURE)
    return page(request, "delivery", "settings-deliveries", context)


@require_GET
@needs_role(Role.ADMINISTRATOR)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what to which thing, newest first."""
    text, before = request.GET.get("q", "").strip(), request.GET.get("before", "")
    found = AuditEntry.objects.select_related("user").order_by("-pk")
    if text:
        found = found.filter(subject__icontains=text) | found.filter(action__icontains=text)
    if before.isdecimal():
        found = found.filter(pk__lt=int(before))
    entries = list(found[: PAGE_SIZE + 1])
    next_id = entries[PAGE_SIZE - 1].pk if len(entries) > PAGE_SIZE else None
    context = {"entries": entries[:PAGE_SIZE], "text": text, "next_id": next_id}
    return page(request, "audit", "settings-audit", context)
