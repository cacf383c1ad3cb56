"""A real SMTP server on this machine, for tests: it keeps what it takes and answers as told."""

import asyncio
import base64
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Keeps what it takes; answers as told."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.to_recipient = "250 OK"
        self.to_data = "250 taken"
        self.connections = 0
        self.ends_after_each = False

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
            server.loop.call_later(0.01, server.transport.close)
        return self.to_data


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server(port: int) -> Iterator[Handler]:
    """A server for as long as the block lasts."""
    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=port, enable_SMTPUTF8=False)
    controller.start()
    yield handler
    controller.stop()


def new_key() -> tuple[str, bytes]:
    """A private RSA key as PEM, and the public one as DNS publishes it."""
    private = subprocess.run(["openssl", "genrsa", "1024"], check=True, capture_output=True).stdout
    public = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    der = subprocess.run(public, input=private, check=True, capture_output=True).stdout
    return private.decode(), base64.b64encode(der)
