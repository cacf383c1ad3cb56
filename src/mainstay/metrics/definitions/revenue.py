"""Revenue: what the customer buys, pays and is about to decide."""

from ibis.expr.types import Table, Value

from mainstay.metrics import bases
from mainstay.metrics.expressions import percent, percent_change, total, unless
from mainstay.metrics.registry import Direction, Unit, metric


@metric(label="Seats", unit=Unit.COUNT, direction=Direction.UP, over=bases.contracts)
def seats(rows: Table) -> Value:
    """Licensed seats of the subscriptions in force; no value where nothing is sold by seat."""
    return rows.seats.sum(where=rows.in_force)


@metric(label="ARR", unit=Unit.CURRENCY, direction=Direction.UP, over=bases.contracts, empty=0)
def arr(rows: Table) -> Value:
    """Annual recurring revenue of the paid subscriptions in force; no value while one is in another currency."""
    running = rows.in_force & ~rows.is_trial
    return unless(rows.count(where=running & rows.arr_minor.isnull()) > 0, total(rows.arr_minor, where=running))


@metric(label="ARR renewing within 90 days", unit=Unit.CURRENCY, over=bases.contracts, empty=0)
def renewing_arr_90d(rows: Table) -> Value:
    """ARR of the paid subscriptions in force whose renewal is due in the next 90 days, or overdue."""
    due = rows.in_force & ~rows.is_trial & (rows.renewal_age >= -90)
    return unless(rows.count(where=due & rows.arr_minor.isnull()) > 0, total(rows.arr_minor, where=due))


@metric(label="Days to renewal", unit=Unit.DAYS, over=bases.contracts)
def days_to_renewal(rows: Table) -> Value:
    """Days until the next renewal of a subscription in force; negative when the latest one is overdue."""
    running = rows.in_force & ~rows.is_trial
    coming = -rows.renewal_age.max(where=running & (rows.renewal_age <= 0))
    overdue = -rows.renewal_age.min(where=running & (rows.renewal_age > 0))
    return coming.coalesce(overdue)


@metric(label="Expansion, 12 months", unit=Unit.PERCENT, direction=Direction.UP, over=bases.contracts,
        window_days=365, evidence="all_subscriptions")  # fmt: skip
def expansion_12m(rows: Table) -> Value:
    """ARR now against ARR 365 days ago, or against the first paid contract of a customer who came since."""
    # Nothing was paid then: nothing to compare with, hence no value.
    now = rows.in_force & ~rows.is_trial
    before = (rows.start_age >= rows.base_age) & (rows.end_age.isnull() | (rows.end_age < rows.base_age))
    before &= ~rows.is_trial
    return unless(
        rows.count(where=(now | before) & rows.arr_minor.isnull()) > 0,
        percent_change(total(rows.arr_minor, where=now), total(rows.arr_minor, where=before)),
    )


@metric(label="On-time payment", unit=Unit.PERCENT, direction=Direction.UP, over=bases.invoices, window_days=365)
def on_time_payment(rows: Table) -> Value:
    """Invoices paid by their due date as a share of those that fell due in the last 365 days."""
    due = rows.due_age.between(1, 365)
    return percent(rows.count(where=due & (rows.paid_age >= rows.due_age)), rows.count(where=due))
