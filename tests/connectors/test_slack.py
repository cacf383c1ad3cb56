"""Chat webhooks: against a real server with TLS on this machine, which the guard would refuse, so it is asked apart."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mainstay.alerts.models import Preferences
from mainstay.connectors.slack import webhook
from mainstay.connectors.slack.channel import CHANNEL, text_of
from mainstay.deliveries.channel import DeliveryError, DeliveryUnsure, Message
from tests.builders import NOW, Cast

MESSAGE = Message(
    UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01"), "alice@orchard.example", "Acme: red", "Score <20> & falling", ""
)


class Server(HTTPServer):
    """Answers what the test says, and keeps what came."""

    status, text, headers = 200, "ok", {}
    hangs_up = False

    def __init__(self, context: ssl.SSLContext) -> None:
        self.bodies: list[Any] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if self.server.hangs_up:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on the PATH to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=chat.example", "-addext", "subjectAltName=DNS:chat.example", "-keyout", str(path), "-out",
         f"{path}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Reached as chat.example, whose certificate is trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = Server(context)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setattr(webhook, "public_address", lambda host, port: "127.0.0.1")
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(webhook.ssl, "create_default_context", lambda: trusted)
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def alice(cast: Cast, server: Server) -> Cast:
    url = f"https://chat.example:{server.server_port}/services/T/B/x?y=1"
    Preferences.objects.create(user=cast.alice, webhook=url, since=NOW)
    return cast


def test_a_message_goes_to_the_webhook_of_its_recipient(alice: Cast, server: Server) -> None:
    assert CHANNEL.send(MESSAGE).detail == "Taken with status 200."
    assert server.bodies == [{"text": "Acme: red\nScore &lt;20&gt; &amp; falling"}]


@pytest.mark.parametrize(
    ("status", "permanent"), [(404, True), (410, True), (403, True), (302, True), (429, False), (503, False)]
)
def test_whether_a_refusal_is_for_good(alice: Cast, server: Server, status: int, permanent: bool) -> None:
    server.status, server.text = status, "no_service"
    server.headers = {"Location": "https://elsewhere.example/"} if status == 302 else {}
    with pytest.raises(DeliveryError, match=f"{status}, no_service") as refused:
        CHANNEL.send(MESSAGE)
    assert refused.value.permanent is permanent
    assert len(server.bodies) == 1, "redirects are not followed"


def test_a_connection_that_breaks_after_the_hand_over_leaves_it_unsure(alice: Cast, server: Server) -> None:
    server.hangs_up = True
    with pytest.raises(DeliveryUnsure, match="broke while it took the message"):
        CHANNEL.send(MESSAGE)


def test_a_certificate_of_another_name_is_refused(alice: Cast, server: Server) -> None:
    Preferences.objects.update(webhook=f"https://other.example:{server.server_port}/")
    with pytest.raises(DeliveryError, match="cannot be reached"):
        CHANNEL.send(MESSAGE)
    assert server.bodies == []


def test_who_gave_no_webhook_cannot_be_told(cast: Cast) -> None:
    with pytest.raises(DeliveryError, match="no chat webhook") as refused:
        CHANNEL.send(MESSAGE)
    assert refused.value.permanent


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::"],
)  # fmt: skip
def test_addresses_inside_networks_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not webhook.is_public(address)
    entries = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(webhook.socket, "getaddrinfo", lambda *_, **__: entries)
    with pytest.raises(DeliveryError, match="inside a network") as refused:
        webhook.post_json("https://chat.example/", {"text": "x"})
    assert refused.value.permanent


def test_public_addresses_are_written_to() -> None:
    assert webhook.is_public("93.184.216.34")
    assert webhook.is_public("2606:2800:220:1::1")


@pytest.mark.parametrize("url", ["http://chat.example/", "ftp://chat.example/", "https:///x", "file:///etc/passwd"])
def test_only_https_is_spoken(url: str) -> None:
    with pytest.raises(DeliveryError, match="https"):
        webhook.post_json(url, {"text": "x"})


def test_a_name_that_nobody_knows_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(webhook.socket, "getaddrinfo", unknown)
    with pytest.raises(DeliveryError, match="cannot be looked up") as refused:
        webhook.post_json("https://nowhere.example/", {"text": "x"})
    assert not refused.value.permanent


def test_a_long_text_is_cut() -> None:
    long = Message(MESSAGE.id, MESSAGE.recipient, "x", "a" * 5_000, "")
    assert len(text_of(long)) == 2_000
