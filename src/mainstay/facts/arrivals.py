"""Which events came lately, of all accounts: for whatever acts on single events as they come.

An event is told once its file is in the lake. One whose account was not known when it came is told of nobody: it is
counted when it is attached, but nothing acts on it late.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Max

from mainstay.common.time import naive_utc
from mainstay.facts.schema import USER_DAYS
from mainstay.lake import engine
from mainstay.lake.store import Lake


@dataclass(frozen=True)
class Arrival:
    """One event of a known account. `id` is that of its message."""

    id: int
    account_id: int
    contact_id: int | None
    event: str
    timestamp: datetime
    properties: dict[str, Any]


def received_until() -> datetime | None:
    """Just behind the latest event in the lake; None when there is none."""
    latest = Lake().live("events").aggregate(latest=Max("received_until"))["latest"]
    return None if latest is None else latest + timedelta(microseconds=1)


def arrivals(names: Collection[str], *, since: datetime, until: datetime) -> Iterator[Arrival]:
    """The events of these names (without regard to case) received in `[since, until)`, file by file."""
    paths = Lake().live("events").filter(received_until__gte=since).values_list("path", flat=True)
    yield from _read(paths.iterator(), names, "received_at", since, until)


def happened(
    names: Collection[str], *, since: datetime, until: datetime, account_id: int | None = None
) -> Iterator[Arrival]:
    """The events of these names that happened in `[since, until)`, whenever they came; of all accounts, or of one."""
    files = Lake().live("events", start=since.date(), end=until.date() + timedelta(days=1))
    paths = files.values_list("path", flat=True).iterator()
    yield from _read(paths, names, "timestamp", since, until, account_id=account_id)


def arrived(id: int, account_id: int, *, since: datetime, until: datetime, came_within: timedelta) -> Arrival | None:
    """One event of an account by the id of its message, received in `[since, until]`; None where it is not kept.

    `came_within`: it happened no longer before it was received.
    """
    files = Lake().live("events", start=(since - came_within).date(), end=until.date() + timedelta(days=1))
    storage = Lake().storage
    for path in files.filter(received_until__gte=since).order_by("-starts_on").values_list("path", flat=True):
        with engine.cursor() as cursor:
            row = cursor.execute(
                """SELECT contact_id, event, timestamp, properties FROM read_parquet([?], hive_partitioning=false)
                WHERE account_id = ? AND message_hash = ? LIMIT 1""",
                [str(storage.location(path)), account_id, id],
            ).fetchone()
        if row is not None:
            contact_id, event, at, properties = row
            values = msgspec.json.decode(properties, type=dict[str, Any]) if properties else {}
            return Arrival(id, account_id, contact_id, event, at.replace(tzinfo=UTC), values)
    return None


def _read(
    paths: Iterable[str],
    names: Collection[str],
    column: str,
    since: datetime,
    until: datetime,
    *,
    account_id: int | None = None,
) -> Iterator[Arrival]:
    storage, wanted = Lake().storage, [name.lower() for name in names]
    whose = "account_id IS NOT NULL" if account_id is None else f"account_id = {account_id:d}"
    for path in paths:
        with engine.cursor() as cursor:
            rows = cursor.execute(
                f"""SELECT message_hash, account_id, contact_id, event, timestamp, properties
                FROM read_parquet([?], hive_partitioning=false)
                WHERE {column} >= ? AND {column} < ? AND {whose}
                  AND list_contains(?, lower(event)) ORDER BY timestamp, message_hash""",
                [str(storage.location(path)), naive_utc(since), naive_utc(until), wanted],
            ).fetchall()
        for pk, account_id, contact_id, event, at, properties in rows:
            values = msgspec.json.decode(properties, type=dict[str, Any]) if properties else {}
            yield Arrival(pk, account_id, contact_id, event, at.replace(tzinfo=UTC), values)


def active_contacts(*, since: datetime, until: datetime) -> set[int]:
    """The contacts who did anything on a day from that of `since` to that of `until`, both included."""
    start, end = since.date(), until.date()
    source = Lake().relation("user_days", USER_DAYS, start=start, end=end + timedelta(days=1))
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"SELECT DISTINCT contact_id FROM {source} WHERE contact_id IS NOT NULL "
            f"AND day BETWEEN DATE '{start}' AND DATE '{end}'"
        ).fetchall()
    return {row[0] for row in found}
