"""Fewer, larger, sorted files: small files of a day are merged as they pile up, a month that is over becomes one file.

Readers keep the files they were given; the new ones replace the old in one commit, or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import duckdb
import pyarrow as pa
from django.db import transaction

from mainstay.lake import engine
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile, parquet

# So many files of one day are merged at once, as in a log-structured tree: each row is rewritten a few times a day.
MANY_FILES = 12
# A month of more rows stays a file a day: rewriting it for a late event would take too long.
MONTH_ROWS = 10_000_000
# A month is over when its last events have had time to arrive.
CLOSED_AFTER = timedelta(days=2)
# A file this many times larger than all smaller ones together is left alone.
_LARGER = 4

type Transform = Callable[[duckdb.DuckDBPyConnection, str], str]


@dataclass(frozen=True)
class Layout:
    """How a table likes to lie: its sorting, and the column that tells messages apart (None: rows are not repeated).

    The rows say by the column `day` where they belong.
    """

    table: str
    schema: pa.Schema
    order_by: tuple[str, ...]
    unique_by: str | None = None


@dataclass(frozen=True)
class Merge:
    """Files to be replaced by one file for each `[start, end)` of `spans`."""

    files: tuple[DataFile, ...]
    spans: tuple[tuple[date, date], ...]


def plan(files: Sequence[DataFile], today: date) -> list[Merge]:
    """What is worth merging, of the live files of one table. Pure."""
    merges = []
    for month, group in groupby(sorted(files, key=lambda file: (file.starts_on, file.pk)), _month):
        members = tuple(group)
        following = _following(month)
        if following + CLOSED_AFTER > today:
            merges += _merges_of_days(members, today)
        elif sum(file.rows for file in members) <= MONTH_ROWS:
            if _is_scattered(members):
                merges.append(Merge(members, ((month, following),)))
        else:
            merges += _merges_of_large_month(members)
    return merges


def _merges_of_days(files: Sequence[DataFile], today: date) -> list[Merge]:
    merges = []
    for day, group in groupby(files, lambda file: file.starts_on):
        members = [file for file in group if file.ends_on == day + timedelta(days=1)]
        small = _smaller_ones(members)
        if day < today and _is_scattered(members):
            merges.append(Merge(tuple(members), ((day, day + timedelta(days=1)),)))
        elif len(small) >= MANY_FILES:
            merges.append(Merge(small, ((day, day + timedelta(days=1)),)))
    return merges


def _merges_of_large_month(files: Sequence[DataFile]) -> list[Merge]:
    wide = [file for file in files if file.ends_on - file.starts_on > timedelta(days=1)]
    if wide:
        start, end = min(file.starts_on for file in files), max(file.ends_on for file in files)
        days = [start + timedelta(days=number) for number in range((end - start).days)]
        return [Merge(tuple(files), tuple((day, day + timedelta(days=1)) for day in days))]
    return [
        Merge(members, ((day, day + timedelta(days=1)),))
        for day, group in groupby(files, lambda file: file.starts_on)
        if _is_scattered(members := tuple(group))
    ]


def _is_scattered(files: Sequence[DataFile]) -> bool:
    """A few late rows beside one large file are not worth rewriting it, until they are many."""
    rows = [file.rows for file in files]
    return len(rows) >= MANY_FILES or (len(rows) > 1 and sum(rows) - max(rows) >= sum(rows) / 20)


def _smaller_ones(files: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """The files without those that are much larger than all that are smaller."""
    chosen: list[DataFile] = []
    total = 0
    for file in sorted(files, key=lambda each: each.rows):
        if chosen and file.rows > _LARGER * total:
            break
        chosen.append(file)
        total += file.rows
    return tuple(chosen)


def carry_out(
    cursor: duckdb.DuckDBPyConnection, lake: Lake, layout: Layout, merge: Merge, *, transform: Transform | None = None
) -> None:
    """Replace the files of a merge in a transaction of its own.

    `transform` turns the SQL that reads the old rows into SQL for the new ones (same columns).
    """
    columns = ", ".join(f'"{name}"' for name in layout.schema.names)
    source = parquet([lake.storage.location(file.path) for file in merge.files], layout.schema)
    rows = f"SELECT {columns} FROM {source}"
    if layout.unique_by and _has_repeated(cursor, source, layout.unique_by):
        rows += f" QUALIFY row_number() OVER (PARTITION BY {layout.unique_by} ORDER BY received_at) = 1"
    if transform is not None:
        rows = transform(cursor, rows)
    known = [file.received_until for file in merge.files if file.received_until is not None]
    staged: list[StagedFile] = []
    for start, end in merge.spans:
        where = "" if len(merge.spans) == 1 else f"WHERE day >= DATE '{start}' AND day < DATE '{end}'"
        query = f"SELECT {columns} FROM ({rows}) {where} ORDER BY {', '.join(layout.order_by)}"
        file = lake.write_query(
            cursor, query, layout.table, start, ends_on=end, received_until=max(known) if known else None
        )
        staged += [file] if file else []
    pks = [file.pk for file in merge.files]
    with transaction.atomic():
        lake.commit(staged, key=f"compact {layout.table} {min(pks)}-{max(pks)} {len(pks)}", removed=merge.files)


def _has_repeated(cursor: duckdb.DuckDBPyConnection, source: str, column: str) -> bool:
    # Nearly always there are none; counting one narrow column costs a tenth of a window over whole rows.
    found = cursor.execute(f"SELECT 1 FROM {source} GROUP BY {column} HAVING count(*) > 1 LIMIT 1").fetchone()
    return found is not None


def compact(lake: Lake, layout: Layout, *, today: date, transform: Transform | None = None) -> int:
    """Merge what is worth merging; how many files were replaced. One compaction of a table at a time, please."""
    merges = plan(list(lake.live(layout.table)), today)
    with engine.cursor() as cursor:
        for merge in merges:
            carry_out(cursor, lake, layout, merge, transform=transform)
    return sum(len(merge.files) for merge in merges)


def _month(file: DataFile) -> date:
    return file.starts_on.replace(day=1)


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
