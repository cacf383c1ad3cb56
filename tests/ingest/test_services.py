"""Dead letters: kept whole, listed, mended, replayed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.ingest.envelope import Envelope, Rejection
from mainstay.ingest.events import open_envelope
from mainstay.ingest.models import DeadLetter
from mainstay.ingest.selectors import DeadLetterCount, dead_letter_counts, dead_letters
from mainstay.ingest.services import keep_dead_letters, replay
from mainstay.people.models import WriteKey
from tests.ingest.serving import stored, stored_events
from tests.ingest.test_events import TRACK

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEN = NOW - timedelta(days=2)


def keep(*events: object, kind: str = "batch", write_key_id: int | None = None, **fields: object) -> list[DeadLetter]:
    """Let the door reject these, and keep them."""
    content = {"batch": events, **fields} if kind == "batch" else events[0]
    envelope = Envelope(1, THEN, write_key_id, kind, json.dumps(content).encode())
    keep_dead_letters(envelope, open_envelope(envelope).rejected)
    return list(DeadLetter.objects.order_by("pk"))


def test_a_dead_letter_says_all_there_is_to_know() -> None:
    key = WriteKey.objects.create(name="app", hint="mw_", secret_hash="x")
    (letter,) = keep({**TRACK, "timestamp": "soon"}, write_key_id=key.pk, sentAt="2026-11-20T11:59:00Z")
    assert (letter.write_key, letter.code, letter.message_id, letter.kind) == (key, "bad_timestamp", "m-1", "batch")
    assert (letter.received_at, letter.sent_at) == (THEN, THEN - timedelta(minutes=1))
    assert "soon" in letter.reason
    assert json.loads(letter.body)["event"] == "Report Exported"


def test_a_key_that_was_deleted_costs_no_dead_letter() -> None:
    (letter,) = keep({"type": "track"}, write_key_id=4711)
    assert letter.write_key is None


def test_bodies_that_are_no_text_are_kept_as_well_as_they_can_be() -> None:
    envelope = Envelope(1, THEN, None, "batch", b"\xff\x00")
    assert keep_dead_letters(envelope, [Rejection(0, "", "malformed_json", "no\x00", b"\xff\x00")]) == 1
    assert DeadLetter.objects.get().body == "\ufffd"
    assert keep_dead_letters(envelope, []) == 0


def test_dead_letters_are_listed_newest_first_by_page_and_code() -> None:
    letters = keep({"type": "track"}, {**TRACK, "timestamp": "soon"}, {"type": "track"})
    assert [each.pk for each in dead_letters()] == [each.pk for each in reversed(letters)]
    assert [each.pk for each in dead_letters(before_id=letters[1].pk)] == [letters[0].pk]
    assert [each.pk for each in dead_letters(code="bad_timestamp")] == [letters[1].pk]
    assert dead_letter_counts() == [DeadLetterCount("missing_event", 2), DeadLetterCount("bad_timestamp", 1)]


def test_a_mended_letter_goes_through_the_inbox_as_if_it_had_come_then() -> None:
    (letter,) = keep({**TRACK, "timestamp": "soon"}, sentAt="2026-11-20T11:00:00Z")
    mended = json.dumps({**TRACK, "timestamp": "2026-11-20T10:50:00Z"})
    assert replay([letter.pk], now=NOW, bodies={letter.pk: mended}).sent == 1
    (event,) = stored_events()
    assert event.received_at == THEN
    assert event.timestamp == THEN - timedelta(minutes=10), "the clock is corrected by when it was sent"
    letter.refresh_from_db()
    assert (letter.replayed_at, letter.body) == (NOW, mended)
    assert dead_letters() == []
    assert replay([letter.pk], now=NOW).sent == 0, "only once"
    assert len(stored()) == 1


def test_a_call_of_one_event_keeps_its_kind() -> None:
    (letter,) = keep({"userId": "u-1"}, kind="track")
    result = replay([letter.pk], now=NOW, bodies={letter.pk: '{"userId": "u-1", "event": "Login"}'})
    assert (result.sent, stored_events()[0].type) == (1, "track")


def test_what_is_still_no_event_stays_with_its_new_reason() -> None:
    letters = keep({"type": "track"}, {"type": "track", "event": "x"})
    bodies = {letters[0].pk: '{"type": "track", "event": "x"}', letters[1].pk: "{"}
    result = replay([each.pk for each in letters], now=NOW, bodies=bodies)
    assert result.sent == 0
    assert set(result.failed) == {each.pk for each in letters}
    assert [each.code for each in DeadLetter.objects.order_by("pk")] == ["missing_user_id", "malformed_json"]
    assert stored() == []
