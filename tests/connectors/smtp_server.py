"""A real SMTP server on this machine, for tests: it keeps what it takes and answers as told."""

import asyncio
import base64
import socket
import subprocess
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness import PATIENCE


class Handler:
    """Keeps what it takes; answers as told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.to_recipient = "250 OK"
        self.to_data = "250 taken"
        self.connections = 0
        self.ends_after_each = False
        self.has_ended = threading.Event()
        self.port = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it by this name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data == "hang up":
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(0)
        self.taken.append(bytes(envelope.content or b""))
        if self.ends_after_each:
            assert server.transport is not None
            server.loop.call_soon(self._end, server.transport, server.loop)
        return self.to_data

    def _end(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """After the answer, which is written by now. `has_ended` is set when the client can see it."""
        transport.close()
        loop.call_soon(self.has_ended.set)  # the turn before, the loop closes what it was told to


class Listening(Controller):
    """Serves from a thread on a port that the system gives, which is ours before anybody could be told of it."""

    def __init__(self, handler: object) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False, ready_timeout=PATIENCE)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


@contextmanager
def smtp_server() -> Iterator[Handler]:
    """A server for as long as the block lasts; its port stands on the handler."""
    handler = Handler()
    controller = Listening(handler)
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop()


def new_key() -> tuple[str, bytes]:
    """A private RSA key as PEM, and the public one as DNS publishes it."""
    private = subprocess.run(["openssl", "genrsa", "1024"], check=True, capture_output=True).stdout
    public = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    der = subprocess.run(public, input=private, check=True, capture_output=True).stdout
    return private.decode(), base64.b64encode(der)
