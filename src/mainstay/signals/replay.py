"""What kinds of signals would have done over the days that are kept, before anybody publishes them.

One look a day, at its end, with what was known then: what live detection would have seen. Late sources are not
replayed (nothing of them is kept), nor is what people do with signals.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
from django.db.models import Q

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.conditions import Condition
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.segments import history
from mainstay.signals import evidence
from mainstay.signals.episodes import Rule, episodes
from mainstay.signals.kind import Kind
from mainstay.signals.outcomes import Outcome, Share
from mainstay.signals.replay_result import Opening, Replay, result_of

HORIZONS = (90, 180)
# An account that is marked as churned and says no day has churned for as long as anybody knows.
_EVER = date(1900, 1, 1)

type Progress = Callable[[int, int], None]
type _Bits = dict[int, tuple[int, int]]


@dataclass(frozen=True)
class _Span:
    """The days that were looked at, and the days on which accounts churned."""

    days: Sequence[date]
    churned: Mapping[int, date]


def replay(
    kinds: Sequence[Kind], *, start: date, end: date, progress: Progress = lambda _done, _of: None
) -> list[Replay] | None:
    """What each kind would have done over the kept days of `[start, end)`; None where nothing they name is kept.

    The kinds share the reading. `progress` is told after each step how many of how many are done.
    """
    days, bits = _read(kinds, start, end, progress)
    if not days:
        return None
    span = _Span(days, churn_days())
    bases = [_base(span, horizon) for horizon in HORIZONS]
    return [_replayed(kind, found, span, bases) for kind, found in zip(kinds, bits, strict=True)]


def openings(
    kind: Kind, *, start: date, end: date, progress: Progress = lambda _done, _of: None
) -> tuple[Sequence[date], list[Opening]]:
    """The kept days of `[start, end)`, and every signal that a kind would have opened on them, without money."""
    days, (bits,) = _read([kind], start, end, progress)
    return days, list(_openings(kind, bits, _Span(days, churn_days())))


def _read(kinds: Sequence[Kind], start: date, end: date, progress: Progress) -> tuple[list[date], list[_Bits]]:
    """The kept days, and for each kind the days on which it would open and close, by account."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    days: list[date] = []
    bits: list[_Bits] = [{} for _ in kinds]
    for table in _answers(kinds, start, end):
        here = sorted(table["day"].unique().to_pylist())
        for number, found in enumerate(bits):
            _fold(table, number, here, found, before=len(days))
        days += here
        progress((here[-1].year - start.year) * 12 + here[-1].month - start.month + 1, months + 1)
    return days, bits


def _answers(kinds: Sequence[Kind], start: date, end: date) -> Iterator[pa.Table]:
    asked: dict[str, Condition] = {}
    for number, kind in enumerate(kinds):
        asked[f"opens{number}"] = kind.opens
        asked[f"closes{number}"] = kind.closes or kind.opens.negated()
    return history.answers(asked, start, end, known=Known.THEN)


def _fold(table: pa.Table, number: int, days: Sequence[date], found: _Bits, *, before: int) -> None:
    """Add the answers of a month, of `days`, to the bits; an account is followed from the first day it would open."""
    looks = pa.table({"day": pa.array(days, pa.date32()), "bit": pa.array([1 << at for at in range(len(days))])})
    opens, closes = (f"bit_or(CASE WHEN {name}{number} THEN bit ELSE 0 END)" for name in ("opens", "closes"))
    with engine.cursor() as cursor:
        cursor.register("answers", table)
        cursor.register("looks", looks)
        cursor.register("followed", pa.table({"id": pa.array(found, pa.int64())}))
        rows = engine.arrow(
            cursor,
            f"SELECT account_id, {opens} AS opens, {closes} AS closes FROM answers JOIN looks USING (day) "
            "GROUP BY account_id HAVING opens <> 0 OR account_id IN (SELECT id FROM followed)",
        )
    for pk, opening, closing in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        opened, closed = found.get(pk, (0, 0))
        found[pk] = (opened | opening << before, closed | closing << before)


def churn_days() -> dict[int, date]:
    """The day on which each account that churned did, or will."""
    found = Account.objects.filter(Q(stage="churned") | Q(churned_on__isnull=False))
    return {pk: day or _EVER for pk, day in found.values_list("pk", "churned_on").iterator(2_000)}


def _replayed(kind: Kind, bits: _Bits, span: _Span, bases: Sequence[Share]) -> Replay:
    openings = _with_money(kind, list(_openings(kind, bits, span)))
    outcomes = [
        Outcome(horizon, _after(openings, span, horizon), base) for horizon, base in zip(HORIZONS, bases, strict=True)
    ]
    assumed = sorted({name for one in (kind.opens, kind.closes) if one for name in history.assumed(one)})
    return result_of(openings, span.days, assumed=assumed, outcomes=outcomes)


def _openings(kind: Kind, bits: _Bits, span: _Span) -> Iterator[Opening]:
    rule, days = Rule.of(kind.document), span.days
    for pk, (opens, closes) in bits.items():
        left = span.churned.get(pk)
        # The end of a day is the first instant of the next one: who leaves on that has left.
        end = len(days) if left is None else bisect_left(days, left - DAY)
        for one in episodes(opens, closes, rule, days, end=end):
            closed = None if one.closed is None else days[one.closed]
            yield Opening(pk, days[one.opened], closed, one.is_standing, None)


def _with_money(kind: Kind, openings: list[Opening]) -> list[Opening]:
    """With what was at stake on the day each opened."""
    if not openings or kind.document.at_stake.money == "none":
        return openings
    money = evidence.money_of(kind.document)
    days = [one.opened_on for one in openings]
    source = past.relation(start=min(days), end=max(days) + DAY, known=Known.THEN, keys=[money])
    wanted = pa.table({
        "id": pa.array([one.account_id for one in openings], pa.int64()),
        "opened_on": pa.array(days, pa.date32()),
    })  # fmt: skip
    with engine.cursor() as cursor:
        cursor.register("wanted", wanted)
        rows = cursor.execute(
            f'SELECT id, opened_on, "{money}" FROM wanted JOIN {source} AS kept '
            "ON kept.account_id = id AND kept.day = opened_on"
        ).fetchall()
    found = {(pk, day): value for pk, day, value in rows}
    return [
        Opening(
            one.account_id,
            one.opened_on,
            one.closed_on,
            one.is_standing,
            evidence.at_stake(kind.document, found.get((one.account_id, one.opened_on))),
        )
        for one in openings
    ]


def _after(openings: Sequence[Opening], span: _Span, horizon: int) -> Share:
    """How many accounts churned within so many days after their first signal, of those watched for all of them."""
    first: dict[int, date] = {}
    for one in openings:
        if not one.is_standing:
            first[one.account_id] = min(one.opened_on, first.get(one.account_id, one.opened_on))
    watched = {pk: day for pk, day in first.items() if day + timedelta(days=horizon) <= span.days[-1]}
    return Share(len(watched), sum(_churns(span.churned.get(pk), day, horizon) for pk, day in watched.items()))


def _base(span: _Span, horizon: int) -> Share:
    """The same of every customer on the first kept day of each month."""
    firsts: dict[tuple[int, int], date] = {}
    for day in span.days:
        firsts.setdefault((day.year, day.month), day)
    cases = events = 0
    for day in firsts.values():
        if day + timedelta(days=horizon) > span.days[-1]:
            continue
        for pk in _kept_on(day):
            left = span.churned.get(pk)
            if left is None or left > day + DAY:
                cases += 1
                events += _churns(left, day, horizon)
    return Share(cases, events)


def _kept_on(day: date) -> list[int]:
    source = past.relation(start=day, end=day + DAY, known=Known.THEN, keys=["arr"])
    with engine.cursor() as cursor:
        ids: list[int] = engine.arrow(cursor, f"SELECT account_id FROM {source}")["account_id"].to_pylist()
    return ids


def _churns(left: date | None, day: date, horizon: int) -> bool:
    return left is not None and day < left <= day + timedelta(days=horizon)
