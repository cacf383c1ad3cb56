"""Backfills: days of the past that are not kept, computed month by month, in processes of their own where it helps.

A month is the unit of work: its profiles, then its scores. Killed, a backfill is started again as it was: what is kept
is passed by. Nothing that was recorded is overwritten; see `lake.days`.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from mainstay.common.errors import Invalid
from mainstay.common.time import DAY
from mainstay.facts.tables import Snapshot, take_snapshot
from mainstay.jobs.processes import pool
from mainstay.metrics import past, services
from mainstay.metrics.histories import prepare
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics, get
from mainstay.scores import history, keeping
from mainstay.scores.keeping import Scoring

type Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = ("day", "week", "month")


@dataclass(frozen=True)
class Plan:
    """What a backfill computes: the days, which metrics are added to days that are kept, and what else.

    `again`: kept days are computed too, and what differs is kept as a correction. `by_current`: scored by the
    scorecards in force now. Everything is recorded as of `at`.
    """

    days: tuple[date, ...]
    at: datetime
    keys: tuple[str, ...] = ()
    again: bool = False
    by_current: bool = False

    def months(self) -> list["Plan"]:
        """The same for each month of it, the latest first: what people look at soonest."""
        months = [tuple(days) for _, days in groupby(self.days, key=lambda day: (day.year, day.month))]
        return [replace(self, days=days) for days in reversed(months)]


@dataclass(frozen=True)
class Done:
    """What a backfill did: days passed (kept before or now), and how many of them were computed or scored."""

    days: int = 0
    computed: int = 0
    scored: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(self.days + other.days, self.computed + other.computed, self.scored + other.scored)


def days_between(first: date, last: date, every: Every, *, today: date) -> tuple[date, ...]:
    """The days of `[first, last]` that are over: all, the Sundays or the last days of months. Raises Invalid for none.

    Weeks and months are told by the day they end with, so that a later backfill meets the same days again.
    """
    end = min(last, today - DAY)
    days = tuple(first + DAY * offset for offset in range((end - first).days + 1))
    if every == "week":
        days = tuple(day for day in days if day.weekday() == 6)
    elif every == "month":
        days = tuple(day for day in days if (day + DAY).day == 1)
    if not days:
        ends = {"day": "day", "week": "end of a week (Sunday)", "month": "end of a month"}[every]
        raise Invalid(f"There is no {ends} from {first} to {last} that is over; choose an earlier or a longer span.")
    return days


def check_metrics(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys themselves. Raises UnknownMetric."""
    return tuple(get(key).key for key in keys)


def run(
    plan: Plan,
    *,
    jobs: int = 1,
    progress: Callable[[Done], None] = lambda done: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Done:
    """Carry a plan out. `progress` hears after every month what is done; `should_stop` is asked before each.

    With several `jobs` each month is computed in one of so many processes, which share the threads of the engine.
    """
    done = Done()
    if plan.days:
        # Once, here: several processes would build the same.
        prepare(needs_of(all_metrics()), first_day=plan.days[0], today=plan.at.date())
    for month in _in_processes(plan, jobs, should_stop) if jobs > 1 else _here(plan, should_stop):
        done += month
        progress(done)
    if done.days:
        past.merge_months(plan.at.date())
        history.merge_months(plan.at.date())
        keeping.tell_present_scores()
    return done


def _here(plan: Plan, should_stop: Callable[[], bool]) -> Iterator[Done]:
    snapshot: Snapshot | None = None
    for month in plan.months():
        if should_stop():
            return
        snapshot = snapshot or take_snapshot(plan.days[-1], needs=needs_of(all_metrics()))
        yield _month(month, snapshot)


def _month(plan: Plan, snapshot: Snapshot) -> Done:
    computed = services.backfill(plan.days, at=plan.at, keys=plan.keys, again=plan.again, snapshot=snapshot)
    scored = keeping.score_days(plan.days, Scoring(plan.at, plan.again, plan.by_current))
    return Done(len(plan.days), computed, scored)


def _in_processes(plan: Plan, jobs: int, should_stop: Callable[[], bool]) -> Iterator[Done]:
    waiting = plan.months()
    begin = f"{__name__}._begin"
    with pool(jobs, begin=begin, arguments=[plan.days[-1]]) as processes:
        running: set[Future[Done]] = set()
        while (waiting and not should_stop()) or running:
            while waiting and len(running) < jobs and not should_stop():
                running.add(processes.submit(_month_of_process, waiting.pop(0)))
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()


_snapshots: list[Snapshot] = []


def _begin(until: date) -> None:
    _snapshots.append(take_snapshot(until, needs=needs_of(all_metrics())))


def _month_of_process(plan: Plan) -> Done:
    return _month(plan, _snapshots[0])
