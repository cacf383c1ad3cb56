"""One process at a time. The lock dies with its holder: no lease to wait for after a kill.

On SQLite everything is on one machine: a file lock of the operating system. On PostgreSQL: an advisory lock of a
connection of its own, which the server drops when that connection ends.
"""

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from mainstay.jobs.errors import LockBusy

_POLL_SECONDS = 0.1


@contextmanager
def only_one(name: str, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock `name`; LockBusy when another process holds it for longer than `wait_seconds`."""
    give_up = time.monotonic() + wait_seconds
    while True:
        with _try(name) as taken:
            if taken:
                yield
                return
        if time.monotonic() >= give_up:
            raise LockBusy(f"Another process of this installation is doing '{name}'; try again when it is done.")
        time.sleep(_POLL_SECONDS)


def _try(name: str) -> AbstractContextManager[bool]:
    return _advisory_lock(name) if connection.vendor == "postgresql" else _file_lock(name)


@contextmanager
def _file_lock(name: str) -> Iterator[bool]:
    folder = Path(settings.MAINSTAY_HOME) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True  # closing the file gives the lock back


@contextmanager
def _advisory_lock(name: str) -> Iterator[bool]:
    # A connection of its own: work under the lock may lose and reopen the thread's one, and with it the lock.
    own: Any = connections.create_connection("default")
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            yield bool(cursor.fetchone()[0])
    finally:
        own.close()
