"""Writes of subscriptions, invoices and readings of limits. Bulk, idempotent, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from django.db import transaction

from mainstay.accounts import selectors
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.upsert import unique_keys, upsert
from mainstay.common.upsert import UNSET, Unset, UpsertResult
from mainstay.subscriptions.models import Invoice, Reading, Subscription


@dataclass(frozen=True, kw_only=True)
class SubscriptionRow:
    """What is known of a contract. `limits` are merged into those that are there."""

    key: str
    account_key: str
    starts_on: date
    plan: str | Unset = UNSET
    seats: int | Unset | None = UNSET
    amount_minor: int | Unset = UNSET
    currency: str | Unset = UNSET
    period_months: int | Unset = UNSET
    ends_on: date | Unset | None = UNSET
    renews_on: date | Unset | None = UNSET
    is_trial: bool | Unset = UNSET
    auto_renews: bool | Unset = UNSET
    list_amount_minor: int | Unset | None = UNSET
    data_limit_gb: float | Unset | None = UNSET
    api_call_limit: int | Unset | None = UNSET
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InvoiceRow:
    """What is known of a bill."""

    key: str
    account_key: str
    amount_minor: int
    issued_on: date
    due_on: date
    currency: str | Unset = UNSET
    paid_on: date | Unset | None = UNSET


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """How much of a limit was used as of the end of a day."""

    key: str
    account_key: str
    limit: str
    used: float
    measured_on: date


def upsert_subscriptions(rows: Sequence[SubscriptionRow]) -> UpsertResult:
    """Make or change subscriptions. `UnknownAccounts`, and nothing is written, when one names an unknown account."""
    by_key: dict[str, SubscriptionRow] = unique_keys(rows)
    accounts = _accounts(row.account_key for row in by_key.values())
    wanted = {key: _values(row, accounts) for key, row in by_key.items()}
    for key, row in by_key.items():
        if not row.limits:
            del wanted[key]["limits"]
    with transaction.atomic():
        return upsert(Subscription, wanted)


def upsert_invoices(rows: Sequence[InvoiceRow]) -> UpsertResult:
    """Make or change invoices. `UnknownAccounts`, and nothing is written, when one names an unknown account."""
    by_key: dict[str, InvoiceRow] = unique_keys(rows)
    accounts = _accounts(row.account_key for row in by_key.values())
    with transaction.atomic():
        return upsert(Invoice, {key: _values(row, accounts) for key, row in by_key.items()})


def upsert_readings(rows: Sequence[ReadingRow]) -> UpsertResult:
    """Make or change readings. `UnknownAccounts`, and nothing is written, when one names an unknown account."""
    by_key: dict[str, ReadingRow] = unique_keys(rows)
    accounts = _accounts(row.account_key for row in by_key.values())
    with transaction.atomic():
        return upsert(Reading, {key: _values(row, accounts) for key, row in by_key.items()})


def _accounts(keys: Iterable[str]) -> dict[str, int]:
    wanted = set(keys)
    found = selectors.account_ids(wanted)
    if unknown := wanted - set(found):
        raise UnknownAccounts(unknown)
    return found


def _values(row: SubscriptionRow | InvoiceRow | ReadingRow, accounts: Mapping[str, int]) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in ("key", "account_key")}
    return {**values, "account_id": accounts[row.account_key]}
