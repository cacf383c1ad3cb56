"""A real server on a free port, in a thread, with the door in front of this test's inbox."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import uvicorn
from django.db import connection

from mainstay.ingest import door
from mainstay.ingest.envelope import Envelope
from mainstay.ingest.events import Event, open_envelope
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.inbox_postgres import connection_parameters
from mainstay.ingest.keys import Keys, StaticKeys
from tests.harness import PATIENCE, until

KEY = "mw_test"
KEY_ID = 7
BASIC = {"Authorization": "Basic bXdfdGVzdDo="}


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}, *, method: str = ""
) -> Answer:
    """One request over a connection of its own: POST when there is a body."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        client.request(method or ("GET" if body is None else "POST"), path, body, dict(headers))
        response = client.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        client.close()


@contextlib.contextmanager
def serve(application: Any) -> Iterator[int]:
    """Serve an ASGI application by uvicorn; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive(), every=0.005, what="the start of the server")
        assert server.started
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextlib.contextmanager
def open_door(keys: Keys | None = None) -> Iterator[int]:
    """Serve the door in front of the inbox of this installation; its port. What was put in is gone afterwards."""
    inbox = open_inbox()
    served = door.application(inbox, keys or StaticKeys({KEY: KEY_ID}))

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await served(scope, receive, send)
            return
        await receive()
        inbox.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await inbox.stop()
        await send({"type": "lifespan.shutdown.complete"})

    try:
        with serve(application) as port:
            yield port
    finally:
        empty_inbox()


def empty_inbox() -> None:
    """On PostgreSQL the door commits by a connection of its own, which no rollback of a test undoes."""
    if connection.vendor == "postgresql":
        with psycopg.connect(**connection_parameters(), autocommit=True) as database:
            database.execute("DELETE FROM ingest_inboxrow")


def stored() -> list[Envelope]:
    """What is in the inbox."""
    return open_inbox().read(limit_bytes=10**9)


def stored_events() -> list[Event]:
    """The events in the inbox."""
    return [event for envelope in stored() for event in open_envelope(envelope).events]
