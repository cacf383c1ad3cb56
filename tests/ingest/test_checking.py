"""What the door looks at: the body, its size and shape, the events in it, the write key."""

import gzip
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from mainstay.ingest.checking import MAX_EVENTS, check
from mainstay.ingest.envelope import Envelope
from mainstay.ingest.errors import BadRequest
from mainstay.ingest.events import open_envelope
from mainstay.ingest.request import MAX_BATCH, MAX_CALL, Disconnected, inflate, key_in_headers, read_body
from tests.ingest.test_events import FIELDS, JSON, TRACK, st

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def batch(*events: object, **fields: object) -> bytes:
    return msgspec.json.encode({"batch": events, **fields})


def test_a_good_batch_is_stored_as_it_was_sent() -> None:
    body = batch(TRACK, {**TRACK, "messageId": "m-2"}, writeKey="mw_1")
    checked = check(body, kind="batch", received_at=NOW)
    assert (checked.body, checked.count, checked.write_key, checked.rejected) == (body, 2, "mw_1", [])


def test_bad_events_are_reported_by_position_and_the_rest_is_taken() -> None:
    body = batch(TRACK, {**TRACK, "messageId": "m-2", "timestamp": "31/03/2026"}, 7, {"type": "track"})
    checked = check(body, kind="batch", received_at=NOW)
    assert [(each.index, each.message_id, each.code) for each in checked.rejected] == [
        (1, "m-2", "bad_timestamp"),
        (2, "", "bad_event"),
        (3, "", "missing_event"),
    ]


def test_one_event_too_large_is_rejected_by_itself() -> None:
    large = {**TRACK, "messageId": "large", "properties": {"text": "x" * MAX_CALL}}
    checked = check(batch(TRACK, large, TRACK), kind="batch", received_at=NOW)
    assert [(each.index, each.message_id, each.code) for each in checked.rejected] == [(1, "large", "too_large")]


def test_a_large_batch_of_small_events_is_taken() -> None:
    body = batch(*[{**TRACK, "messageId": str(n)} for n in range(2_000)])
    assert len(body) > MAX_CALL
    assert check(body, kind="batch", received_at=NOW).rejected == []


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("batch", b"", 400, "malformed_json"),
        ("batch", b'{"batch": [', 400, "malformed_json"),
        ("batch", b"hello", 400, "malformed_json"),
        ("batch", b"[" * 100_000, 400, "malformed_json"),
        ("batch", b"5" * 5_000, 400, "malformed_json"),
        ("batch", b"{}", 400, "missing_batch"),
        ("batch", b'{"batch": {"a": 1}}', 400, "missing_batch"),
        ("batch", b'"text"', 400, "missing_batch"),
        ("track", b"{", 400, "malformed_json"),
        ("track", b"{" + b" " * MAX_CALL + b"}", 413, "too_large"),
        ("batch", b'{"batch":[' + b"{}," * MAX_EVENTS + b"{}]}", 413, "too_many_events"),
    ],
)
def test_a_body_of_which_nothing_can_be_made(kind: str, body: bytes, status: int, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check(body, kind=kind, received_at=NOW)
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + batch(TRACK),
        b"[" + msgspec.json.encode(TRACK) + b"]",
        batch(TRACK, writeKey=5, sentAt={"a": 1}),
        batch({**TRACK, "properties": "N"}).replace(b'"N"', b'{"x":NaN}'),
        batch({**TRACK, "properties": "N"}).replace(b'"N"', b'{"x":"\\ud83d"}'),
        batch({**TRACK, "properties": []}),
        batch({**TRACK, "type": "track", "context": "none"}),
    ],
)
def test_what_is_not_quite_json_is_mended_and_stored_as_json(body: bytes) -> None:
    checked = check(body, kind="batch", received_at=NOW)
    assert checked.rejected == []
    assert len(open_envelope(Envelope(1, NOW, 1, "batch", checked.body)).events) == 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (batch(TRACK, writeKey="mw_body"), "mw_body"),
        (batch(TRACK, {**TRACK, "writeKey": "mw_message"}), "mw_message"),
        (batch({**TRACK, "writeKey": "mw_message"}, writeKey="mw_body"), "mw_body"),
        (batch(TRACK, api_key="mw_api"), "mw_api"),
        (batch(TRACK), ""),
    ],
)
def test_the_write_key_in_a_batch(body: bytes, key: str) -> None:
    assert check(body, kind="batch", received_at=NOW).write_key == key


def test_the_write_key_in_a_call() -> None:
    call = msgspec.json.encode({**TRACK, "writeKey": "mw_1"})
    assert check(call, kind="track", received_at=NOW).write_key == "mw_1"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(FIELDS, JSON, max_size=6) | JSON, max_size=4))
def test_the_loader_takes_what_the_door_took(events: list[Any]) -> None:
    body = batch(*[{**TRACK, **event} if isinstance(event, dict) else event for event in events])
    checked = check(body, kind="batch", received_at=NOW)
    opened = open_envelope(Envelope(1, NOW, 1, "batch", checked.body, tuple(checked.rejected)))
    assert [each.index for each in opened.rejected] == [each.index for each in checked.rejected]
    assert len(opened.events) + len(opened.rejected) == len(events)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"Basic bXdfMTo=", "mw_1"),
        (b"basic bXdfMQ==", "mw_1"),
        (b"Basic bXdfMTpwYXNz", "mw_1"),
        (b"Bearer mw_1", ""),
        (b"Basic ???", ""),
        (b"Basic", ""),
        (b"", ""),
    ],
)
def test_the_write_key_in_basic_authentication(value: bytes, key: str) -> None:
    assert key_in_headers([(b"host", b"x"), (b"authorization", value)]) == (key, "")


def test_the_write_key_in_a_header_of_its_own() -> None:
    assert key_in_headers([(b"x-write-key", b" kid:secret ")]) == ("", "kid:secret")


def test_gzip_is_told_by_its_first_bytes() -> None:
    assert inflate(b"{}", 100) == b"{}"
    assert inflate(gzip.compress(b"{}"), 100) == b"{}"
    assert inflate(gzip.compress(b"{") + gzip.compress(b"}"), 100) == b"{}"
    assert inflate(gzip.compress(b"x" * 100), 100) == b"x" * 100


def test_a_bomb_is_never_inflated() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    for body in (bomb, gzip.compress(b"x" * 101), gzip.compress(b"x" * 60) * 2):
        with pytest.raises(BadRequest) as caught:
            inflate(body, 100)
        assert caught.value.status == 413


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(b"x" * 1000)[:-20]])
def test_damaged_gzip(body: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        inflate(body, 2_000)
    assert (caught.value.status, caught.value.code) == (400, "bad_gzip")


def drive(messages: list[MutableMapping[str, Any]]) -> bytes:
    """Run `read_body` without an event loop: it only ever waits for `receive`."""
    waiting = iter(messages)

    async def receive() -> MutableMapping[str, Any]:
        return next(waiting)

    try:
        read_body(receive).send(None)
    except StopIteration as done:
        return bytes(done.value)
    raise AssertionError("read_body waited")


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_parts() -> None:
    assert drive([part(b"a", more=True), part(b"b", more=True), part(b"c", more=False)]) == b"abc"
    assert drive([part(b"a", more=False)]) == b"a"


def test_a_body_that_never_ends_is_given_up() -> None:
    megabyte = b"x" * 2**20
    with pytest.raises(BadRequest) as caught:
        drive([part(megabyte, more=True)] * 20)
    assert caught.value.status == 413
    with pytest.raises(BadRequest):
        drive([part(b"x" * (MAX_BATCH + 1), more=False)])


def test_a_client_that_goes_away_leaves_nothing() -> None:
    for messages in ([{"type": "http.disconnect"}], [part(b"a", more=True), {"type": "http.disconnect"}]):
        with pytest.raises(Disconnected):
            drive(messages)
