"""What becomes of what clients write: pure tables, from the documentation of the clients and from recorded requests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.ingest.envelope import Envelope, Rejection
from mainstay.ingest.errors import BadEvent
from mainstay.ingest.events import Event, open_envelope, parse_event

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TRACK = {"type": "track", "event": "Report Exported", "userId": "u-1", "messageId": "m-1"}


def parse(*, kind: str = "batch", sent_at: datetime | None = None, **fields: Any) -> Event:
    """TRACK with these fields; None takes one away."""
    given = {key: value for key, value in {**TRACK, **fields}.items() if value is not None}
    return parse_event(msgspec.json.encode(given), kind=kind, received_at=NOW, sent_at=sent_at)


def opened(body: bytes | dict[str, Any], *, kind: str = "batch", rejected: tuple[Rejection, ...] = ()):
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return open_envelope(Envelope(1, NOW, 7, kind, raw, rejected))


def test_a_track_call_keeps_all_it_says() -> None:
    event = parse(
        timestamp="2026-11-22T11:00:00.250Z",
        anonymousId="anon-1",
        properties={"rows": 1200, "price": 19.99, "list": [1, "a"], "none": None},
        context={"groupId": "acme", "ip": "10.0.0.1", "page": {"path": "/x"}, "locale": "de", "timezone": "UTC"},
    )
    assert event == Event(
        message_id="m-1",
        type="track",
        event="Report Exported",
        account_key="acme",
        user_key="u-1",
        anonymous_id="anon-1",
        previous_id=None,
        timestamp=datetime(2026, 11, 22, 11, 0, 0, 250_000, tzinfo=UTC),
        original_timestamp=datetime(2026, 11, 22, 11, 0, 0, 250_000, tzinfo=UTC),
        sent_at=None,
        received_at=NOW,
        properties={"rows": 1200, "price": 19.99, "list": [1, "a"], "none": None},
        traits={},
        context={"page": {"path": "/x"}, "locale": "de", "timezone": "UTC"},
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"groupId": "acme"}, "acme"),
        ({"context": {"groupId": "acme"}}, "acme"),
        ({"context": {"groupId": "acme"}, "groupId": "other"}, "acme"),
        ({"context": {"groupId": None}, "groupId": "acme"}, "acme"),
        ({"context": {"groupId": 42}}, "42"),
        ({"context": "nonsense", "groupId": "acme"}, "acme"),
        ({"type": "group", "event": None, "groupId": "acme", "context": {"groupId": "other"}}, "acme"),
        ({"type": "group", "event": None, "context": {"groupId": "acme"}}, "acme"),
        ({}, None),
    ],
)
def test_the_account_comes_from_the_context_or_the_call(fields: dict[str, Any], expected: str | None) -> None:
    assert parse(**fields).account_key == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (12345, "12345"),
        (12345.0, "12345"),
        (10**25, str(10**25)),
        ("  u-1 ", "u-1"),
        ("u\x00-1", "u-1"),
        ("日本", "日本"),
        ("null", None),
        ("undefined", None),
        ("[object Object]", None),
        ("", None),
    ],
)
def test_ids_become_texts_and_what_stands_for_none_becomes_none(given: object, expected: str | None) -> None:
    assert parse(userId=given, anonymousId="anon-1").user_key == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-03-31T09:30:00Z", "2026-03-31T09:30:00+00:00"),
        ("2026-03-31T09:30:00.123456+00:00", "2026-03-31T09:30:00.123456+00:00"),
        ("2026-03-31T11:30:00+02:00", "2026-03-31T09:30:00+00:00"),
        ("2026-03-31T09:30:00", "2026-03-31T09:30:00+00:00"),
        ("2026-03-31T09:30:00.1234567890Z", "2026-03-31T09:30:00.123456+00:00"),
        ("2026-03-31", "2026-03-31T00:00:00+00:00"),
        (1774949400, "2026-03-31T09:30:00+00:00"),
        (1774949400000, "2026-03-31T09:30:00+00:00"),
        (1774949400000000, "2026-03-31T09:30:00+00:00"),
        (1774949400.5, "2026-03-31T09:30:00.500000+00:00"),
        ("2126-03-31T09:30:00Z", NOW.isoformat()),  # nothing happens after it was received
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_dates(given: object, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadEvent):
            parse(timestamp=given)
    else:
        assert parse(timestamp=given).timestamp.isoformat() == expected


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"type": None}, "missing_type"),
        ({"type": "delete"}, "unknown_type"),
        ({"event": None}, "missing_event"),
        ({"event": "  "}, "missing_event"),
        ({"userId": None}, "missing_user_id"),
        ({"userId": "null"}, "missing_user_id"),
        ({"type": "identify", "userId": None, "groupId": "acme"}, "missing_user_id"),
        ({"type": "group"}, "missing_group_id"),
        ({"type": "alias"}, "missing_previous_id"),
        ({"userId": {"id": 1}}, "bad_id"),
        ({"userId": True}, "bad_id"),
        ({"userId": "x" * 201}, "bad_id"),
        ({"context": {"groupId": ["acme"]}}, "bad_id"),
        ({"timestamp": "31/03/2026"}, "bad_timestamp"),
        ({"timestamp": "yesterday"}, "bad_timestamp"),
        ({"timestamp": {"date": 1}}, "bad_timestamp"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "bad_timestamp"),
        ({"timestamp": 1e300}, "bad_timestamp"),
    ],
)
def test_what_cannot_be_taken_says_which_rule_it_broke(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(BadEvent) as caught:
        parse(**fields)
    assert caught.value.code == code
    assert caught.value.reason


def test_a_clock_that_is_wrong_is_corrected_by_when_it_was_sent() -> None:
    three_days = timedelta(days=3)
    event = parse(timestamp=(NOW - three_days - timedelta(minutes=10)).isoformat(), sent_at=NOW - three_days)
    assert event.timestamp == NOW - timedelta(minutes=10)
    assert event.original_timestamp == NOW - three_days - timedelta(minutes=10)
    assert event.sent_at == NOW - three_days


def test_a_clock_that_was_never_set_is_corrected_too() -> None:
    event = parse(timestamp="1970-01-01T00:10:00Z", sentAt="1970-01-01T00:11:00Z")
    assert event.timestamp == NOW - timedelta(minutes=1)


def test_sent_at_of_the_message_wins_and_a_bad_one_is_no_reason_to_refuse() -> None:
    moment = NOW - timedelta(hours=1)
    assert parse(timestamp=moment.isoformat(), sentAt=NOW.isoformat(), sent_at=NOW - timedelta(9)).timestamp == moment
    assert parse(timestamp=moment.isoformat(), sentAt="soon").timestamp == moment
    assert parse(timestamp=moment.isoformat(), sentAt=["x"]).timestamp == moment


def test_the_original_timestamp_serves_where_there_is_no_other() -> None:
    moment = NOW - timedelta(hours=1)
    assert parse(originalTimestamp=moment.isoformat()).timestamp == moment
    assert parse(originalTimestamp=NOW.isoformat(), timestamp=moment.isoformat()).timestamp == moment
    assert parse().timestamp == NOW
    assert parse().original_timestamp is None


def test_nul_is_taken_out_wherever_it_is() -> None:
    event = parse(
        event="Ünï ✓\x00 日本", properties={"a\x00": "b\x00", "list": ["\x00c", {"d": "\x00"}]}, messageId="m\x001"
    )
    assert event.event == "Ünï ✓ 日本"
    assert event.properties == {"a": "b", "list": ["c", {"d": ""}]}
    assert event.message_id == "m1"


def test_json_that_only_some_parsers_take_is_taken() -> None:
    raw = (
        b'{"type":"track","event":"x \\ud83d","userId":"u","messageId":"m",'
        b'"properties":{"nan":NaN,"inf":-Infinity,"big":1e999,"huge":123456789012345678901234567890,"bad":"\xff"}}'
    )
    event = parse_event(raw, kind="batch", received_at=NOW)
    assert event.event == "x ?"
    assert event.properties == {
        "nan": None, "inf": None, "big": None, "huge": 123456789012345678901234567890, "bad": "\ufffd",
    }  # fmt: skip
    msgspec.json.encode(event)


@pytest.mark.parametrize(
    ("given", "expected"), [([], {}), (None, {}), ("x", {"value": "x"}), ([1], {"value": [1]}), (5, {"value": 5})]
)
def test_properties_that_are_no_object_are_kept_all_the_same(given: object, expected: dict[str, Any]) -> None:
    assert parse(properties=given).properties == expected


def test_traits_may_be_in_the_context_of_an_identify_call() -> None:
    context = {"traits": {"email": "ada@example.com", "name": "A"}}
    event = parse(type="identify", traits={"name": "Ada"}, context=context)
    assert event.traits == {"email": "ada@example.com", "name": "Ada"}
    assert parse(context=context).traits == {}
    assert parse(type="group", groupId="acme", traits={"plan": "pro"}, context=context).traits == {"plan": "pro"}


@pytest.mark.parametrize(
    ("fields", "event", "properties"),
    [
        ({"type": "page", "name": "Home"}, "Viewed Home page", {"name": "Home"}),
        ({"type": "screen", "name": "Main", "category": "X"}, "Viewed Main screen", {"name": "Main", "category": "X"}),
        ({"type": "page"}, "Viewed page", {}),
        ({"type": "page", "name": "Home", "properties": {"name": "Own"}}, "Viewed Home page", {"name": "Own"}),
        ({"type": "identify"}, "", {}),
        ({"event": "x" * 500}, "x" * 200, {}),
        ({"event": 404}, "404", {}),
    ],
)  # fmt: skip
def test_names_of_events(fields: dict[str, Any], event: str, properties: dict[str, Any]) -> None:
    parsed = parse(**{"event": None, **fields})
    assert (parsed.event, parsed.properties) == (event, properties)


def test_the_endpoint_says_the_type_unless_it_takes_batches() -> None:
    assert parse(kind="track", type=None).type == "track"
    assert parse(kind="page", name="Home").event == "Viewed Home page"


def test_a_missing_message_id_is_derived_from_the_content() -> None:
    fields: dict[str, Any] = {"messageId": None, "timestamp": "2026-11-22T11:00:00Z"}
    first = parse(**fields, sentAt="2026-11-22T11:00:01Z")
    assert first.message_id == parse(**fields, sentAt="2026-11-22T11:00:09Z").message_id, "a retry is the same event"
    assert first.message_id != parse(**fields, event="Other").message_id
    assert first.message_id != parse(**{**fields, "timestamp": "2026-11-22T11:00:01Z"}).message_id
    assert first.message_id != parse(**fields, properties={"a": 1}).message_id
    assert parse(messageId=17).message_id == "17"
    assert len(parse(messageId="x" * 300).message_id) < 200


def test_two_equal_events_without_id_and_time_in_one_batch_are_two_events() -> None:
    event = {"type": "track", "event": "Clicked", "userId": "u"}
    assert len({each.message_id for each in opened({"batch": [event, event]}).events}) == 2


def test_a_batch_gives_its_good_events_and_reports_the_bad_ones() -> None:
    body = {"batch": [TRACK, {**TRACK, "messageId": "bad", "userId": None}, {**TRACK, "messageId": "m-3"}, 5]}
    result = opened(body)
    assert [event.message_id for event in result.events] == ["m-1", "m-3"]
    assert [(each.index, each.message_id, each.code) for each in result.rejected] == [
        (1, "bad", "missing_user_id"),
        (3, "", "bad_event"),
    ]
    assert msgspec.json.decode(result.rejected[0].body)["messageId"] == "bad"


def test_what_the_door_rejected_stays_rejected_and_gets_its_body() -> None:
    body = {"batch": [TRACK, {**TRACK, "messageId": "m-2"}], "sentAt": NOW.isoformat()}
    result = opened(body, rejected=(Rejection(1, "m-2", "too_large", "too large"),))
    assert [event.message_id for event in result.events] == ["m-1"]
    assert result.rejected[0].code == "too_large"
    assert b'"m-2"' in result.rejected[0].body


def test_an_envelope_that_is_no_batch_is_one_dead_letter_and_never_an_error() -> None:
    for body in (b'{"batch": [', b"", b"[]", b'{"batch": 5}'):
        result = opened(body)
        assert (result.events, [each.code for each in result.rejected]) == ([], ["malformed_json"])
    assert [each.code for each in opened(b"[]", kind="track").rejected] == ["bad_event"]


def test_a_batch_with_a_nul_in_one_event_keeps_the_others_as_they_are() -> None:
    result = opened({"batch": [{**TRACK, "properties": {"a": "\x00"}}, {**TRACK, "messageId": "m-2"}]})
    assert [(event.message_id, event.properties) for event in result.events] == [("m-1", {"a": ""}), ("m-2", {})]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["type", "userId", "anonymousId", "groupId", "event", "messageId", "timestamp", "sentAt", "properties", "traits",
     "context", "name", "originalTimestamp", "previousId", "category"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=8))
def test_whatever_is_sent_becomes_an_event_or_a_reason(fields: dict[str, Any]) -> None:
    raw = msgspec.json.encode({**TRACK, **fields})
    try:
        event = parse_event(raw, kind="batch", received_at=NOW)
    except BadEvent as error:
        event = None
        code = error.code
    assert event is not None or code
    if event is not None:
        assert event.timestamp <= NOW
        assert 0 < len(event.message_id) <= 200
        assert b"\\u0000" not in msgspec.json.encode(event)
