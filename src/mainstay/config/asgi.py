"""The whole of Mainstay as one ASGI application: the door in front, all of Django on a pool of threads behind it.

Django runs as WSGI: on the same view its own ASGI handler was 6 to 14 times slower, because it makes a thread for every
request and hops between threads for every middleware.
"""

import asyncio
import sqlite3
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from mainstay.config.wsgi import application as django  # sets Django up, which the others need

# isort: split
from mainstay.config.health import Readiness
from mainstay.ingest import door
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.keys import KeyRing
from mainstay.ingest.replies import Message, Receive, Scope, Send, send_json
from mainstay.web.inapp import script

# Bodies up to this size are read before a thread is asked: slow clients hold no thread, and a form that was cut off is
# never taken for a whole one.
READ_AHEAD_BYTES = 2 * 2**20


class _Running:
    """What lives from the start of the server to its end."""

    def __init__(self) -> None:
        """Start the writer of the inbox and read the write keys. In the event loop that serves."""
        self.inbox = open_inbox()
        self.inbox.start()
        self.keys = KeyRing()
        self.keys.start()
        self.door = door.application(self.inbox, self.keys)
        self.readiness = Readiness(self.inbox)

    async def stop(self) -> None:
        """Write what waits, end the threads."""
        await self.inbox.stop()
        await asyncio.to_thread(self.keys.stop)


class Mainstay:
    """The application. Starts with the server's lifespan, or with the first request of a server that has none."""

    def __init__(self, pages: Any = django) -> None:
        """`pages` is a WSGI application."""
        self._pages = WSGIMiddleware(pages, workers=settings.WEB_THREADS)
        self._running: _Running | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection event of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        path = scope["path"]
        if door.is_mine(path):
            await self._started().door(scope, receive, send)
        elif path.startswith(script.PREFIX):
            await script.answer(scope, send)
        elif path == "/healthz":
            await send_json(send, 200, {"status": "ok"})
        elif path == "/readyz":
            await self._answer_readiness(send)
        else:
            whole = await _read_ahead(receive)
            if whole is not None:
                await self._pages(scope, whole, send)

    def _started(self) -> _Running:
        if self._running is None:
            self._running = _Running()
        return self._running

    async def _answer_readiness(self, send: Send) -> None:
        checks = await asyncio.to_thread(self._started().readiness.checks)
        is_ready = all(answer == "ok" for answer in checks.values())
        content = {"status": "ok" if is_ready else "not ready", "checks": checks}
        await send_json(send, 200 if is_ready else 503, content)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    self._started()
                except (sqlite3.Error, OSError) as error:
                    reason = f"The inbox in '{settings.MAINSTAY_HOME}' cannot be opened: {error}"
                    await send({"type": "lifespan.startup.failed", "message": reason})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._running is not None:
                    await self._running.stop()
                    self._running = None
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _read_ahead(receive: Receive) -> Receive | None:
    """A `receive` that gives what was read already, then the rest; None when the client went away before."""
    chunks: list[bytes] = []
    size, has_more = 0, True
    while has_more and size <= READ_AHEAD_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        has_more = message.get("more_body", False)
    read: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": has_more}]

    async def receive_rest() -> Message:
        if read:
            return read.pop()
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The client went away while it was sending.")
        return message

    return receive_rest


application = Mainstay()
