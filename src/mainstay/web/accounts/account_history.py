"""Health over the last twelve months: a chart with numbered events, or the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from django.utils.safestring import SafeString

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.lake.days import Known
from mainstay.metrics import selectors as metrics
from mainstay.scores import causes, published, shadow_figures
from mainstay.scores.arithmetic import Scorecard, mark, total
from mainstay.scores.models import ScorecardVersion
from mainstay.scores.rule_events import RuleEvent, rule_events
from mainstay.scores.selectors import HealthView, HistoryPoint
from mainstay.scores.shadow_figures import OfAccount
from mainstay.web import formats, svg
from mainstay.web.accounts.account_corrections import corrected_days
from mainstay.web.accounts.account_frame import HISTORY_DAYS, Frame

# More markers than this could not be told apart on a phone; the table has them all.
MOST_MARKERS = 8
# The latest changes are told with their cause: each costs up to two files of kept profiles.
MOST_CAUSES = 6
# With this many changes of the score, a point for each would make the page heavy: then a point a week is drawn.
MOST_POINTS = 150


@dataclass(frozen=True)
class Change:
    """Something that happened to the health: the band changed (`event`), or the rule did (`version`)."""

    number: int
    day: date
    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class HistoryRow:
    """A day on which the score, the band or the rule changed; `corrected`: what it was when the day ended, and why."""

    day: date
    score: int | None
    change: int | None
    band: str
    rule: str
    corrected: str = ""


@dataclass(frozen=True)
class HistoryCard:
    """The context of the card.

    `shadow`: the scorecard whose shadow is the dashed line; empty: none runs. `corrected`: how many days are shown
    otherwise than they were when they ended.
    """

    chart: SafeString
    changes: Sequence[Change]
    rows: Sequence[HistoryRow]
    is_table: bool
    shadow: str = ""
    corrected: int = 0


def history_card(frame: Frame, view: HealthView | None, *, is_table: bool) -> HistoryCard:
    """The card for the twelve months that end with the last day of the frame."""
    points, until = frame.history, frame.moment.day
    changed = changes_of(points)[-MOST_MARKERS:]
    words = {} if is_table else _causes(frame.account, changed[-MOST_CAUSES:])
    events = _rule_events(points, until)
    happened = [_change(before, now, words, events) for before, now in changed]
    happened = sorted([*happened, *_of_shadows(events)], key=lambda one: one.day)[-MOST_MARKERS:]
    changes = [replace(one, number=number) for number, one in enumerate(happened, 1)]
    drawn = _drawn(points)
    shadow = _shadow(frame, points)
    if view is not None and points:
        drawn.append((until, view.score))
    scorecard = view.result.scorecard if view else None
    chart = svg.history(
        drawn,
        label=_spoken(points),
        band=view.band if view else "unknown",
        cuts=(scorecard.yellow, scorecard.green) if scorecard else (50, 80),
        markers=[svg.Marker(change.day, change.kind) for change in changes],
        beside=shadow[1] if shadow else (),
    )
    corrected = _corrected(frame)
    lines = [replace(row, corrected=corrected.get(row.day, "")) for row in table_rows(points)] if is_table else []
    name = shadow[0].scorecard_name if shadow and shadow[1] else ""
    return HistoryCard(chart, changes, lines, is_table, name, len(corrected))


def _corrected(frame: Frame) -> dict[date, str]:
    """Why days are drawn otherwise than they were when they ended. As known then, nothing is."""
    if frame.moment.known is Known.THEN:
        return {}
    until = frame.moment.day + DAY
    return corrected_days(frame.account.pk, start=until - timedelta(days=HISTORY_DAYS), end=until)


def changes_of(points: Sequence[HistoryPoint]) -> list[tuple[HistoryPoint, HistoryPoint]]:
    """The neighbouring days between which the band or the rule changed, oldest first."""
    return [
        (before, now)
        for before, now in pairwise(points)
        if before.band != now.band or (before.scorecard, before.version) != (now.scorecard, now.version)
    ]


def _is_version(before: HistoryPoint, now: HistoryPoint) -> bool:
    return (before.scorecard, before.version) != (now.scorecard, now.version)


def _change(before: HistoryPoint, now: HistoryPoint, words: dict[date, str], events: Sequence[RuleEvent]) -> Change:
    moved = f"{_score(before)} → {_score(now)}"
    if _is_version(before, now):
        text = f"{moved}: the rule changed, not the account" if before.score != now.score else "Nothing changed here"
        made = (now.scorecard, now.version)
        event = next((one for one in events if (one.key, one.version) == made), None)
        title = event.title if event else f"Scorecard {now.scorecard} v{now.version}"
        return Change(0, now.day, "version", title, f"{text} · {event.text}" if event and event.text else text)
    title = f"{formats.band_name(before.band)} → {formats.band_name(now.band)}"
    why = words.get(now.day, "")
    return Change(0, now.day, "event", title, f"{moved} · {why}" if why else moved)


def _rule_events(points: Sequence[HistoryPoint], until: date) -> list[RuleEvent]:
    """What was done to the scorecards that gave these scores."""
    if not points:
        return []
    return rule_events(points[0].day, until + DAY, keys={point.scorecard for point in points})


def _of_shadows(events: Sequence[RuleEvent]) -> list[Change]:
    return [
        Change(0, one.at.date(), "version", one.title, "Scored beside it, nothing changed here")
        for one in events
        if not one.changes_scores
    ]


def _shadow(frame: Frame, points: Sequence[HistoryPoint]) -> tuple[OfAccount, list[tuple[date, int | None]]] | None:
    """The running shadow that would treat the account otherwise, with its scores by day; none of the past."""
    found = shadow_figures.of_account(frame.account.pk) if points and not frame.is_past else []
    if not found:
        return None
    shadow = found[0]
    until = frame.moment.day
    kept = shadow_figures.history_of_account(shadow.shadow, frame.account.pk, start=points[0].day, end=until)
    return shadow, [*kept, (until, shadow.score)] if kept else []


def _score(point: HistoryPoint) -> str:
    return formats.NOTHING if point.score is None else str(point.score)


def _drawn(points: Sequence[HistoryPoint]) -> list[tuple[date, int | None]]:
    """A step line needs a point where it turns; a point a week besides, for the read-out."""
    if not points:
        return []
    turns = {now.day for before, now in pairwise(points) if before.score != now.score}
    if len(turns) > MOST_POINTS:
        turns = {now.day for _, now in changes_of(points)}
    last = points[-1].day
    return [
        (point.day, point.score)
        for point in points
        if point.day in turns or (last - point.day).days % 7 == 0 or point is points[0]
    ]


def table_rows(points: Sequence[HistoryPoint]) -> list[HistoryRow]:
    """The days on which something changed, the latest first; the first kept day is the last row."""
    rows = [_row(before, now) for before, now in pairwise(points) if _differs(before, now)]
    if points:
        rows.insert(0, _row(None, points[0]))
    return rows[::-1]


def _differs(before: HistoryPoint, now: HistoryPoint) -> bool:
    return before.score != now.score or before.band != now.band or _is_version(before, now)


def _row(before: HistoryPoint | None, now: HistoryPoint) -> HistoryRow:
    change = None
    if before is not None and before.score is not None and now.score is not None:
        change = now.score - before.score
    return HistoryRow(now.day, now.score, change, now.band, f"{now.scorecard} v{now.version}")


def _spoken(points: Sequence[HistoryPoint]) -> str:
    known = [point.score for point in points if point.score is not None]
    if not known:
        return "Health, no scores yet"
    return f"Health in the last 12 months: from {known[0]} to {known[-1]}, lowest {min(known)}, highest {max(known)}"


def _causes(account: Account, changed: Sequence[tuple[HistoryPoint, HistoryPoint]]) -> dict[date, str]:
    """What moved the score on the days the band changed, from the kept profiles of that day and the one before."""
    pairs = [(before, now) for before, now in changed if not _is_version(before, now)]
    if not pairs:
        return {}
    cards = {(card.scorecard.key, card.scorecard.version): card.scorecard for card in _scorecards(pairs)}
    keys = sorted({measure.metric for card in cards.values() for measure in card.measures})
    kept = metrics.on_days(account.pk, keys, {one.day for pair in pairs for one in pair})
    found = {}
    for before, now in pairs:
        card = cards.get((now.scorecard, now.version))
        if card is not None and before.day in kept and now.day in kept:
            found[now.day] = _cause(card, kept[before.day], kept[now.day])
    return found


def _scorecards(pairs: Sequence[tuple[HistoryPoint, HistoryPoint]]) -> list[published.Published]:
    wanted = {(now.scorecard, now.version) for _, now in pairs}
    versions = ScorecardVersion.objects.select_related("scorecard").filter(
        scorecard__key__in={key for key, _ in wanted}, version__in={version for _, version in wanted}
    )
    return [published.of_version(version) for version in versions]


def _cause(card: Scorecard, before: dict[str, float | None], now: dict[str, float | None]) -> str:
    def scored(values: dict[str, float | None]):  # type: ignore[no-untyped-def]
        row = tuple(values.get(measure.metric) for measure in card.measures)
        marks = tuple(mark(measure, value) for measure, value in zip(card.measures, row, strict=True))
        return total(card, marks), marks, row

    return causes.cause(card, then=scored(before), now=scored(now))
