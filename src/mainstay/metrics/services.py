"""Writes: the present profiles into SQL, the profiles of past days into the lake; metrics that people declare.

Profiles can be computed again at any time. The history of day D is the profile as of the first instant of D + 1: what
was known when D was over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from time import monotonic

import pyarrow as pa
from django.db import connection

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.facts.remembered import present_records
from mainstay.facts.tables import Snapshot
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import engine, past, profile_table
from mainstay.metrics.declaring import check_metric, remove_metric, save_metric
from mainstay.metrics.engines.choice import compute
from mainstay.metrics.errors import DayNotComputed
from mainstay.metrics.histories import prepare
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics, get, look_again

__all__ = ["backfill", "check_metric", "ensure_columns", "refresh_profiles", "remove_metric", "save_metric"]

# Runs are kept to be looked at, not for good: a worker makes thousands a day.
_RUNS_KEPT = timedelta(days=2)
# After a longer standstill the days between stay empty until somebody asks for them with `backfill`.
_DAYS_CAUGHT_UP = 35


def ensure_columns() -> tuple[str, ...]:
    """Give the table of profiles a column for every metric; the ones that were added. Nothing before its migration."""
    if profile_table.TABLE not in connection.introspection.table_names():
        return ()
    return profile_table.ensure_columns(tuple(all_metrics()))


def refresh_profiles(now: datetime) -> ProfileRun:
    """Compute every profile as of `now`, write the ones that changed, and keep the history of the days that are over.

    Each of the two commits on its own; either can be done again.
    """
    began = monotonic()
    metrics = look_again()
    profile_table.ensure_columns(tuple(metrics))
    records = present_records(now, needs=needs_of(metrics))
    profiles = compute(now, metrics=metrics, snapshot=records)
    changed = profile_table.write(profiles)
    _keep_days_that_are_over(now, records)
    ProfileRun.objects.filter(started_at__lt=now - _RUNS_KEPT).delete()
    return ProfileRun.objects.create(
        as_of=now,
        started_at=now,
        finished_at=now + timedelta(seconds=monotonic() - began),
        accounts=profiles.num_rows,
        changed=changed,
    )


@dataclass(frozen=True)
class Computing:
    """How days of the past are computed.

    `at`: recorded when (the end of each day unless given). `keys`: only these metrics, where they are not kept.
    `again`: kept days too. `snapshot`: the records, read before.
    """

    at: datetime | None = None
    keys: tuple[str, ...] = ()
    again: bool = False
    snapshot: Snapshot | None = None

    def recorded_at(self, day: date) -> datetime:
        """When what is computed of a day counts as recorded."""
        return self.at or midnight(day + DAY)

    def compute(self, day: date, keys: Sequence[str] = ()) -> pa.Table:
        """The profiles of a day, of `keys` or all metrics. Raises DayNotComputed."""
        try:
            if keys:
                return engine.compute(midnight(day + DAY), keys=tuple(keys), snapshot=self.snapshot)
            return compute(midnight(day + DAY), snapshot=self.snapshot)
        except Exception as error:
            said = f"The profiles of {day:%-d %B %Y} could not be computed: {error}"
            raise DayNotComputed(said, details={"day": day.isoformat()}) from error


def backfill(
    dates: Iterable[date],
    *,
    at: datetime | None = None,
    keys: Sequence[str] = (),
    again: bool = False,
    snapshot: Snapshot | None = None,
) -> int:
    """Compute the profiles of these days from the facts and keep them, as recorded at `at`; how many were computed.

    Days that are kept already are left alone, but for metrics of `keys` that nobody has kept of them: these are filled
    in. With `again` kept days are computed too (of `keys`, or whole): what was recorded stays, and what differs from it
    stands beside it as a correction. Can be repeated; interrupted, it has done whole months. The days must be over.
    """
    how, done = Computing(at, tuple(keys), again, snapshot), 0
    for _, month in groupby(sorted(set(dates)), key=lambda day: (day.year, day.month)):
        done += _backfill_month(list(month), how)
    return done


def _backfill_month(days: Sequence[date], how: Computing) -> int:
    kept = set(past.recorded_days(start=days[0], end=days[-1] + DAY))
    missing = [day for day in days if day not in kept]
    prepare(needs_of(all_metrics()), first_day=days[0], today=days[-1] + DAY)
    past.record(((day, how.compute(day)) for day in missing), at=how.at)
    filled = _fill([day for day in days if day in kept], how) if how.keys else 0
    if not how.again:
        return len(missing) + filled
    for day in (day for day in days if day in kept):
        rows = how.compute(day, how.keys)
        notes = no_notes(rows["account_id"].to_pylist(), Reason.RECOMPUTED)
        past.correct([Corrected(day, rows, notes)], at=how.recorded_at(day))
    return len(days)


def _fill(days: Sequence[date], how: Computing) -> int:
    """Metrics that came later than the day: they were not kept of it, so nothing that was recorded changes."""
    if not days:
        return 0
    empty = past.keys_not_kept(start=days[0], end=days[-1] + DAY)
    wanted = {day: [key for key in how.keys if day in empty.get(key, ())] for day in days}
    filled = [(day, how.compute(day, keys)) for day, keys in wanted.items() if keys]
    if filled:
        past.fill(filled, [get(key) for key in how.keys])
    return len(filled)


def _keep_days_that_are_over(now: datetime, records: Snapshot) -> None:
    if not Account.objects.exists():
        # What is kept stays as it was kept: before the first account yesterday would stay empty for good.
        return
    today = now.date()
    latest = past.latest_day(before=today)
    start = max(latest + DAY, today - DAY * _DAYS_CAUGHT_UP) if latest else today - DAY
    missing = (today - start).days
    if missing > 0:
        # Of older days the snapshot lacks what was long over by now.
        snapshot = records if missing == 1 else None
        backfill((start + DAY * offset for offset in range(missing)), at=now, snapshot=snapshot)
        past.merge_months(today)
