"""The file of the inbox on SQLite: how it is opened, written, and kept from growing."""

import itertools
import logging
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mainstay.ingest.envelope import Arrival, pack_rejections, to_microseconds
from mainstay.ingest.group_commit import StoreError

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.25
MAX_WAL_BYTES = 64 * 2**20
_ROWS_OF_A_STATEMENT = 256
_LOOK_AT_WAL_EVERY = 64  # groups
_WAL_ATTEMPTS = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, write_key_id INTEGER, kind TEXT NOT NULL,
    body BLOB NOT NULL, rejected BLOB
);
CREATE TABLE IF NOT EXISTS about (generation TEXT NOT NULL, checked_at INTEGER NOT NULL);
"""

type Row = tuple[int, int | None, str, bytes, bytes | None]


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the inbox, which is made when missing. Transactions are begun by hand."""
    connection = sqlite3.connect(path, timeout=20, isolation_level=None, cached_statements=300)
    try:
        connection.execute("PRAGMA page_size=8192")  # of a new file: bodies are long; a quarter less work than 4096
        _turn_wal_on(connection)
        # FULL: the log is on the disk before the commit returns. NORMAL would lose answered requests at power loss.
        connection.execute("PRAGMA synchronous=FULL")
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'about'").fetchone()[0]:
            _create(connection, path)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _turn_wal_on(connection: sqlite3.Connection) -> None:
    """Two processes that make the file at the same time get "locked" at once here, whatever the timeout: try again."""
    for attempt in itertools.count():
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _WAL_ATTEMPTS:
                raise
            time.sleep(0.02)


def _create(connection: sqlite3.Connection, path: Path) -> None:
    path.chmod(0o600)
    with transaction(connection):
        for statement in _SCHEMA.strip().split(";\n"):
            connection.execute(statement)
        if not connection.execute("SELECT count(*) FROM about").fetchone()[0]:
            connection.execute("INSERT INTO about VALUES (?, 0)", [uuid.uuid4().hex])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that takes the write lock at its start, waiting for it as long as the connection allows."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """One transaction, durable on return.

    One statement, too, where that is possible: the interpreter is let go of once, so that the event loop runs on while
    the rows are written and synced, instead of being stopped at every row.
    """
    if len(rows) <= _ROWS_OF_A_STATEMENT:
        connection.execute(_statement(len(rows)), list(itertools.chain.from_iterable(rows)))
        return
    with transaction(connection):
        for chunk in itertools.batched(rows, _ROWS_OF_A_STATEMENT):
            connection.execute(_statement(len(chunk)), list(itertools.chain.from_iterable(chunk)))


@cache
def _statement(rows: int) -> str:
    values = ",".join(["(?,?,?,?,?)"] * rows)
    return f"INSERT INTO inbox (received_at, write_key_id, kind, body, rejected) VALUES {values}"


def row(arrival: Arrival) -> Row:
    """The values of an arrival, in the order of `insert`."""
    return (
        to_microseconds(arrival.received_at),
        arrival.write_key_id,
        arrival.kind,
        arrival.body,
        pack_rejections(arrival.rejected),
    )


class FileStore:
    """Writes groups; a thread of its own carries the write-ahead log into the file, off the way of the answers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._groups = 0
        self._is_dirty = threading.Event()
        self._is_closed = threading.Event()
        self._checkpointer = threading.Thread(target=self._checkpoint, name="inbox-checkpoint", daemon=True)
        self._checkpointer.start()

    def write(self, arrivals: Sequence[Arrival]) -> None:
        try:
            if self._connection is None:
                self._connection = connect(self._path)
                self._connection.execute("PRAGMA wal_autocheckpoint=0")
            insert(self._connection, [row(arrival) for arrival in arrivals])
            self._is_dirty.set()
            self._truncate_when_long(self._connection)
        except sqlite3.Error as error:
            self._drop()
            raise StoreError(str(error)) from error

    def close(self) -> None:
        self._is_closed.set()
        self._is_dirty.set()
        self._checkpointer.join()
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _truncate_when_long(self, connection: sqlite3.Connection) -> None:
        """Under load without a pause the passive checkpoint never reaches the end and the log would grow for ever."""
        self._groups += 1
        if self._groups % _LOOK_AT_WAL_EVERY:
            return
        wal = f"{self._path}-wal"
        if os.path.exists(wal) and os.path.getsize(wal) > MAX_WAL_BYTES:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _checkpoint(self) -> None:
        connection: sqlite3.Connection | None = None
        while self._is_dirty.wait() and not self._is_closed.wait(CHECKPOINT_SECONDS):
            self._is_dirty.clear()
            if self._is_closed.is_set():  # closed a moment before: what would have woken us is cleared
                break
            try:
                connection = connection or connect(self._path)
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                logger.warning("The inbox could not be checkpointed: %s", error)
        if connection is not None:
            connection.close()
