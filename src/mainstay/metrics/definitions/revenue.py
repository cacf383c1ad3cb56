"""Revenue: what the customer buys, pays and is about to decide."""

from ibis.expr.types import Table, Value

from mainstay.metrics import bases, record_bases
from mainstay.metrics.expressions import highest, percent, percent_change, total, unless
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


@metric(label="On-time payment", unit=Unit.PERCENT, direction=Direction.UP, over=record_bases.invoices, window_days=365)
def on_time_payment(rows: Table) -> Value:
    """Invoices paid by their due date as a share of those that fell due in the last 365 days."""
    due = rows.due_age.between(1, 365)
    return percent(rows.count(where=due & (rows.paid_age >= rows.due_age)), rows.count(where=due))


@metric(label="ARR added, 12 months", unit=Unit.CURRENCY, direction=Direction.UP, over=bases.arr_steps,
        window_days=365)  # fmt: skip
def arr_added_12m(days: Table) -> Value:
    """ARR added in the last 365 days by growth of a customer who paid already; new and returning ones do not count."""
    recent = days.age.between(0, 365)
    grown = recent & (days.before > 0) & (days.delta > 0)
    return unless(total(days.unknown, where=recent) > 0, total(days.delta, where=grown))


@metric(label="ARR reduced, 12 months", unit=Unit.CURRENCY, direction=Direction.DOWN, over=bases.arr_steps,
        window_days=365)  # fmt: skip
def arr_reduced_12m(days: Table) -> Value:
    """ARR given up in the last 365 days by a customer who stayed; leaving altogether does not count."""
    recent = days.age.between(0, 365)
    reduced = recent & (days.after > 0) & (days.delta < 0)
    return unless(total(days.unknown, where=recent) > 0, -total(days.delta, where=reduced))


@metric(label="Discount", unit=Unit.PERCENT, over=bases.contracts)
def discount(rows: Table) -> Value:
    """By how much the price of the paid subscriptions in force is below their list price; where that is known."""
    known = rows.in_force & ~rows.is_trial & rows.list_minor.notnull() & rows.arr_minor.notnull()
    return percent(total(rows.list_minor - rows.arr_minor, where=known), total(rows.list_minor, where=known))


@metric(label="Bills overdue", unit=Unit.DAYS, direction=Direction.DOWN, over=record_bases.invoices, empty=0,
        evidence="unpaid_invoices")  # fmt: skip
def overdue_days(rows: Table) -> Value:
    """Days the oldest unpaid bill is past its due date; 0 when none is."""
    return rows.due_age.max(where=rows.paid_age.isnull() & (rows.due_age > 0)).coalesce(0)


@metric(label="Amount overdue", unit=Unit.CURRENCY, direction=Direction.DOWN, over=record_bases.invoices, empty=0,
        evidence="unpaid_invoices")  # fmt: skip
def overdue_amount(rows: Table) -> Value:
    """Sum of the unpaid bills past their due date; no value while one of them is in another currency."""
    overdue = rows.paid_age.isnull() & (rows.due_age > 0)
    unknown = rows.count(where=overdue & rows.amount_minor.isnull())
    return unless(unknown > 0, total(rows.amount_minor, where=overdue))


@metric(label="Data use", unit=Unit.PERCENT, over=bases.limits, spoken=lambda tables: tables.readings)
def data_use(rows: Table) -> Value:
    """Data stored, by the latest reading of the last 45 days, as a share of what the subscriptions in force include."""
    return percent(rows.data_used.max(), rows.data_limit.sum())


@metric(label="API call use", unit=Unit.PERCENT, over=bases.limits)
def api_call_use(rows: Table) -> Value:
    """API calls of 30 days as a share of what the subscriptions in force include.

    By the latest reading of the last 45 days; without one, the events of the last 30 complete days that mean a call.
    """
    return percent(rows.calls_used.max().coalesce(rows.calls_sent.sum()), rows.call_limit.sum())


@metric(label="Fullest limit", unit=Unit.PERCENT, parents=["seat_use", "data_use", "api_call_use"],
        sources=["contracts"], evidence="limits")  # fmt: skip
def fullest_limit(row: Table) -> Value:
    """The highest of seat use, data use and API call use, as far as they are known."""
    return highest(row.seat_use, row.data_use, row.api_call_use)
