"""Tables of immutable Parquet files. Writing a file shows it to nobody; a commit in the SQL database does.

Readers get a list of files and may read them for an hour, whatever is committed meanwhile (see `vacuum`). Writers write
first (`write`, `write_query`), then `commit` inside the `transaction.atomic()` that also holds what belongs to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from mainstay.lake import locks
from mainstay.lake.errors import AlreadyCommitted, CommitConflict
from mainstay.lake.models import Commit, DataFile
from mainstay.lake.storage import LocalStorage, Storage

GRACE = timedelta(hours=1)
# Small enough that the rows of one account are found without reading its neighbours; measured: see benchmarks.
ROW_GROUP = 50_000


@dataclass(frozen=True)
class StagedFile:
    """A file that is written and not yet part of its table. `ends_on` is exclusive, `path` below the root."""

    table: str
    starts_on: date
    ends_on: date
    path: str
    rows: int
    size_bytes: int
    received_until: datetime | None


class Lake:
    """The files below `root` (MAINSTAY_HOME/lake unless given) and their catalogue."""

    def __init__(self, root: Path | None = None) -> None:
        self.storage: Storage = LocalStorage(root or Path(settings.MAINSTAY_HOME) / "lake")

    def write(
        self,
        table: str,
        partition: date,
        rows: pa.Table,
        *,
        ends_on: date | None = None,
        received_until: datetime | None = None,
        unique: Sequence[str] = (),
    ) -> StagedFile:
        """Write rows of the days `[partition, ends_on)` (one day unless given) as one file.

        `unique` names columns whose values hardly repeat: looking for repetitions in them is half the time of writing.
        """
        ends_on = ends_on or partition + timedelta(days=1)
        name = _new_name(table, partition, ends_on)
        with self.storage.create(name) as path:
            repeating = [name for name in rows.column_names if name not in unique]
            pq.write_table(rows, path, compression="zstd", row_group_size=ROW_GROUP, use_dictionary=repeating)
            size = path.stat().st_size
        return StagedFile(table, partition, ends_on, name, rows.num_rows, size, received_until)

    def write_query(
        self,
        cursor: duckdb.DuckDBPyConnection,
        query: str,
        table: str,
        partition: date,
        *,
        ends_on: date | None = None,
        received_until: datetime | None = None,
    ) -> StagedFile | None:
        """Write the result of a query as one file, without holding it in memory; None when it has no rows."""
        ends_on = ends_on or partition + timedelta(days=1)
        name = _new_name(table, partition, ends_on)
        with self.storage.create(name) as path:
            target = str(path).replace("'", "''")
            counted = cursor.execute(
                f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            ).fetchone()
            size = path.stat().st_size
        rows = int(counted[0]) if counted else 0
        if rows == 0:
            self.storage.delete(name)
            return None
        return StagedFile(table, partition, ends_on, name, rows, size, received_until)

    def commit(self, staged: Sequence[StagedFile], *, key: str, removed: Iterable[DataFile] = ()) -> Commit:
        """Add the staged files and remove others, in the transaction of the caller.

        A repeated `key` raises AlreadyCommitted; a file that somebody else removed first, CommitConflict. Both leave
        the catalogue as it was.
        """
        if not connection.in_atomic_block:
            raise RuntimeError("Lake.commit belongs inside transaction.atomic(), with all that must become visible.")
        self.storage.settle(file.path for file in staged)
        locks.hold_until_commit("lake commit")
        try:
            with transaction.atomic():
                made = Commit.objects.create(key=key)
        except IntegrityError as error:
            raise AlreadyCommitted(f"The batch '{key}' is in the lake already; go on with the next one.") from error
        DataFile.objects.bulk_create([DataFile(added_by=made, **vars(file)) for file in staged], batch_size=100)
        ids = [file.pk for file in removed]
        count = 0
        for start in range(0, len(ids), 500):
            chunk = DataFile.objects.filter(pk__in=ids[start : start + 500], removed_by=None)
            count += chunk.update(removed_by=made)
        if count != len(ids):
            raise CommitConflict(
                f"{len(ids) - count} of {len(ids)} files that '{key}' replaces were replaced by another commit; "
                "read the table again and repeat."
            )
        return made

    def live(
        self, table: str, *, start: date | None = None, end: date | None = None, at: int | None = None
    ) -> QuerySet[DataFile]:
        """The files that may hold rows of the days `[start, end)`, now or as of the commit with id `at`."""
        found = DataFile.objects.filter(table=table)
        if at is None:
            found = found.filter(removed_by=None)
        else:
            found = found.filter(Q(removed_by=None) | Q(removed_by__gt=at), added_by__lte=at)
        if start is not None:
            found = found.filter(ends_on__gt=start)
        if end is not None:
            found = found.filter(starts_on__lt=end)
        return found.order_by("starts_on", "pk")

    def files(
        self, table: str, *, start: date | None = None, end: date | None = None, at: int | None = None
    ) -> list[Path]:
        """The paths of `live`, for an engine to read."""
        found = self.live(table, start=start, end=end, at=at)
        return [self.storage.location(path) for path in found.values_list("path", flat=True)]

    def relation(
        self,
        table: str,
        schema: pa.Schema,
        *,
        start: date | None = None,
        end: date | None = None,
        at: int | None = None,
    ) -> str:
        """`files` as SQL for FROM, with the columns of `schema`: also when there is no file, or one lacks a column."""
        return parquet(self.files(table, start=start, end=end, at=at), schema)

    def missing(self) -> list[str]:
        """Files of the catalogue that are not there: lost, or restored from backups of two different moments."""
        live = DataFile.objects.filter(removed_by=None).order_by("path").values_list("path", flat=True)
        there = {file.name for file in self.storage.stored()}
        return [path for path in live if path not in there]

    def vacuum(self, now: datetime) -> int:
        """Delete the files that were removed, or written and never committed, an hour ago or more; how many."""
        before = now - GRACE
        old = list(DataFile.objects.filter(removed_by__at__lt=before).values_list("pk", "path"))
        for _, path in old:
            self.storage.delete(path)
        for start in range(0, len(old), 500):
            DataFile.objects.filter(pk__in=[pk for pk, _ in old[start : start + 500]]).delete()
        known = set(DataFile.objects.values_list("path", flat=True))
        orphans = [file.name for file in self.storage.stored() if file.modified_at < before and file.name not in known]
        for name in orphans:
            self.storage.delete(name)
        return len(old) + len(orphans)


def parquet(files: Sequence[Path], schema: pa.Schema) -> str:
    """SQL for FROM that reads these files as the columns of `schema`; columns that a file lacks are null."""
    columns = ", ".join(f'CAST(NULL AS {_sql_type(field.type)}) AS "{field.name}"' for field in schema)
    nothing = f"SELECT {columns} WHERE false"
    if not files:
        return f"({nothing})"
    names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"({nothing} UNION ALL BY NAME FROM read_parquet([{names}], hive_partitioning=false, union_by_name=true))"


_SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
}


def _sql_type(kind: pa.DataType) -> str:
    return _SQL_TYPES[kind]


def _new_name(table: str, starts_on: date, ends_on: date) -> str:
    days = (ends_on - starts_on).days
    span = f"{starts_on}" if days == 1 else f"{starts_on}+{days}"
    return f"{table}/{starts_on:%Y-%m}/{span}-{uuid4().hex[:12]}.parquet"
