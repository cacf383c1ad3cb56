"""From the typed values of a row to the row a service takes. A row that makes no sense is refused with the reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mainstay.accounts.milestones import MilestoneRow, upsert_milestones
from mainstay.accounts.services import AccountRow, ContactRow, upsert_accounts, upsert_contacts
from mainstay.accounts.stages import StageRow, upsert_stages
from mainstay.common.ids import derived_id
from mainstay.common.money import to_minor
from mainstay.common.upsert import UpsertResult
from mainstay.ingest.files.parsing import Amount
from mainstay.interactions.services import (
    InteractionRow,
    ResponseRow,
    TicketRow,
    upsert_interactions,
    upsert_responses,
    upsert_tickets,
)
from mainstay.subscriptions.services import (
    InvoiceRow,
    ReadingRow,
    SubscriptionRow,
    upsert_invoices,
    upsert_readings,
    upsert_subscriptions,
)

_SURVEY_RANGES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


class BadRow(ValueError):
    """The row cannot be taken; the message says why and what to do."""


@dataclass(frozen=True)
class RowContext:
    """What holds for all rows: the currency when none is told, and today."""

    currency: str
    today: date


Values = dict[str, Any]


def account(values: Values, extra: Mapping[str, Any], context: RowContext) -> AccountRow:
    """`extra` become attributes."""
    if values.get("parent_key") == values["key"]:
        raise BadRow("the account is its own parent")
    if email := values.get("owner_email"):
        values["owner_email"] = email.lower()
    return AccountRow(**values, attributes=extra)


def stage(values: Values, extra: Mapping[str, Any], context: RowContext) -> StageRow:
    """A stage of an account's history."""
    return StageRow(**values)


def milestone(values: Values, extra: Mapping[str, Any], context: RowContext) -> MilestoneRow:
    """A step of onboarding."""
    return MilestoneRow(**values)


def contact(values: Values, extra: Mapping[str, Any], context: RowContext) -> ContactRow:
    """`extra` become attributes. An empty cell of roles means: none."""
    if "roles" in values and values["roles"] is None:
        values["roles"] = ()
    return ContactRow(**values, attributes=extra)


def subscription(values: Values, extra: Mapping[str, Any], context: RowContext) -> SubscriptionRow:
    """The amount of a period may be given by month or by year, the list price by a discount; `extra` become limits."""
    ends_on = values.get("ends_on")
    if ends_on is not None and ends_on < values["starts_on"]:
        raise BadRow(f"it ends on {ends_on}, before it starts on {values['starts_on']}")
    amount = values.pop("amount", None)
    monthly, yearly = values.pop("mrr", None), values.pop("arr", None)
    period = values.get("period_months", 12)
    if amount is None and monthly is not None:
        amount = Amount(monthly.value * period, monthly.currency)
    if amount is None and yearly is not None:
        amount = Amount(yearly.value * period / Decimal(12), yearly.currency)
    listed, discount = values.pop("list_amount", None), values.pop("discount", None)
    values = _money(values, amount, context)
    if listed is not None:
        values["list_amount_minor"] = to_minor(listed.value, values.get("currency") or context.currency)
    elif discount is not None:
        if discount == 100:
            raise BadRow("a discount of 100 % does not tell the list price; give list_amount instead")
        values["list_amount_minor"] = round(Decimal(values["amount_minor"]) / (1 - Decimal(str(discount)) / 100))
    return SubscriptionRow(**values, limits=extra)


def reading(values: Values, extra: Mapping[str, Any], context: RowContext) -> ReadingRow:
    """How much of a limit was used."""
    return ReadingRow(**values)


def invoice(values: Values, extra: Mapping[str, Any], context: RowContext) -> InvoiceRow:
    """A bill."""
    return InvoiceRow(**_money(values, values.pop("amount"), context))


def _money(values: Values, amount: Amount | None, context: RowContext) -> Values:
    if amount is None:
        return values
    currency = (values.get("currency") or amount.currency or context.currency).upper()
    if not (len(currency) == 3 and currency.isalpha()):
        raise BadRow(f"'{currency}' is not an ISO code of a currency; write one like EUR")
    return {**values, "currency": currency, "amount_minor": to_minor(amount.value, currency)}


def ticket(values: Values, extra: Mapping[str, Any], context: RowContext) -> TicketRow:
    """A rating without a date counts from when the ticket was solved; so does a reopening, which had been by then."""
    opened_at, solved_at = values["opened_at"], values.get("solved_at")
    _need_account_or_contact(values)
    if solved_at is not None and solved_at < opened_at:
        raise BadRow(f"it was solved at {_minute(solved_at)}, before it was opened at {_minute(opened_at)}")
    minutes = values.pop("first_response_minutes", None)
    if minutes is not None and values.get("first_response_at") is None:
        values["first_response_at"] = opened_at + timedelta(minutes=minutes)
    if values.get("csat") is not None and values.get("rated_at") is None:
        values["rated_at"] = solved_at or opened_at
    reopened_at, reopenings = values.pop("reopened_at", None), values.pop("reopenings", None)
    if reopened_at is not None or reopenings:
        values["reopened_at"] = (reopened_at or solved_at or opened_at,)
    return TicketRow(**values)


def interaction(values: Values, extra: Mapping[str, Any], context: RowContext) -> InteractionRow:
    """Without a title it is called by its kind."""
    _need_account_or_contact(values)
    values.setdefault("title", str(values["kind"]).replace("_", " ").capitalize())
    return InteractionRow(**values)


def response(values: Values, extra: Mapping[str, Any], context: RowContext) -> ResponseRow:
    """The score must be on the scale of its survey."""
    _need_account_or_contact(values)
    lowest, highest = _SURVEY_RANGES[values["kind"]]
    if not lowest <= values["score"] <= highest:
        raise BadRow(f"the score {values['score']:g} is not on the scale of {values['kind']}: {lowest} to {highest}")
    return ResponseRow(**values)


def _need_account_or_contact(values: Values) -> None:
    if not values.get("account_key") and not values.get("contact_key"):
        raise BadRow("it names neither an account nor a contact")


def content_key(kind: str, values: Values) -> str:
    """A key for a row that has none: the same content gives the same key."""
    parts = [f"{name}={_canonical(value)}" for name, value in sorted(values.items())]
    return f"file:{derived_id(kind, *parts)}"


def _canonical(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class RecordKind:
    """How rows of a kind are made and written. `write` gets rows and today."""

    build: Callable[[Values, Mapping[str, Any], RowContext], Any]
    write: Callable[[Sequence[Any], date], UpsertResult]


RECORDS: dict[str, RecordKind] = {
    "accounts": RecordKind(account, lambda rows, today: upsert_accounts(rows, on=today)),
    "stages": RecordKind(stage, lambda rows, today: upsert_stages(rows, on=today)),
    "milestones": RecordKind(milestone, lambda rows, today: upsert_milestones(rows, on=today)),
    "contacts": RecordKind(contact, lambda rows, today: upsert_contacts(rows, on=today)),
    "subscriptions": RecordKind(subscription, lambda rows, today: upsert_subscriptions(rows)),
    "readings": RecordKind(reading, lambda rows, today: upsert_readings(rows)),
    "invoices": RecordKind(invoice, lambda rows, today: upsert_invoices(rows)),
    "tickets": RecordKind(ticket, lambda rows, today: upsert_tickets(rows)),
    "interactions": RecordKind(interaction, lambda rows, today: upsert_interactions(rows)),
    "responses": RecordKind(response, lambda rows, today: upsert_responses(rows)),
}
