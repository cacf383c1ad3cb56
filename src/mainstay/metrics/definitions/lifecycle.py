"""Lifecycle: how far the customer has come since signing."""

from ibis.expr.types import Table, Value

from mainstay.metrics import bases
from mainstay.metrics.expressions import flag, percent
from mainstay.metrics.registry import Direction, Unit, metric


@metric(label="Days since signing", unit=Unit.DAYS, over=bases.customers, evidence="customer")
def days_since_signing(rows: Table) -> Value:
    """Days since the account became a customer."""
    return rows.signed_age.max()


@metric(label="Days in stage", unit=Unit.DAYS, over=bases.customers,
        spoken=bases.stages, evidence="stages")  # fmt: skip
def days_in_stage(rows: Table) -> Value:
    """Days since the account entered the lifecycle stage it is in; no value where nobody noted when."""
    return rows.stage_age.max()


@metric(label="Onboarding progress", unit=Unit.PERCENT, direction=Direction.UP, over=bases.milestones)
def onboarding_progress(rows: Table) -> Value:
    """Milestones reached as a share of those agreed."""
    return percent(rows.count(where=rows.reached_age.notnull()), rows.count())


@metric(label="Milestones overdue", unit=Unit.COUNT, direction=Direction.DOWN, over=bases.milestones, empty=0)
def milestones_overdue(rows: Table) -> Value:
    """Milestones of onboarding that were due before today and are not reached."""
    return rows.count(where=(rows.due_age > 0) & rows.reached_age.isnull())


@metric(label="Time to first value", unit=Unit.DAYS, direction=Direction.DOWN, over=bases.customers,
        sources=["product", "crm"], spoken=lambda tables: tables.first_values, evidence="first_value")  # fmt: skip
def time_to_first_value(rows: Table) -> Value:
    """Days from signing to the first event that means value; 0 if it came before, no value until it comes.

    Nor has a customer of before the product's first events: what it did before is not known.
    """
    days = (rows.signed_age - rows.value_age).max(where=rows.signed_age <= rows.events_age)
    return (days > 0).ifelse(days, (days <= 0).ifelse(0, days))


@metric(label="First value reached", unit=Unit.BOOLEAN, direction=Direction.UP, over=bases.customers, empty=0,
        sources=["product"], spoken=lambda tables: tables.first_values, evidence="first_value")  # fmt: skip
def first_value_reached(rows: Table) -> Value:
    """Whether an event that means value has ever come from the account."""
    return flag(rows.count(where=rows.value_age.notnull()) > 0)
