"""An account among others: the percentile."""

from collections.abc import Callable, Mapping

import ibis
from ibis.expr.types import Table, Value

from mainstay.conditions import Condition, Field, Type, parse
from mainstay.metrics.own.document import Percentile
from mainstay.metrics.own.filters import matches
from mainstay.metrics.registry import Metric, Unit

FIELDS: Mapping[str, Field] = {
    "tier": Field("tier", Type.TEXT, "Tier"),
    "stage": Field("stage", Type.TEXT, "Stage"),
    "industry": Field("industry", Type.TEXT, "Industry"),
    "country": Field("country", Type.TEXT, "Country"),
    "employees": Field("employees", Type.NUMBER, "Employees"),
}

# Gives the value of a metric in a row.
Lookup = Callable[[Table, Metric], Value]


def condition(value: Percentile, metrics: Mapping[str, Metric]) -> Condition | None:
    """Who is compared, over account fields and metrics. Raises ConditionError."""
    if not value.within.strip():
        return None
    fields = {
        key: Field(key, Type.BOOLEAN if metric.unit is Unit.BOOLEAN else Type.NUMBER, metric.label)
        for key, metric in metrics.items()
    }
    return parse(value.within, {**fields, **FIELDS})


def ranked(
    value: Percentile, within: Condition | None, metrics: Mapping[str, Metric], lookup: Lookup
) -> Callable[[Table], Value]:
    """How many percent of the other accounts in the group have a lower value."""

    def column(row: Table, name: str) -> Value:
        if name in FIELDS:
            return row[f"account__{name}"]
        found = lookup(row, metrics[name])
        return found != 0 if metrics[name].unit is Unit.BOOLEAN else found

    def function(row: Table) -> Value:
        number = row[value.of]
        is_in = number.notnull() & row["account__churned_age"].isnull() & (row["account__stage"] != "churned")
        if within is not None:
            is_in &= matches(within.node, lambda name: column(row, name))
        # Accounts outside are a group of their own, whose ranks are thrown away.
        is_in = is_in.coalesce(ibis.literal(value=False))
        group = [is_in, *([row[f"account__{value.by}"]] if value.by else [])]
        lower = ibis.rank().over(ibis.window(group_by=group, order_by=number))
        others = row.count().over(ibis.window(group_by=group)) - 1
        share = lower.cast("float64") * 100 / others.cast("float64").nullif(0)
        return is_in.ifelse(share, ibis.null("float64"))

    return function
