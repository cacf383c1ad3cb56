"""What clients write, as they write it: the structs JSON is decoded into, and the rules every event must keep.

The door and the loader both go through `settle`, so that what the door took the loader takes too. The door decodes only
the headers (ids, names, times) and skips the rest of the text, which is several times faster.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from mainstay.ingest.envelope import BATCH_KINDS
from mainstay.ingest.errors import BadEvent

TYPES: Final = frozenset({"track", "identify", "group", "page", "screen", "alias"})
MAX_ID: Final = 200  # the length of the columns that hold keys
MAX_NAME: Final = 200
# Before this, it is a clock that was never set (1970, 1980) and not something that happened in a product.
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# What programs write when they have no id: as good as none, and never one shared person or company.
NO_ID: Final = frozenset(
    {"", "null", "NULL", "Null", "None", "none", "undefined", "NaN", "nan", "[object Object]", "{}", "[]"}
)

type Scalar = str | int | float | None


class HeaderContext(Struct, gc=False, rename="camel"):
    """The part of `context` that names the account."""

    group_id: Scalar = None


class Header(Struct, gc=False, rename="camel"):
    """The part of an event that decides whether it can be taken."""

    type: str | None = None
    message_id: str | int | None = None
    user_id: Scalar = None
    anonymous_id: Scalar = None
    group_id: Scalar = None
    previous_id: Scalar = None
    event: Scalar = None
    timestamp: Scalar = None
    original_timestamp: Scalar = None
    sent_at: Scalar = None
    context: HeaderContext | None = None
    write_key: str | None = None
    api_key: str | None = msgspec.field(name="api_key", default=None)


class Context(Struct, gc=False, rename="camel"):
    """The parts of `context` that are kept."""

    group_id: Scalar = None
    traits: dict[str, Any] | None = None
    page: dict[str, Any] | None = None
    campaign: dict[str, Any] | None = None
    library: dict[str, Any] | None = None
    app: dict[str, Any] | None = None
    locale: str | None = None
    timezone: str | None = None


class Message(Struct, gc=False, rename="camel"):
    """A whole event."""

    type: str | None = None
    message_id: str | int | None = None
    user_id: Scalar = None
    anonymous_id: Scalar = None
    group_id: Scalar = None
    previous_id: Scalar = None
    event: Scalar = None
    name: Scalar = None
    category: Scalar = None
    timestamp: Scalar = None
    original_timestamp: Scalar = None
    sent_at: Scalar = None
    context: Context | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None


class Batch[T](Struct, gc=False, rename="camel"):
    """A batch of events. `api_key` is what some clients call the write key."""

    batch: list[T]
    sent_at: Scalar = None
    write_key: str | None = None
    api_key: str | None = msgspec.field(name="api_key", default=None)


class Settled(Struct, gc=False):
    """What the rules made of an event. `clock` is the time the client gave, uncorrected."""

    type: str
    event: str
    user_key: str | None
    anonymous_id: str | None
    account_key: str | None
    previous_id: str | None
    timestamp: datetime
    clock: datetime | None
    sent_at: datetime | None


def settle(
    message: Header | Message, group_id: Scalar, kind: str, received_at: datetime, sent_at: datetime | None
) -> Settled:
    """Apply the rules. Raises BadEvent.

    `group_id` is the one of the context, `kind` the endpoint the event came through, `sent_at` the one of its batch.
    Every event passes here twice, once at the door: hence the care to call nothing for fields that are not there.
    """
    what = message.type if kind in BATCH_KINDS else kind
    if what not in TYPES:
        raise _bad_type(what)
    given = message.user_id
    user = None if given is None else identifier("userId", given)
    given = message.anonymous_id
    anonymous = None if given is None else identifier("anonymousId", given)
    given = message.group_id
    account = None if given is None else identifier("groupId", given)
    if group_id is not None and (account is None or what != "group"):
        account = identifier("context.groupId", group_id) or account
    event, previous = "", None
    if what == "track":
        event = name(message.event)
        if not event:
            raise BadEvent("missing_event", "A track call needs 'event', the name of what happened.")
    elif what == "alias":
        previous = identifier("previousId", message.previous_id)
        if previous is None:
            raise BadEvent("missing_previous_id", "An alias call needs 'previousId', the id used before.")
    elif what == "group" and account is None:
        raise BadEvent("missing_group_id", "A group call needs 'groupId', the account's key.")
    if user is None and anonymous is None and (account is None or what in ("identify", "alias")):
        raise BadEvent("missing_user_id", f"A call of type '{what}' needs 'userId' or 'anonymousId'.")
    if message.sent_at is not None:
        sent_at = lenient_instant(message.sent_at)
    time = message.timestamp if message.timestamp is not None else message.original_timestamp
    if time is None:
        return Settled(what, event, user, anonymous, account, previous, received_at, None, sent_at)
    clock = instant(time)
    moment = _corrected(clock, sent_at, received_at)
    return Settled(what, event, user, anonymous, account, previous, moment, clock, sent_at)


def _bad_type(what: str | None) -> BadEvent:
    if not what:
        return BadEvent("missing_type", f"The event has no 'type'; use one of {', '.join(sorted(TYPES))}.")
    return BadEvent("unknown_type", f"The type '{what[:40]}' is not known; use one of {', '.join(sorted(TYPES))}.")


def identifier(field: str, value: Scalar) -> str | None:
    """An id as text, or None for what stands for no id (`null`, "", "undefined")."""
    if value is None:
        return None
    if isinstance(value, str):
        value = (value.replace("\0", "") if "\0" in value else value).strip()
    elif isinstance(value, float) and value.is_integer():
        value = str(int(value))
    else:
        value = str(value)
    if value in NO_ID:
        return None
    if len(value) > MAX_ID:
        raise BadEvent("bad_id", f"'{field}' has {len(value)} characters; at most {MAX_ID} are taken.")
    return value


def name(value: Scalar) -> str:
    """A name as text without NUL, cut at 200 characters; empty when there is none."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    if "\0" in text:
        text = text.replace("\0", "")
    return text.strip()[:MAX_NAME]


def instant(value: Scalar) -> datetime:
    """ISO 8601 (a naive one is UTC), or seconds, milliseconds or microseconds since 1970. Raises BadEvent."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return moment.replace(tzinfo=UTC)
            return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        if value is not None:
            unit = 1.0 if abs(value) < 1e11 else 1e3 if abs(value) < 1e14 else 1e6
            return datetime.fromtimestamp(value / unit, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadEvent(
        "bad_timestamp",
        f"'{str(value)[:60]}' is not a date; use ISO 8601 with a time zone, for example '2026-03-31T09:30:00Z'.",
    )


def lenient_instant(value: Scalar) -> datetime | None:
    """As `instant`, but None for what is no date: `sentAt` only serves to correct a clock."""
    if value is None:
        return None
    try:
        return instant(value)
    except BadEvent:
        return None


def _corrected(clock: datetime, sent_at: datetime | None, received_at: datetime) -> datetime:
    """The time by our clock: `received_at - (sent_at - clock)`. Nothing happens after it was received."""
    try:
        moment = clock if sent_at is None else received_at - (sent_at - clock)
    except OverflowError:
        moment = clock
    if moment < EARLIEST:
        raise BadEvent(
            "bad_timestamp", f"The event says {clock.isoformat()}, before {EARLIEST.year}: a clock that was never set."
        )
    return moment if moment < received_at else received_at
