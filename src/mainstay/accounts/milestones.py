"""Dated steps of onboarding, agreed with the customer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction

from mainstay.accounts import selectors
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.models import Milestone
from mainstay.accounts.upsert import unique_keys, upsert
from mainstay.common.upsert import UNSET, Unset, UpsertResult


@dataclass(frozen=True, kw_only=True)
class MilestoneRow:
    """What is known of a milestone. Without `agreed_on` it belongs to the plan from the day it was told."""

    key: str
    account_key: str
    name: str
    agreed_on: date | Unset = UNSET
    due_on: date | Unset | None = UNSET
    reached_on: date | Unset | None = UNSET


def upsert_milestones(rows: Sequence[MilestoneRow], *, on: date) -> UpsertResult:
    """Make or change milestones. `UnknownAccounts`, and nothing is written, when one names an unknown account.

    `on` is the day a new milestone was agreed on when its row does not say.
    """
    by_key: dict[str, MilestoneRow] = unique_keys(rows)
    accounts = selectors.account_ids({row.account_key for row in by_key.values()})
    if unknown := {row.account_key for row in by_key.values()} - set(accounts):
        raise UnknownAccounts(unknown)
    known = set(Milestone.objects.filter(key__in=by_key).values_list("key", flat=True))
    wanted = {}
    for key, row in by_key.items():
        values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in ("key", "account_key")}
        if row.agreed_on is UNSET and key not in known:
            values["agreed_on"] = on
        wanted[key] = {**values, "account_id": accounts[row.account_key]}
    with transaction.atomic():
        return upsert(Milestone, wanted)
