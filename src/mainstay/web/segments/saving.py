"""Saving a view as a segment."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from mainstay.people.models import Role, User
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Segment
from mainstay.segments.selectors import visible_segments
from mainstay.segments.services import delete_segment, save_segment
from mainstay.web.accounts import query
from mainstay.web.accounts.filters import NOBODY, Filter, parse_filter, where_of
from mainstay.web.http import go, needs_role, toast, user_of
from mainstay.web.segments.forms import SegmentForm


def as_condition(chosen: Filter) -> str:
    """The filter as one condition, the search apart: what is looked for by name is not worth keeping."""
    parts = [chosen.segment.condition if chosen.segment else "", chosen.values.get("condition", "")]
    for name in ("band", "stage", "tier"):
        if name in chosen.values:
            parts.append(f"{name} = {_quoted(chosen.values[name])}")
    owner = chosen.values.get("owner", "")
    if owner == NOBODY:
        parts.append("owner is null")
    elif owner:
        user = User.objects.filter(pk=int(owner)).first()
        parts.append(f"owner = {_quoted(user.email)}" if user else "")
    real = [part for part in parts if part.strip() and part.strip() != "true"]
    return real[0] if len(real) == 1 else " and ".join(f"({part})" if " or " in part else part for part in real)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def new(request: HttpRequest) -> HttpResponse:
    """Name the condition of the present view."""
    user = user_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    condition = as_condition(parse_filter(request.GET.dict(), segments))
    form = SegmentForm(request.POST or None, initial={"condition": condition, "is_shared": True})
    if form.is_valid():
        try:
            return _save(request, form.cleaned_data, user)
        except BadSegment as error:
            form.add_error("name", error.message)
    context = {"title": "Save as a segment", "form": form, "action": reverse("segment-new"), "submit": "Save segment"}
    context["cancel"] = reverse("portfolio")
    return render(request, "segments/form.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, values: Mapping[str, Any], user: User) -> HttpResponse:
    segment = save_segment(name=values["name"], condition=values["condition"], is_shared=values["is_shared"], by=user)
    # The next refresh counts its members; until then the tab would say none.
    Segment.objects.filter(pk=segment.pk).update(member_count=query.count(where_of(segment.condition)))
    toast(request, f"Segment “{segment.name}” saved.")
    return go(request, f"{reverse('portfolio')}?{urlencode({'segment': segment.key})}")


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then delete a segment. Its accounts stay."""
    segment = get_object_or_404(visible_segments(user_of(request)), key=key)
    if request.method == "POST":
        delete_segment(segment, by=user_of(request))
        toast(request, f"Segment “{segment.name}” deleted.")
        return go(request, reverse("portfolio"))
    context = {
        "title": f"Delete “{segment.name}”?",
        "text": "The segment goes for everybody who sees it, with the record of who was in it. Its accounts stay.",
        "form": forms.Form(),
        "action": reverse("segment-delete", args=[key]),
        "submit": "Delete segment",
        "cancel": reverse("portfolio"),
    }
    return render(request, "accounts/form.html", context)
