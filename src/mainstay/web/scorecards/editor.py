"""The editor of a draft: saved while one types, with the faults, the lines over the accounts and the sum at once."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.people.models import Role
from mainstay.scores import drafts, publishing
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Draft
from mainstay.web.http import go, is_htmx, needs_role, toast, user_of
from mainstay.web.scorecards import form as forms
from mainstay.web.scorecards.form import Form, form_of, groups
from mainstay.web.scorecards.operations import operate, with_keys
from mainstay.web.scorecards.rows import parse, texts
from mainstay.web.undo import undo_url, undoes

_CHOICES = {
    "unknown": forms.UNKNOWN,
    "roll_ups": forms.ROLL_UPS,
    "combines": forms.COMBINES,
    "points": forms.POINTS,
    "at_most": forms.AT_MOST,
    "directions": forms.DIRECTIONS,
}


@require_POST
@needs_role(Role.MANAGER)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """One's draft of a scorecard: the one there is, or a new one."""
    draft = drafts.begin(key, by=user_of(request), now=utc_now())
    return redirect("scorecard-draft", pk=draft.pk)


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. A button that adds, removes or moves sends the whole form, and the form comes back."""
    if request.method == "GET":
        form = form_of(drafts.get(pk), now=utc_now())
        return render(request, "scorecards/editor.html", _context(request, form))
    saved = save(request, drafts.get(pk))
    operation = request.POST.get("do", "save")
    if operation != "save":
        saved = _operated(request, saved, operation)
    if not is_htmx(request):
        return redirect("scorecard-draft", pk=pk)
    response = render(request, "scorecards/editor-swap.html", _context(request, form_of(saved, now=utc_now())))
    response["HX-Trigger"] = "draft-saved"
    return response


@require_POST
@needs_role(Role.MANAGER)
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was typed; what follows from it comes back, the fields stay as they are."""
    before = form_of(drafts.get(pk), now=utc_now())
    form = form_of(save(request, before.draft), now=utc_now())
    context = _context(request, form) | {"changed": _changed(before, form)}
    response = render(request, "scorecards/editor-live.html", context)
    response["HX-Trigger"] = "draft-saved"
    return response


@require_POST
@needs_role(Role.MANAGER)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the draft; it can be brought back."""
    found = drafts.get(pk)
    kept = drafts.discard(found, by=user_of(request))
    toast(request, "The draft is discarded.", undo=undo_url(request, "scorecard-draft", kept))
    url = reverse("scorecard", args=[found.scorecard.key]) if found.scorecard else reverse("scorecards")
    return go(request, url)


@undoes("scorecard-draft")
def _restore(request: HttpRequest, kept: Any) -> str:
    drafts.restore(kept, by=user_of(request), now=utc_now())
    return "The draft is back."


@undoes("scorecard-draft-part")
def _put_back(request: HttpRequest, kept: Any) -> str:
    found = drafts.get(kept["pk"])
    try:
        drafts.save(found, kept["content"], revision=kept["revision"], by=user_of(request), now=utc_now())
    except ChangedMeanwhile:
        raise BadScorecard("More was written since; what was removed cannot be put back by itself any more.") from None
    return "It is there again."


def save(request: HttpRequest, found: Draft) -> Draft:
    """The draft with what the form of the request says; as it is where the request has no form. ChangedMeanwhile."""
    posted = request.POST
    if "window" not in posted:
        return found
    content = with_keys(parse(_pairs(posted), stored=found.content))
    if "after" in posted:
        content["position"] = _position(request, found, posted["after"])
    content = drafts.normal(found, content)
    if content == drafts.normal(found, found.content):
        return found
    return drafts.save(
        found,
        content,
        revision=int(posted.get("revision") or 0),
        by=user_of(request),
        now=utc_now(),
        window=posted["window"][:40],
    )


def _position(request: HttpRequest, found: Draft, after: str) -> int:
    form = form_of(found, now=utc_now())
    try:
        return forms.position_of(form, after)
    except BadScorecard as error:
        toast(request, error.message, kind="error")
        return int(found.content.get("position") or 0)


def _operated(request: HttpRequest, saved: Draft, operation: str) -> Draft:
    content, said = operate(saved.content, operation)
    after = drafts.save(
        saved, content, revision=saved.revision, by=user_of(request), now=utc_now(), window=request.POST["window"][:40]
    )
    if said:
        kept = {"pk": saved.pk, "content": saved.content, "revision": after.revision}
        toast(request, said, undo=undo_url(request, "scorecard-draft-part", kept))
    return after


def _context(request: HttpRequest, form: Form) -> dict[str, Any]:
    scorecard = form.draft.scorecard
    return {
        "title": f"Draft of {scorecard.name}" if scorecard else "New scorecard",
        "form": form,
        "choices": _CHOICES,
        "window": request.POST.get("window", ""),
        "is_overtaken": drafts.is_overtaken(form.draft),
        "newest": scorecard.versions.select_related("published_by").order_by("-version").first() if scorecard else None,
        "name": form.content.get("name") or "Without a name",
        "reason_length": publishing.MAX_REASON,
    }


def _changed(before: Form, after: Form) -> set[str]:
    """The groups whose live part may be another one than before: those that were typed in, and those with faults."""
    old, new = _parts(before.content), _parts(after.content)
    if any(before.content.get(name) != after.content.get(name) for name in ("condition", "position")):
        return set(new)
    faulty = before.faulty | after.faulty
    return {place for place, part in new.items() if old.get(place) != part or place in faulty}


def _parts(content: Any) -> dict[str, Any]:
    return {
        f"dimensions.{at}.measures.{index}": texts(measure)
        for at, dimension in enumerate(groups(content.get("dimensions")))
        for index, measure in enumerate(groups(dimension.get("measures")))
    }


def _pairs(posted: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in posted.lists() for value in values[-1:]]
