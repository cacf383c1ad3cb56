"""Tables kept per day: what was recorded of a day stays, what is known better later stands beside it.

A table has a row per account and `day`, with `recorded_at`. Its rows are the values **known then**: once a day is
recorded, nothing changes them. When late data changes what is known of a day, the whole row as it should have been is
appended to the table's corrections, with the reason. Values **known now** are the latest correction of an account and
day, where there is one, and the recorded row everywhere else.

A day is a file of its own until its month is over; then the month becomes one file, sorted by account, so that a year
of one account is read from a dozen files. Corrections are rare rows: one file a month as well.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import groupby
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import TruncMonth

from mainstay.common.time import DAY, midnight, naive_utc
from mainstay.lake import engine, locks
from mainstay.lake.errors import CommitConflict
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile, parquet

# Rounds that lose against another process begin again with what that one left.
_ATTEMPTS = 5
# So many small files of corrections of a month become one.
_MANY_FILES = 12
_KEYS = (("account_id", pa.int64()), ("day", pa.date32()), ("recorded_at", pa.timestamp("us")))
# Why a row was corrected: by which source, how many rows came late, of which days (inclusive), the last one when.
NOTE = pa.schema([
    ("reason", pa.string()),
    ("source", pa.string()),
    ("late_rows", pa.int64()),
    ("late_from", pa.date32()),
    ("late_until", pa.date32()),
    ("received_at", pa.timestamp("us")),
])  # fmt: skip
_NOTED = ", ".join(("day", "recorded_at", *NOTE.names))
NOTES = pa.schema([("account_id", pa.int64()), *NOTE])


class Known(StrEnum):
    """Which value of a past day: the one recorded when the day ended, or the one that late data makes of it."""

    THEN = "then"
    NOW = "now"


class Reason(StrEnum):
    """Why what is known of a past day changed."""

    LATE = "late"
    RECOMPUTED = "recomputed"


@dataclass(frozen=True)
class Note:
    """Why a value of `day` was corrected at `corrected_at`.

    `rows` events or records of `source` came late, of the days `first_day` to `last_day`, the last at `received_at`.
    """

    day: date
    corrected_at: datetime
    reason: str
    source: str | None
    rows: int
    first_day: date | None
    last_day: date | None
    received_at: datetime | None


@dataclass(frozen=True)
class Corrected:
    """Rows of a day computed again, and why: `rows` has `account_id` and values, `notes` a row per account.

    Columns that `rows` lacks were not computed again and stay as they are known.
    """

    day: date
    rows: pa.Table
    notes: pa.Table


@dataclass(frozen=True)
class DayTable:
    """A table kept per day. `values` gives its columns besides `account_id`, `day` and `recorded_at`.

    `differs` is the SQL condition that two values of a column are not the same, with `{a}` and `{b}` for them.
    """

    name: str
    values: Callable[[], pa.Schema]
    differs: str = "{a} IS DISTINCT FROM {b}"

    @property
    def corrections(self) -> str:
        """The table of the lake that holds the corrected rows."""
        return f"{self.name}_corrected"

    def relation(
        self,
        *,
        start: date | None = None,
        end: date | None = None,
        known: Known = Known.NOW,
        columns: Sequence[str] | None = None,
    ) -> str:
        """SQL for FROM: the rows of the days `[start, end)`, one per account and day.

        Columns: `account_id`, `day`, `recorded_at` and `columns` of the values (all). As known now unless asked.
        """
        return self._relation(self._files(self.name, start, end), start=start, end=end, known=known, columns=columns)

    def relation_on(
        self, days: Collection[date], *, columns: Sequence[str] | None = None, known: Known = Known.NOW
    ) -> str:
        """`relation` of some days that reads only their files. At least one day."""
        files = [
            file
            for file in self._files(self.name, min(days), max(days) + DAY)
            if any(file.starts_on <= day < file.ends_on for day in days)
        ]
        source = self._relation(files, start=min(days), end=max(days) + DAY, known=known, columns=columns)
        return f"(SELECT * FROM {source} WHERE day IN ({_dates(days)}))"

    def record(self, days: Iterable[tuple[date, pa.Table]], *, at: datetime | None = None) -> list[date]:
        """Keep the rows of these days, all of one month, as recorded at `at` (the end of each day); the days kept.

        Written one after another, visible together. Days that are recorded already stay as they are: the first wins.
        """
        lake = Lake()
        staged = [lake.write(self.name, day, _dated(rows, day, at or midnight(day + DAY))) for day, rows in days]
        if not staged:
            return []
        span = min(file.starts_on for file in staged), max(file.ends_on for file in staged)
        new = staged

        def replacing(old: Sequence[DataFile]) -> StagedFile | None:
            nonlocal new
            kept = set(self._days(old, *span))
            new = [file for file in staged if file.starts_on not in kept]
            return self._merged(old, new)

        try:
            self._replace(self.name, span, replacing)
        finally:
            # Of a day that is alone in its file the written file itself was taken; the others live on in a merged one.
            taken = set(DataFile.objects.filter(path__in=[f.path for f in staged]).values_list("path", flat=True))
            for file in staged:
                if file.path not in taken:
                    lake.storage.delete(file.path)
        return sorted(file.starts_on for file in new)

    def fill(self, days: Sequence[tuple[date, pa.Table]]) -> None:
        """Add columns that nobody recorded on these days (all of one month); what was recorded stays.

        The tables have `account_id` and the columns to add. Days that are not kept are left out. Corrections get the
        columns too: of a corrected row, too, they say what is known now.
        """
        given = pa.concat_tables(
            [_dated(rows, day, midnight(day)).drop_columns("recorded_at") for day, rows in days],
            promote_options="default",  # a column may be missing on some of the days only
        )
        span = min(day for day, _ in days), max(day for day, _ in days) + DAY
        columns = [name for name in given.column_names if name not in ("account_id", "day")]
        filled = ", ".join(f'coalesce(kept."{name}", given."{name}") AS "{name}"' for name in columns)
        for table in (self.name, self.corrections):
            self._replace(table, span, partial(self._filled, table, given, filled))

    def _filled(self, table: str, given: pa.Table, filled: str, old: Sequence[DataFile]) -> StagedFile | None:
        with engine.cursor() as cursor:
            cursor.register("given", given)
            return self._write(
                cursor,
                f"SELECT kept.* REPLACE ({filled}) FROM {self._all(old, notes=table == self.corrections)} AS kept"
                " LEFT JOIN given ON given.account_id = kept.account_id AND given.day = kept.day",
                table,
                old,
            )

    def correct(self, computed: Iterable[Corrected], *, at: datetime) -> list[tuple[date, int]]:
        """Append the rows that differ from what is known, as corrected at `at`; their days and how many of each.

        A column without a value for anybody on a day was not kept of that day: it makes no row a corrected one.
        """
        changed: list[tuple[date, int]] = []
        for month, group in groupby(sorted(computed, key=lambda one: one.day), key=lambda one: _month(one.day)):
            days = list(group)
            rows = pa.concat_tables([_dated(one.rows, one.day, at) for one in days])
            notes = pa.concat_tables([_dated(one.notes, one.day, at).drop_columns("recorded_at") for one in days])
            changed += self._append(rows, notes, month)
        return changed

    def merge_months(self, before: date) -> int:
        """Make one file of each month over by the first of `before`'s month that still has several; how many."""
        merged = 0
        for table in (self.name, self.corrections):
            months = (
                Lake()
                .live(table, end=before.replace(day=1))
                .order_by()
                .annotate(month=TruncMonth("starts_on"))
                .values("month")
                .annotate(files=Count("pk"))
                .filter(files__gt=1)
            )
            for row in months:
                self._merge_month(table, row["month"])
                merged += 1
        return merged

    def recorded_days(self, *, start: date | None = None, end: date | None = None) -> list[date]:
        """The days in `[start, end)` that are kept, in order."""
        return self._days(self._files(self.name, start, end), start, end)

    def days_recorded_before(self, at: datetime, *, start: date, end: date) -> list[date]:
        """The kept days of `[start, end)` that were recorded, at least in part, before an instant."""
        files = self._files(self.name, start, end)
        moment = at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        with engine.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT DISTINCT day FROM {self._all(files)} WHERE {_between(start, end)} "
                f"AND recorded_at < TIMESTAMP '{moment}' ORDER BY day"
            ).fetchall()
        return [row[0] for row in rows]

    def latest_day(self, *, before: date) -> date | None:
        """The latest day before `before` that is kept."""
        end: date | None = Lake().live(self.name, end=before).aggregate(end=Max("ends_on"))["end"]
        if end is None or end <= before:
            return end - DAY if end else None
        days = self.recorded_days(start=before.replace(day=1), end=before)
        return days[-1] if days else self.latest_day(before=before.replace(day=1))

    def has_day(self, day: date) -> bool:
        """Whether the day is kept."""
        files = Lake().live(self.name, start=day, end=day + DAY)
        if files.filter(starts_on=day, ends_on=day + DAY).exists():
            return True
        return files.exists() and bool(self.recorded_days(start=day, end=day + DAY))

    def corrections_relation(
        self, *, start: date | None = None, end: date | None = None, columns: Sequence[str] | None = None
    ) -> str:
        """SQL for FROM: every correction of the days `[start, end)`; the columns of `relation` and those of NOTE."""
        files = self._files(self.corrections, start, end)
        names = _names(
            ["account_id", "day", "recorded_at", *NOTE.names, *(self.values().names if columns is None else columns)]
        )
        return f"(SELECT {names} FROM {self._all(files, notes=True)} WHERE {_between(start, end)})"

    def notes(self, account_id: int, *, start: date, end: date) -> list["Note"]:
        """Every correction of an account on the days `[start, end)`, by day, the earliest of a day first."""
        if not self.has_corrections(start=start, end=end):
            return []
        with engine.cursor() as cursor:
            source = self.corrections_relation(start=start, end=end, columns=[])
            found = cursor.execute(
                f"SELECT {_NOTED} FROM {source} WHERE account_id = ? ORDER BY day, recorded_at", [account_id]
            ).fetchall()
        return [_note(row) for row in found]

    def latest_notes(self, day: date, account_ids: Collection[int]) -> dict[int, "Note"]:
        """The latest correction of each of these accounts on a day, of those that have one."""
        if not self.has_corrections(start=day, end=day + DAY):
            return {}
        with engine.cursor() as cursor:
            cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
            source = self.corrections_relation(start=day, end=day + DAY, columns=[])
            found = cursor.execute(
                f"SELECT account_id, {_NOTED} FROM {source} JOIN wanted ON id = account_id ORDER BY recorded_at"
            ).fetchall()
        return {row[0]: _note(row[1:]) for row in found}

    def has_corrections(self, *, start: date | None = None, end: date | None = None) -> bool:
        """Whether anything of these days may have been corrected: a look at the catalogue only."""
        return Lake().live(self.corrections, start=start, end=end).exists()

    def _relation(
        self,
        files: Sequence[DataFile],
        *,
        start: date | None,
        end: date | None,
        known: Known,
        columns: Sequence[str] | None,
    ) -> str:
        names = _names(["account_id", "day", "recorded_at", *(self.values().names if columns is None else columns)])
        where = _between(start, end)
        recorded = f"SELECT {names} FROM {self._all(files)} WHERE {where}"
        corrected = [] if known is Known.THEN else self._files(self.corrections, start, end)
        if not corrected:
            return f"({recorded})"
        late = self._all(corrected, notes=True)
        return (
            f"(SELECT * FROM ({recorded}) ANTI JOIN (SELECT account_id, day FROM {late} WHERE {where})"
            f" USING (account_id, day) UNION ALL SELECT {names} FROM {late} WHERE {where}"
            " QUALIFY row_number() OVER (PARTITION BY account_id, day ORDER BY recorded_at DESC) = 1)"
        )

    def _all(self, files: Sequence[DataFile], *, notes: bool = False) -> str:
        lake = Lake()
        schema = pa.schema([*_KEYS, *(NOTE if notes else ()), *self.values()])
        return parquet([lake.storage.location(file.path) for file in files], schema)

    def _files(self, table: str, start: date | None, end: date | None) -> list[DataFile]:
        return list(Lake().live(table, start=start, end=end))

    def _days(self, files: Sequence[DataFile], start: date | None, end: date | None) -> list[date]:
        with engine.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT DISTINCT day FROM {self._all(files)} WHERE {_between(start, end)} ORDER BY day"
            ).fetchall()
        return [row[0] for row in rows]

    def _merged(self, old: Sequence[DataFile], new: Sequence[StagedFile]) -> StagedFile | None:
        if len(new) <= 1 and not old:
            return new[0] if new else None
        if not new:
            return None
        lake = Lake()
        spans: list[DataFile | StagedFile] = [*old, *new]
        paths = [lake.storage.location(file.path) for file in spans]
        source = parquet(paths, pa.schema([*_KEYS, *self.values()]))
        with engine.cursor() as cursor:
            return self._write(cursor, f"SELECT * FROM {source}", self.name, spans)

    def _write(
        self, cursor: duckdb.DuckDBPyConnection, query: str, table: str, spans: Sequence[DataFile | StagedFile]
    ) -> StagedFile | None:
        if not spans:
            return None
        return Lake().write_query(
            cursor,
            f"SELECT * FROM ({query}) ORDER BY account_id, day",
            table,
            min(file.starts_on for file in spans),
            ends_on=max(file.ends_on for file in spans),
        )

    def _replace(
        self, table: str, span: tuple[date, date], replacing: Callable[[list[DataFile]], StagedFile | None]
    ) -> None:
        """Put the file that `replacing` makes of the files of these days in their place; None leaves them.

        When another process writes these days meanwhile, it is made again from what that one left.
        """
        lake = Lake()
        for _ in range(_ATTEMPTS):
            old = self._files(table, *span)
            new = replacing(old)
            if new is None:
                return
            try:
                with transaction.atomic():
                    locks.hold_until_commit("lake commit")
                    if {file.pk for file in self._files(table, *span)} == {file.pk for file in old}:
                        lake.commit([new], key=f"{table} {span[0]} {uuid4().hex[:12]}", removed=old)
                        return
            except CommitConflict:
                pass
            if old:
                lake.storage.delete(new.path)
        raise CommitConflict(f"The days {span[0]} to {span[1] - DAY} of '{table}' are written by others; try again.")

    def _append(self, rows: pa.Table, notes: pa.Table, month: date) -> list[tuple[date, int]]:
        span, lake = (month, _following(month)), Lake()
        with engine.cursor() as cursor:
            cursor.register("computed", rows)
            cursor.register("given_notes", notes)
            cursor.execute(f"CREATE TEMP TABLE changed AS {self._differences(rows, span)}")
            counted = cursor.execute("SELECT day, count(*) FROM changed GROUP BY day ORDER BY day").fetchall()
            days: list[tuple[date, int]] = [(day, rows) for day, rows in counted]
            if not days:
                return []
            file = lake.write_query(
                cursor, "FROM changed ORDER BY account_id, day", self.corrections, days[0][0], ends_on=days[-1][0] + DAY
            )
        if file is not None:
            with transaction.atomic():
                lake.commit([file], key=f"{self.corrections} {days[0][0]} {uuid4().hex[:12]}")
        if len(self._files(self.corrections, *span)) >= _MANY_FILES:
            self._merge_month(self.corrections, month)
        return days

    def _differences(self, computed: pa.Table, span: tuple[date, date]) -> str:
        """SQL: the rows of `computed` that are not what is known, with their notes."""
        empty = self.columns_not_kept(start=span[0], end=span[1])
        tests, names = [], self.values().names
        again = [name for name in names if name in computed.column_names]
        for name in again:
            test = self.differs.format(a=f'computed."{name}"', b=f'kept."{name}"')
            days = empty.get(name)
            tests.append(f"({test} AND computed.day NOT IN ({_dates(days)}))" if days else f"({test})")
        wanted = computed["account_id"].unique()
        # A short list lets the engine pass by most of a file that is sorted by account.
        only = f" WHERE account_id IN ({', '.join(map(str, wanted.to_pylist()))})" if len(wanted) <= 1000 else ""
        kept = f"(SELECT *, true AS is_kept FROM {self.relation(start=span[0], end=span[1])}{only})"
        values = ", ".join(f'{"computed" if name in again else "kept"}."{name}"' for name in names)
        return f"""SELECT computed.account_id, computed.day, computed.recorded_at, {_names(NOTE.names)}, {values}
            FROM computed LEFT JOIN {kept} AS kept USING (account_id, day)
            LEFT JOIN given_notes USING (account_id, day)
            WHERE is_kept IS NULL OR {" OR ".join(tests)}"""

    def columns_not_kept(self, *, start: date, end: date) -> dict[str, list[date]]:
        """The kept days of `[start, end)` on which a column has no value for anybody, by column."""
        files, names = self._files(self.name, start, end), self.values().names
        counts = ", ".join(f'count("{name}")' for name in names)
        with engine.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT day, {counts} FROM {self._all(files)} WHERE {_between(start, end)} GROUP BY day"
            ).fetchall()
        return {name: days for at, name in enumerate(names, 1) if (days := [row[0] for row in rows if not row[at]])}

    def _merge_month(self, table: str, month: date) -> None:
        def replacing(old: Sequence[DataFile]) -> StagedFile | None:
            with engine.cursor() as cursor:
                source = self._all(old, notes=table == self.corrections)
                return self._write(cursor, f"SELECT * FROM {source}", table, old)

        self._replace(table, (month, _following(month)), replacing)


def no_notes(account_ids: Sequence[int], reason: Reason) -> pa.Table:
    """Notes that say a reason and nothing else, for each of these accounts."""
    nothing = [None] * len(account_ids)
    columns = [account_ids, [reason] * len(account_ids), *[nothing] * (len(NOTE) - 1)]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, NOTES, strict=True)], NOTES)


def _note(row: Sequence[Any]) -> Note:
    day, at, reason, source, rows, first, last, told = row
    received_at = told.replace(tzinfo=UTC) if told else None
    return Note(day, at.replace(tzinfo=UTC), reason or "", source, rows or 0, first, last, received_at)


def _dated(rows: pa.Table, day: date, at: datetime) -> pa.Table:
    first = pa.array([0] * rows.num_rows, pa.int64())
    rows = rows.add_column(1, "day", pa.array([day], pa.date32()).take(first))
    return rows.add_column(2, "recorded_at", pa.array([naive_utc(at)], pa.timestamp("us")).take(first))


def _between(start: date | None, end: date | None) -> str:
    terms = [*([f"day >= DATE '{start}'"] if start else []), *([f"day < DATE '{end}'"] if end else [])]
    return " AND ".join(terms) or "true"


def _dates(days: Iterable[date]) -> str:
    return ", ".join(f"DATE '{day}'" for day in sorted(set(days)))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _month(day: date) -> date:
    return day.replace(day=1)


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
