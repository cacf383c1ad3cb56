"""Writes of accounts and contacts. Bulk, idempotent, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import F

from mainstay.accounts import selectors, stages
from mainstay.accounts.models import Account, Contact, ContactRole, StageChange
from mainstay.accounts.upsert import CHUNK, unique_keys, upsert
from mainstay.common.upsert import UNSET, Unset, UpsertResult
from mainstay.people.models import User
from mainstay.people.services import record_audit


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """What is known of an account. `stage_on`: since when it is in its stage. `attributes` are merged."""

    key: str
    name: str | Unset = UNSET
    domain: str | Unset = UNSET
    industry: str | Unset = UNSET
    country: str | Unset = UNSET
    employees: int | Unset | None = UNSET
    tier: str | Unset = UNSET
    stage: str | Unset = UNSET
    stage_on: date | Unset | None = UNSET
    parent_key: str | Unset | None = UNSET
    owner_email: str | Unset | None = UNSET
    signed_on: date | Unset | None = UNSET
    churned_on: date | Unset | None = UNSET
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """What is known of a contact. `roles` are all buying roles held since `roles_on`; others end that day."""

    key: str
    account_key: str | Unset | None = UNSET
    email: str | Unset = UNSET
    name: str | Unset = UNSET
    title: str | Unset = UNSET
    persona: str | Unset = UNSET
    department: str | Unset = UNSET
    left_on: date | Unset | None = UNSET
    roles: tuple[str, ...] | Unset = UNSET
    roles_on: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def upsert_accounts(rows: Sequence[AccountRow], *, on: date) -> UpsertResult:
    """Make or change accounts. An unknown parent is made with its key as name; an unknown owner leaves it unowned.

    `on` dates a change of stage whose row says no day of its own.
    """
    by_key: dict[str, AccountRow] = unique_keys(rows)
    parents = {row.parent_key for row in by_key.values() if isinstance(row.parent_key, str)} - set(by_key)
    owners = selectors.user_ids({row.owner_email for row in by_key.values() if isinstance(row.owner_email, str)})
    with transaction.atomic():
        _make_missing_accounts(parents)
        told = {
            key: (row.stage, row.stage_on if isinstance(row.stage_on, date) else None)
            for key, row in by_key.items()
            if isinstance(row.stage, str)
        }
        former = stages.present_stages(told)
        result = upsert(Account, {key: _account_values(row, owners) for key, row in by_key.items()})
        # An account made by a group call without a name is called by its key until a name comes.
        for keys in batched(by_key, CHUNK):
            Account.objects.filter(key__in=keys, name="").update(name=F("key"))
        _set_parents(by_key)
        stages.note_stages(told, former=former, on=on)
    return result


def _account_values(row: AccountRow, owners: Mapping[str, int]) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in _NOT_COLUMNS}
    if values["name"] == "":
        values["name"] = UNSET
    if row.owner_email is not UNSET:
        values["owner_id"] = owners.get((row.owner_email or "").lower())
    if not row.attributes:
        del values["attributes"]
    return values


_NOT_COLUMNS = {"key", "stage_on", "parent_key", "owner_email", "account_key", "roles", "roles_on"}


def _make_missing_accounts(keys: Iterable[str]) -> None:
    missing = set(keys) - set(selectors.account_ids(keys))
    Account.objects.bulk_create([Account(key=key, name=key) for key in sorted(missing)], ignore_conflicts=True)


def _set_parents(rows: Mapping[str, AccountRow]) -> None:
    wanted = {key: row.parent_key for key, row in rows.items() if row.parent_key is not UNSET}
    if not wanted:
        return
    ids = selectors.account_ids({*wanted, *(parent for parent in wanted.values() if parent)})
    upsert(Account, {key: {"parent_id": ids.get(parent or "")} for key, parent in wanted.items() if parent != key})


def upsert_contacts(rows: Sequence[ContactRow], *, on: date) -> UpsertResult:
    """Make or change contacts and their buying roles. `on` dates roles that say no day of their own.

    A contact of an unknown account is kept without one, until the account is named again.
    """
    by_key: dict[str, ContactRow] = unique_keys(rows)
    account_keys = {row.account_key for row in by_key.values() if isinstance(row.account_key, str)}
    accounts = selectors.account_ids(account_keys)
    with transaction.atomic():
        result = upsert(Contact, {key: _contact_values(row, accounts) for key, row in by_key.items()})
        with_roles = {key: row for key, row in by_key.items() if row.roles is not UNSET}
        changed = _set_roles(with_roles, on=on) - result.changed_keys
    return UpsertResult(
        result.created,
        result.changed + len(changed),
        result.unchanged - len(changed),
        result.changed_keys | changed,
    )


def _contact_values(row: ContactRow, accounts: Mapping[str, int]) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in _NOT_COLUMNS}
    if isinstance(row.account_key, str):
        values["account_id"] = accounts.get(row.account_key, UNSET)
    elif row.account_key is None:
        values["account_id"] = None
    if not row.attributes:
        del values["attributes"]
    return values


def _set_roles(rows: Mapping[str, ContactRow], *, on: date) -> frozenset[str]:
    """Open the roles that are new, end those no longer held; the keys of contacts whose roles changed.

    Somebody who left held the roles of the row until the day of leaving.
    """
    if not rows:
        return frozenset()
    ids = {key: pair[0] for key, pair in selectors.contact_ids(rows).items()}
    held: dict[int, dict[str, ContactRole]] = {}
    for role in selectors.roles(ids.values()):
        held.setdefault(role.contact_id, {})[role.role] = role
    opened, ended, changed = [], [], set()
    for key, row in rows.items():
        wanted: tuple[str, ...] = row.roles if isinstance(row.roles, tuple) else ()
        left_on = row.left_on if isinstance(row.left_on, date) else None
        day = row.roles_on or on
        latest = held.get(ids[key], {})
        for name in sorted(set(wanted)):
            known = latest.get(name)
            if known is None or (known.until is not None and known.until != left_on):
                opened.append(
                    ContactRole(contact_id=ids[key], role=name, since=min(day, left_on or day), until=left_on)
                )
                changed.add(key)
        for name, known in latest.items():
            if known.until is None and (name not in wanted or left_on):
                # A role that ends on the day it began was never held.
                known.until = max(left_on or day, known.since)
                ended.append(known)
                changed.add(key)
    ContactRole.objects.bulk_update(ended, ["until"], batch_size=300)
    ContactRole.objects.bulk_create(opened, batch_size=300)
    return frozenset(changed)


@transaction.atomic
def reassign(accounts: Iterable[Account], owner: User | None, *, by: User | None) -> dict[int, int | None]:
    """Give accounts to `owner`; the former owner of each account that changed hands, for undoing."""
    moved = [account for account in accounts if account.owner_id != (owner and owner.pk)]
    former = {account.pk: account.owner_id for account in moved}
    Account.objects.filter(pk__in=former).update(owner=owner)
    emails = dict(User.objects.filter(pk__in={*former.values()}).values_list("pk", "email"))
    for account in moved:
        before = emails.get(account.owner_id or 0)
        record_audit(by, "accounts.reassigned", f"account:{account.key}", former=before, owner=owner and owner.email)
    return former


def set_stage(account: Account, stage: str, *, by: User | None, now: datetime) -> None:
    """Move an account to a lifecycle stage; `churned` also dates its leaving."""
    former = account.stage
    account.stage = stage
    account.churned_on = now.date() if stage == "churned" else None
    account.save(update_fields=["stage", "churned_on", "updated_at"])
    StageChange.objects.update_or_create(account=account, since=now.date(), defaults={"stage": stage})
    record_audit(by, "accounts.stage_changed", f"account:{account.key}", former=former, stage=stage)


@transaction.atomic
def change_account(account: Account, field: str, value: str, *, by: User | None, now: datetime) -> None:
    """Another stage, tier, or custom attribute (any other name). What it is already changes nothing.

    The account is read again: attributes are one column, and somebody may have changed another of them since.
    """
    account.refresh_from_db(
        fields=["stage", "churned_on", "tier", "attributes"],
        from_queryset=Account.objects.select_for_update(no_key=True),
    )
    if field == "stage":
        if account.stage != value:
            set_stage(account, value, by=by, now=now)
        return
    former = account.tier if field == "tier" else account.attributes.get(field)
    if former == value:
        return
    if field == "tier":
        account.tier = value
        account.save(update_fields=["tier", "updated_at"])
    else:
        account.attributes = {**account.attributes, field: value}
        account.save(update_fields=["attributes", "updated_at"])
    record_audit(by, "accounts.changed", f"account:{account.key}", field=field, former=former, value=value)
