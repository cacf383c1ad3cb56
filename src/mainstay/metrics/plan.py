"""Decides what is computed in one pass: metrics in, one Ibis expression out.

1. The parents of the wanted metrics are added, and the metrics over a base are grouped by it.
2. Each base becomes one aggregation by account: one pass, however many metrics.
3. The aggregations are joined to the accounts, with one row that tells which sources have spoken.
4. Derived metrics are added, parents first.

Metrics that compare accounts need everybody's values: with all they are made of, they are a plan of their own, joined
to the rest, so that asking for one account does not compute every metric of all.

Nothing executes here: the result is compiled and run by `engine`.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    needed = _with_parts(in_order(wanted, metrics))
    everything = tables.unbound()
    rows = everything.accounts.select("account_id")
    if is_restricted:
        compared = [metric.key for metric in needed if metric.over_everyone]
        apart = _with_parts(in_order(compared, metrics))
        chosen = ibis.table({"account_id": "int64"}, name=WANTED)
        rows = _Pass(everything, everything, minor_per_major).extend(rows, apart).semi_join(chosen, "account_id")
        rest = [metric for metric in needed if metric not in apart]
        rows = _Pass(tables.restricted(everything, chosen), everything, minor_per_major).extend(rows, rest)
    else:
        rows = _Pass(everything, everything, minor_per_major).extend(rows, needed)
    shown = {key: _final(rows[key], metrics[key], minor_per_major) for key in wanted}
    return Plan(expression=rows.select("account_id", **shown), metrics=wanted)


def _with_parts(metrics: Iterable[Metric]) -> list[Metric]:
    return [one for metric in metrics for one in (*metric.parts, metric)]


@dataclass(frozen=True)
class _Pass:
    """Adds values to a table of accounts. `read`: the tables they are counted from; `everything`: all rows of them."""

    read: FactTables
    everything: FactTables
    minor_per_major: int

    def extend(self, rows: Table, needed: list[Metric]) -> Table:
        """`rows` (a row per account, perhaps with values already) and the values of the metrics needed."""
        counted = [metric for metric in needed if metric.base is not None]
        if counted:
            rows = _with_values(self._joined(rows, counted), counted, kept=rows.columns)
        fields = sorted({field for metric in needed for field in metric.account_fields})
        if fields:
            described = {f"account__{name}": name for name in fields}
            others = self.everything.accounts.select(_described="account_id", **described)
            rows = rows.inner_join(others, [("account_id", "_described")]).drop("_described")
        for level in _levels([metric for metric in needed if metric.base is None]):
            rows = self._in_major(rows, level)
            rows = rows.mutate(**{metric.key: metric.function(rows).cast("float64") for metric in level})
        return rows

    def _joined(self, rows: Table, counted: list[Metric]) -> Table:
        """`rows`, beside each the aggregates of every base (a column a metric), and which sources have spoken."""
        joined = rows
        for base, members in _by_base(counted):
            facts = base.rows(self.read)
            values = {member.key: member.function(facts) for member in members}
            aggregated = facts.group_by("account_id").aggregate(**values)
            joined = joined.left_join(
                aggregated.rename({_account(base): "account_id"}), [("account_id", _account(base))]
            )
        answers = _answers(_spoken(counted), self.everything)
        return joined if answers is None else joined.cross_join(answers)

    def _in_major(self, rows: Table, level: Iterable[Metric]) -> Table:
        """Shipped metrics keep money in minor units up to the end; people calculate with what they see."""
        missing = {key for metric in level for key in metric.money if f"{key}__major" not in rows.columns}
        if not missing:
            return rows
        return rows.mutate(**{f"{key}__major": rows[key] / self.minor_per_major for key in sorted(missing)})


def _levels(derived: Iterable[Metric]) -> Iterator[list[Metric]]:
    """The derived metrics, parents first: those of a level are made of earlier ones only, so one step adds them all."""
    waiting = list(derived)
    while waiting:
        keys = {metric.key for metric in waiting}
        level = [metric for metric in waiting if keys.isdisjoint(metric.parents)]
        yield level
        waiting = [metric for metric in waiting if metric not in level]


def _answers(asked: Mapping[Spoken, str], everything: FactTables) -> Table | None:
    """One row that says of each question whether its table has any row; the limits spare reading more than the first.

    One table for all: joined one by one to every account, the answers took as long as a base. Nor are they sums with
    a `where`: of many aggregates over many small parts, each with a filter of its own, DuckDB makes a slow thing.
    """
    if not asked:
        return None
    firsts = [spoken(everything).limit(1) for spoken in asked]
    rows = [first.aggregate(n=first.count()).select(question=ibis.literal(number), n="n")
            for number, first in enumerate(firsts)]  # fmt: skip
    told = ibis.union(*rows) if len(rows) > 1 else rows[0]
    return told.aggregate(
        **{name: (told.question == number).ifelse(told.n, 0).sum() > 0 for number, name in enumerate(asked.values())}
    )


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


def _with_values(joined: Table, counted: list[Metric], *, kept: Iterable[str]) -> Table:
    answers = _spoken(counted)
    values: dict[str, Value] = {}
    for metric in counted:
        value = joined[metric.key].cast("float64")
        if metric.base is not None and metric.empty is not None:
            value = joined[_account(metric.base)].isnull().ifelse(metric.empty, value)
        if metric.spoken is not None:
            value = joined[answers[metric.spoken]].ifelse(value, ibis.null("float64"))
        values[metric.key] = value
    return joined.select(*kept, **values)


def _final(value: Value, metric: Metric, minor_per_major: int) -> Value:
    if metric.unit is Unit.CURRENCY and not metric.is_own:
        value = value / minor_per_major
    return value
