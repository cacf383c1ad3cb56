"""The inbox as a table of the application's PostgreSQL. Several web processes may append to it at the same time."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

import psycopg
from django.db import connection

from mainstay.ingest.envelope import Arrival, Envelope, pack_rejections, unpack_rejections
from mainstay.ingest.errors import AlreadyLoaded, InboxFailed
from mainstay.ingest.group_commit import GroupCommit, StoreError

_MAX_ROWS = 20_000  # of one read
_IMPORT_CHUNK = 500
# An array of nothing but NULL has no type of its own, so that "none" travels as -1 and as no bytes.
_INSERT = """
INSERT INTO ingest_inboxrow (received_at, write_key_id, kind, body, rejected)
SELECT received_at, nullif(write_key_id, -1), kind, body, nullif(rejected, ''::bytea)
FROM unnest(%b::timestamptz[], %b::int8[], %b::text[], %b::bytea[], %b::bytea[])
  AS arrived (received_at, write_key_id, kind, body, rejected)
"""
# A third less time for long bodies than the default; not every server was built with it.
_COMPRESS_BY_LZ4 = """
SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)
"""


def _columns(arrivals: Sequence[Arrival]) -> list[list[Any]]:
    return [
        [arrival.received_at for arrival in arrivals],
        [-1 if arrival.write_key_id is None else arrival.write_key_id for arrival in arrivals],
        [arrival.kind for arrival in arrivals],
        [arrival.body for arrival in arrivals],
        [pack_rejections(arrival.rejected) or b"" for arrival in arrivals],
    ]


class _TableStore:
    """Writes groups over a connection of its own, which is made anew after an error."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, arrivals: Sequence[Arrival]) -> None:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(**self._parameters, autocommit=True)
                self._connection.execute(_COMPRESS_BY_LZ4)
            self._connection.execute(_INSERT, _columns(arrivals))
        except psycopg.Error as error:
            self.close()
            raise StoreError(str(error).strip()) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresInbox:
    """The inbox of an installation on PostgreSQL. See `inbox.Inbox`.

    Rows commit out of the order of their ids when several processes append, so there is no watermark to skip them:
    each row says itself whether it was loaded, and the loader's transaction writes that.
    """

    def __init__(self, *, keep_days: int) -> None:
        self._keep = timedelta(days=keep_days)
        self._writer: GroupCommit | None = None

    def start(self) -> None:
        """Start the writer in the running event loop."""
        self._writer = GroupCommit(_TableStore(connection_parameters()))

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
        """Store arrivals as part of the caller's transaction; how many."""
        count = 0
        for chunk in batched(arrivals, _IMPORT_CHUNK):
            with connection.cursor() as cursor:
                cursor.execute(_INSERT.replace("%b", "%s"), _columns(chunk))
            count += len(chunk)
        return count

    def read(self, *, limit_bytes: int) -> list[Envelope]:
        """The oldest envelopes not yet loaded, of together at most `limit_bytes` but at least one."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, octet_length(body) FROM ingest_inboxrow WHERE loaded_at IS NULL ORDER BY id LIMIT %s",
                [_MAX_ROWS],
            )
            ids = _within(cursor.fetchall(), limit_bytes)
            if not ids:
                return []
            cursor.execute(
                "SELECT id, received_at, write_key_id, kind, body, rejected FROM ingest_inboxrow"
                " WHERE id = ANY(%s) ORDER BY id",
                [ids],
            )
            return [
                Envelope(number, received_at, write_key_id, kind, bytes(body), unpack_rejections(rejected))
                for number, received_at, write_key_id, kind, body, rejected in cursor.fetchall()
            ]

    def mark_loaded(self, ids: Sequence[int]) -> None:
        """Mark these rows, in the transaction of the caller. Raises AlreadyLoaded."""
        if not ids:
            return
        if not connection.in_atomic_block:
            raise RuntimeError("mark_loaded must be called inside transaction.atomic(), with the writes it belongs to.")
        with connection.cursor() as cursor:
            # Locked in one order, so that two loaders wait for each other instead of for ever.
            cursor.execute(
                "SELECT id FROM ingest_inboxrow WHERE id = ANY(%s) AND loaded_at IS NULL ORDER BY id FOR UPDATE",
                [list(ids)],
            )
            found = len(cursor.fetchall())
            if found != len(set(ids)):
                raise AlreadyLoaded(f"Another loader took {len(set(ids)) - found} of {len(ids)} envelopes; read again.")
            cursor.execute("UPDATE ingest_inboxrow SET loaded_at = now() WHERE id = ANY(%s)", [list(ids)])

    def prune(self, now: datetime) -> int:
        """Drop loaded requests older than the days to keep; how many."""
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM ingest_inboxrow WHERE loaded_at IS NOT NULL AND received_at < %s", [now - self._keep]
            )
            return int(cursor.rowcount)

    def waiting(self) -> tuple[int, datetime | None]:
        """How many requests are not yet loaded, and when the oldest of them was received."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), min(received_at) FROM ingest_inboxrow WHERE loaded_at IS NULL")
            count, oldest = cursor.fetchone()
            return count, oldest

    def check_writable(self) -> None:
        """Ask whether rows could be inserted here and now. Raises InboxFailed."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
                " OR NOT has_table_privilege('ingest_inboxrow', 'INSERT')"
            )
            if cursor.fetchone()[0]:
                raise InboxFailed("The table of the inbox cannot be written: the database is read-only.")
        if self._writer is not None and not self._writer.is_alive:
            raise InboxFailed("The writer of the inbox has ended; restart this process.")


def connection_parameters() -> dict[str, Any]:
    """How Django reaches the database, for a connection that Django does not manage.

    Without Django's cursors: they write every value into the text of the statement, which takes ten times as long here.
    """
    return {name: value for name, value in connection.get_connection_params().items() if name != "cursor_factory"}


def _within(sizes: Sequence[tuple[int, int]], limit_bytes: int) -> list[int]:
    ids: list[int] = []
    total = 0
    for number, size in sizes:
        total += size
        if ids and total > limit_bytes:
            break
        ids.append(number)
    return ids
