"""Runs a plan: compiled once per process, then one statement on a cursor of the lake's engine.

Ibis only compiles. The SQL depends on the definitions alone, not on `as_of` (that is in the tables `facts.tables`
registers) nor on the accounts, so its text is also the fingerprint of the definitions: a result that is kept is worth
keeping as long as the fingerprint stays.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import lru_cache

import duckdb
import ibis.expr.operations as ops
import pyarrow as pa
from django.conf import settings
from ibis.expr.types import Table

from mainstay.common import money
from mainstay.facts import tables
from mainstay.lake import engine
from mainstay.metrics.dialects import to_duckdb
from mainstay.metrics.needs import needs_of
from mainstay.metrics.plan import WANTED, plan
from mainstay.metrics.registry import Declared, all_metrics
from mainstay.metrics.results import conform
from mainstay.metrics.tables import ACTIVITY_DAYS


def compute(
    as_of: date | datetime,
    *,
    account_ids: Collection[int] | None = None,
    metrics: Declared | None = None,
    keys: Sequence[str] | None = None,
    known_at: datetime | None = None,
    snapshot: tables.Snapshot | None = None,
    counts_anew: bool = False,
) -> pa.Table:
    """Every metric (of `metrics`, or all; or `keys`) as of an instant, for all accounts or `account_ids`, in order.

    Columns: `account_id` (int64) and one float64 column per metric, null where there is no value; booleans are 0 and 1.
    `known_at`, `snapshot`: from what an earlier instant knew, from records read before; see `facts.tables.register`.
    With `counts_anew`, tallies that are not kept are counted for `account_ids`, which should be few.
    """
    metrics = metrics or all_metrics()
    with engine.cursor() as cursor:
        tables.register(
            cursor,
            as_of,
            history_days=ACTIVITY_DAYS,
            records_of=records_read(metrics, tuple(keys or metrics)),
            known_at=known_at,
            snapshot=snapshot,
            needs=needs_of(metrics, keys),
            count_for=account_ids if counts_anew else None,
        )
        return run(cursor, keys=keys, account_ids=account_ids, metrics=metrics)


@lru_cache(maxsize=64)
def records_read(metrics: Declared, keys: tuple[str, ...]) -> frozenset[str]:
    """The tables of records that these metrics are computed from."""
    expression = _planned(metrics, keys, minor_per_major=_minor_per_major(), is_restricted=False)
    read = {table.name for table in expression.op().find(ops.UnboundTable)}
    if "plan_features" in read:
        read |= {"accounts", "subscriptions"}
    return frozenset(read) & frozenset(tables.RECORDS)


def run(
    cursor: duckdb.DuckDBPyConnection,
    *,
    keys: Sequence[str] | None = None,
    account_ids: Collection[int] | None = None,
    metrics: Declared | None = None,
) -> pa.Table:
    """`compute` on a cursor that has the tables already; only the metrics `keys` if given."""
    metrics = metrics or all_metrics()
    statement = compiled(
        metrics,
        tuple(keys or metrics),
        minor_per_major=_minor_per_major(),
        is_restricted=account_ids is not None,
    )
    if account_ids is not None:
        cursor.register(WANTED, pa.table({"account_id": pa.array(sorted(account_ids), pa.int64())}))
    return conform(engine.arrow(cursor, statement), keys or tuple(metrics))


def fingerprint() -> str:
    """Changes when a definition does: sixteen hexadecimal digits of the compiled statement of all metrics."""
    metrics = all_metrics()
    statement = compiled(metrics, tuple(metrics), minor_per_major=1, is_restricted=False)
    return hashlib.sha256(statement.encode()).hexdigest()[:16]


@lru_cache(maxsize=64)
def compiled(metrics: Declared, keys: tuple[str, ...], *, minor_per_major: int, is_restricted: bool) -> str:
    """The statement for DuckDB that computes these of `metrics`."""
    made = _planned(metrics, keys, minor_per_major=minor_per_major, is_restricted=is_restricted)
    return to_duckdb(made.order_by("account_id"))


@lru_cache(maxsize=8)
def _planned(metrics: Declared, keys: tuple[str, ...], *, minor_per_major: int, is_restricted: bool) -> Table:
    return plan(keys, metrics, minor_per_major=minor_per_major, is_restricted=is_restricted).expression


def _minor_per_major() -> int:
    minor: int = 10 ** money.exponent(settings.REPORTING_CURRENCY)
    return minor
