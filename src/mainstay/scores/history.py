"""The scores of past days, in the lake for good: table `health`, a row per account and `day`.

The score of day D is the one as of the first instant of D + 1. What was recorded when the day ended never changes
(known then); corrections by late data stand beside it, and every function here answers with them (known now) unless it
is asked otherwise. See `lake.days`, which keeps them, and `relation` for questions over many days.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.lake.days import DayTable, Known

TABLE = "health"
VALUES = pa.schema(
    [
        ("score", pa.int32()),
        ("band", pa.string()),
        ("coverage", pa.float64()),
        ("scorecard_version_id", pa.int64()),
        ("late_sources", pa.string()),
    ]
)
KEPT = DayTable(TABLE, lambda: VALUES)


def relation(*, start: date, end: date, known: Known = Known.NOW, columns: Sequence[str] | None = None) -> str:
    """SQL for FROM: the scores of the days `[start, end)`, one row per account and kept day.

    Columns: `account_id`, `day`, `recorded_at` (UTC, without a zone), `score` (null: unknown), `band`, `coverage` (0 to
    1), `scorecard_version_id` and `late_sources` (their keys with commas, those that froze their measures), or those of
    `columns`. As known now, which is what every question over history means unless it says otherwise;
    `known=Known.THEN` gives what was recorded when each day ended.
    """
    return KEPT.relation(start=start, end=end, known=known, columns=columns)


def record(days: Sequence[tuple[date, pa.Table]], *, at: datetime | None = None) -> list[date]:
    """Keep the scores of these days, all of one month, as recorded at `at`; the days that were not kept before."""
    return KEPT.record(days, at=at)


def merge_months(before: date) -> int:
    """Make one file of each month over by the first of `before`'s month that still has several; how many."""
    return KEPT.merge_months(before)


def recorded_days(*, start: date | None = None, end: date | None = None) -> list[date]:
    """The days in `[start, end)` whose scores are kept, in order."""
    return KEPT.recorded_days(start=start, end=end)


def has_day(day: date) -> bool:
    """Whether the scores of the day are kept."""
    return KEPT.has_day(day)


def latest_day(*, before: date) -> date | None:
    """The latest day before `before` whose scores are kept."""
    return KEPT.latest_day(before=before)


def of_account(account_id: int, *, start: date, end: date, known: Known = Known.NOW) -> list[dict[str, Any]]:
    """The kept days of `[start, end)` of one account, in order."""
    names = ["day", *VALUES.names]
    with engine.cursor() as cursor:
        source = relation(start=start, end=end, known=known)
        found = cursor.execute(
            f"SELECT {', '.join(names)} FROM {source} WHERE account_id = ? ORDER BY day", [account_id]
        ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def of_day(day: date, account_ids: Collection[int], *, known: Known = Known.NOW) -> dict[int, dict[str, Any]]:
    """`score`, `band` and `coverage` of these accounts, as kept of a day."""
    source = relation(start=day, end=day + DAY, known=known)
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        found = cursor.execute(
            f"SELECT account_id, score, band, coverage FROM {source} JOIN wanted ON id = account_id"
        ).fetchall()
    return {row[0]: {"score": row[1], "band": row[2], "coverage": row[3]} for row in found}


def scores_on(
    days: Sequence[date], account_ids: Collection[int], *, known: Known = Known.NOW
) -> dict[int, list[int | None]]:
    """For each of these accounts, its scores on these days in this order; None where there is none."""
    if not days:
        return {}
    source = KEPT.relation_on(days, columns=["score"], known=known)
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
    source = KEPT.relation(end=before, columns=["band"])
    present = pa.table({"id": pa.array(bands, pa.int64()), "present": pa.array(bands.values(), pa.string())})
    with engine.cursor() as cursor:
        cursor.register("present_bands", present)
        found = cursor.execute(
            f"""WITH days AS (
                SELECT id, day, band, band = present AS is_present
                FROM {source} JOIN present_bands ON id = account_id
            ), others AS (
                SELECT id, max(day) AS day, arg_max(band, day) AS band FROM days WHERE NOT is_present GROUP BY id
            )
            SELECT days.id, min(days.day), any_value(others.band)
            FROM days LEFT JOIN others ON others.id = days.id
            WHERE is_present AND (others.day IS NULL OR days.day > others.day)
            GROUP BY days.id"""
        ).fetchall()
    return {row[0]: (row[1], row[2] or "") for row in found}


def rows_of(parts: Iterable[tuple[int, Sequence[int], Sequence[Any]]], *, late_sources: Iterable[str]) -> pa.Table:
    """The rows of a day, from `(scorecard_version_id, account_ids, totals)` of each scorecard."""
    late = ",".join(sorted(late_sources))
    columns: dict[str, list[Any]] = {name: [] for name in ("account_id", *VALUES.names)}
    for version_id, account_ids, totals in parts:
        columns["account_id"] += account_ids
        columns["score"] += [found.score for found in totals]
        columns["band"] += [found.band for found in totals]
        columns["coverage"] += [found.coverage for found in totals]
        columns["scorecard_version_id"] += [version_id] * len(account_ids)
        columns["late_sources"] += [late] * len(account_ids)
    schema = pa.schema([("account_id", pa.int64()), *VALUES])
    return pa.table(columns, schema=schema).sort_by("account_id")
