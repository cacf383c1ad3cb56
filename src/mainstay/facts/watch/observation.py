"""Which events come, and which properties they carry, of which types.

Looks once at each event that came since the last time, in the lake; what is loaded with an earlier time of arrival than
the last look, history from a file, is looked at as it is loaded. The engine groups events by the structure of their
properties, so that a million events are a few hundred rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import duckdb
import msgspec
from django.db import transaction
from django.db.models import F, Max, Min
from django.db.models.functions import Greatest, Least

from mainstay.common.time import DAY
from mainstay.facts.models import EventProperty, EventType, Observation
from mainstay.facts.schema import ACTIVITY_TYPES
from mainstay.lake import engine, locks
from mainstay.lake.store import Lake

# A client that makes names of ids must not fill the database: what comes beyond is not written down.
MOST_EVENTS = 2_000
MOST_PROPERTIES = 200
_LONGEST = 200
_KINDS = {"VARCHAR": "text", "BOOLEAN": "boolean", "NULL": ""}
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """What a look found of one name: when it came, when it happened, how often."""

    first_at: datetime
    last_at: datetime
    first_day: date
    last_day: date
    events: int

    def __or__(self, other: "Seen") -> "Seen":
        return Seen(
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
            min(self.first_day, other.first_day),
            max(self.last_day, other.last_day),
            self.events + other.events,
        )


@dataclass
class Found:
    """What a look found: by event, and by event, property and type."""

    events: dict[str, Seen] = field(default_factory=dict)
    properties: dict[tuple[str, str, str], Seen] = field(default_factory=dict)

    def add(self, event: str, structure: str | None, seen: Seen) -> None:
        """Events of one name whose properties have one structure."""
        self.events[event] = self.events[event] | seen if event in self.events else seen
        for name, kind in kinds_of(structure).items():
            key = (event, name, kind)
            self.properties[key] = self.properties[key] | seen if key in self.properties else seen


def kinds_of(structure: str | None) -> dict[str, str]:
    """Property → text, number, boolean, list or object, of what the engine's `json_structure` gave; nulls left out."""
    if not structure:
        return {}
    found = msgspec.json.decode(structure)
    if not isinstance(found, dict):
        return {}
    kinds = {name: _kind(value) for name, value in found.items()}
    return {name: kind for name, kind in kinds.items() if kind}


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, dict):
        return "object"
    return _KINDS.get(str(value), "number")


def observe() -> int:
    """Write down the names and properties of events that came since the last look; how many events were looked at.

    Reads the lake up to the latest arrival in it: what still waits in the inbox is looked at when it is loaded.
    """
    with locks.exclusive("observation"):
        since = Observation.objects.values_list("received_until", flat=True).first() or _START
        latest = Lake().live("events").aggregate(latest=Max("received_until"))["latest"]
        if latest is None or latest < since:
            return 0
        until = latest + timedelta(microseconds=1)
        found = _look(since, until)
        with transaction.atomic():
            _keep_events(found.events)
            _keep_properties(found.properties)
            Observation.objects.update_or_create(pk=1, defaults={"received_until": until})
    return sum(seen.events for seen in found.events.values())


def observe_late(cursor: duckdb.DuckDBPyConnection, source: str, *, earliest: datetime) -> int:
    """What of `source`, events that are being loaded, arrived before the last look, which passed it by; how many.

    In the loader's transaction. `earliest`: when the first of them arrived.
    """
    until = Observation.objects.values_list("received_until", flat=True).first()
    if until is None or earliest >= until:
        return 0
    found = Found()
    _add(found, cursor, f"(SELECT *, CAST(timestamp AS DATE) AS day FROM {source})", [], since=_START, until=until)
    _keep_events(found.events)
    _keep_properties(found.properties)
    return sum(seen.events for seen in found.events.values())


def observe_beginning(now: datetime) -> int:
    """Look as `observe` does while the first event came less than a day ago; how many events were looked at.

    Whoever connects a product waits in front of the page of events to see what it sends.
    """
    first = EventType.objects.aggregate(first=Min("first_received_at"))["first"]
    return observe() if first is None or now - first < DAY else 0


def _look(since: datetime, until: datetime) -> Found:
    lake, found = Lake(), Found()
    paths = lake.live("events").filter(received_until__gte=since).values_list("path", flat=True)
    for path in paths.iterator():
        with engine.cursor() as cursor:
            file, place = "read_parquet([?], hive_partitioning=false)", str(lake.storage.location(path))
            _add(found, cursor, file, [place], since=since, until=until)
    return found


def _add(
    found: Found,
    cursor: duckdb.DuckDBPyConnection,
    source: str,
    parameters: Sequence[str],
    *,
    since: datetime,
    until: datetime,
) -> None:
    """What of a relation of events arrived in `[since, until)`."""
    rows = cursor.execute(
        f"""SELECT event, structure, min(received_at), max(received_at), min(day), max(day), count(*) FROM (
            SELECT event, received_at, day,
              CASE WHEN json_valid(properties) THEN json_structure(properties) END AS structure
            FROM {source}
            WHERE received_at >= ? AND received_at < ? AND event IS NOT NULL AND type IN {ACTIVITY_TYPES})
        GROUP BY event, structure""",
        [*parameters, since.replace(tzinfo=None), until.replace(tzinfo=None)],
    ).fetchall()
    for event, structure, first_at, last_at, first_day, last_day, events in rows:
        seen = Seen(first_at.replace(tzinfo=UTC), last_at.replace(tzinfo=UTC), first_day, last_day, events)
        found.add(event[:_LONGEST], structure, seen)


def _keep_events(found: Mapping[str, Seen]) -> None:
    known = set(EventType.objects.values_list("name", flat=True))
    room = MOST_EVENTS - len(known)
    fresh = sorted(set(found) - known, key=lambda name: -found[name].events)[: max(room, 0)]
    EventType.objects.bulk_create(
        [EventType(name=name, first_received_at=found[name].first_at, last_received_at=found[name].last_at,
                   first_day=found[name].first_day, last_day=found[name].last_day, events=found[name].events)
         for name in fresh]
    )  # fmt: skip
    for name in known & set(found):
        seen = found[name]
        EventType.objects.filter(name=name).update(
            last_received_at=Greatest(F("last_received_at"), seen.last_at),
            first_day=Least(F("first_day"), seen.first_day),
            last_day=Greatest(F("last_day"), seen.last_day),
            events=F("events") + seen.events,
        )


def _keep_properties(found: Mapping[tuple[str, str, str], Seen]) -> None:
    ids = dict(EventType.objects.filter(name__in={event for event, _, _ in found}).values_list("name", "pk"))
    known = {
        (event, name, kind): pk
        for pk, event, name, kind in EventProperty.objects.filter(event__in=ids.values()).values_list(
            "pk", "event__name", "name", "kind"
        )
    }
    for key in set(found) & set(known):
        EventProperty.objects.filter(pk=known[key]).update(
            last_received_at=Greatest(F("last_received_at"), found[key].last_at), events=F("events") + found[key].events
        )
    EventProperty.objects.bulk_create(
        [EventProperty(event_id=ids[event], name=name[:_LONGEST], kind=kind, events=seen.events,
                       first_received_at=seen.first_at, last_received_at=seen.last_at)
         for (event, name, kind), seen in _fitting(found, known).items() if event in ids],
        ignore_conflicts=True,
    )  # fmt: skip


def _fitting(
    found: Mapping[tuple[str, str, str], Seen], known: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Seen]:
    """The new ones, the most frequent first, as far as their event has room for them."""
    known = set(known)
    taken: dict[str, int] = {}
    for event, _, _ in known:
        taken[event] = taken.get(event, 0) + 1
    fitting = {}
    for key in sorted(set(found) - known, key=lambda key: -found[key].events):
        if taken.get(key[0], 0) < MOST_PROPERTIES:
            taken[key[0]] = taken.get(key[0], 0) + 1
            fitting[key] = found[key]
    return fitting
