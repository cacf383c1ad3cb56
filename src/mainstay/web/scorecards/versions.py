"""The versions of a scorecard: what each changed, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.common.time import utc_now
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.scores import publishing
from mainstay.scores.changes import changes
from mainstay.scores.errors import BadScorecard
from mainstay.scores.models import ScorecardVersion
from mainstay.scores.preview import Preview, preview
from mainstay.scores.reading import Reading, reading
from mainstay.web.http import go, needs_role, toast, user_of
from mainstay.web.scorecards.card import frame_of
from mainstay.web.scorecards.figures import Figures, figures_of


class ReasonForm(forms.Form):
    """Why a version is published."""

    reason = forms.CharField(
        max_length=publishing.MAX_REASON,
        label="Reason",
        help_text="Shown beside the version, and wherever a history marks it.",
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
    )


@dataclass(frozen=True)
class Row:
    """A version with what it changed against the one before."""

    version: ScorecardVersion
    said: Sequence[str]
    is_newest: bool


@dataclass(frozen=True)
class VersionPage:
    """The context of one version. `against`: what is different in the version in force now; empty for that itself."""

    version: ScorecardVersion
    reading: Reading
    said: Sequence[str]
    against: Sequence[str]
    is_newest: bool


@require_GET
def versions(request: HttpRequest, key: str) -> HttpResponse:
    """Every version, the newest first."""
    frame = frame_of(request, key, "scorecard-versions")
    found = list(frame.card.versions.select_related("published_by", "scorecard").order_by("-version"))
    said = publishing.said_of(found)
    rows = [Row(version, said[version.version], version.pk == frame.newest.pk) for version in found]
    return render(request, "scorecards/versions.html", {"title": frame.card.name, "frame": frame, "rows": rows})


@require_GET
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version as it was, with its differences to the one before and to the one in force."""
    frame = frame_of(request, key, "scorecard-versions")
    found = get_object_or_404(frame.card.versions.select_related("published_by", "scorecard"), version=number)
    document, metrics = publishing.document_of_version(found), all_metrics()
    before = frame.card.versions.select_related("scorecard").filter(version=number - 1)
    page = VersionPage(
        version=found,
        reading=reading(document, metrics=metrics),
        said=publishing.said_of([*before, found])[number],
        against=changes(document, publishing.document_of(frame.card), metrics=metrics),
        is_newest=found.pk == frame.newest.pk,
    )
    return render(request, "scorecards/version.html", {"title": frame.card.name, "frame": frame, "page": page})


@require_http_methods(["GET", "POST"])
@needs_role(Role.MANAGER)
def roll_back(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Show what going back would change, ask for the reason, do it."""
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            made = publishing.roll_back(
                key, number, by=user_of(request), reason=form.cleaned_data["reason"], now=utc_now()
            )
        except BadScorecard as error:
            form.add_error(None, error.message)
        else:
            toast(
                request,
                f"“{made.scorecard.name}” is as in version {number} again, published as version {made.version}.",
            )
            return go(request, reverse("scorecard-versions", args=[key]))
    card = publishing.get(key)
    document = publishing.document_of_version(get_object_or_404(card.versions, version=number))
    context = {
        "title": f"Back to version {number}",
        "form": form,
        "action": reverse("scorecard-back", args=[key, number]),
        "submit": f"Publish version {number} again",
        "cancel": reverse("scorecard-versions", args=[key]),
        "said": changes(publishing.document_of(card), document, metrics=all_metrics()),
        "figures": _figures(preview(document, now=utc_now())),
    }
    return render(request, "scorecards/roll-back.html", context, status=422 if form.errors else 200)


def _figures(found: Preview) -> Figures:
    return figures_of(found, most=5)
