"""Fact tables in an in-memory DuckDB, filled from short rows: what a case leaves out gets a harmless value.

The instant is Monday 1 June 2026, 00:00 UTC: age 1 is a Sunday, age 2 a Saturday, age 3 a Friday.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import duckdb
import pyarrow as pa

from mainstay.metrics import tables

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
_TYPES = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "timestamp('UTC')": "TIMESTAMP",
}
_ARROW = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "timestamp('UTC')": pa.timestamp("us"),
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "accounts": {"stage": "", "last_age": 1},
    "user_days": {"n": 1, "logins": 0},
    "event_days": {"n": 1},
    "usage_days": {"n": 1},
    "meaning_days": {"n": 1},
    "first_values": {"events_age": 999},
    "feature_days": {"core": False, "premium": False, "n": 1},
    "features": {"core": False, "premium": False, "integration": False},
    "subscriptions": {"plan": "pro", "arr_minor": 0, "is_trial": False, "start_age": 400},
    "interactions": {"kind": "call", "direction": ""},
    "tickets": {"severity": "normal"},
}
_SHORT = {"account": "account_id", "contact": "contact_id"}


def engine() -> duckdb.DuckDBPyConnection:
    """An engine with all fact tables, empty."""
    made = duckdb.connect(":memory:", config={"threads": 1})
    for name in tables.names():
        columns = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in tables.columns(name).items())
        made.execute(f"CREATE TABLE {name} ({columns})")
    return made


def fill(cursor: duckdb.DuckDBPyConnection, given: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Empty all tables and fill them with these rows; a list or a range `1..7` in a row stands for a row each."""
    for name in tables.names():
        cursor.execute(f"DELETE FROM {name}")
    if "active_days" not in given:
        used = [{"account": row["account"], "age": row["age"]} for row in given.get("user_days", ())]
        given = {**given, "active_days": used}
    for name, rows in given.items():
        complete = [_complete(name, row) for short in rows for row in spread(short)]
        if complete:
            # As Arrow: a thousand times faster than a statement per row.
            columns = zip(tables.columns(name).items(), zip(*complete, strict=True), strict=True)
            cursor.register(
                "given_rows", pa.table({column: pa.array(cells, _ARROW[kind]) for (column, kind), cells in columns})
            )
            cursor.execute(f"INSERT INTO {name} SELECT * FROM given_rows")
            cursor.unregister("given_rows")


def values(rows: pa.Table, metric: str) -> dict[int, float | None]:
    """The values of a metric by account, in the result of `engine.run`."""
    return dict(zip(rows["account_id"].to_pylist(), rows[metric].to_pylist(), strict=True))


def spread(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows that a short one stands for."""
    choices = [_choices(value) for value in row.values()]
    for chosen in product(*choices):
        yield dict(zip(row, chosen, strict=True))


def _choices(value: Any) -> Sequence[Any]:
    if isinstance(value, str) and ".." in value:
        first, _, last = value.partition("..")
        return range(int(first), int(last) + 1)
    return value if isinstance(value, list) else [value]


def _complete(table: str, row: dict[str, Any]) -> list[Any]:
    row = {_SHORT.get(key, key): value for key, value in row.items()}
    whole = {**_DEFAULTS.get(table, {}), **row}
    if table == "user_days":
        whole.setdefault("weekday", -whole["age"] % 7)
    if table == "subscriptions":
        ended = whole.get("end_age")
        whole.setdefault("in_force", ended is None or ended <= 0)
    if table in ("responses", "pulses"):
        whole.setdefault("at", (AS_OF - timedelta(days=whole["age"])).replace(tzinfo=None))
    columns = tables.columns(table)
    unknown = set(whole) - set(columns)
    if unknown:
        raise ValueError(f"'{table}' has no column {', '.join(sorted(unknown))}; it has {', '.join(columns)}.")
    return [whole.get(column) for column in columns]
