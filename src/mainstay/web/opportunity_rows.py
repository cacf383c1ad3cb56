"""Opportunities as lists and cards show them."""

from dataclasses import dataclass

from mainstay.common.money import Money
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import GOOD


@dataclass(frozen=True)
class Row:
    """An opportunity as lists show it; `mark` colours its state."""

    opportunity: Opportunity
    mark: str
    amount: str


def row_of(opportunity: Opportunity) -> Row:
    """With its amount as it is written."""
    mark = "" if opportunity.is_open else "g" if opportunity.state in GOOD else "y"
    return Row(opportunity, mark, amount_text(opportunity))


def amount_text(opportunity: Opportunity) -> str:
    """`$148,000`; empty where none is known."""
    return str(Money(opportunity.amount_minor, opportunity.currency)) if opportunity.amount_minor is not None else ""
