"""Who may send: the write keys, held in memory and read again every two seconds by a thread.

The event loop never waits for the database: a key it does not know makes the thread look at once, and only that one
request waits for it. When the database cannot be reached, the keys last read stay good.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

import psycopg
from django.db import connection

from mainstay.common.ids import hash_secret
from mainstay.ingest.inbox_postgres import connection_parameters

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 2.0
# Someone who tries keys makes us look this often and no oftener, and waits for it.
_MISS_SECONDS = 0.25
_MAX_SECRET = 200
_QUERY = "SELECT secret_hash, id FROM people_writekey WHERE revoked_at IS NULL"


class KeysUnreadable(Exception):
    """The table of write keys could not be read now."""


class Keys(Protocol):
    """What the door asks."""

    async def find(self, secret: str) -> int | None:
        """The id of the write key with this secret; None when there is none or it was revoked."""


class StaticKeys:
    """A fixed set of keys: secret to id."""

    def __init__(self, keys: Mapping[str, int]) -> None:
        self._keys = dict(keys)

    async def find(self, secret: str) -> int | None:
        """The id of the key."""
        return self._keys.get(secret)


class _Snapshot(NamedTuple):
    """The keys as last read: hash to id; and the secrets that were found among them, hashed once.

    Both are replaced together, so that a secret can never be remembered beyond the keys it was found in.
    """

    by_hash: dict[str, int]
    by_secret: dict[str, int]


class KeyRing:
    """The write keys of the database."""

    def __init__(self, read: Callable[[], dict[str, int]] | None = None) -> None:
        self._read = read or reader()
        self._snapshot = _Snapshot({}, {})
        self._read_at = 0.0
        self._is_failing = False
        self._refreshing: asyncio.Task[None] | None = None
        self._is_closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read the keys, then again every two seconds."""
        self._refresh()
        self._thread = threading.Thread(target=self._run, name="write-keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._is_closed.set()
        if self._thread is not None:
            self._thread.join()

    async def find(self, secret: str) -> int | None:
        """The id of the write key with this secret; looks into the database once more when it is not known yet."""
        found = self._look(secret)
        if found is None and 0 < len(secret) <= _MAX_SECRET:
            await self._next_refresh()
            found = self._look(secret)
        return found

    def _look(self, secret: str) -> int | None:
        snapshot = self._snapshot
        found = snapshot.by_secret.get(secret)
        if found is None and 0 < len(secret) <= _MAX_SECRET:
            found = snapshot.by_hash.get(hash_secret(secret))
            if found is not None:
                snapshot.by_secret[secret] = found
        return found

    async def _next_refresh(self) -> None:
        """Wait for a look at the database that begins from now on; all who miss before it begins share it."""
        if self._refreshing is None:
            delay = max(0.0, self._read_at + _MISS_SECONDS - time.monotonic())
            self._refreshing = asyncio.create_task(self._refresh_after(delay))
        await asyncio.shield(self._refreshing)

    async def _refresh_after(self, delay: float) -> None:
        await asyncio.sleep(delay)
        self._refreshing = None
        await asyncio.to_thread(self._refresh)

    def _refresh(self) -> None:
        self._read_at = time.monotonic()
        try:
            by_hash = self._read()
            if by_hash != self._snapshot.by_hash:
                self._snapshot = _Snapshot(by_hash, {})
            self._is_failing = False
        except KeysUnreadable as error:
            if not self._is_failing:
                logger.warning("The write keys could not be read; the last known ones stay good: %s", error)
            self._is_failing = True

    def _run(self) -> None:
        while not self._is_closed.wait(REFRESH_SECONDS):
            self._refresh()


def reader() -> Callable[[], dict[str, int]]:
    """A plain query over a connection that Django does not manage: no thread of ours holds a connection of its own."""
    if connection.vendor == "postgresql":
        parameters = connection_parameters()

        def from_postgres() -> dict[str, int]:
            try:
                with psycopg.connect(**parameters, autocommit=True) as database:
                    return dict(database.execute(_QUERY).fetchall())
            except psycopg.Error as error:
                raise KeysUnreadable(str(error).strip()) from error

        return from_postgres

    # mode=rw: a database that does not exist yet is an error, and not made here.
    path = f"{Path(connection.settings_dict['NAME']).absolute().as_uri()}?mode=rw"

    def from_sqlite() -> dict[str, int]:
        try:
            with closing(sqlite3.connect(path, uri=True, timeout=2)) as database:
                return dict(database.execute(_QUERY).fetchall())
        except sqlite3.Error as error:
            raise KeysUnreadable(str(error)) from error

    return from_sqlite
