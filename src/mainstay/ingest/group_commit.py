"""Group commit: everything that comes in while one commit is under way goes into the next, as one transaction.

All state belongs to the event loop; the writer thread sees one group at a time and answers once per group. So there is
no lock on the way of a request, and the price of a commit (one fsync) is shared by all who wait for it.
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Protocol

from mainstay.ingest.envelope import Arrival
from mainstay.ingest.errors import InboxBusy, InboxFailed

logger = logging.getLogger(__name__)

# A commit costs about as much CPU as six requests, however much is in it. When several requests came during the last
# one, the next waits this long for more; a lone client is never made to wait.
GATHER_SECONDS = 0.001
_SEVERAL = 4
MAX_WAITING = 5_000
MAX_WAITING_BYTES = 64 * 2**20

type _Group = list[tuple[Arrival, asyncio.Future[None]]]


class StoreError(Exception):
    """A store could not write a group; nothing of it was kept."""


class Store(Protocol):
    """Where groups are written. Used by the writer thread only."""

    def write(self, arrivals: Sequence[Arrival]) -> None:
        """Write all durably in one transaction, or raise StoreError and keep nothing. May be called again after."""

    def close(self) -> None:
        """Let go of connections."""


class GroupCommit:
    """A writer thread behind an event loop."""

    def __init__(self, store: Store) -> None:
        """Start the thread. Must be called in the running event loop that will append."""
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._waiting: _Group = []
        self._in_flight = 0
        self._last_size = 0
        self._is_scheduled = False
        self._bytes = 0
        self._groups: SimpleQueue[_Group | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """False when the writer thread is gone."""
        return self._thread.is_alive()

    def append(self, arrival: Arrival) -> asyncio.Future[None]:
        """Resolves once the arrival is durable; InboxFailed when it could not be written. Raises InboxBusy at once."""
        size = len(arrival.body)
        if len(self._waiting) + self._in_flight >= MAX_WAITING or self._bytes + size > MAX_WAITING_BYTES:
            raise InboxBusy("More events are waiting to be stored than this server takes; send again in a moment.")
        future = self._loop.create_future()
        self._waiting.append((arrival, future))
        self._bytes += size
        if not self._in_flight:
            self._schedule()
        return future

    async def stop(self) -> None:
        """Write what waits, then end the thread."""
        while self._waiting or self._in_flight:
            await asyncio.sleep(0.005)
        self._groups.put(None)
        await asyncio.to_thread(self._thread.join)

    def _schedule(self) -> None:
        if self._is_scheduled:
            return
        self._is_scheduled = True
        if self._last_size < _SEVERAL:
            # At the end of this turn of the loop, so that requests read in the same turn share the commit.
            self._loop.call_soon(self._hand_over)
        else:
            self._loop.call_later(GATHER_SECONDS, self._hand_over)

    def _hand_over(self) -> None:
        group, self._waiting = self._waiting, []
        self._is_scheduled = False
        self._in_flight = self._last_size = len(group)
        self._groups.put(group)

    def _settle(self, group: _Group, error: StoreError | None) -> None:
        self._in_flight = 0
        self._bytes -= sum(len(arrival.body) for arrival, _ in group)
        if self._waiting:
            self._schedule()
        for _, future in group:
            if future.done():  # cancelled: the client went away
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(InboxFailed("The events could not be stored; send them again in a moment."))

    def _run(self) -> None:
        try:
            while (group := self._groups.get()) is not None:
                error = None
                try:
                    self._store.write([arrival for arrival, _ in group])
                except StoreError as failure:
                    logger.error("%d requests could not be stored: %s", len(group), failure)
                    error = failure
                self._loop.call_soon_threadsafe(self._settle, group, error)
        except RuntimeError:
            logger.warning("The event loop ended before the inbox was stopped.")
        finally:
            self._store.close()
