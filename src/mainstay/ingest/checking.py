"""The door's look at a body: is it JSON, which of its events can be taken, whose is it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from mainstay.ingest.envelope import BATCH_KINDS, Rejection
from mainstay.ingest.errors import BadEvent, BadRequest
from mainstay.ingest.events import message_id_of
from mainstay.ingest.mending import decode_leniently, mend
from mainstay.ingest.request import MAX_CALL, too_large
from mainstay.ingest.wire import Batch, Header, lenient_instant, settle

MAX_EVENTS: Final = 10_000
_HEADER: Final = msgspec.json.Decoder(Header)
_HEADERS: Final = msgspec.json.Decoder(Batch[Header])
_RAWS: Final = msgspec.json.Decoder(Batch[Raw])
_UNFIT: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(slots=True)
class Checked:
    """`body` is plain JSON, mended where it was none; `write_key` the key found in it."""

    body: bytes
    count: int
    write_key: str = ""
    rejected: list[Rejection] = field(default_factory=list)


def check(body: bytes, *, kind: str, received_at: datetime) -> Checked:
    """Look at a whole body. Raises BadRequest when it is no JSON of the right shape, or too large."""
    if kind in BATCH_KINDS:
        return _check_batch(body, kind, received_at)
    if len(body) > MAX_CALL:
        raise too_large(MAX_CALL)
    return _check_call(body, kind, received_at)


def _check_call(body: bytes, kind: str, received_at: datetime) -> Checked:
    checked = Checked(body, 1)
    try:
        try:
            header = _HEADER.decode(body)
        except _UNFIT:
            given = _lenient(body)
            checked.body = msgspec.json.encode(given)
            header = msgspec.convert(mend(given), Header)
        checked.write_key = header.write_key or header.api_key or ""
        settle(header, None if header.context is None else header.context.group_id, kind, received_at, None)
    except BadEvent as error:
        checked.rejected.append(Rejection(0, message_id_of(checked.body), error.code, error.reason))
    return checked


def _check_batch(body: bytes, kind: str, received_at: datetime) -> Checked:
    try:
        batch = _HEADERS.decode(body)
        # Only a body larger than one call can hold an event larger than one call.
        if len(body) <= MAX_CALL or not any(len(memoryview(raw)) > MAX_CALL for raw in _RAWS.decode(body).batch):
            return _judge(body, batch.batch, batch, kind=kind, received_at=received_at)
    except _UNFIT:
        pass
    body, raws = _raw_batch(body)
    return _judge(body, raws.batch, raws, kind=kind, received_at=received_at)


def _judge(
    body: bytes,
    events: Sequence[Header | Raw],
    batch: Batch[Header] | Batch[Raw],
    *,
    kind: str,
    received_at: datetime,
) -> Checked:
    if len(events) > MAX_EVENTS:
        raise BadRequest(413, "too_many_events", f"The batch has {len(events)} events; send at most {MAX_EVENTS}.")
    checked = Checked(body, len(events), batch.write_key or batch.api_key or "")
    sent_at = lenient_instant(batch.sent_at)
    for index, event in enumerate(events):
        try:
            header = event if isinstance(event, Header) else _header(event)
            if header.write_key and not checked.write_key:
                checked.write_key = header.write_key
            context = header.context
            settle(header, None if context is None else context.group_id, kind, received_at, sent_at)
        except BadEvent as error:
            message_id = event.message_id if isinstance(event, Header) else message_id_of(bytes(event))
            checked.rejected.append(Rejection(index, str(message_id or "")[:200], error.code, error.reason))
    return checked


def _header(raw: Raw) -> Header:
    text = bytes(raw)
    if len(text) > MAX_CALL:
        raise BadEvent("too_large", f"The event has {len(text)} bytes; at most {MAX_CALL} (32 KB) are taken.")
    try:
        return _HEADER.decode(text)
    except _UNFIT:
        return msgspec.convert(mend(decode_leniently(text)), Header)


def _raw_batch(body: bytes) -> tuple[bytes, Batch[Raw]]:
    """A batch whose events are looked at one by one; mended as a whole when it is not JSON as the standard has it."""
    try:
        return body, _RAWS.decode(body)
    except _UNFIT:
        pass
    given = _lenient(body)
    if isinstance(given, list):
        given = {"batch": given}
    if not isinstance(given, dict) or not isinstance(given.get("batch"), list):
        raise BadRequest(400, "missing_batch", "A batch must be a JSON object with a list 'batch' of events.")
    for name in ("writeKey", "api_key", "sentAt"):
        if not isinstance(given.get(name), str | None):
            given[name] = None
    mended = msgspec.json.encode(given)
    return mended, _RAWS.decode(mended)


def _lenient(body: bytes) -> Any:
    try:
        return decode_leniently(body.removeprefix(b"\xef\xbb\xbf"))
    except BadEvent as error:
        raise BadRequest(400, error.code, error.reason) from None
