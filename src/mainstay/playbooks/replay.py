"""What a playbook would have done over the past twelve months: who would have entered, and what became of them.

From the days that are kept, with what was known then, and from records with a date. Whom it is for and whose goal was
reached is asked on the day of each entry. Nobody was treated: what came of them came without the playbook.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched

import pyarrow as pa

from mainstay.common.time import DAY
from mainstay.conditions import Condition
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.playbooks.document import Document
from mainstay.playbooks.past_entries import CannotReplay, reasons
from mainstay.playbooks.publishing import check_names
from mainstay.playbooks.replay_result import (
    HORIZONS,
    Entry,
    Outcome,
    Replay,
    admitted,
    by_month,
    first_entries,
    newest,
)
from mainstay.segments import history
from mainstay.segments import selectors as segments
from mainstay.signals.outcomes import Share
from mainstay.signals.replay import churn_days

# A day may be missing among the kept ones; what is older than this says nothing about it.
_OLDEST = timedelta(days=7)
_MEASURES = ("churned", "contracted", "renewed")

type Progress = Callable[[int, int], None]


def replay(document: Document, *, start: date, end: date, progress: Progress = lambda _done, _of: None) -> Replay:
    """Over the days of `[start, end)`. Raises BadPlaybook, CannotReplay. `progress`: steps done, of how many."""
    check_names(document)
    days = past.recorded_days(start=start, end=end)
    if not days:
        raise CannotReplay(
            "No day of the past year is kept. One comes by itself each day; `mainstay backfill` computes past ones."
        )
    steps = _Steps(progress, months=len({(day.year, day.month) for day in days}))
    found = reasons(document.entry, start=days[0], end=days[-1] + DAY, progress=steps.tell)
    steps.part_is_over()
    judged = _judged(document, found.entries, days, steps.tell)
    steps.part_is_over()
    entries, again = admitted(judged.entries, document)
    churned, first = churn_days(), first_entries(entries)
    known = _Known(days, first, churned)
    outcomes = [one for horizon in HORIZONS for one in _outcomes(known, horizon)]
    steps.part_is_over()
    return Replay(
        first_day=days[0],
        last_day=days[-1],
        looks=len(days),
        entries=len(entries),
        months=by_month(entries, days[0], days[-1]),
        accounts=len(first),
        churned=sum(1 for pk, day in first.items() if pk in churned and day < churned[pk] <= days[-1] + DAY),
        not_for=judged.not_for,
        at_goal=judged.at_goal,
        again=again,
        unjudged=judged.unjudged,
        assumed=tuple(sorted({*found.assumed, *judged.assumed})),
        is_cut=found.is_cut,
        outcomes=tuple(outcomes),
        entered=newest(entries, churned),
    )


class _Steps:
    """Three parts of about the same length: who had a reason, who was judged, what became of them."""

    def __init__(self, progress: Progress, *, months: int) -> None:
        self._progress, self._months, self._over = progress, months, 0

    def tell(self, done: int, of: int) -> None:
        """Within a part."""
        self._progress(self._over * self._months + min(self._months - 1, done * self._months // max(1, of)), self._all)

    def part_is_over(self) -> None:
        """The next one begins."""
        self._over += 1
        self._progress(self._over * self._months, self._all)

    @property
    def _all(self) -> int:
        return 3 * self._months


@dataclass(frozen=True)
class _Judged:
    """Who would have entered; how many it was not for, were at the goal, or of whom the day is not kept."""

    entries: Sequence[Entry]
    not_for: int = 0
    at_goal: int = 0
    unjudged: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Known:
    """The kept days, the first entry of each account, and when accounts left."""

    days: Sequence[date]
    first: Mapping[int, date]
    churned: Mapping[int, date]


def _judged(document: Document, entries: Sequence[Entry], days: Sequence[date], progress: Progress) -> _Judged:
    asked: dict[str, Condition] = {}
    if document.audience.condition:
        asked["meant"] = segments.condition(document.audience.condition)
    if document.goal is not None:
        asked["at_goal"] = segments.condition(document.goal.where)
    if not asked or not entries:
        return _Judged(entries)
    kept, not_for, at_goal, unjudged = [], 0, 0, 0
    answers = _answers(asked, entries, days, progress)
    for number, one in enumerate(entries):
        answer = answers.get(number)
        if answer is None:
            unjudged += 1
        elif answer.get("meant", True) is not True:
            not_for += 1
        elif answer.get("at_goal", False) is True:
            at_goal += 1
        else:
            kept.append(one)
    assumed = {name for condition in asked.values() for name in history.assumed(condition)}
    return _Judged(kept, not_for, at_goal, unjudged, tuple(sorted(assumed)))


def _answers(
    asked: Mapping[str, Condition], entries: Sequence[Entry], days: Sequence[date], progress: Progress
) -> dict[int, dict[str, bool | None]]:
    """By the number of the entry: what holds on its day, or on the last kept one before it."""
    looks = [_look(days, one.on) for one in entries]
    wanted = pa.table({
        "number": pa.array(range(len(entries)), pa.int64()),
        "id": pa.array([one.account_id for one in entries], pa.int64()),
        "look": pa.array(looks, pa.date32()),
    })  # fmt: skip
    names = list(asked)
    months = len({(day.year, day.month) for day in days})
    found: dict[int, dict[str, bool | None]] = {}
    for done, table in enumerate(history.answers(asked, days[0], days[-1] + DAY, known=Known.THEN), 1):
        with engine.cursor() as cursor:
            cursor.register("answers", table)
            cursor.register("wanted", wanted)
            rows = cursor.execute(
                f"SELECT number, {', '.join(names)} FROM wanted JOIN answers ON account_id = id AND day = look"
            ).fetchall()
        found |= {number: dict(zip(names, values, strict=True)) for number, *values in rows}
        progress(done, months)
    return found


def _look(days: Sequence[date], on: date) -> date | None:
    """The kept day that tells about a day: itself, or the last one before it that is not too old."""
    at = bisect_right(days, on)
    return days[at - 1] if at and on - days[at - 1] <= _OLDEST else None


def _outcomes(known: _Known, horizon: int) -> Iterator[Outcome]:
    within = timedelta(days=horizon)
    cases = [(pk, on) for pk, on in known.first.items() if on + within <= known.days[-1]]
    counts = _counts(known, cases, list(_windows(known.days, within)), horizon)
    for number, measure in enumerate(_MEASURES):
        entered, others = (Share(*counts.get(side, ((0, 0),) * 3)[number]) for side in (True, False))
        yield Outcome(measure, horizon, entered, others)


def _windows(days: Sequence[date], within: timedelta) -> Iterator[date]:
    """The first kept day of each stretch that could be watched to its end. They do not overlap: nobody leaves twice."""
    start = days[0]
    while start + within <= days[-1]:
        yield days[bisect_right(days, start - DAY)]
        start += within


def _counts(
    known: _Known, cases: Sequence[tuple[int, date]], windows: Sequence[date], horizon: int
) -> dict[bool, tuple[tuple[int, int], ...]]:
    """Cases and events of each measure, of those that entered and of the others."""
    days, within = known.days, timedelta(days=horizon)

    def table(rows: Sequence[tuple[int | None, date]]) -> pa.Table:
        return pa.table({
            "id": pa.array([pk for pk, _ in rows], pa.int64()),
            "began": pa.array([day for _, day in rows], pa.date32()),
            "before": pa.array([_look(days, day) for _, day in rows], pa.date32()),
            "after": pa.array([_look(days, day + within) for _, day in rows], pa.date32()),
        })  # fmt: skip

    gone = {
        "id": pa.array(known.churned, pa.int64()),
        "left_on": pa.array(known.churned.values(), pa.date32()),
    }
    kept = past.relation(start=days[0], end=days[-1] + DAY, known=Known.THEN, keys=["arr", "days_to_renewal"])
    with engine.cursor() as cursor:
        cursor.register("cases", table(cases))
        cursor.register("windows", table([(None, day) for day in windows]))
        cursor.register("ever", pa.table({"id": pa.array(known.first, pa.int64())}))
        cursor.register("gone", pa.table(gone))
        rows = cursor.execute(_COUNTS.format(kept=kept), [horizon, horizon]).fetchall()
    return {side: tuple(batched(counts, 2)) for side, *counts in rows}


_COUNTS = """
WITH kept AS (SELECT account_id, day, arr, days_to_renewal FROM {kept}
    WHERE day IN (SELECT before FROM cases UNION SELECT after FROM cases
                  UNION SELECT before FROM windows UNION SELECT after FROM windows)),
asked AS (
    SELECT id, began, before, after, true AS entered FROM cases
    UNION ALL
    SELECT kept.account_id, windows.began, windows.before, windows.after, false
    FROM windows JOIN kept ON kept.day = windows.before
    WHERE kept.account_id NOT IN (SELECT id FROM ever)
),
told AS (
    SELECT entered, left_on IS NOT NULL AND left_on <= began + CAST(? AS INTEGER) AS has_left,
        one.arr AS arr_before, two.arr AS arr_after, one.days_to_renewal BETWEEN 0 AND ? AS is_due
    FROM asked LEFT JOIN gone USING (id)
    LEFT JOIN kept AS one ON one.account_id = id AND one.day = before
    LEFT JOIN kept AS two ON two.account_id = id AND two.day = after
    WHERE left_on IS NULL OR left_on > began + 1
)
SELECT entered, count(*), count(*) FILTER (has_left),
    count(*) FILTER (NOT has_left AND arr_before IS NOT NULL AND arr_after IS NOT NULL),
    count(*) FILTER (NOT has_left AND arr_after < arr_before),
    count(*) FILTER (is_due), count(*) FILTER (is_due AND NOT has_left)
FROM told GROUP BY entered
"""
