"""The past of declared metrics: their tallies built, their values computed for the days that are kept.

Month by month, the latest first, so that what people look at is there first; metrics that miss the same month share
its computation. Each month is one commit, so that this can stop anywhere and go on later. A metric that means something
else than its past was filled in for, because it was changed or one that it is made of was, begins anew.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Max, Q, QuerySet

from mainstay.common.time import DAY, midnight
from mainstay.facts import tables, tallies
from mainstay.facts.tally import Needs
from mainstay.metrics import engine, past
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import Declared, look_again


def is_pending(now: datetime) -> bool:
    """Whether anything is missing: a tally that does not reach back far enough, or a day without a value."""
    metrics = look_again()
    if _tallies_behind(needs_of(metrics), now.date()) or _incomplete().exists():
        return True
    return past.first_day() is not None and any(True for _ in _with_another_meaning(metrics))


def begin_anew(metrics: Declared) -> list[str]:
    """Forget how far the pasts reach that were filled in for another meaning than the metric has; their keys.

    The meaning of a metric holds those of all it is made of, so one changed parent brings every metric below it here.
    """
    found = list(_with_another_meaning(metrics))
    kept = OwnMetric.objects.aggregate(most=Max("days_kept"))["most"] or 0
    for row, column in found:
        changed = {"filled_from": None, "days_filled": 0, "days_kept": kept, "problem": ""}
        OwnMetric.objects.filter(pk=row.pk, stored_as=row.stored_as).update(stored_as=column, **changed)
    return [row.key for row, _ in found]


def fill(now: datetime, *, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Make what is missing; how many days were filled in. Can be repeated, and stopped between two months."""
    filled = 0
    metrics = look_again()
    prepare(needs_of(metrics), first_day=now.date(), today=now.date())
    while not should_stop():
        metrics = look_again()
        begin_anew(metrics)
        rows = [row for row in _incomplete() if row.key in metrics]
        if not rows:
            break
        filled += _fill_month(rows, metrics, now)
    return filled


def prepare(needs: Needs, *, first_day: date, today: date) -> None:
    """Build these tallies so far back that values as of `first_day` and later can be counted from them."""
    for spec, days in needs.tallies.items():
        while tallies.extend(spec, to=first_day - timedelta(days=days), today=today) is not None:
            pass


def note_problem(said: str) -> None:
    """Write down, for whoever waits for them, why the incomplete histories are not going on."""
    _incomplete().update(problem=said)


def _with_another_meaning(metrics: Declared) -> Iterator[tuple[OwnMetric, str]]:
    """The metrics, and the column of the history that holds what they mean now."""
    for row in OwnMetric.objects.filter(removed_at=None):
        metric = metrics.get(row.key)
        if metric is not None and metric.is_own and metric.column != row.stored_as:
            yield row, metric.column


def _incomplete() -> QuerySet[OwnMetric]:
    live = OwnMetric.objects.filter(removed_at=None)
    first = past.first_day()
    return live.none() if first is None else live.filter(Q(filled_from=None) | Q(filled_from__gt=first))


def _tallies_behind(needs: Needs, today: date) -> list[str]:
    complete = tallies.complete_from(needs.tallies)
    return [
        spec.name
        for spec, days in needs.tallies.items()
        if spec.name not in complete or complete[spec.name] > today - timedelta(days=days)
    ]


def _fill_month(rows: Collection[OwnMetric], metrics: Declared, now: datetime) -> int:
    kept = past.recorded_days()
    next_days = {row.key: _next_day(row, kept) for row in rows}
    latest = max((day for day in next_days.values() if day), default=None)
    if latest is None:
        _note(rows, filled_from=past.first_day() or now.date(), kept=kept)
        return 0
    start = latest.replace(day=1)
    days = [day for day in kept if start <= day <= latest]
    due = [row for row in rows if (day := next_days[row.key]) and day >= start]
    keys = [row.key for row in due]
    needs = needs_of(metrics, keys)
    prepare(needs, first_day=days[0], today=now.date())
    snapshot = tables.take_snapshot(days[-1], needs=needs)
    values = [(day, engine.compute(midnight(day + DAY), keys=keys, metrics=metrics, snapshot=snapshot)) for day in days]
    past.fill(values, [metrics[key] for key in keys])
    first = past.first_day() or start
    _note(due, filled_from=start if any(day < start for day in kept) else min(start, first), kept=kept)
    return len(days)


def _next_day(row: OwnMetric, kept: Collection[date]) -> date | None:
    """The latest kept day whose value is missing."""
    missing = [day for day in kept if row.filled_from is None or day < row.filled_from]
    return max(missing, default=None)


def _note(rows: Collection[OwnMetric], *, filled_from: date, kept: Collection[date]) -> None:
    done = sum(1 for day in kept if day >= filled_from)
    for row in rows:
        # Not when it got another meaning meanwhile: then all is to be done again.
        same = OwnMetric.objects.filter(pk=row.pk, stored_as=row.stored_as)
        same.update(filled_from=filled_from, days_filled=done, days_kept=len(kept), problem="")
