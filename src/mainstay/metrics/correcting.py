"""Corrects the kept profiles of days that late events and records belong to."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pyarrow as pa

from mainstay.common.time import DAY, midnight
from mainstay.facts.tables import Snapshot, take_snapshot
from mainstay.lake import engine as lake
from mainstay.lake.days import NOTES, Corrected, Reason
from mainstay.metrics import engine, past
from mainstay.metrics.needs import needs_of
from mainstay.metrics.registry import all_metrics


@dataclass(frozen=True)
class Late:
    """What came late (the rows of `facts.late.LATE`), told up to `until`."""

    rows: pa.Table
    until: datetime

    @cached_property
    def snapshot(self) -> Snapshot:
        """The records, read once for all days."""
        return take_snapshot(self.until.date(), needs=needs_of(all_metrics()))

    def notes_of(self, day: date) -> pa.Table:
        """For each account that something of `day` or before came late for: how much, of which days, when.

        What came from several sources is told by the one of which most came.
        """
        with lake.cursor() as cursor:
            cursor.register("late", self.rows)
            return lake.arrow(
                cursor,
                f"""SELECT account_id, '{Reason.LATE}' AS reason, arg_max(source, n) AS source, max(n) AS late_rows,
                  arg_max(first, n) AS late_from, arg_max(last, n) AS late_until,
                  arg_max(received_at, n) AS received_at
                FROM (
                  SELECT account_id, source, CAST(sum(n) AS BIGINT) AS n, min(day) AS first, max(day) AS last,
                    max(received_at) AS received_at
                  FROM late WHERE day <= DATE '{day}' GROUP BY account_id, source)
                GROUP BY account_id ORDER BY account_id""",
            ).cast(NOTES)


def correct_day(day: date, late: Late, *, at: datetime) -> tuple[int, pa.Table]:
    """Compute a kept day again for the accounts something came late for; how many were corrected, and the notes."""
    notes = late.notes_of(day)
    accounts = notes["account_id"].to_pylist()
    if not accounts:
        return 0, notes
    rows = engine.compute(midnight(day + DAY), account_ids=accounts, snapshot=late.snapshot)
    changed = past.correct([Corrected(day, rows, notes)], at=at)
    return sum(count for _, count in changed), notes
