"""The profiles of past days, in the lake for good: table `profiles`, a row per account and `day`, a column per metric.

A day is a file of its own until its month is over; then the month becomes one file, sorted by account, so that a year
of one account is read from a dozen files.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import pyarrow as pa
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import TruncMonth

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.lake.errors import AlreadyCommitted
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile, parquet
from mainstay.metrics.registry import all_metrics

TABLE = "profiles"


def schema(keys: Sequence[str] | None = None) -> pa.Schema:
    """The columns of the table: `account_id`, `day` and the metrics (of `keys`, or all)."""
    metrics = [(key, pa.float64()) for key in (keys or all_metrics())]
    return pa.schema([("account_id", pa.int64()), ("day", pa.date32()), *metrics])


def record(profiles: Iterable[tuple[date, pa.Table]]) -> None:
    """Keep the profiles of these days, all of one month, in place of what was kept of them.

    Computed and written one after another, visible together. Who loses a race against another process doing the same
    leaves its result.
    """
    lake = Lake()
    staged = [lake.write(TABLE, day, _dated(rows, day)) for day, rows in profiles]
    if not staged:
        return
    start, end = min(file.starts_on for file in staged), max(file.ends_on for file in staged)
    old = list(lake.live(TABLE, start=start, end=end))
    if len(staged) > 1 or old:
        days = ", ".join(f"DATE '{file.starts_on}'" for file in staged)
        kept = f"SELECT * FROM {_relation(lake, [file.path for file in old])} WHERE day NOT IN ({days})"
        merged = _merge(lake, f"{kept} UNION ALL FROM {_relation(lake, [file.path for file in staged])}", old, staged)
        for file in staged:
            lake.storage.delete(file.path)
        staged = [merged] if merged else []
    _commit(lake, staged, old)


def merge_months(before: date) -> int:
    """Make one file of each month that ended by the first of `before`'s month and still has several; how many."""
    lake = Lake()
    months = (
        lake.live(TABLE, end=before.replace(day=1))
        .order_by()
        .annotate(month=TruncMonth("starts_on"))
        .values("month")
        .annotate(files=Count("pk"))
        .filter(files__gt=1)
    )
    starts = [row["month"] for row in months]
    for start in starts:
        end = (start + timedelta(days=31)).replace(day=1)
        old = list(lake.live(TABLE, start=start, end=end))
        merged = _merge(lake, f"FROM {_relation(lake, [file.path for file in old])}", old, [])
        _commit(lake, [merged] if merged else [], old)
    return len(starts)


def recorded_days(*, start: date | None = None, end: date | None = None) -> list[date]:
    """The days in `[start, end)` whose profiles are kept, in order."""
    lake = Lake()
    where = " AND ".join(
        ["true", *([f"day >= DATE '{start}'"] if start else []), *([f"day < DATE '{end}'"] if end else [])]
    )
    files = [file.path for file in lake.live(TABLE, start=start, end=end)]
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT day FROM {_relation(lake, files)} WHERE {where} ORDER BY day"
        ).fetchall()
    return [row[0] for row in rows]


def latest_day(*, before: date) -> date | None:
    """The latest day before `before` whose profiles are kept."""
    end: date | None = Lake().live(TABLE, end=before).aggregate(end=Max("ends_on"))["end"]
    return end - DAY if end else None


def has_day(day: date) -> bool:
    """Whether the profiles of the day are kept."""
    files = Lake().live(TABLE, start=day, end=day + DAY)
    if files.filter(starts_on=day, ends_on=day + DAY).exists():
        return True
    return files.exists() and bool(recorded_days(start=day, end=day + DAY))


def read_day(day: date) -> pa.Table:
    """The profiles kept of a day: `account_id` and all metrics, ordered by account."""
    with engine.cursor() as cursor:
        source = Lake().relation(TABLE, schema(), start=day, end=day + DAY)
        return cursor.sql(
            f"SELECT * EXCLUDE (day) FROM {source} WHERE day = DATE '{day}' ORDER BY account_id"
        ).to_arrow_table()


def read_account(account_id: int, keys: Sequence[str], *, start: date, end: date) -> pa.Table:
    """The metrics of `keys` of one account, a row per kept day of `[start, end)`, in order; first column `day`."""
    with engine.cursor() as cursor:
        source = Lake().relation(TABLE, schema(keys), start=start, end=end)
        return cursor.sql(
            f"SELECT * EXCLUDE (account_id) FROM {source} WHERE account_id = ? AND day >= ? AND day < ? ORDER BY day",
            params=[account_id, start, end],
        ).to_arrow_table()


def read_account_on(account_id: int, keys: Sequence[str], days: Collection[date]) -> pa.Table:
    """The metrics of `keys` of one account on those of `days` that are kept, in order; first column `day`.

    Reads only the files of these days, of which there must be at least one.
    """
    lake = Lake()
    files = lake.live(TABLE, start=min(days), end=max(days) + DAY)
    paths = [file.path for file in files if any(file.starts_on <= day < file.ends_on for day in days)]
    with engine.cursor() as cursor:
        source = parquet([lake.storage.location(path) for path in paths], schema(keys))
        return cursor.sql(
            f"SELECT * EXCLUDE (account_id) FROM {source} WHERE account_id = ? AND list_contains(?, day) ORDER BY day",
            params=[account_id, list(days)],
        ).to_arrow_table()


def _dated(profiles: pa.Table, day: date) -> pa.Table:
    days = pa.array([day], pa.date32()).take(pa.array([0] * profiles.num_rows, pa.int64()))
    return profiles.add_column(1, "day", days)


def _relation(lake: Lake, paths: Sequence[str]) -> str:
    return parquet([lake.storage.location(path) for path in paths], schema())


def _merge(lake: Lake, query: str, old: Sequence[DataFile], new: Sequence[StagedFile]) -> StagedFile | None:
    spans: list[DataFile | StagedFile] = [*old, *new]
    with engine.cursor() as cursor:
        return lake.write_query(
            cursor,
            f"SELECT * FROM ({query}) ORDER BY account_id, day",
            TABLE,
            min(file.starts_on for file in spans),
            ends_on=max(file.ends_on for file in spans),
        )


def _commit(lake: Lake, staged: Sequence[StagedFile], old: Sequence[DataFile]) -> None:
    spans: list[DataFile | StagedFile] = [*old, *staged]
    start, end = min(file.starts_on for file in spans), max(file.ends_on for file in spans)
    # Named after what it replaces: of two processes that record the same days, the second finds the key taken.
    replaced = max((file.pk for file in old), default=0)
    try:
        with transaction.atomic():
            lake.commit(staged, key=f"{TABLE} {start} {end} after {replaced}", removed=old)
    except AlreadyCommitted:
        for file in staged:
            lake.storage.delete(file.path)
