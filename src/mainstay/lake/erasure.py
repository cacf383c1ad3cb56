"""Rows that must be gone for good, because the law says so: the files that hold them are written anew without them."""

from collections.abc import Iterable

import duckdb
from django.db import transaction

from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake, StagedFile


def erase(cursor: duckdb.DuckDBPyConnection, lake: Lake, table: str, where: str, *, key: str) -> int:
    """Remove the rows of `table` for which the SQL condition `where` holds; how many.

    In a transaction of its own, under the batch key `key`. The old files are deleted by `vacuum`, an hour later: only
    then the rows are gone from the disk. Batch the requests: a large file takes seconds to write.
    """
    staged: list[StagedFile] = []
    touched = list(_files_with(cursor, lake, table, where))
    erased = 0
    for file in touched:
        source = f"read_parquet(['{lake.storage.location(file.path)}'], hive_partitioning=false)"
        rest = lake.write_query(
            cursor,
            f"SELECT * FROM {source} WHERE ({where}) IS NOT TRUE",
            table,
            file.starts_on,
            ends_on=file.ends_on,
            received_until=file.received_until,
        )
        staged += [rest] if rest else []
        erased += file.rows - (rest.rows if rest else 0)
    if touched:
        with transaction.atomic():
            lake.commit(staged, key=key, removed=touched)
    return erased


def _files_with(cursor: duckdb.DuckDBPyConnection, lake: Lake, table: str, where: str) -> Iterable[DataFile]:
    files = {str(lake.storage.location(file.path)): file for file in lake.live(table)}
    if not files:
        return []
    names = ", ".join(f"'{name}'" for name in files)
    found = cursor.execute(f"""SELECT DISTINCT filename
        FROM read_parquet([{names}], hive_partitioning=false, union_by_name=true, filename=true)
        WHERE {where}""").fetchall()
    return [files[row[0]] for row in found]
