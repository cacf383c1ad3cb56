"""A real HTTP server on this machine, for tests: it keeps what comes and answers as told, well or badly."""

import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mainstay.deliveries import posting
from tests.harness import PATIENCE


@dataclass
class Reply:
    """What one request comes to. `hangs`: nothing, or only a beginning (`trickles` the rest) until the test is over."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str = "ok"
    hangs: bool = False
    trickles: str = ""  # headers, body
    resets: bool = False


@dataclass
class Taken:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Server(ThreadingHTTPServer):
    """Gives its replies one after the other, the last one for good."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.taken: list[Taken] = []
        self.replies: list[Reply] = [Reply()]
        self.over = threading.Event()
        self.when_held: Callable[[], None] = lambda: None
        super().__init__(("127.0.0.1", 0), _Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_: object) -> None:
        """Clients that break off are what the tests are about."""

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(Taken(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        reply = self.server.next()
        if reply.hangs:
            self.server.when_held()
            self.server.over.wait(PATIENCE)
        elif reply.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif reply.trickles == "headers":
            self._trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        else:
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.trickles == "body":
            self._trickle(b"begins")
        else:
            self.wfile.write(reply.text.encode())

    def _trickle(self, start: bytes) -> None:
        self.wfile.write(start)
        self.server.when_held()
        while not self.server.over.wait(0.02):
            self.wfile.write(b".")

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for as long as the block lasts."""
    server = Server(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


class Hourglass:
    """Stands in for the timer that cuts a connection: its time is over when a test says so, and by no clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cut: Callable[[], None] = lambda: None
        monkeypatch.setattr(posting, "threading", SimpleNamespace(Timer=self._timer, Thread=threading.Thread))

    def run_out(self) -> None:
        """Cut the connection that was made last."""
        self._cut()

    def _timer(self, seconds: float, cut: Callable[..., None], args: list[Any]) -> SimpleNamespace:
        assert 0 < seconds <= PATIENCE

        def start() -> None:
            self._cut = lambda: cut(*args)

        return SimpleNamespace(start=start, cancel=lambda: None)


def certificate_of(host: str, folder: Path) -> Path:
    """Key and certificate in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on the PATH to make a certificate with")
    path = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", str(path), "-out", f"{path}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def trust(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> ssl.SSLContext:
    """Its certificate is accepted; what its server is made with."""
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(posting, "_tls", lambda: trusted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def names(monkeypatch: pytest.MonkeyPatch, **known: list[str]) -> None:
    """What the name `NAME.example` is looked up as; others are unknown. Addresses stay addresses."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **options: Any) -> Any:
        name, _, rest = host.partition(".")
        if rest != "example":
            return real(host, port, *args, **options)
        if name not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
