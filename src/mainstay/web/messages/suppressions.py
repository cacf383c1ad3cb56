"""The suppression list: search, add, take off, export."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.deliveries.models import Suppression, SuppressionKind
from mainstay.deliveries.suppression import lift, suppress
from mainstay.people.access import require_role
from mainstay.people.models import Role
from mainstay.web.csv_export import csv_response
from mainstay.web.http import done, is_htmx, needs_role, toast, user_of, whole_number
from mainstay.web.messages.tabs import Tab, tabs
from mainstay.web.undo import undo_url, undoes

PAGE_SIZE = 50


@dataclass(frozen=True)
class SuppressionsPage:
    """The context of the list."""

    title: str
    tabs: Sequence[Tab]
    rows: Sequence[Suppression]
    text: str
    first_url: str
    next_url: str
    may_add: bool
    may_lift: bool


class SuppressForm(forms.Form):
    """An address, and why nothing is sent there."""

    email = forms.CharField(max_length=254, label="E-mail address", widget=forms.EmailInput(attrs={"autofocus": True}))
    reason = forms.CharField(
        max_length=300, label="Why", widget=forms.TextInput(attrs={"placeholder": "Asked by phone"})
    )


class LiftForm(forms.Form):
    """Why it is written to again."""

    reason = forms.CharField(
        max_length=300,
        label="Why",
        help_text="Kept in the audit log. Write to somebody who complained only when that person asked for it.",
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


@require_GET
def suppressions(request: HttpRequest) -> HttpResponse:
    """Addresses nothing is sent to, the newest first."""
    user, text, after = user_of(request), request.GET.get("q", "").strip(), whole_number(request.GET.get("after", ""))
    found = Suppression.objects.select_related("by").order_by("-pk")
    if text:
        found = found.filter(address__icontains=text.lower()) | found.filter(reason__icontains=text)
    if after is not None:
        found = found.filter(pk__lt=after)
    shown = list(found[: PAGE_SIZE + 1])
    page = SuppressionsPage(
        title="Messages",
        tabs=tabs("suppressions"),
        rows=shown[:PAGE_SIZE],
        text=text,
        first_url=_url(text) if after is not None else "",
        next_url=_url(text, after=str(shown[PAGE_SIZE - 1].pk)) if len(shown) > PAGE_SIZE else "",
        may_add=user.has_role(Role.CSM),
        may_lift=user.has_role(Role.MANAGER),
    )
    template = "messages/suppressions-body.html" if is_htmx(request) else "messages/suppressions.html"
    return render(request, template, {"title": page.title, "page": page})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All of them as CSV. Managers and above."""
    require_role(user_of(request), Role.MANAGER)
    rows = Suppression.objects.order_by("address").values_list("address", "kind", "reason", "since")
    return csv_response(f"suppressed-{utc_now():%Y-%m-%d}", ("address", "kind", "reason", "since"), rows.iterator())


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def add(request: HttpRequest) -> HttpResponse:
    """Put an address on the list."""
    form = SuppressForm(request.POST or None)
    if form.is_valid():
        email, reason = form.cleaned_data["email"], form.cleaned_data["reason"]
        try:
            is_new = suppress(email, kind=SuppressionKind.MANUAL, reason=reason, by=user_of(request), now=utc_now())
        except Invalid as error:
            form.add_error("email", error.message)
        else:
            toast(request, f"Nothing is sent to {email} any more." if is_new else f"{email} was on the list already.")
            return done(request, reverse("suppressions"))
    context = {"title": "Send nothing to an address", "form": form, "submit": "Add"}
    context |= {"action": reverse("suppression-add"), "cancel": reverse("suppressions")}
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an address off the list, with a reason."""
    found = get_object_or_404(Suppression, pk=pk)
    form = LiftForm(request.POST or None)
    if form.is_valid():
        former = {"address": found.address, "kind": found.kind, "reason": found.reason}
        lift(found.address, reason=form.cleaned_data["reason"], by=user_of(request))
        undo = undo_url(request, "suppression-lifted", former)
        toast(request, f"{found.address} is written to again.", undo=undo)
        return done(request, reverse("suppressions"))
    context = {"title": f"Write to {found.address} again?", "form": form, "submit": "Take off the list"}
    context |= {"action": reverse("suppression-remove", args=[pk]), "cancel": reverse("suppressions")}
    return render(request, "settings/form.html", context, status=422 if form.errors else 200)


@undoes("suppression-lifted")
def _undo_remove(request: HttpRequest, payload: Any) -> str:
    kind = SuppressionKind(payload["kind"])
    suppress(payload["address"], kind=kind, reason=payload["reason"], by=user_of(request), now=utc_now())
    return f"Nothing is sent to {payload['address']} again."


def _url(text: str, *, after: str = "") -> str:
    query = urlencode({key: value for key, value in {"q": text, "after": after}.items() if value})
    return reverse("suppressions") + (f"?{query}" if query else "")
