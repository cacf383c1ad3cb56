"""Every scorecard in the order in which they are asked, with the accounts it serves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.scores import served
from mainstay.scores.models import Draft, Scorecard, ScorecardVersion, Shadow
from mainstay.scores.published import Published, in_force
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.scorecards.words import serves_text

_BANDS = ("green", "yellow", "red", "unknown")
_HEADS = ("scorecard", "name", "serves", "accounts", *_BANDS, "version", "published_at")


@dataclass(frozen=True)
class Row:
    """A scorecard in force. `taken_by`: earlier scorecards serve that many of those for whom its condition holds."""

    card: Published
    version: ScorecardVersion
    serves: str
    served: served.Served
    shadow: Shadow | None
    drafts: Sequence[Draft]


@dataclass(frozen=True)
class Page:
    """The context of the list. `is_kept` False: a past day of which no scores are kept."""

    rows: Sequence[Row]
    is_kept: bool
    unserved: int
    new_drafts: Sequence[Draft]
    removed: Sequence[Scorecard]
    may_edit: bool


@require_GET
@shows_the_past
def scorecards(request: HttpRequest) -> HttpResponse:
    """The list, now or as it stood at a past instant."""
    moment = moment_of(request)
    cards, found, unserved = _found(moment)
    drafts = {} if moment.is_past else _drafts()
    shadows = {} if moment.is_past else {shadow.key: shadow for shadow in Shadow.objects.filter(ended_at=None)}
    page = Page(
        rows=_rows(cards, found or [served.Served({}, 0) for _ in cards], shadows, drafts),
        is_kept=found is not None,
        unserved=unserved,
        new_drafts=drafts.get("", []),
        removed=served.removed(moment.at),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )
    return render(request, "scorecards/scorecards.html", {"title": "Scorecards", "page": page})


@require_GET
@shows_the_past
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as CSV. On a past day of which no scores are kept the figures are empty."""
    moment = moment_of(request)
    cards, found, _ = _found(moment)
    record_audit(user_of(request), "scores.list_exported", "scorecards")
    rows = _rows(cards, found or [served.Served({}, 0) for _ in cards], {}, {})
    return csv_response(f"scorecards-{moment.day:%Y-%m-%d}", _HEADS, _lines(rows, is_kept=found is not None))


def _lines(rows: Sequence[Row], *, is_kept: bool) -> Iterator[Sequence[object]]:
    for row in rows:
        bands = row.served.bands
        figures = (row.served.accounts, *(bands.get(band, 0) for band in _BANDS)) if is_kept else ("",) * 5
        card, version = row.card.scorecard, row.version
        yield (card.key, card.name, row.card.condition, *figures, version.version, version.published_at)


def _found(moment: Moment) -> tuple[Sequence[Published], Sequence[served.Served] | None, int]:
    """The scorecards in force, whom they serve (None: not kept), and how many accounts none serves."""
    cards = in_force(moment.as_of)
    if moment.is_past:
        return cards, served.served_on(cards, moment.day), 0
    return cards, *served.served(cards, as_of=moment.at)


def _rows(
    cards: Sequence[Published],
    found: Sequence[served.Served],
    shadows: Mapping[str, Shadow],
    drafts: Mapping[str, list[Draft]],
) -> list[Row]:
    stored = ScorecardVersion.objects.filter(pk__in=[card.version_id for card in cards]).select_related("published_by")
    versions = {version.pk: version for version in stored}
    return [
        Row(
            card=card,
            version=versions[card.version_id],
            serves=serves_text(card.condition),
            served=one,
            shadow=shadows.get(card.scorecard.key),
            drafts=drafts.get(card.scorecard.key, []),
        )
        for card, one in zip(cards, found, strict=True)
    ]


def _drafts() -> Mapping[str, list[Draft]]:
    """By key of their scorecard; those of new ones under the empty key."""
    found: dict[str, list[Draft]] = {}
    for draft in Draft.objects.select_related("scorecard", "author"):
        found.setdefault(draft.scorecard.key if draft.scorecard else "", []).append(draft)
    return found
