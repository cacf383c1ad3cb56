"""Which days a table kept per day has, and what of them was corrected, by when and why."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from mainstay.common.time import DAY, midnight, naive_utc
from mainstay.lake import engine
from mainstay.lake.days import NOTE, DayTable, Note
from mainstay.lake.store import Lake, parquet

# A day is recorded with the first refresh after it; a worker that stood still over night is a little late.
_SOON = timedelta(hours=36)
_KEYS = pa.schema([("day", pa.date32()), ("recorded_at", pa.timestamp("us"))])


@dataclass(frozen=True)
class KeptDay:
    """A day that is kept: when it was recorded, and of how many accounts."""

    day: date
    recorded_at: datetime
    accounts: int

    @property
    def is_of_its_end(self) -> bool:
        """Whether it was recorded when it ended, so that it tells what was known then; else it was computed later."""
        return self.recorded_at <= midnight(self.day + DAY) + _SOON


@dataclass(frozen=True)
class Corrections:
    """Corrections made on one day for one reason: the days that were corrected, and how many accounts.

    `note` adds up the notes of all: what came late, of which days.
    """

    note: Note
    first_day: date
    last_day: date
    days: int
    accounts: int


def kept_days(table: DayTable) -> list[KeptDay]:
    """Every kept day, in order. A process looks into each file once: they never change."""
    lake, found = Lake(), dict[date, KeptDay]()
    for file in lake.live(table.name):
        for day, recorded_at, accounts in _days_in(lake.storage.location(file.path)):
            found[day] = KeptDay(day, recorded_at, accounts)
    return [found[day] for day in sorted(found)]


@lru_cache(maxsize=5_000)
def _days_in(location: Path) -> list[tuple[date, datetime, int]]:
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT day, min(recorded_at), count(*) FROM {parquet([location], _KEYS)} GROUP BY day"
        ).fetchall()
    return [(day, recorded_at.replace(tzinfo=UTC), accounts) for day, recorded_at, accounts in rows]


def corrected_days(table: DayTable) -> dict[date, int]:
    """The days that have corrections, and of how many accounts."""
    if not table.has_corrections():
        return {}
    with engine.cursor() as cursor:
        source = table.corrections_relation(columns=[])
        rows = cursor.execute(f"SELECT day, count(DISTINCT account_id) FROM {source} GROUP BY day").fetchall()
    return dict(rows)


def corrections_since(table: DayTable, at: datetime, *, most: int) -> list[Corrections]:
    """What was corrected since an instant, the latest first, added up by the day it was done, reason and source."""
    if not table.has_corrections():
        return []
    source, names = table.corrections_relation(columns=[]), ", ".join(NOTE.names)
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"""WITH noted AS (
              SELECT account_id, day, recorded_at, CAST(recorded_at AS DATE) AS done_on, {names}
              FROM {source} WHERE recorded_at >= ?
            ), told AS (
              -- The same rows came late for each day that they correct: counted once for each account.
              SELECT done_on, reason, source, account_id, max(recorded_at) AS corrected_at, max(late_rows) AS late_rows,
                min(late_from) AS late_from, max(late_until) AS late_until, max(received_at) AS received_at,
                min(day) AS first_day, max(day) AS last_day, list(DISTINCT day) AS days
              FROM noted GROUP BY done_on, reason, source, account_id
            )
            SELECT min(first_day), max(corrected_at), reason, source, sum(late_rows)::BIGINT, min(late_from),
              max(late_until), max(received_at), max(last_day), len(list_distinct(flatten(list(days)))), count(*)
            FROM told GROUP BY done_on, reason, source ORDER BY max(corrected_at) DESC, reason, source LIMIT {most}""",
            [naive_utc(at)],
        ).fetchall()
    return [_corrections(*row) for row in rows]


def _corrections(  # noqa: PLR0917 the columns of the statement, in its order
    first_day: date,
    corrected_at: datetime,
    reason: str,
    source: str | None,
    rows: int | None,
    late_from: date | None,
    late_until: date | None,
    received_at: datetime | None,
    last_day: date,
    days: int,
    accounts: int,
) -> Corrections:
    told = received_at.replace(tzinfo=UTC) if received_at else None
    note = Note(
        first_day, corrected_at.replace(tzinfo=UTC), reason or "", source, rows or 0, late_from, late_until, told
    )
    return Corrections(note, first_day, last_day, days, accounts)
