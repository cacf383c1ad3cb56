"""What a tally is: the daily counts of some events, apart by the values of some of their properties. Pure.

The daily counts `usage` know accounts, contacts, events and days. A metric that looks into properties, asks for the
latest event or for the other edge of a window needs a *tally* beside them. Equal needs share one.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

PREFIX = "tally_"

type PropertyType = Literal["text", "number", "boolean"]

_TYPES: Mapping[str, str] = {"text": "string", "number": "float64", "boolean": "boolean"}


@dataclass(frozen=True, order=True)
class TallyProperty:
    """A property of events: the names down to it, and its type. A value of another type is missing."""

    path: tuple[str, ...]
    type: PropertyType

    @property
    def column(self) -> str:
        """The column of its values: the same for everybody who means the same."""
        written = ".".join(self.path)
        clean = re.sub(r"[^a-z0-9]+", "_", written.lower())[:40]
        if clean != written:
            clean += "_" + hashlib.sha256(json.dumps(self.path).encode()).hexdigest()[:6]
        return f"{clean}__{self.type}"


@dataclass(frozen=True)
class TallySpec:
    """What is counted: a row for each account, contact, day, event and values of the properties, `n` times.

    `events` empty: all. `at_midnight` tells the events of the very first instant of a day apart, `last_at` keeps the
    instant of the latest event of each row.
    """

    events: tuple[str, ...]
    properties: tuple[TallyProperty, ...]
    at_midnight: bool = False
    last_at: bool = False

    @classmethod
    def of(
        cls,
        events: Iterable[str],
        properties: Iterable[TallyProperty],
        *,
        at_midnight: bool = False,
        last_at: bool = False,
    ) -> Self:
        """The same for the same needs, in whatever order they are named."""
        return cls(tuple(sorted(set(events))), tuple(sorted(set(properties))), at_midnight, last_at)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """What `as_dict` gave."""
        properties = [TallyProperty(tuple(path), kind) for path, kind in given["properties"]]
        return cls.of(given["events"], properties, at_midnight=given["at_midnight"], last_at=given["last_at"])

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "events": list(self.events),
            "properties": [[list(one.path), one.type] for one in self.properties],
            "at_midnight": self.at_midnight,
            "last_at": self.last_at,
        }

    @property
    def name(self) -> str:
        """The name of its table."""
        return PREFIX + hashlib.sha256(json.dumps(self.as_dict()).encode()).hexdigest()[:16]

    @property
    def value_columns(self) -> dict[str, str]:
        """The columns that only this tally has, and their types in Ibis' words."""
        found = {one.column: _TYPES[one.type] for one in self.properties}
        if self.at_midnight:
            found["at_midnight"] = "boolean"
        if self.last_at:
            found["last_at"] = "timestamp('UTC')"
        return found

    def columns(self) -> dict[str, str]:
        """All columns as metrics read them, with an age instead of the day."""
        usual = {"account_id": "int64", "contact_id": "int64", "age": "int64", "event": "string"}
        return {**usual, **self.value_columns, "n": "int64"}


@dataclass(frozen=True)
class Needs:
    """What single metrics read besides the tables that are always there.

    `event_days`: how many days back the table of that name reaches. `tallies`: those that are read, and how many days
    back each. `has_contacts`: whether the personas of contacts are asked for.
    """

    event_days: int = 0
    tallies: Mapping[TallySpec, int] = field(default_factory=dict)
    has_contacts: bool = False


NOTHING = Needs()
