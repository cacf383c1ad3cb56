"""Events as a case writes them, and the tables that a metric reads made from them.

A row: `{account: 1, contact: 11, age: 3, event: Exported, hour: 12, pages: 4}`; a list or a range `1..7` stands for a
row each. What is no word of these is a property. The instant is that of `tests.metrics.facts`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa

from mainstay.facts.tally import TallySpec
from tests.metrics import facts

_TYPES = {"int64": pa.int64(), "float64": pa.float64(), "string": pa.string(), "boolean": pa.bool_(),
          "timestamp('UTC')": pa.timestamp("us")}  # fmt: skip
_WORDS = ("account", "contact", "age", "event", "hour", "n")
_DEFAULTS = {"contact": None, "event": "Used", "hour": 12, "n": 1}


def tables(events: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The daily counts."""
    rows = _spread(events)
    counted = Counter[tuple[Any, ...]]()
    for row in rows:
        counted[row["account"], row["contact"], row["age"], row["event"]] += row["n"]
    days = [
        {"account": account, "contact": contact, "age": age, "event": event, "n": n}
        for (account, contact, age, event), n in counted.items()
    ]
    users = [{"account": day["account"], "contact": day["contact"], "age": day["age"], "n": day["n"]} for day in days]
    return {"usage_days": days, "event_days": days, "user_days": users}


def fill_tally(cursor: duckdb.DuckDBPyConnection, spec: TallySpec, events: Sequence[Mapping[str, Any]]) -> None:
    """Make the table of a tally from the same events, complete for 400 days."""
    counted = Counter[tuple[Any, ...]]()
    latest: dict[tuple[Any, ...], Any] = {}
    for row in _spread(events):
        if spec.events and row["event"] not in spec.events:
            continue
        values = [_property(row, one.path, one.type) for one in spec.properties]
        values += [row["hour"] == 0] if spec.at_midnight else []
        at = facts.AS_OF.replace(tzinfo=None) - timedelta(days=row["age"]) + timedelta(hours=row["hour"])
        key = row["account"], row["contact"], row["age"], row["event"], *values
        counted[key] += row["n"]
        latest[key] = max(at, latest.get(key, at))
    rows = [(*key, *([latest[key]] if spec.last_at else []), n) for key, n in counted.items()]
    columns = list(zip(*rows, strict=True)) or [()] * len(spec.columns())
    made = pa.table({
        name: pa.array(values, _TYPES[kind])
        for (name, kind), values in zip(spec.columns().items(), columns, strict=True)
    })  # fmt: skip
    cursor.register("given_tally", made)
    cursor.execute(f"CREATE OR REPLACE TABLE {spec.name} AS FROM given_tally")
    cursor.unregister("given_tally")
    cursor.execute(f"INSERT INTO tallies VALUES ('{spec.name}', 400)")


def _spread(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**_DEFAULTS, **row} for short in events for row in facts.spread(short)]


def _property(row: Mapping[str, Any], path: Sequence[str], kind: str) -> Any:
    found: Any = {name: value for name, value in row.items() if name not in _WORDS}
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return float(found) if kind == "number" and found is not None else found
