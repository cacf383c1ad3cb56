"""What lies in the inbox: an envelope is one request as it was sent, with what the door knew about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

# What Mainstay itself tells: receipts of messages. No path of the door takes it, and it is no sign of life of a source.
OWN_KIND: Final = "own"
BATCH_KINDS: Final = frozenset({"batch", "import", OWN_KIND})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event of a request that was not taken. `body` is the event as sent; empty where only the position is known."""

    index: int
    message_id: str
    code: str
    reason: str
    body: bytes = b""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What is put into the inbox: one call or one batch. `body` is plain JSON in UTF-8."""

    kind: str
    body: bytes
    received_at: datetime
    write_key_id: int | None = None
    rejected: tuple[Rejection, ...] = ()


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What is read from the inbox. Ids grow, with gaps; `events.open_envelope` takes an envelope apart."""

    id: int
    received_at: datetime
    write_key_id: int | None
    kind: str
    body: bytes
    rejected: tuple[Rejection, ...] = ()


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exact: a float holds them until the year 2255."""
    return round(instant.timestamp() * 1e6)


def from_microseconds(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def pack_rejections(rejected: tuple[Rejection, ...]) -> bytes | None:
    """For storage, without the bodies: they are in the body of the request already."""
    if not rejected:
        return None
    return msgspec.json.encode([(each.index, each.message_id, each.code, each.reason) for each in rejected])


def unpack_rejections(packed: bytes | None) -> tuple[Rejection, ...]:
    """The reverse of `pack_rejections`."""
    if not packed:
        return ()
    return tuple(Rejection(*each) for each in msgspec.json.decode(packed, type=list[tuple[int, str, str, str]]))
