"""The inbox (raw log): durable before the answer, read exactly once, kept for a while after.

The door appends through `start` and `append`; imports and replays through `append_many`. The loader reads:

    with transaction.atomic():
        envelopes = inbox.read(limit_bytes=…)
        …                                   # write what came of them
        inbox.mark_loaded([envelope.id for envelope in envelopes])

`mark_loaded` belongs to the loader's transaction: whatever dies, an envelope is loaded once.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import connection

from mainstay.ingest.envelope import Arrival, Envelope
from mainstay.ingest.inbox_postgres import PostgresInbox
from mainstay.ingest.inbox_sqlite import SqliteInbox


class Inbox(Protocol):
    """What both kinds of inbox offer."""

    def start(self) -> None:
        """Start the writer in the running event loop."""

    async def stop(self) -> None:
        """Write what waits and end the writer."""

    def append(self, arrival: Arrival) -> asyncio.Future[None]:
        """Resolves once the arrival is durable. Raises InboxBusy at once; the future may raise InboxFailed."""

    def append_many(self, arrivals: Iterable[Arrival]) -> int:
        """Store arrivals outside any event loop; how many. On PostgreSQL they belong to the caller's transaction."""

    def read(self, *, limit_bytes: int) -> list[Envelope]:
        """The oldest envelopes not yet loaded, of together at most `limit_bytes` but at least one; empty when none."""

    def mark_loaded(self, ids: Sequence[int]) -> None:
        """Inside a transaction: these, the first ones that were read, are loaded. Raises AlreadyLoaded."""

    def prune(self, now: datetime) -> int:
        """Drop loaded requests older than RAW_LOG_DAYS; how many."""

    def waiting(self) -> tuple[int, datetime | None]:
        """How many requests are not yet loaded, and when the oldest of them was received."""

    def check_writable(self) -> None:
        """Raises InboxFailed, with the reason, when nothing could be stored now."""


def open_inbox() -> Inbox:
    """The inbox of this installation: a file in MAINSTAY_HOME, or a table of the PostgreSQL of DATABASE_URL."""
    if connection.vendor == "postgresql":
        return PostgresInbox(keep_days=settings.RAW_LOG_DAYS)
    return SqliteInbox(settings.MAINSTAY_HOME / "inbox.sqlite3", keep_days=settings.RAW_LOG_DAYS)
