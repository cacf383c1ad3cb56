"""Segments made, changed and removed by people."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.segments.document import Document
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Segment
from mainstay.segments.selectors import document_of, get_segment, visible_segments
from mainstay.segments.services import new_key, remove, restore, save
from mainstay.web.accounts.filters import NOBODY, Filter, parse_filter
from mainstay.web.http import done, go, needs_role, toast, user_of
from mainstay.web.segments.forms import SegmentForm
from mainstay.web.undo import undo_url, undoes


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
    """Name a condition, at first the one of the view it was asked from."""
    user = user_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    chosen = as_condition(parse_filter(request.GET.dict(), segments)) if request.GET else ""
    form = SegmentForm(request.POST or None, initial={"condition": chosen, "is_shared": True}, user=user)
    if form.is_valid():
        found = _saved(form, new_key(form.cleaned_data["name"]), user)
        if found is not None:
            toast(request, f"Segment “{found.name}” saved.")
            return go(request, reverse("segment", args=[found.key]))
    texts = {"title": "New segment", "action": reverse("segment-new"), "cancel": reverse("segments")}
    return _form(request, form, texts)


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change a segment; its key stays."""
    user = user_of(request)
    document = document_of(get_segment(key, user))
    values = document.model_dump(exclude={"key", "shared"}) | {"is_shared": document.shared}
    form = SegmentForm(request.POST or None, initial=values, user=user)
    url = reverse("segment", args=[key])
    if form.is_valid() and _saved(form, key, user) is not None:
        toast(request, f"Segment “{form.cleaned_data['name']}” saved.")
        return done(request, url)
    texts = {"title": f"Edit “{document.name}”", "action": reverse("segment-edit", args=[key]), "cancel": url}
    return _form(request, form, texts)


@require_POST
@needs_role(Role.CSM)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Remove a segment; Undo takes it back."""
    user = user_of(request)
    name = get_segment(key, user).name
    remove(key, by=user, now=utc_now())
    toast(request, f"Segment “{name}” deleted.", undo=undo_url(request, "segment", key))
    return go(request, reverse("segments"))


@undoes("segment")
def _restore(request: HttpRequest, key: str) -> str:
    return f"Segment “{restore(key, by=user_of(request), now=utc_now()).name}” is back."


def _saved(form: SegmentForm, key: str, user: User) -> Segment | None:
    """The segment, or None with the form's errors."""
    values = form.cleaned_data
    document = Document(
        key=key,
        name=values["name"],
        description=values["description"],
        condition=values["condition"],
        shared=values.get("is_shared", False),
    )
    try:
        return save(document, by=user, now=utc_now())
    except BadSegment as error:
        form.add_error("name", error.message)
        return None


def _form(request: HttpRequest, form: SegmentForm, texts: Mapping[str, str]) -> HttpResponse:
    context = {**texts, "form": form, "submit": "Save segment"}
    return render(request, "segments/form.html", context, status=422 if form.errors else 200)
