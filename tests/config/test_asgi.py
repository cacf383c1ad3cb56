"""One application: the door, the pages and the health of the process, over a real server."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from mainstay.config.asgi import READ_AHEAD_BYTES, Mainstay
from mainstay.people.services import create_write_key
from tests.harness import until
from tests.ingest.serving import ask, serve, stored_events

pytestmark = pytest.mark.django_db(transaction=True)
TRACK = b'{"type": "track", "event": "Login", "userId": "u-1", "messageId": "m-1"}'


@pytest.fixture
def port() -> Iterator[int]:
    with serve(Mainstay()) as port:
        yield port


def test_events_sent_with_a_key_of_the_database_are_stored(port: int) -> None:
    _, secret = create_write_key("web app")
    answer = ask(port, "/v1/track", TRACK, {"X-Write-Key": secret})
    assert (answer.status, answer.json) == (200, {"success": True})
    assert [event.event for event in stored_events()] == ["Login"]
    assert ask(port, "/v1/track", TRACK, {"X-Write-Key": "mw_wrong"}).status == 401


def test_pages_come_from_django(port: int) -> None:
    answer = ask(port, "/")
    assert answer.status == 302
    assert "content-security-policy" in answer.headers


def test_a_live_process_says_so_without_a_database(port: int) -> None:
    assert ask(port, "/healthz").json == {"status": "ok"}


def test_a_ready_process_says_what_it_looked_at(port: int) -> None:
    answer = ask(port, "/readyz")
    assert answer.json == {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "inbox": "ok"}}
    assert answer.status == 200


def test_a_process_that_cannot_store_is_not_ready(port: int, settings: LazySettings) -> None:
    if not (Path(settings.MAINSTAY_HOME) / "inbox.sqlite3").exists():
        pytest.skip("about the file")
    shutil.rmtree(settings.MAINSTAY_HOME)
    answer = ask(port, "/readyz")
    assert (answer.status, answer.json["status"]) == (503, "not ready")
    assert answer.json["checks"]["database"] == "ok"
    assert "inbox.sqlite3" in answer.json["checks"]["inbox"]


class Page:
    """A page that says what it was sent."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.calls += 1
        try:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        except OSError as error:
            self.errors.append(str(error))
            raise
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["REQUEST_METHOD"].encode(), b" ", str(len(body)).encode()]


def send_part(port: int, length: int, sent: int) -> None:
    """Say that `length` bytes come, send fewer, hang up."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        head = f"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        client.sendall(head.encode() + b"x" * sent)


@pytest.mark.parametrize("size", [0, 10, READ_AHEAD_BYTES, 3 * READ_AHEAD_BYTES])
def test_a_page_gets_the_whole_body(size: int) -> None:
    with serve(Mainstay(Page())) as port:
        assert ask(port, "/form", b"x" * size).body == f"POST {size}".encode()


def test_a_page_never_sees_a_form_that_was_cut_off() -> None:
    page = Page()
    with serve(Mainstay(page)) as port:
        send_part(port, 1000, 10)
        assert ask(port, "/form", b"x").status == 200
    assert page.calls == 1


def test_an_upload_that_is_cut_off_is_an_error_for_its_page() -> None:
    page = Page()
    with serve(Mainstay(page)) as port:
        send_part(port, 4 * READ_AHEAD_BYTES, 3 * READ_AHEAD_BYTES)
        assert ask(port, "/form", b"x").status == 200
        until(lambda: page.errors, what="the end of the upload")
    assert page.errors == ["The client went away while it was sending."]
