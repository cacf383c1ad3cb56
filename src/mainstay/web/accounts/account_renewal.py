"""Contracts and invoices of an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mainstay.common.time import DAY
from mainstay.subscriptions.models import Invoice, Subscription
from mainstay.subscriptions.selectors import invoices_of, is_in_force
from mainstay.web.accounts.account_frame import Frame

MOST_INVOICES = 36


@dataclass(frozen=True)
class Contract:
    """A subscription as of the moment."""

    row: Subscription
    is_in_force: bool

    @property
    def per_year_minor(self) -> int:
        """The price of twelve months."""
        return round(self.row.amount_minor * 12 / (self.row.period_months or 12))


@dataclass(frozen=True)
class Bill:
    """An invoice as of the moment. `late_days`: days after it was due, paid or not."""

    row: Invoice
    state: Literal["paid", "open", "overdue"]
    paid_on: date | None
    late_days: int


@dataclass(frozen=True)
class RenewalCard:
    """The context of the card and of the tab."""

    contracts: Sequence[Contract]
    bills: Sequence[Bill]
    overdue: int

    @property
    def current(self) -> Contract | None:
        """The contract in force, the latest if there are several."""
        return next((one for one in self.contracts if one.is_in_force), None)


def renewal_card(frame: Frame) -> RenewalCard:
    """What was known at the moment of the frame."""
    day = frame.moment.day
    contracts = [Contract(row, is_in_force(row, day)) for row in frame.contracts]
    bills = [_bill(row, day) for row in invoices_of(frame.account, before=day + DAY)[:MOST_INVOICES]]
    return RenewalCard(contracts, bills, sum(1 for bill in bills if bill.state == "overdue"))


def _bill(row: Invoice, day: date) -> Bill:
    paid_on = row.paid_on if row.paid_on and row.paid_on <= day else None
    late = max(0, ((paid_on or day) - row.due_on).days)
    state: Literal["paid", "open", "overdue"] = "paid" if paid_on else "overdue" if late else "open"
    return Bill(row, state, paid_on, late)
