"""The engine that the settings name, one for each process."""

import os
import threading
from datetime import date, datetime
from functools import lru_cache
from typing import assert_never

import pyarrow as pa
from django.conf import settings
from ibis.expr.types import Table

from mainstay.common import money
from mainstay.facts import tables as facts
from mainstay.metrics import engine as local
from mainstay.metrics.dialects import DIALECTS
from mainstay.metrics.engines.address import Chdb, ClickHouse, DuckDB, Spark, parse
from mainstay.metrics.engines.clickhouse import ClickHouseEngine
from mainstay.metrics.engines.engine import Engine
from mainstay.metrics.engines.inputs import Request, prepared, probe
from mainstay.metrics.engines.spark import SparkEngine
from mainstay.metrics.errors import EngineFailed
from mainstay.metrics.needs import needs_of
from mainstay.metrics.plan import plan
from mainstay.metrics.registry import Declared, all_metrics
from mainstay.metrics.results import conform

_lock = threading.Lock()
_chosen: tuple[str, Engine | None] | None = None


def compute(
    as_of: date | datetime,
    *,
    metrics: Declared | None = None,
    known_at: datetime | None = None,
    snapshot: facts.Snapshot | None = None,
) -> pa.Table:
    """Every metric (of `metrics`, or all) of every account as of an instant, on the engine of the settings.

    The same table as `metrics.engine.compute` gives. Raises BadEngine, EngineMissing, EngineFailed.
    """
    metrics = metrics or all_metrics()
    engine = chosen()
    if engine is None:
        return local.compute(as_of, metrics=metrics, known_at=known_at, snapshot=snapshot)
    minor_per_major = 10 ** money.exponent(settings.REPORTING_CURRENCY)
    request = Request(
        expression=_planned(metrics, minor_per_major=minor_per_major), as_of=as_of, needs=needs_of(metrics),
        known_at=known_at, snapshot=snapshot,
    )  # fmt: skip
    statement = _compiled(metrics, engine.dialect, minor_per_major=minor_per_major)
    with prepared(request, engine.spelling) as inputs:
        rows = engine.run(statement, inputs)
    return conform(rows, tuple(metrics))


def chosen() -> Engine | None:
    """The engine the settings name; None for DuckDB, the one inside Mainstay."""
    global _chosen
    with _lock:
        named = settings.METRICS_ENGINE
        if _chosen is None or _chosen[0] != named:
            _chosen = (named, _made(named))
        return _chosen[1]


def check() -> None:
    """Reach the engine of the settings and let it read a file of the lake.

    Raises BadEngine, EngineMissing, EngineFailed; nothing to check for DuckDB.
    """
    engine = chosen()
    if engine is None:
        return
    with probe() as inputs:
        found = engine.run("SELECT account_id FROM probe", inputs)["account_id"].to_pylist()
    if found != [1]:
        raise EngineFailed(
            f"{engine.name} read {found} from a file of the lake that holds 1: it does not see the same directory. "
            "Mount it there, and name the place in MAINSTAY_METRICS_ENGINE_LAKE."
        )


def close() -> None:
    """Give back what the engine of this process holds."""
    global _chosen
    with _lock:
        if _chosen is not None and _chosen[1] is not None:
            _chosen[1].close()
        _chosen = None


def _made(named: str) -> Engine | None:
    seconds = settings.METRICS_ENGINE_TIMEOUT_SECONDS
    match parse(named):
        case DuckDB():
            return None
        case Spark() as address:
            return SparkEngine(address, timeout_seconds=seconds)
        case (ClickHouse() | Chdb()) as address:
            return ClickHouseEngine(address, timeout_seconds=seconds)
        case other:
            assert_never(other)


@lru_cache(maxsize=4)
def _planned(metrics: Declared, *, minor_per_major: int) -> Table:
    return plan(tuple(metrics), metrics, minor_per_major=minor_per_major).expression


@lru_cache(maxsize=4)
def _compiled(metrics: Declared, dialect: str, *, minor_per_major: int) -> str:
    return DIALECTS[dialect](_planned(metrics, minor_per_major=minor_per_major))


def _forget_after_fork() -> None:
    global _chosen, _lock
    # Connections of the parent are its own; chdb would hang.
    _lock, _chosen = threading.Lock(), None


os.register_at_fork(after_in_child=_forget_after_fork)
