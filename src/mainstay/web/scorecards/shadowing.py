"""A shadow beside what is in force: now, over its days, and account by account."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.scores import publishing, shadow_figures, shadows
from mainstay.scores.changes import changes
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard
from mainstay.scores.models import Scorecard, Shadow
from mainstay.scores.shadow_figures import Agreement, Day, Differing
from mainstay.web import svg
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.scorecards.card import Frame, frame_of
from mainstay.web.scorecards.figures import BANDS, band_name

SHOWN = 50
_HEADS = ("account", "name", "score", "shadow_score", "band", "shadow_band")


@dataclass(frozen=True)
class Page:
    """The context. `said`: what it would change in the version in force; `problem`: why it stands still."""

    shadow: Shadow
    said: Sequence[str]
    problem: str
    agreement: Agreement
    columns: Sequence[tuple[str, str]]
    cells: Sequence[tuple[str, str, Sequence[tuple[str, str, int]]]]
    chart: SafeString
    days: Sequence[Day]
    differing: Sequence[tuple[Account, Differing]]
    others: Sequence[Shadow]
    may_edit: bool


@require_GET
def shadow(request: HttpRequest, key: str) -> HttpResponseBase:
    """The shadow that runs, else the last one; `?shadow=` shows an earlier one, `format=csv` who differs."""
    every = list(Shadow.objects.filter(key=key).select_related("started_by", "ended_by"))
    asked = request.GET.get("shadow", "")
    found = next((one for one in every if str(one.pk) == asked), every[0] if every else None)
    is_known = Scorecard.objects.filter(key=key).exists()
    frame = frame_of(request, key, "scorecard-shadow") if is_known else None
    if found is None:
        return render(
            request,
            "scorecards/shadow-none.html",
            {"title": "Shadow", "frame": frame_of(request, key, "scorecard-shadow")},
        )
    if request.GET.get("format") == "csv":
        return _csv(found)
    page = _page(found, every, frame, may_edit=user_of(request).has_role(Role.MANAGER))
    template = "scorecards/shadow.html" if frame else "scorecards/shadow-new.html"
    return render(request, template, {"title": found.document.get("name", key), "frame": frame, "page": page})


def _page(found: Shadow, every: Sequence[Shadow], frame: Frame | None, *, may_edit: bool) -> Page:
    agreement, days = shadow_figures.agreement(found), shadow_figures.over_time(found)
    shown = [band for band in BANDS if agreement.live(band) or agreement.shadow(band)]
    said, problem = _said(found, frame)
    return Page(
        shadow=found,
        said=said,
        problem=problem,
        agreement=agreement,
        columns=[(band, band_name(band)) for band in shown],
        cells=[
            (band, band_name(band), [(band, to, agreement.cells.get((band, to), 0)) for to in shown]) for band in shown
        ],
        chart=svg.shares(
            [(one.day, one.agreement.share) for one in days], label="Accounts with the same band under both, by day"
        ),
        days=days[::-1],
        differing=_named(shadow_figures.differing(found, limit=SHOWN)),
        others=[one for one in every if one.pk != found.pk],
        may_edit=may_edit,
    )


def _said(found: Shadow, frame: Frame | None) -> tuple[list[str], str]:
    try:
        read: Document = shadows.document_of(found)
    except BadScorecard as error:
        return [], error.message
    if frame is None or frame.is_removed:
        return [], ""
    return changes(publishing.document_of(frame.card), read, metrics=all_metrics()), ""


def _named(rows: Sequence[Differing]) -> list[tuple[Account, Differing]]:
    accounts = Account.objects.in_bulk([row.account_id for row in rows])
    return [(accounts[row.account_id], row) for row in rows if row.account_id in accounts]


def _csv(found: Shadow) -> StreamingHttpResponse:
    rows = _named(shadow_figures.differing(found, limit=1_000_000))
    return csv_response(
        f"shadow-{found.key}",
        _HEADS,
        ((one.key, one.name, row.live, row.shadow, row.live_band, row.shadow_band) for one, row in rows),
    )
