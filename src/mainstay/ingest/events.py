"""From what was sent to typed, cleaned, dated events. Pure: the same envelope always gives the same events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from mainstay.ingest.envelope import BATCH_KINDS, Envelope, Rejection
from mainstay.ingest.errors import BadEvent
from mainstay.ingest.mending import decode_leniently, mend
from mainstay.ingest.wire import Batch, Context, Message, Scalar, lenient_instant, name, settle

_MESSAGE: Final = msgspec.json.Decoder(Message)
_MESSAGES: Final = msgspec.json.Decoder(Batch[Message])
_RAWS: Final = msgspec.json.Decoder(Batch[Raw])
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")
_ESCAPED_NUL: Final = b"\\u0000"
_VIEWED: Final = {"page": "page", "screen": "screen"}


class Event(Struct, frozen=True, gc=False, kw_only=True):
    """One event, typed and cleaned.

    `event` is the name of what happened: the one of a track call; "Viewed Home page" for pages and screens; empty for
    identify, group and alias. `timestamp` is corrected by our clock and never after `received_at`; `original_timestamp`
    is what the client's clock said. All times are UTC. `traits` are of the user (identify) or of the account (group).
    """

    message_id: str
    type: str
    event: str
    account_key: str | None
    user_key: str | None
    anonymous_id: str | None
    previous_id: str | None
    timestamp: datetime
    original_timestamp: datetime | None
    sent_at: datetime | None
    received_at: datetime
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held: its events in the order they were sent, and what could not be taken, by position."""

    events: list[Event]
    rejected: list[Rejection]


def open_envelope(envelope: Envelope) -> Opened:
    """Take an envelope apart. What the door rejected is rejected again, with its body filled in."""
    if envelope.kind not in BATCH_KINDS:
        return _open_call(envelope)
    try:
        messages, sent_at = _messages(envelope.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Opened([], [Rejection(0, "", "malformed_json", f"The body is not a batch: {error}.", envelope.body)])
    sent = lenient_instant(sent_at)
    refused = {each.index: each for each in envelope.rejected}
    has_nul = _ESCAPED_NUL in envelope.body
    events: list[Event] = []
    rejected: list[Rejection] = []
    for index, message in enumerate(messages):
        try:
            if index in refused:
                rejected.append(refused[index])
                continue
            if type(message) is Message and not has_nul:
                events.append(_event(message, envelope.kind, envelope.received_at, sent, index))
            else:
                raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
                events.append(
                    parse_event(raw, kind=envelope.kind, received_at=envelope.received_at, sent_at=sent, index=index)
                )
        except BadEvent as error:
            rejected.append(Rejection(index, "", error.code, error.reason))
    return Opened(events, _with_bodies(rejected, envelope.body))


def parse_event(
    raw: bytes | Mapping[str, Any],
    *,
    kind: str,
    received_at: datetime,
    sent_at: datetime | None = None,
    index: int = 0,
) -> Event:
    """One event from its JSON (or the object it decodes to).

    `kind` is the endpoint it came through (`batch` takes the type from the event), `sent_at` the one of its batch,
    `index` its position there. Raises BadEvent.
    """
    message = _message(raw)
    return _event(message, kind, received_at, sent_at, index)


def _message(raw: bytes | Mapping[str, Any]) -> Message:
    if isinstance(raw, bytes) and _ESCAPED_NUL not in raw:
        try:
            return _MESSAGE.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # the slow way below knows better what is wrong, and what can be mended
    given = decode_leniently(raw if isinstance(raw, bytes) else msgspec.json.encode(raw))
    return msgspec.convert(mend(given), Message)


def _messages(body: bytes) -> tuple[list[Message] | list[bytes], Scalar]:
    """The messages of a batch and its sentAt; as bytes, to be parsed one by one, when one of them does not fit."""
    try:
        batch = _MESSAGES.decode(body)
        return batch.batch, batch.sent_at
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raws = _RAWS.decode(body)
        return [bytes(raw) for raw in raws.batch], raws.sent_at


def _event(message: Message, kind: str, received_at: datetime, sent_at: datetime | None, index: int) -> Event:
    context = message.context
    settled = settle(message, None if context is None else context.group_id, kind, received_at, sent_at)
    what, event = settled.type, settled.event
    properties = message.properties or {}
    if what in _VIEWED:
        event, properties = _view(what, message, properties)
    message_id = message.message_id
    if type(message_id) is not str or not 0 < len(message_id) <= 200 or "\0" in message_id:
        message_id = _message_id(message, settled.clock or received_at, None if settled.clock else index)
    return Event(
        message_id=message_id,
        type=what,
        event=event,
        account_key=settled.account_key,
        user_key=settled.user_key,
        anonymous_id=settled.anonymous_id,
        previous_id=settled.previous_id,
        timestamp=settled.timestamp,
        original_timestamp=settled.clock,
        sent_at=settled.sent_at,
        received_at=received_at,
        properties=properties,
        traits=_traits(what, message, context),
        context={} if context is None else _kept(context),
    )


def _view(what: str, message: Message, properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of a page or screen event, and its properties with the name and category in them."""
    title, category = name(message.name), name(message.category)
    if title:
        properties = {"name": title, **properties}
    if category:
        properties = {"category": category, **properties}
    return f"Viewed {title} {_VIEWED[what]}"[:200] if title else f"Viewed {_VIEWED[what]}", properties


def _traits(what: str, message: Message, context: Context | None) -> dict[str, Any]:
    """Some clients put the traits of a person into the context of an identify call."""
    if what == "identify" and context is not None and context.traits:
        return {**context.traits, **(message.traits or {})}
    return (message.traits or {}) if what in ("identify", "group") else {}


def _kept(context: Context) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if context.page:
        kept["page"] = context.page
    if context.campaign:
        kept["campaign"] = context.campaign
    if context.library:
        kept["library"] = context.library
    if context.app:
        kept["app"] = context.app
    if context.locale:
        kept["locale"] = context.locale
    if context.timezone:
        kept["timezone"] = context.timezone
    return kept


def _message_id(message: Message, moment: datetime, index: int | None) -> str:
    """An id for an event that has none fit for use: the same content gives the same id.

    What a retry changes (sentAt) is left out. An event without a time of its own is told from an equal one by when it
    was received and by its place in the batch: two clicks are two clicks.
    """
    given = message.message_id
    if isinstance(given, int):
        return str(given)
    if given and (kept := given.replace("\0", "").strip()) and len(kept) <= 200:
        return kept
    content = (given, message.type, message.user_id, message.anonymous_id, message.group_id, message.previous_id,
               message.event, message.name, message.properties, message.traits, moment, index)  # fmt: skip
    return f"derived-{blake2b(_CANONICAL.encode(content), digest_size=16).hexdigest()}"


def _open_call(envelope: Envelope) -> Opened:
    try:
        if envelope.rejected:
            return Opened([], _with_bodies(list(envelope.rejected), envelope.body, is_call=True))
        event = parse_event(envelope.body, kind=envelope.kind, received_at=envelope.received_at)
    except BadEvent as error:
        return Opened([], [Rejection(0, "", error.code, error.reason, envelope.body)])
    return Opened([event], [])


def _with_bodies(rejected: list[Rejection], body: bytes, *, is_call: bool = False) -> list[Rejection]:
    if not rejected:
        return rejected
    raws: list[Raw] | list[bytes] = [body] if is_call else _RAWS.decode(body).batch
    bodies = {each.index: bytes(raws[each.index]) for each in rejected}
    return [
        Rejection(each.index, each.message_id or message_id_of(bodies[each.index]), each.code, each.reason,
                  bodies[each.index])
        for each in rejected
    ]  # fmt: skip


class _Identified(Struct, gc=False, rename="camel"):
    message_id: Any = None


def message_id_of(raw: bytes) -> str:
    """The message id of an event that may be bad in any other way; empty when it cannot be told."""
    try:
        given = msgspec.json.decode(raw, type=_Identified).message_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return str(given).replace("\0", "")[:200] if isinstance(given, str | int) else ""
