"""Writes: the present profiles into SQL, the profiles of past days into the lake; metrics that people declare.

Profiles can be computed again at any time. The history of day D is the profile as of the first instant of D + 1: what
was known when D was over.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from time import monotonic

from django.db import connection

from mainstay.common.time import DAY, midnight
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import past, profile_table
from mainstay.metrics.declaring import check_metric, remove_metric, save_metric
from mainstay.metrics.engines.choice import compute
from mainstay.metrics.histories import prepare
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics, look_again

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
    profiles = compute(now, metrics=metrics)
    changed = profile_table.write(profiles)
    _keep_days_that_are_over(now)
    ProfileRun.objects.filter(started_at__lt=now - _RUNS_KEPT).delete()
    return ProfileRun.objects.create(
        as_of=now,
        started_at=now,
        finished_at=now + timedelta(seconds=monotonic() - began),
        accounts=profiles.num_rows,
        changed=changed,
    )


def backfill(dates: Iterable[date], *, at: datetime | None = None, again: bool = False) -> int:
    """Compute the profiles of these days from the facts and keep them, as recorded at `at`; how many were computed.

    Days that are kept already are left alone. With `again` they are computed too: what was recorded stays, and what
    differs from it stands beside it as a correction. Can be repeated; interrupted, it has done whole months. The days
    must be over; `at` is their end unless given.
    """
    done = 0
    for _, month in groupby(sorted(set(dates)), key=lambda day: (day.year, day.month)):
        days = list(month)
        kept = set(past.recorded_days(start=days[0], end=days[-1] + DAY))
        missing = [day for day in days if day not in kept]
        prepare(needs_of(all_metrics()), first_day=days[0], today=days[-1] + DAY)
        past.record(((day, compute(midnight(day + DAY))) for day in missing), at=at)
        done += len(missing)
        for day in days if again else ():
            if day in kept:
                _compute_again(day, at or midnight(day + DAY))
                done += 1
    return done


def _compute_again(day: date, at: datetime) -> None:
    rows = compute(midnight(day + DAY))
    notes = no_notes(rows["account_id"].to_pylist(), Reason.RECOMPUTED)
    past.correct([Corrected(day, rows, notes)], at=at)


def _keep_days_that_are_over(now: datetime) -> None:
    today = now.date()
    latest = past.latest_day(before=today)
    start = max(latest + DAY, today - DAY * _DAYS_CAUGHT_UP) if latest else today - DAY
    missing = (today - start).days
    if missing > 0:
        backfill((start + DAY * offset for offset in range(missing)), at=now)
        past.merge_months(today)
