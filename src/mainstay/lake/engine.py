"""DuckDB inside the process: opened when first used, one cursor per use, never shared between threads.

A connection shared by threads gives wrong rows without an error, and one that crossed a fork loses writes silently; so
the connection stays in this module and callers get a cursor of their own, whose temporary tables end with it.
"""

import os
import shutil
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)

_lock = threading.Lock()
_opened: tuple[Path, duckdb.DuckDBPyConnection] | None = None
# Connections of a parent process: kept from being closed here, where closing would touch the parent's files.
_inherited: list[object] = []


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor for this thread only. What it registers and its TEMP tables are gone when the block ends.

    It reads and writes below MAINSTAY_HOME and nowhere else, and cannot change its own limits.
    """
    own = _connection().cursor()
    try:
        yield own
    finally:
        own.close()


def arrow(own: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> pa.Table:
    """The result of a query as an Arrow table, in the way that every supported version of DuckDB has."""
    # `sql` would plan the query twice, which for the statement of all metrics takes longer than to copy its result.
    return own.execute(query, parameters).to_arrow_table()


def close() -> None:
    """Close the engine of this process; the next use opens it again."""
    global _opened
    with _lock:
        if _opened is not None:
            _opened[1].close()
            shutil.rmtree(_spill_directory(_opened[0]), ignore_errors=True)
        _opened = None


def _connection() -> duckdb.DuckDBPyConnection:
    global _opened
    with _lock:
        home = Path(settings.MAINSTAY_HOME)
        if _opened is not None and _opened[0] != home:
            _opened[1].close()
            _opened = None
        if _opened is None:
            _opened = (home, _open(home))
        return _opened[1]


def _open(home: Path) -> duckdb.DuckDBPyConnection:
    # DuckDB 1.5 gives its spill files the same names in every process, hence a directory of our own.
    spill = _spill_directory(home)
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            # The defaults are all cores and 80 % of the memory, for each process.
            "threads": settings.ENGINE_THREADS,
            "memory_limit": f"{settings.ENGINE_MEMORY_MB}MB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        },
    )
    # Footers of files that never change need to be read once.
    connection.execute("SET parquet_metadata_cache = true")
    allowed = str(home).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{allowed}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _spill_directory(home: Path) -> Path:
    return home / "tmp" / f"engine-{os.getpid()}"


def _forget_after_fork() -> None:
    global _opened, _lock
    _lock = threading.Lock()
    if _opened is not None:
        _inherited.append(_opened)
        _opened = None


os.register_at_fork(after_in_child=_forget_after_fork)
