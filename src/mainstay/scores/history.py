"""The scores of past days, in the lake for good: table `health`, a row per account and `day`.

The score of day D is the one as of the first instant of D + 1: what was known when D was over. A day is a file of its
own until its month is over; then the month becomes one file, sorted by account.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import TruncMonth

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.lake.errors import AlreadyCommitted
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile, parquet

TABLE = "health"
SCHEMA = pa.schema(
    [
        ("account_id", pa.int64()),
        ("day", pa.date32()),
        ("score", pa.int32()),
        ("band", pa.string()),
        ("coverage", pa.float64()),
        ("scorecard_version_id", pa.int64()),
    ]
)


def record(rows: pa.Table, days: Collection[date]) -> None:
    """Keep the scores of these days (all of one month), in place of what was kept of them.

    Who loses a race against another process doing the same leaves its result.
    """
    lake = Lake()
    first, last = min(days), max(days)
    old = list(lake.live(TABLE, start=first, end=last + DAY))
    if not old and len(days) == 1:
        staged: StagedFile | None = lake.write(TABLE, first, rows)
    else:
        named = ", ".join(f"DATE '{day}'" for day in days)
        staged = _rewrite(lake, old, f"WHERE day NOT IN ({named})", rows, span=(first, last + DAY))
    _commit(lake, staged, old, first)


def merge_months(before: date) -> int:
    """Make one file of each month over by the first of `before`'s month that still has several; how many."""
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
        _commit(lake, _rewrite(lake, old, "", SCHEMA.empty_table(), span=None), old, start)
    return len(starts)


def latest_day(*, before: date) -> date | None:
    """The latest day before `before` whose scores are kept."""
    end: date | None = Lake().live(TABLE, end=before).aggregate(end=Max("ends_on"))["end"]
    return min(end - DAY, before - DAY) if end else None


def of_account(account_id: int, *, start: date, end: date) -> list[dict[str, Any]]:
    """The kept days of `[start, end)` of one account, in order."""
    source = Lake().relation(TABLE, SCHEMA, start=start, end=end)
    names = [name for name in SCHEMA.names if name != "account_id"]
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"SELECT {', '.join(names)} FROM {source} WHERE account_id = ? AND day >= ? AND day < ? ORDER BY day",
            [account_id, start, end],
        ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def of_day(day: date, account_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """`score`, `band` and `coverage` of these accounts, as kept of a day."""
    source = Lake().relation(TABLE, SCHEMA, start=day, end=day + DAY)
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        found = cursor.execute(
            f"SELECT account_id, score, band, coverage FROM {source} JOIN wanted ON id = account_id "
            f"WHERE day = DATE '{day}'"
        ).fetchall()
    return {row[0]: {"score": row[1], "band": row[2], "coverage": row[3]} for row in found}


def scores_on(days: Sequence[date], account_ids: Collection[int]) -> dict[int, list[int | None]]:
    """For each of these accounts, its scores on these days in this order; None where there is none."""
    if not days:
        return {}
    lake = Lake()
    wanted = [file for day in days for file in lake.live(TABLE, start=day, end=day + DAY)]
    paths = list(dict.fromkeys(file.path for file in wanted))
    source = parquet([lake.storage.location(path) for path in paths], SCHEMA)
    columns = ", ".join(f"any_value(score) FILTER (day = DATE '{day}')" for day in days)
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        found = cursor.execute(
            f"SELECT account_id, {columns} FROM {source} JOIN wanted ON id = account_id GROUP BY account_id"
        ).fetchall()
    return {row[0]: list(row[1:]) for row in found}


def stays(bands: dict[int, str], *, before: date) -> dict[int, tuple[date, str]]:
    """For accounts by their present band: the first day of their stay in it, and the band before (empty: none).

    Looks at the kept days before `before`; an account whose latest kept day has another band is left out.
    """
    if not bands:
        return {}
    source = Lake().relation(TABLE, SCHEMA, end=before)
    present = pa.table({"id": pa.array(bands, pa.int64()), "present": pa.array(bands.values(), pa.string())})
    with engine.cursor() as cursor:
        cursor.register("present_bands", present)
        found = cursor.execute(
            f"""WITH days AS (
                SELECT id, day, band, band = present AS is_present
                FROM {source} JOIN present_bands ON id = account_id WHERE day < DATE '{before}'
            ), others AS (
                SELECT id, max(day) AS day, arg_max(band, day) AS band FROM days WHERE NOT is_present GROUP BY id
            )
            SELECT days.id, min(days.day), any_value(others.band)
            FROM days LEFT JOIN others ON others.id = days.id
            WHERE is_present AND (others.day IS NULL OR days.day > others.day)
            GROUP BY days.id"""
        ).fetchall()
    return {row[0]: (row[1], row[2] or "") for row in found}


def rows_of(day: date, parts: Iterable[tuple[int, Sequence[int], Sequence[Any]]]) -> pa.Table:
    """The rows of a day, from `(scorecard_version_id, account_ids, totals)` of each scorecard."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names if name != "day"}
    for version_id, account_ids, totals in parts:
        columns["account_id"] += account_ids
        columns["score"] += [found.score for found in totals]
        columns["band"] += [found.band for found in totals]
        columns["coverage"] += [found.coverage for found in totals]
        columns["scorecard_version_id"] += [version_id] * len(account_ids)
    dated = columns | {"day": [day] * len(columns["account_id"])}
    return pa.table(dated, schema=SCHEMA).sort_by("account_id")


def _rewrite(
    lake: Lake, old: Sequence[DataFile], where: str, rows: pa.Table, *, span: tuple[date, date] | None
) -> StagedFile | None:
    source = parquet([lake.storage.location(file.path) for file in old], SCHEMA)
    spans = [(file.starts_on, file.ends_on) for file in old] + ([span] if span else [])
    with engine.cursor() as cursor:
        cursor.register("new_rows", rows)
        return lake.write_query(
            cursor,
            f"SELECT * FROM (SELECT * FROM {source} {where} UNION ALL BY NAME FROM new_rows) ORDER BY account_id, day",
            TABLE,
            min(start for start, _ in spans),
            ends_on=max(end for _, end in spans),
        )


def _commit(lake: Lake, staged: StagedFile | None, old: Sequence[DataFile], day: date) -> None:
    # Named after what it replaces: of two processes that record the same days, the second finds the key taken.
    replaced = max((file.pk for file in old), default=0)
    try:
        with transaction.atomic():
            lake.commit([staged] if staged else [], key=f"{TABLE} {day} after {replaced}", removed=old)
    except AlreadyCommitted:
        if staged:
            lake.storage.delete(staged.path)
