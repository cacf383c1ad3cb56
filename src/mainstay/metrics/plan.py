"""Decides what is computed in one pass: metrics in, one Ibis expression out.

1. The parents of the wanted metrics are added, and the metrics over a base are grouped by it.
2. Each base becomes one aggregation by account: one pass, however many metrics.
3. The aggregations are joined to the accounts, with one row that tells which sources have spoken.
4. Derived metrics are added, parents first.

Nothing executes here: the result is compiled and run by `engine`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
from ibis.expr.types import Table, Value

from mainstay.metrics import tables
from mainstay.metrics.registry import Base, Metric, Spoken, Unit, in_order
from mainstay.metrics.tables import FactTables

WANTED = "wanted_accounts"


@dataclass(frozen=True)
class Plan:
    """One expression (a row per account: `account_id` and a float column per metric) and its metrics in order.

    Values come as they were counted; `results.conform` rounds them.
    """

    expression: Table
    metrics: tuple[str, ...]


def plan(
    keys: Iterable[str], metrics: Mapping[str, Metric], *, minor_per_major: int, is_restricted: bool = False
) -> Plan:
    """Plan the metrics of `keys`.

    `minor_per_major` is how many minor units make a major one of the reporting currency. A restricted plan reads only
    the accounts in the engine's table `wanted_accounts` (account_id).
    """
    wanted = tuple(dict.fromkeys(keys))
    needed = in_order(wanted, metrics)
    everything = tables.unbound()
    read = everything
    if is_restricted:
        read = tables.restricted(everything, ibis.table({"account_id": "int64"}, name=WANTED))
    counted = [metric for metric in needed if metric.base is not None]
    rows = _with_values(_joined(read, everything, counted), counted)
    rows = _with_derived(rows, [metric for metric in needed if metric.base is None])
    shown = {key: _final(rows[key], metrics[key], minor_per_major) for key in wanted}
    return Plan(expression=rows.select("account_id", **shown), metrics=wanted)


def _joined(read: FactTables, everything: FactTables, counted: list[Metric]) -> Table:
    """The accounts, beside each the aggregates of every base (a column per metric), and which sources have spoken."""
    joined = read.accounts.select("account_id")
    for base, members in _by_base(counted):
        rows = base.rows(read)
        aggregated = rows.group_by("account_id").aggregate(**{member.key: member.function(rows) for member in members})
        joined = joined.left_join(aggregated.rename({_account(base): "account_id"}), [("account_id", _account(base))])
    for spoken, name in _spoken(counted).items():
        joined = joined.cross_join(_has_rows(spoken(everything), name))
    return joined


def _has_rows(rows: Table, name: str) -> Table:
    """One row that says whether there is any; the limit spares reading more than the first."""
    first = rows.limit(1)
    return first.aggregate((first.count() > 0).name(name))


def _account(base: Base) -> str:
    """The column that is null for an account without any row in the base."""
    return f"{base.key}_account"


def _by_base(counted: list[Metric]) -> list[tuple[Base, list[Metric]]]:
    groups: dict[str, tuple[Base, list[Metric]]] = {}
    for metric in counted:
        if metric.base is not None:
            groups.setdefault(metric.base.key, (metric.base, []))[1].append(metric)
    return list(groups.values())


def _spoken(counted: list[Metric]) -> dict[Spoken, str]:
    """Each question whether a source has spoken, asked once, and the column of its answer."""
    asked = dict.fromkeys(metric.spoken for metric in counted if metric.spoken is not None)
    return {spoken: f"spoken_{index}" for index, spoken in enumerate(asked)}


def _with_values(joined: Table, counted: list[Metric]) -> Table:
    answers = _spoken(counted)
    values: dict[str, Value] = {}
    for metric in counted:
        value = joined[metric.key].cast("float64")
        if metric.base is not None and metric.empty is not None:
            value = joined[_account(metric.base)].isnull().ifelse(metric.empty, value)
        if metric.spoken is not None:
            value = joined[answers[metric.spoken]].ifelse(value, ibis.null("float64"))
        values[metric.key] = value
    return joined.select("account_id", **values)


def _with_derived(rows: Table, derived: list[Metric]) -> Table:
    for metric in derived:
        rows = rows.mutate(**{metric.key: metric.function(rows).cast("float64")})
    return rows


def _final(value: Value, metric: Metric, minor_per_major: int) -> Value:
    if metric.unit is Unit.CURRENCY:
        value = value / minor_per_major
    return value
