"""How daily tables lie in the lake: a file a day in this month, a file a month once it is over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import duckdb
import pyarrow as pa

from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile, parquet

# A month is closed when its last events have had time to arrive.
CLOSED_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Span:
    """Days `[start, end)` that share a file: a day, or a month that is over."""

    start: date
    end: date
    days: tuple[date, ...]

    @property
    def dates(self) -> str:
        """The days as SQL for IN."""
        return ", ".join(f"DATE '{day}'" for day in self.days)


@dataclass(frozen=True)
class Rewritten:
    """Files written for a span, and those they replace."""

    staged: list[StagedFile]
    replaced: list[DataFile]


def spans(days: Collection[date], today: date) -> list[Span]:
    """The spans that these days belong to, in order."""
    found = []
    for first, group in groupby(sorted(days), key=lambda day: day.replace(day=1)):
        members = tuple(group)
        following = (first + timedelta(days=31)).replace(day=1)
        if following + CLOSED_AFTER <= today:
            found.append(Span(first, following, members))
        else:
            found += [Span(day, day + timedelta(days=1), (day,)) for day in members]
    return found


def rewrite(
    cursor: duckdb.DuckDBPyConnection, span: Span, *, table: str, schema: pa.Schema, new_rows: str
) -> Rewritten:
    """Write the rows of the query `new_rows` in place of those of the span's days."""
    lake = Lake()
    # Files that reach beyond the span (a month read anew day by day) keep their other days.
    old = list(lake.live(table, start=span.start, end=span.end))
    start, end = min([span.start, *(f.starts_on for f in old)]), max([span.end, *(f.ends_on for f in old)])
    kept = parquet([lake.storage.location(file.path) for file in old], schema)
    query = f"""SELECT * FROM {kept} WHERE day NOT IN ({span.dates})
        UNION ALL BY NAME {new_rows}
        ORDER BY account_id, contact_id, day"""
    file = lake.write_query(cursor, query, table, start, ends_on=end)
    return Rewritten([file] if file else [], old)
