"""The door over HTTP: what it takes, what it answers, what is then in the inbox."""

import asyncio
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mainstay.ingest import door
from mainstay.ingest.envelope import Arrival
from mainstay.ingest.errors import InboxBusy, InboxFailed
from mainstay.ingest.keys import StaticKeys
from mainstay.ingest.request import MAX_BATCH, MAX_CALL
from tests.ingest.serving import BASIC, KEY, KEY_ID, ask, open_door, stored, stored_events
from tests.ingest.test_events import TRACK

pytestmark = pytest.mark.django_db
CALLS = {
    "identify": {"userId": "u-1", "traits": {"email": "ada@example.com"}},
    "group": {"userId": "u-1", "groupId": "acme", "traits": {"name": "Acme"}},
    "track": {"userId": "u-1", "event": "Report Exported"},
    "page": {"userId": "u-1", "name": "Home"},
    "screen": {"userId": "u-1", "name": "Main"},
    "alias": {"userId": "u-1", "previousId": "anon-1"},
}


@pytest.fixture
def port() -> Iterator[int]:
    with open_door() as port:
        yield port


def body(*events: object, **fields: object) -> bytes:
    return json.dumps({"batch": events or [TRACK], **fields}).encode()


def test_every_kind_of_call_has_a_long_and_a_short_path(port: int) -> None:
    for kind, call in CALLS.items():
        for path in (f"/v1/{kind}", f"/v1/{kind[0]}", f"/v1/{kind}/", f"/api/s/s2s/{kind}"):
            assert ask(port, path, json.dumps(call).encode(), BASIC).json == {"success": True}, path
    for path in ("/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"):
        assert ask(port, path, body(), BASIC).status == 200
    events = stored_events()
    assert [event.type for event in events[::4]] == [*CALLS, "track"]
    assert len(events) == 28


def test_what_is_stored_is_answered_with_200_and_success(port: int) -> None:
    answer = ask(port, "/v1/batch", body(TRACK, sentAt="2026-11-22T01:00:00Z"), BASIC)
    assert (answer.status, answer.json) == (200, {"success": True})
    assert answer.headers["content-type"] == "application/json"
    (envelope,) = stored()
    assert (envelope.kind, envelope.write_key_id, envelope.body) == (
        "batch", KEY_ID, body(TRACK, sentAt="2026-11-22T01:00:00Z"),
    )  # fmt: skip


def test_bad_events_of_a_batch_are_reported_and_kept(port: int) -> None:
    answer = ask(port, "/v1/batch", body(TRACK, {"type": "track", "messageId": "bad"}), BASIC)
    assert answer.status == 200
    assert answer.json == {
        "success": True,
        "rejected": [
            {"index": 1, "messageId": "bad", "code": "missing_event", "reason": answer.json["rejected"][0]["reason"]}
        ],
    }
    (envelope,) = stored()
    assert [each.message_id for each in envelope.rejected] == ["bad"]


def test_a_request_without_one_good_event_is_refused_and_still_kept_as_dead_letters(port: int) -> None:
    answer = ask(port, "/v1/batch", body({"type": "track"}, 5), BASIC)
    assert (answer.status, answer.json["code"]) == (400, "no_valid_event")
    assert [each["code"] for each in answer.json["details"]["rejected"]] == ["missing_event", "bad_event"]
    answer = ask(port, "/v1/track", b'{"userId": "u", "event": "x", "timestamp": "soon"}', BASIC)
    assert (answer.status, answer.json["code"]) == (400, "bad_timestamp")
    assert "soon" in answer.json["message"]
    assert stored_events() == []
    assert [len(envelope.rejected) for envelope in stored()] == [2, 1]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (body(), {"Content-Type": "text/plain", **BASIC}),
        (gzip.compress(body(), mtime=0), {"Content-Type": "application/x-www-form-urlencoded", **BASIC}),
        (gzip.compress(body(), mtime=0), {"Content-Type": "text/plain", **BASIC}),
        (body(), {"Content-Encoding": "gzip", **BASIC}),
        (body(), {"Authorization": "Basic bXdfdGVzdA=="}),
        (body(), {"X-Write-Key": KEY}),
        (body(writeKey=KEY), {}),
        (body({**TRACK, "writeKey": KEY}), {}),
        (body(api_key=KEY), {}),
        (body(writeKey="other"), BASIC),
    ],
)
def test_whatever_the_client_says_about_its_body_and_wherever_it_puts_its_key(
    port: int, content: bytes, headers: dict[str, str]
) -> None:
    assert ask(port, "/v1/batch", content, headers).status == 200
    assert [event.message_id for event in stored_events()] == ["m-1"]


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "code"),
    [
        ("/v1/batch", body(), {}, 401, "missing_key"),
        ("/v1/batch", body(writeKey="wrong"), {}, 401, "unknown_key"),
        ("/v1/batch", body(), {"Authorization": "Basic d3Jvbmc6"}, 401, "unknown_key"),
        ("/v1/batch", body(), {"X-Write-Key": "wrong"}, 401, "unknown_key"),
        ("/v1/batch", b'{"batch": [', BASIC, 400, "malformed_json"),
        ("/v1/batch", b"", BASIC, 400, "malformed_json"),
        ("/v1/batch", b"{}", BASIC, 400, "missing_batch"),
        ("/v1/batch", b"\x1f\x8bnot gzip", BASIC, 400, "bad_gzip"),
        ("/v1/batch", body({**TRACK, "x": "y" * MAX_BATCH}), BASIC, 413, "too_large"),
        ("/v1/batch", gzip.compress(b" " * 100_000_000, mtime=0), BASIC, 413, "too_large"),
        ("/v1/track", json.dumps({**TRACK, "x": "y" * MAX_CALL}).encode(), BASIC, 413, "too_large"),
        ("/v1/track", gzip.compress(b" " * (MAX_CALL + 1), mtime=0), BASIC, 413, "too_large"),
        ("/v1/nothing", body(), BASIC, 404, "not_found"),
    ],
)
def test_errors_say_a_code_and_a_message_and_store_nothing(
    port: int, path: str, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:  # fmt: skip
    answer = ask(port, path, content, headers)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.json["message"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert stored() == []


def test_an_event_larger_than_a_call_is_rejected_and_its_batch_taken(port: int) -> None:
    large = {**TRACK, "messageId": "large", "properties": {"x": "y" * MAX_CALL}}
    answer = ask(port, "/v1/batch", body(TRACK, large), BASIC)
    assert (answer.status, answer.json["rejected"][0]["code"]) == (200, "too_large")
    assert [event.message_id for event in stored_events()] == ["m-1"]


def test_browsers_may_send_from_anywhere(port: int) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    for path in ("/v1/b", "/v1/projects/x/settings", "/sourceConfig/"):
        answer = ask(
            port, path, headers={**asked, "Access-Control-Request-Headers": "authorization,sentat"}, method="OPTIONS"
        )
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-headers"] == "authorization,sentat"
        assert "POST" in answer.headers["access-control-allow-methods"]


def test_browsers_find_their_settings(port: int) -> None:
    settings = ask(port, f"/v1/projects/{KEY}/settings").json
    assert settings["integrations"]["Segment.io"]["apiHost"] == f"127.0.0.1:{port}/v1"
    assert settings["integrations"]["Segment.io"]["apiKey"] == KEY
    rudder = ask(port, f"/sourceConfig/?p=npm&writeKey={KEY}").json
    assert rudder["source"]["enabled"] is True
    assert ask(port, "/sourceConfig/", headers=BASIC).json["source"]["writeKey"] == KEY
    assert ask(port, "/v1/projects/wrong/settings").json["code"] == "unknown_key"


def test_other_methods_are_refused(port: int) -> None:
    answer = ask(port, "/v1/batch")
    assert (answer.status, answer.json["code"], answer.headers["allow"]) == (405, "method_not_allowed", "POST, OPTIONS")


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing_and_harms_nobody(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nX-Write-Key: mw_test\r\n\r\n{")
    assert ask(port, "/v1/batch", body(), BASIC).status == 200
    assert len(stored()) == 1


def test_requests_one_after_the_other_on_one_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        request = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Write-Key: mw_test\r\nContent-Length: %d\r\n\r\n%s"
        client.sendall((request % (len(body()), body())) * 3)
        received = b""
        while received.count(b'{"success":true}') < 3:
            received += client.recv(4096)
    assert len(stored()) == 3


class Refusing:
    """An inbox that cannot take anything now."""

    def __init__(self, error: InboxBusy | InboxFailed, *, at_once: bool) -> None:
        self.error, self.at_once = error, at_once

    def append(self, arrival: Arrival) -> "asyncio.Future[None]":
        if self.at_once:
            raise self.error
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    ("inbox", "code"),
    [
        (Refusing(InboxBusy("later"), at_once=True), "busy"),
        (Refusing(InboxFailed("disk full"), at_once=True), "unavailable"),
        (Refusing(InboxFailed("disk full"), at_once=False), "unavailable"),
    ],
)
def test_what_cannot_be_stored_now_is_asked_for_again_later(inbox: Any, code: str) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/v1/batch", "method": "POST", "headers": [(b"x-write-key", KEY.encode())]}
    asyncio.run(door.application(inbox, StaticKeys({KEY: 1}))(scope, receive, send))
    assert sent[0]["status"] == 503
    assert dict(sent[0]["headers"])[b"retry-after"].isdigit()
    assert json.loads(sent[1]["body"])["code"] == code
