"""What another engine reads: the files of the lake as they are, and the records of the SQL database as Parquet beside
them.

Records are prepared by DuckDB, in one place and in one way: their ages and states are few rows and much care. Daily
activity is many rows and simple views, which the engine makes itself over the same files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

import duckdb
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from ibis.expr.types import Table

from mainstay.facts import tables as facts
from mainstay.facts.activity import Activity, Spelling, feature_views
from mainstay.facts.tally import NOTHING, Needs
from mainstay.lake import engine
from mainstay.lake.storage import Storage
from mainstay.lake.store import Lake
from mainstay.metrics.tables import ACTIVITY_DAYS, columns

# Below the lake, which is all that the engine's machines need to see. What a killed process leaves, `vacuum` deletes.
FOLDER = "inputs"
# What the views of the engine are made of, besides one another.
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "user_days": ("lake_user_days", "part_of_user_days"),
    "usage_days": ("lake_usage", "part_of_usage"),
    "event_days": ("lake_event_days", "part_of_usage"),
    "active_days": ("lake_user_days", "part_of_user_days", "lake_long_before"),
    "feature_days": ("usage_days", "feature_events", "features"),
    "plan_features": ("accounts", "subscriptions", "features", "feature_plans"),
}
_ARROW = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "timestamp('UTC')": pa.timestamp("us"),
}
_DUCKDB = {
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
    pa.date32(): "DATE",
}
# The feature catalogue, which no metric reads itself.
_CATALOGUE = {
    "feature_events": pa.schema([("feature", pa.string()), ("event", pa.string())]),
    "feature_plans": pa.schema([("feature", pa.string()), ("plan", pa.string())]),
}


@dataclass(frozen=True)
class Files:
    """Parquet files that are one table, as the engine's machines see them; none: a table without rows."""

    paths: tuple[str, ...]
    schema: pa.Schema


@dataclass(frozen=True)
class Inputs:
    """The tables of a statement: files, and views over them, each after the ones it reads."""

    files: Mapping[str, Files]
    views: Mapping[str, str] = field(default_factory=dict)


def schema_of(columns: Mapping[str, str]) -> pa.Schema:
    """The columns of a table in Ibis' words as an Arrow schema; instants are UTC without a zone."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])


def tables_of(expression: Table) -> dict[str, pa.Schema]:
    """The tables an expression reads, by name."""
    found = expression.op().find(ops.UnboundTable)
    return {table.name: schema_of({name: str(kind) for name, kind in table.schema.items()}) for table in found}


@dataclass(frozen=True)
class Request:
    """What is to be read: the tables of an expression as of an instant. The rest as in `facts.tables.register`."""

    expression: Table
    as_of: date | datetime
    needs: Needs = NOTHING
    known_at: datetime | None = None
    snapshot: facts.Snapshot | None = None


@contextmanager
def prepared(request: Request, spelling: Spelling) -> Iterator[Inputs]:
    """The tables of a request. The files it writes are gone when the block ends."""
    wanted = tables_of(request.expression)
    storage, mark = Lake().storage, uuid4().hex[:12]
    written: list[str] = []
    try:
        with engine.cursor() as cursor:
            known = facts.register(
                cursor, request.as_of, history_days=ACTIVITY_DAYS, known_at=request.known_at, snapshot=request.snapshot,
                needs=request.needs,
            )  # fmt: skip
            made_of = _made_of(known)
            needed = _with_parts(wanted, made_of)
            files = {name: Files(_seen(paths), known.schemas[name]) for name, paths in known.files.items()}
            files = {name: one for name, one in files.items() if name in needed}
            for name in sorted(needed - set(made_of) - set(known.files)):
                if name in known.schemas and not known.counted_days:
                    continue
                schema = known.schemas.get(name) or wanted.get(name) or _CATALOGUE.get(name) or schema_of(columns(name))
                written.append(f"{FOLDER}/{mark}-{name}.parquet")
                _write(cursor, storage, written[-1], name, schema)
                files[name] = Files(_seen(written[-1:]), schema)
        queries = known.views(spelling) | feature_views(spelling)
        yield Inputs(files=files, views={name: query for name, query in queries.items() if name in needed})
    finally:
        for name in written:
            storage.delete(name)


@contextmanager
def probe() -> Iterator[Inputs]:
    """A table `probe` of one row, to see whether an engine can read what is written here."""
    storage, path = Lake().storage, f"{FOLDER}/{uuid4().hex[:12]}-probe.parquet"
    schema = pa.schema([("account_id", pa.int64())])
    try:
        with storage.create(path) as target:
            pq.write_table(pa.table({"account_id": [1]}, schema=schema), target)
        yield Inputs({"probe": Files(_seen([path]), schema)})
    finally:
        storage.delete(path)


def _made_of(known: Activity) -> dict[str, tuple[str, ...]]:
    tallies = {one.spec.name: (f"lake_{one.spec.name}", f"part_of_{one.spec.name}") for one in known.tallies}
    return {**_MADE_OF, **tallies}


def _with_parts(wanted: Iterable[str], made_of: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The names of these tables and of everything their views are made of."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting += [part for part in made_of.get(name, ()) if part not in found]
    return found


def _write(cursor: duckdb.DuckDBPyConnection, storage: Storage, path: str, name: str, schema: pa.Schema) -> None:
    typed = ", ".join(f'CAST("{column.name}" AS {_DUCKDB[column.type]}) AS "{column.name}"' for column in schema)
    with storage.create(path) as target:
        quoted = str(target).replace("'", "''")
        cursor.execute(f"COPY (SELECT {typed} FROM {name}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")


def _seen(paths: Sequence[str]) -> tuple[str, ...]:
    """Names in the lake as paths on the engine's machines."""
    root = settings.METRICS_ENGINE_LAKE
    return tuple(f"{root.rstrip('/')}/{path}" if root else str(Lake().storage.location(path)) for path in paths)
