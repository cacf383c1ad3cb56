"""The inbox as a SQLite file of its own: a long transaction in the main database can never stop the door."""

import asyncio
import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from mainstay.ingest.envelope import Arrival, Envelope, from_microseconds, to_microseconds, unpack_rejections
from mainstay.ingest.errors import AlreadyLoaded, InboxFailed
from mainstay.ingest.group_commit import GroupCommit
from mainstay.ingest.inbox_file import FileStore, connect, insert, row, transaction
from mainstay.ingest.models import InboxWatermark

_MAX_ROWS = 20_000  # of one read
_IMPORT_CHUNK = 500
_PRUNE_CHUNK = 500


class SqliteInbox:
    """The inbox of an installation on SQLite. See `inbox.Inbox`."""

    def __init__(self, path: Path, *, keep_days: int) -> None:
        self._path = path
        self._keep = timedelta(days=keep_days)
        self._writer: GroupCommit | None = None

    def start(self) -> None:
        """Start the writer in the running event loop."""
        with closing(connect(self._path)):  # fail now, not at the first event
            self._writer = GroupCommit(FileStore(self._path))

    async def stop(self) -> None:
        """Write what waits and end the writer."""
        if self._writer is not None:
            await self._writer.stop()
            self._writer = None

    def append(self, arrival: Arrival) -> "asyncio.Future[None]":
        """Resolves once the arrival is durable."""
        if self._writer is None:
            raise InboxFailed("The inbox is not open; send again in a moment.")
        return self._writer.append(arrival)

    def append_many(self, arrivals: Iterable[Arrival]) -> int:
        """Store arrivals, in transactions of some hundreds; how many."""
        count = 0
        with closing(connect(self._path)) as connection:
            for chunk in itertools.batched(arrivals, _IMPORT_CHUNK):
                insert(connection, [row(arrival) for arrival in chunk])
                count += len(chunk)
        return count

    def read(self, *, limit_bytes: int) -> list[Envelope]:
        """The oldest envelopes not yet loaded, of together at most `limit_bytes` but at least one."""
        envelopes: list[Envelope] = []
        size = 0
        with closing(connect(self._path)) as connection:
            rows = connection.execute(
                "SELECT id, received_at, write_key_id, kind, body, rejected FROM inbox"
                " WHERE id > ? ORDER BY id LIMIT ?",
                [_watermark(_generation(connection)), _MAX_ROWS],
            )
            for number, received_at, write_key_id, kind, body, rejected in rows:
                size += len(body)
                if envelopes and size > limit_bytes:
                    break
                envelopes.append(
                    Envelope(
                        number, from_microseconds(received_at), write_key_id, kind, body, unpack_rejections(rejected)
                    )
                )
        return envelopes

    def mark_loaded(self, ids: Sequence[int]) -> None:
        """Move the watermark, in the transaction of the caller in the main database. Raises AlreadyLoaded."""
        if not ids:
            return
        _require_transaction()
        with closing(connect(self._path)) as file:
            generation = _generation(file)
            before, after = _watermark(generation), max(ids)
            between = "SELECT count(*) FROM inbox WHERE id > ? AND id <= ?"
            expected = file.execute(between, [before, after]).fetchone()[0]
        if min(ids) <= before:
            raise AlreadyLoaded(f"The inbox was loaded up to {before} meanwhile; read again.")
        if expected != len(set(ids)):
            raise ValueError(f"Envelopes are loaded in order: {expected} wait up to {after}, {len(ids)} were given.")
        InboxWatermark.objects.get_or_create(generation=generation)
        moved = InboxWatermark.objects.filter(generation=generation, loaded_id=before).update(loaded_id=after)
        if moved != 1:
            raise AlreadyLoaded("Another loader moved the watermark of the inbox meanwhile; read again.")

    def prune(self, now: datetime) -> int:
        """Drop loaded requests older than the days to keep, some hundreds at a time; how many.

        The newest row always stays, so that ids are never used twice.
        """
        count = 0
        with closing(connect(self._path)) as connection:
            loaded = _watermark(_generation(connection))
            limits = [loaded, to_microseconds(now - self._keep), _PRUNE_CHUNK]
            while True:
                with transaction(connection):
                    deleted = connection.execute(
                        "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE id <= ? AND received_at < ?"
                        " AND id < (SELECT max(id) FROM inbox) ORDER BY id LIMIT ?)",
                        limits,
                    ).rowcount
                count += deleted
                if deleted < _PRUNE_CHUNK:
                    return count

    def waiting(self) -> tuple[int, datetime | None]:
        """How many requests are not yet loaded, and when the oldest of them was received."""
        with closing(connect(self._path)) as connection:
            count, oldest = connection.execute(
                "SELECT count(*), min(received_at) FROM inbox WHERE id > ?", [_watermark(_generation(connection))]
            ).fetchone()
        return count, None if oldest is None else from_microseconds(oldest)

    def check_writable(self) -> None:
        """Write a row that says nothing. Raises InboxFailed."""
        try:
            with closing(connect(self._path)) as connection, transaction(connection):
                connection.execute("UPDATE about SET checked_at = checked_at + 1")
        except sqlite3.Error as error:
            raise InboxFailed(f"The inbox '{self._path}' cannot be written: {error}.") from error
        if self._writer is not None and not self._writer.is_alive:
            raise InboxFailed("The writer of the inbox has ended; restart this process.")


def _generation(file: sqlite3.Connection) -> str:
    return str(file.execute("SELECT generation FROM about").fetchone()[0])


def _watermark(generation: str) -> int:
    found = InboxWatermark.objects.filter(generation=generation).values_list("loaded_id", flat=True).first()
    return found or 0


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("mark_loaded must be called inside transaction.atomic(), with the writes it belongs to.")
