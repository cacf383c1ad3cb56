"""From a draft to what runs: publish it, run it as a shadow, stop that, publish what runs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.time import utc_now
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.scores import drafts, publishing, shadows
from mainstay.scores.changes import changes
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard, ChangedMeanwhile
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.scores.preview import preview
from mainstay.web.http import go, needs_role, toast, user_of, whole_number
from mainstay.web.scorecards.editor import save
from mainstay.web.scorecards.figures import figures_of
from mainstay.web.scorecards.versions import ReasonForm
from mainstay.web.undo import undo_url, undoes


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the draft changes, ask for the reason, publish."""
    draft = save(request, drafts.get(pk))
    document = drafts.document_of(draft)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        try:
            made = drafts.publish(
                draft, by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now(), over=_over(request)
            )
        except (BadScorecard, ChangedMeanwhile) as error:
            form.add_error(None, error.message)
        else:
            return _published(request, made)
    context = _asked(document, draft.scorecard) | {
        "title": f"Publish “{document.name}”",
        "form": form,
        "action": reverse("scorecard-draft-publish", args=[pk]),
        "cancel": reverse("scorecard-draft", args=[pk]),
    }
    return render(request, "scorecards/publish.html", context, status=422 if form.errors else 200)


@require_POST
@needs_role(Role.MANAGER)
def start_shadow(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the draft as it is beside the scorecards in force."""
    draft = save(request, drafts.get(pk))
    shadow = shadows.start(draft, by=user_of(request), now=utc_now())
    toast(request, f"“{draft.content['name']}” runs as a shadow from the next refresh on.")
    return go(request, reverse("scorecard-shadow", args=[shadow.key]))


@require_POST
@needs_role(Role.MANAGER)
def stop_shadow(request: HttpRequest, pk: int) -> HttpResponse:
    """End a shadow; what was kept of it stays to be looked at."""
    shadow = shadows.get(pk)
    shadows.stop(shadow, by=user_of(request), now=utc_now())
    toast(request, "The shadow is stopped.", undo=undo_url(request, "scorecard-shadow", pk))
    return go(request, reverse("scorecard-shadow", args=[shadow.key]))


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish what runs as a shadow."""
    shadow = shadows.get(pk)
    document = shadows.document_of(shadow)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            made = shadows.promote(
                shadow, by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now(), over=_over(request)
            )
        except (BadScorecard, ChangedMeanwhile) as error:
            form.add_error(None, error.message)
        else:
            return _published(request, made)
    context = _asked(document, Scorecard.objects.filter(key=shadow.key).first()) | {
        "title": f"Publish the shadow of “{document.name}”",
        "form": form,
        "action": reverse("scorecard-shadow-promote", args=[pk]),
        "cancel": reverse("scorecard-shadow", args=[shadow.key]),
    }
    return render(request, "scorecards/publish.html", context, status=422 if form.errors else 200)


@undoes("scorecard-shadow")
def _resume(request: HttpRequest, pk: Any) -> str:
    shadows.resume(shadows.get(int(pk)), by=user_of(request))
    return "The shadow runs again."


def _published(request: HttpRequest, made: ScorecardVersion) -> HttpResponse:
    key = made.scorecard.key
    undo = undo_url(request, "scorecard-publish", [key, made.version])
    toast(request, f"“{made.scorecard.name}” version {made.version} is in force.", undo=undo)
    return go(request, reverse("scorecard", args=[key]))


@undoes("scorecard-publish")
def _unpublish(request: HttpRequest, made: Any) -> str:
    """Version 1 is taken back by removing the scorecard, any other by publishing the one before again."""
    key, number = made
    by, now = user_of(request), utc_now()
    if number == 1:
        publishing.remove(key, by=by, now=now)
        return "The scorecard serves nobody any more."
    publishing.roll_back(key, number - 1, by=by, reason=f"Version {number} was taken back at once.", now=now)
    return f"As in version {number - 1} again."


def _asked(document: Document, card: Scorecard | None) -> dict[str, Any]:
    """What the dialog tells: the changes in sentences and the effect; `over` is the version that is replaced."""
    newest = card.versions.select_related("scorecard").order_by("-version").first() if card else None
    in_force = newest if newest is not None and card is not None and card.archived_at is None else None
    said = changes(publishing.document_of_version(in_force), document, metrics=all_metrics()) if in_force else []
    return {
        "submit": "Publish",
        "said": said,
        "is_new": in_force is None,
        "over": in_force.version if in_force else 0,
        "figures": figures_of(preview(document, now=utc_now()), most=5),
    }


def _over(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("over", ""))
