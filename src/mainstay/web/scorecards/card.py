"""One scorecard: how it scores, whom it serves, how its accounts have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.common.time import DAY
from mainstay.metrics.registry import all_metrics
from mainstay.people.models import Role
from mainstay.scores import publishing, served, shadow_figures, shadows
from mainstay.scores.models import Draft, Scorecard, ScorecardVersion, Shadow
from mainstay.scores.published import in_force
from mainstay.scores.reading import Reading, reading
from mainstay.scores.rule_events import RuleEvent, rule_events
from mainstay.web import formats, svg
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.scorecards.words import serves_text

WEEKS = 52
# More markers than this could not be told apart on a phone; the versions tell them all.
MOST_MARKERS = 8


@dataclass(frozen=True)
class Tab:
    """A section of the page."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Frame:
    """What every section of a scorecard shows above itself."""

    card: Scorecard
    newest: ScorecardVersion
    serves: str
    tabs: Sequence[Tab]
    is_removed: bool
    may_edit: bool


@dataclass(frozen=True)
class Page:
    """The context of the first section. `served` None: it was removed and serves nobody."""

    reading: Reading
    served: served.Served | None
    drafts: Sequence[Draft]
    shadow: Shadow | None
    agreement: shadow_figures.Agreement | None
    history: "History | None"


@dataclass(frozen=True)
class History:
    """The context of the chart."""

    chart: SafeString
    events: Sequence[tuple[int, RuleEvent]]
    rows: Sequence[tuple[date, dict[str, int]]]
    is_table: bool


def frame_of(request: HttpRequest, key: str, section: str, *, as_of: datetime | None = None) -> Frame:
    """The frame, with the version in force now or at a past instant; NotFound for a key that no scorecard has."""
    card = publishing.get(key)
    newest = publishing.version_in_force(card, as_of)
    names: list[tuple[str, str, int | None]] = [
        ("Overview", "scorecard", None),
        ("Versions", "scorecard-versions", card.versions.count()),
    ]
    if section == "scorecard-shadow" or Shadow.objects.filter(key=key).exists():
        names.append(("Shadow", "scorecard-shadow", None))
    return Frame(
        card=card,
        newest=newest,
        serves=serves_text(str(newest.document.get("condition", ""))),
        tabs=[Tab(label, reverse(name, args=[key]), name == section, count) for label, name, count in names],
        is_removed=card.archived_at is not None and (as_of is None or card.archived_at <= as_of),
        may_edit=user_of(request).has_role(Role.MANAGER),
    )


@require_GET
@shows_the_past
def scorecard(request: HttpRequest, key: str) -> HttpResponse:
    """How it scores, read as sentences, with its accounts, now or at a past instant.

    Its history is asked for when the page is there.
    """
    asked, moment = request.GET.get("history", ""), moment_of(request)
    shown = _history(key, moment, is_table=asked == "table") if asked else None
    if asked and is_htmx(request):
        return render(request, "scorecards/history-card.html", {"history": shown})
    frame = frame_of(request, key, "scorecard", as_of=moment.as_of)
    shadow = None if moment.is_past else shadows.running(key)
    drafts = Draft.objects.none() if moment.is_past else Draft.objects.filter(scorecard=frame.card)
    page = Page(
        reading=reading(publishing.document_of_version(frame.newest), metrics=all_metrics()),
        served=_served(key, moment),
        drafts=list(drafts.select_related("author")),
        shadow=shadow,
        agreement=shadow_figures.agreement(shadow) if shadow else None,
        history=shown,
    )
    return render(request, "scorecards/scorecard.html", {"title": frame.card.name, "frame": frame, "page": page})


@require_GET
def as_yaml(request: HttpRequest, key: str) -> HttpResponse:
    """The document in force, as a file."""
    document = publishing.document_of(publishing.get(key)).model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    headers = {"Content-Disposition": f'attachment; filename="{key}.yaml"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def _history(key: str, moment: Moment, *, is_table: bool) -> History:
    """The bands of its accounts over a year of weeks; what changed the rule is marked."""
    publishing.get(key)
    today = moment.day + DAY if moment.is_past else moment.day
    found = served.bands_on(key, served.last_of_weeks(today, WEEKS))
    events = rule_events(min(found), today + DAY, keys={key})[-MOST_MARKERS:] if found else []
    chart = svg.bands_over_time(
        list(found.items()),
        label=_spoken(found),
        markers=[svg.Marker(event.at.date(), "version") for event in events],
    )
    return History(chart, list(enumerate(events, 1)), list(found.items())[::-1], is_table)


def _served(key: str, moment: Moment) -> served.Served | None:
    cards = in_force(moment.as_of)
    found = served.served_on(cards, moment.day) if moment.is_past else served.served(cards, as_of=moment.at)[0]
    return next((one for card, one in zip(cards, found or [], strict=False) if card.scorecard.key == key), None)


def _spoken(found: dict[date, dict[str, int]]) -> str:
    if not found:
        return "Bands of its accounts, nothing kept yet"
    last = next(reversed(found.values()))
    counts = ", ".join(f"{count} {formats.band_name(band).lower()}" for band, count in last.items())
    return f"Bands of its accounts over {len(found)} weeks; at the end {counts}"
