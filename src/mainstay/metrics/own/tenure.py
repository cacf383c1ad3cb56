"""How long an account has been a customer without a longer gap."""

import ibis
from ibis.expr.types import Table

from mainstay.metrics import bases
from mainstay.metrics.own.document import Tenure
from mainstay.metrics.registry import Base, Direction, Kind, Metric, Unit
from mainstay.metrics.tables import FactTables

# The age of an end that is not known: later than any other.
_NEVER = -1_000_000


def tenure(key: str, value: Tenure) -> Metric:
    """Days since the first subscription of the present run. No value without one in force; trials do not count."""

    def runs(tables: FactTables) -> Table:
        rows = tables.subscriptions.filter(~tables.subscriptions.is_trial)
        rows = rows.select("account_id", "start_age", "in_force", end_age=rows.end_age.coalesce(_NEVER))
        # From the oldest on; ages grow into the past. A run begins where all before it ended longer ago than the gap.
        order = {"group_by": "account_id", "order_by": [ibis.desc("start_age"), ibis.desc("end_age")]}
        rows = rows.mutate(so_far=rows.end_age.min().over(ibis.cumulative_window(**order)))
        rows = rows.mutate(before=rows.so_far.lag().over(ibis.window(**order)))
        begins = rows.before.isnull() | (rows.before - rows.start_age > value.gap_days)
        # One in force belongs to the latest run: whatever began after it began before its end.
        return rows.mutate(run_age=rows.start_age.min(where=begins).over(group_by="account_id"))

    base = Base(
        key=f"runs_{value.gap_days}",
        sources=bases.contracts.sources,
        rows=runs,
        spoken=bases.contracts.spoken,
        evidence="all_subscriptions",
    )
    return Metric(
        key=key,
        label=key,
        description=key,
        unit=Unit.DAYS,
        direction=Direction.NONE,
        kind=Kind.SNAPSHOT,
        window_days=None,
        sources=base.sources,
        family="own",
        function=lambda rows: rows.run_age.max(where=rows.in_force),
        base=base,
        spoken=base.spoken,
        evidence=base.evidence,
    )
