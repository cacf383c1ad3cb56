"""Who had a reason to enter in the past: for each way in, accounts and days, from what is kept and recorded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import assert_never

from django.db.models import Q

from mainstay.accounts.models import Account, StageChange
from mainstay.common.errors import Invalid
from mainstay.common.time import DAY, midnight
from mainstay.facts.arrivals import happened
from mainstay.interactions.models import Response
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.playbooks.candidates import GRACE_DAYS, event_condition, event_matches
from mainstay.playbooks.entries import (
    ByHand,
    Entry,
    OnAnswer,
    OnDate,
    OnEvent,
    OnRhythm,
    OnSegment,
    OnSignal,
    OnStage,
)
from mainstay.playbooks.replay_result import Entry as Entered
from mainstay.segments import history
from mainstay.segments import selectors as segments
from mainstay.signals import selectors as signals
from mainstay.signals.document import Document as SignalDocument
from mainstay.signals.kind import Kind
from mainstay.signals.replay import churn_days, openings

MOST_EVENTS = 500_000
MOST_REASONS = 1_000_000

type Progress = Callable[[int, int], None]


class CannotReplay(Invalid):
    """Nothing is kept that tells who would have entered."""

    code = "cannot_replay"


@dataclass(frozen=True)
class Reasons:
    """Accounts and the days on which they had a reason; fields taken as they are now; whether some were not read."""

    entries: list[Entered]
    assumed: tuple[str, ...] = ()
    is_cut: bool = False


def reasons(entry: Entry, *, start: date, end: date, progress: Progress) -> Reasons:
    """Who had a reason on the days of `[start, end)`. Raises CannotReplay, ConditionError, BadDefinition."""
    match entry:
        case OnSignal():
            return _of_kind(_signal_kind(entry.kind), start, end, progress)
        case OnSegment():
            return _of_kind(_segment_kind(entry.segment), start, end, progress)
        case OnStage():
            changes = StageChange.objects.filter(stage=entry.stage, since__gte=start, since__lt=end)
            return Reasons([Entered(*row) for row in changes.values_list("account_id", "since")])
        case OnDate():
            return Reasons(list(_of_dates(entry, start, end)))
        case OnRhythm():
            found = list(islice(_of_rhythm(entry, start, end), MOST_REASONS))
            return Reasons(found, is_cut=len(found) == MOST_REASONS)
        case OnAnswer():
            return Reasons(list(_of_answers(entry, start, end)))
        case OnEvent():
            return _of_events(entry, start, end)
        case ByHand():
            raise CannotReplay("Somebody starts it by hand. Nobody can say on whom that would have been.")
        case _:
            assert_never(entry)


def _signal_kind(key: str) -> Kind:
    declared = signals.declared().get(key)
    if declared is None or declared.kind is None:
        raise CannotReplay(f"There is no kind of signal '{key}' whose condition can be asked; see Signals, Kinds.")
    return declared.kind


def _segment_kind(key: str) -> Kind:
    """Entering a segment is what a signal does that opens with its condition."""
    text = f"in_segment('{key}')"
    document = SignalDocument.model_construct(
        key=key, label=key, condition=text, closes="", holds_for=None, pause_days=0
    )
    return Kind(document, segments.condition(text), None)


def _of_kind(kind: Kind, start: date, end: date, progress: Progress) -> Reasons:
    """What stood on the first kept day already began nobody knows when: it is left out."""
    days, opened = openings(kind, start=start, end=end, progress=progress)
    if not days:
        raise CannotReplay(
            "Of no day of the past year is kept what its condition asks for. `mainstay backfill` computes it."
        )
    conditions = [one for one in (kind.opens, kind.closes) if one is not None]
    assumed = sorted({name for one in conditions for name in history.assumed(one)})
    return Reasons([Entered(one.account_id, one.opened_on) for one in opened if not one.is_standing], tuple(assumed))


def _of_dates(entry: OnDate, start: date, end: date) -> Iterator[Entered]:
    """The days of dates; who had left by then has none."""
    left = churn_days()
    for pk, day in _renewals(entry, start, end) if entry.of == "renewal" else _signings(entry, start, end):
        if start <= day < end and (pk not in left or left[pk] > day):
            yield Entered(pk, day)


def _signings(entry: OnDate, start: date, end: date) -> Iterator[tuple[int, date]]:
    offset = timedelta(days=entry.offset)
    for pk, signed in Account.objects.exclude(signed_on=None).values_list("pk", "signed_on").iterator(2_000):
        assert signed is not None
        if entry.of == "signed":
            yield pk, signed + offset
            continue
        for year in range(max(signed.year + 1, start.year - 3), end.year + 4):
            yield pk, _in_year(signed, year) + offset


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # February 29
        return date(year, 2, 28)


def _renewals(entry: OnDate, start: date, end: date) -> Iterator[tuple[int, date]]:
    """By what each kept day knew of the next renewal: who comes to the day, or is past it by no more than counts."""
    source = past.relation(start=start - DAY, end=end, known=Known.THEN, keys=["days_to_renewal"])
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT DISTINCT account_id, day + 1 + CAST(days_to_renewal AS INTEGER) + ? AS enters FROM {source}
            WHERE days_to_renewal IS NOT NULL AND day + 1 - enters BETWEEN 0 AND ?""",
            [entry.offset, GRACE_DAYS - 1],
        ).fetchall()
    yield from rows


def _of_rhythm(entry: OnRhythm, start: date, end: date) -> Iterator[Entered]:
    """Every customer of each of its days: who had signed, and had not left."""
    days = [day for number in range((end - start).days) if entry.falls_on(day := start + number * DAY)]
    left = churn_days()
    for pk, signed in Account.objects.values_list("pk", "signed_on").iterator(2_000):
        for day in days:
            if (signed is None or signed <= day) and (pk not in left or left[pk] > day):
                yield Entered(pk, day)


def _of_answers(entry: OnAnswer, start: date, end: date) -> Iterator[Entered]:
    asked = Q(answered_at__gte=midnight(start), answered_at__lt=midnight(end))
    if entry.at_least is not None:
        asked &= Q(score__gte=entry.at_least)
    if entry.at_most is not None:
        asked &= Q(score__lte=entry.at_most)
    rows = Response.objects.filter(asked, kind=entry.survey).order_by("answered_at")
    yield from (Entered(pk, at.date()) for pk, at in rows.values_list("account_id", "answered_at"))


def _of_events(entry: OnEvent, start: date, end: date) -> Reasons:
    condition = event_condition(entry)
    came = happened(entry.events, since=midnight(start), until=midnight(end))
    found: dict[tuple[int, date], None] = {}
    read = 0
    for one in islice(came, MOST_EVENTS):
        read += 1
        if event_matches(entry, condition, one):
            found[one.account_id, one.timestamp.date()] = None
    return Reasons([Entered(pk, day) for pk, day in found], is_cut=read == MOST_EVENTS)
