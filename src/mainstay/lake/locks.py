"""One holder at a time of a named right, over all processes (SQLite: of one machine; PostgreSQL: of all machines)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Wait until nobody else holds `name`, then hold it until the block ends or the process dies."""
    if connection.vendor == "postgresql":
        number = _number(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            # A connection that was lost took the lock with it; saying so would hide what went wrong.
            with suppress(InterfaceError, OperationalError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
        return
    folder = Path(settings.MAINSTAY_HOME) / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def hold_until_commit(name: str) -> None:
    """Inside a transaction: let transactions that hold `name` end one after another.

    SQLite has one writer at a time anyway. On PostgreSQL it makes the ids of commits grow in the order of commits.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(name)])


def _number(name: str) -> int:
    return int.from_bytes(blake2b(f"mainstay {name}".encode(), digest_size=8).digest(), signed=True)
