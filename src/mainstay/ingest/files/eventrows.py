"""Rows of a file become events in the inbox, each once, however often the file is imported."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import batched, groupby
from typing import Any

import msgspec
from django.db import connection

from mainstay.ingest.envelope import Arrival
from mainstay.ingest.files.cells import TypedChunk, extra_columns
from mainstay.ingest.files.mapping import FileMapping
from mainstay.ingest.files.table import Chunk
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.models import ImportedEvent

# Events in one envelope of the inbox: about 400 KB, as a large batch of an SDK.
_ENVELOPE = 2_000
_QUERY = 20_000
_LONGEST_ID = 190
_encode = msgspec.json.Encoder().encode


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """A row that is one event (or `repeat` of them): its content, its id, and when it happened."""

    index: int
    message_id: str
    content: dict[str, Any]
    occurred_at: datetime
    repeat: int

    def with_id(self, message_id: str) -> "EventRow":
        """The same event under another id."""
        if message_id == self.message_id:
            return self
        return EventRow(self.index, message_id, self.content, self.occurred_at, self.repeat)


def event_rows(
    mapping: FileMapping, typed: TypedChunk, chunk: Chunk, indexes: Sequence[int], accounts: Sequence[str | None]
) -> Iterator[EventRow]:
    """The events of these rows. `accounts` are the accounts' keys by row index.

    A row without a key gets an id of its content; the caller tells equal rows apart.
    """
    nothing: list[Any] = [None] * chunk.size
    columns = typed.columns
    keys, users = columns.get("key", nothing), columns.get("user_key", nothing)
    events, moments = columns["event"], columns["occurred_at"]
    repeats = columns.get("repeat", [1] * chunk.size)
    extras = extra_columns(mapping, chunk)
    stamps = {moment: moment.isoformat() for moment in set(moments) if moment is not None}
    for index in indexes:
        content = {
            "type": "track",
            "event": events[index],
            "timestamp": stamps[moments[index]],
            "userId": users[index],
            "context": {"groupId": accounts[index]},
            "properties": extras[index],
        }
        key = keys[index]
        if key is None or len(key) > _LONGEST_ID:
            key = f"file-{blake2b(_encode((key, content)), digest_size=16).hexdigest()}"
        yield EventRow(index, key, content, moments[index], 1 if repeats[index] is None else repeats[index])


def send(rows: Sequence[EventRow], *, now: datetime, known_until: datetime | None) -> tuple[int, int]:
    """Put into the inbox those events that no import put there before: how many were new, how many known.

    In the caller's transaction. The inbox comes first: killed in between, the next import sends the same ids again, and
    the loader drops them.
    """
    new, known = _unknown(rows)
    if not new:
        return 0, known
    open_inbox().append_many(
        Arrival(kind="import", body=_body(part), received_at=_received_at(part, now=now, known_until=known_until))
        for part in _by_day(new.values())
    )
    _remember(list(new))
    return len(new), known


def _by_day(events: Iterable[tuple[EventRow, str]]) -> Iterator[tuple[tuple[EventRow, str], ...]]:
    """The events in order of time, in parts of one day (UTC) each."""
    in_order = sorted(events, key=lambda event: event[0].occurred_at)
    for _, of_day in groupby(in_order, key=lambda event: event[0].occurred_at.astimezone(UTC).date()):
        yield from batched(of_day, _ENVELOPE)


def _received_at(part: Sequence[tuple[EventRow, str]], *, now: datetime, known_until: datetime | None) -> datetime:
    """An archive neither makes its source look fresh nor its events late: they came when the last of them happened."""
    latest = part[-1][0].occurred_at
    return min(now, max(latest, known_until or latest)).astimezone(UTC)


def count_new(rows: Sequence[EventRow]) -> tuple[int, int]:
    """What `send` would do: how many are new, how many known."""
    new, known = _unknown(rows)
    return len(new), known


def _unknown(rows: Sequence[EventRow]) -> tuple[dict[int, tuple[EventRow, str]], int]:
    """The events no import sent yet, with their ids, by the hash of the id; and how many were sent."""
    hashes: dict[int, tuple[EventRow, str]] = {}
    total = 0
    for row in rows:
        for number in range(row.repeat):
            message_id = row.message_id if number == 0 else f"{row.message_id}:{number + 1}"
            hashes[_hash(message_id)] = (row, message_id)
            total += 1
    for part in batched(list(hashes), _QUERY):
        for known in _known(part):
            del hashes[known]
    return hashes, total - len(hashes)


def _hash(message_id: str) -> int:
    """64 bits, signed as the database has them."""
    return int.from_bytes(blake2b(message_id.encode(), digest_size=8).digest(), signed=True)


def _body(events: Sequence[tuple[EventRow, str]]) -> bytes:
    return _encode({"batch": [{**row.content, "messageId": message_id} for row, message_id in events]})


def _known(hashes: Sequence[int]) -> list[int]:
    table = ImportedEvent._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s)", [list(hashes)])
        else:
            # One variable instead of thousands: SQLite's limit is 32,766.
            given = _encode(list(hashes)).decode()
            cursor.execute(f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(%s))", [given])
        return [row[0] for row in cursor.fetchall()]


def _remember(hashes: Sequence[int]) -> None:
    table = ImportedEvent._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = f"INSERT INTO {table} (id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"
            cursor.execute(sql, [list(hashes)])
        else:
            sql = f"INSERT OR IGNORE INTO {table} (id) SELECT value FROM json_each(%s)"
            cursor.execute(sql, [_encode(sorted(hashes)).decode()])
