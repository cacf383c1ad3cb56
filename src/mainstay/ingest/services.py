"""Writes: dead letters and their replay."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from mainstay.ingest.envelope import BATCH_KINDS, Arrival, Envelope, Rejection
from mainstay.ingest.errors import BadEvent
from mainstay.ingest.events import parse_event
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.mending import decode_leniently
from mainstay.ingest.models import DeadLetter
from mainstay.ingest.wire import Scalar, lenient_instant
from mainstay.people.models import WriteKey


@dataclass(frozen=True)
class Replay:
    """What came of a replay. `failed` maps a dead letter's id to why it is still no event."""

    sent: int
    failed: dict[int, str]


def keep_dead_letters(envelope: Envelope, rejected: Iterable[Rejection]) -> int:
    """Keep what of an envelope could not be taken, in the caller's transaction; how many."""
    rejections = list(rejected)
    if not rejections:
        return 0
    key_id = envelope.write_key_id
    if key_id is not None and not WriteKey.objects.filter(pk=key_id).exists():
        key_id = None  # the key was deleted meanwhile
    sent_at = _sent_at(envelope.body)
    letters = [
        DeadLetter(
            received_at=envelope.received_at,
            write_key_id=key_id,
            kind=envelope.kind,
            sent_at=sent_at,
            message_id=each.message_id.replace("\0", "")[:200],
            code=each.code,
            reason=each.reason.replace("\0", ""),
            body=each.body.decode("utf-8", "replace").replace("\0", ""),
        )
        for each in rejections
    ]
    return len(DeadLetter.objects.bulk_create(letters, batch_size=500))


def replay(ids: Iterable[int], *, now: datetime, bodies: Mapping[int, str] | None = None) -> Replay:
    """Send dead letters through the inbox again, as they were or mended: `bodies` maps ids to corrected JSON.

    Each keeps the time it was received, so that clocks are corrected as they were then. What is still no event stays a
    dead letter, with the new reason and the new body. Letters that were replayed already are left alone.
    """
    arrivals: list[Arrival] = []
    failed: dict[int, str] = {}
    with transaction.atomic():
        for letter in DeadLetter.objects.select_for_update().filter(pk__in=list(ids), replayed_at=None).order_by("pk"):
            letter.body = (bodies or {}).get(letter.pk, letter.body)
            try:
                arrivals.append(_arrival(letter))
                letter.replayed_at = now
            except BadEvent as error:
                letter.code, letter.reason = error.code, error.reason
                failed[letter.pk] = error.reason
            letter.save(update_fields=["body", "code", "reason", "replayed_at"])
        # Inside, so that letters are marked only when their events are in the inbox. A crash in between sends them
        # twice, which the message id undoes; the other order could lose them.
        sent = open_inbox().append_many(arrivals)
    return Replay(sent, failed)


def _arrival(letter: DeadLetter) -> Arrival:
    event = decode_leniently(letter.body.encode())
    if letter.kind not in BATCH_KINDS and isinstance(event, dict):
        event["type"] = letter.kind
    parse_event(
        msgspec.json.encode(event), kind="batch", received_at=letter.received_at, sent_at=letter.sent_at
    )  # BadEvent when it is still none
    body = {"batch": [event], "sentAt": letter.sent_at}
    return Arrival("batch", msgspec.json.encode(body), letter.received_at, letter.write_key_id)


class _Sent(msgspec.Struct, rename="camel"):
    sent_at: Scalar = None


def _sent_at(body: bytes) -> datetime | None:
    try:
        return lenient_instant(msgspec.json.decode(body, type=_Sent).sent_at)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
