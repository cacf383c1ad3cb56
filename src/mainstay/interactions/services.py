"""Writes of interactions, tickets and survey responses. Bulk writes are idempotent, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from mainstay.accounts import selectors
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.models import Account
from mainstay.accounts.upsert import unique_keys, upsert
from mainstay.common.errors import Invalid
from mainstay.common.upsert import UNSET, Unset, UpsertResult
from mainstay.interactions.errors import EmptyNote
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.people.models import User

TITLE_LENGTH = 120


@dataclass(frozen=True, kw_only=True)
class InteractionRow:
    """What is known of a dated contact. Without `account_key` it belongs to the account of its contact."""

    key: str
    kind: str
    title: str
    occurred_at: datetime
    account_key: str | None = None
    contact_key: str | Unset | None = UNSET
    user_email: str | Unset | None = UNSET
    body: str | Unset = UNSET
    direction: str | Unset = UNSET
    attended: bool | Unset | None = UNSET
    answered_at: datetime | Unset | None = UNSET


@dataclass(frozen=True, kw_only=True)
class TicketRow:
    """What is known of a support ticket. Without `account_key` it belongs to the account of its contact."""

    key: str
    opened_at: datetime
    account_key: str | None = None
    contact_key: str | Unset | None = UNSET
    subject: str | Unset = UNSET
    severity: str | Unset = UNSET
    first_response_at: datetime | Unset | None = UNSET
    solved_at: datetime | Unset | None = UNSET
    csat: float | Unset | None = UNSET
    rated_at: datetime | Unset | None = UNSET


@dataclass(frozen=True, kw_only=True)
class ResponseRow:
    """An answer to a survey. Without `account_key` it belongs to the account of its contact."""

    key: str
    kind: str
    score: float
    answered_at: datetime
    account_key: str | None = None
    contact_key: str | Unset | None = UNSET
    comment: str | Unset = UNSET


def upsert_interactions(rows: Sequence[InteractionRow]) -> UpsertResult:
    """Make or change interactions. `UnknownAccounts` when one names an account that is not there: nothing is written.

    An unknown contact or user is left out.
    """
    emails = {row.user_email for row in rows if isinstance(row.user_email, str)}
    users = selectors.user_ids(emails)
    extra = {
        row.key: {"user_id": users.get((row.user_email or "").lower())} for row in rows if row.user_email is not UNSET
    }
    return _upsert(Interaction, rows, extra)


def upsert_tickets(rows: Sequence[TicketRow]) -> UpsertResult:
    """Make or change tickets. `UnknownAccounts` when one names an account that is not there: nothing is written."""
    return _upsert(Ticket, rows)


def upsert_responses(rows: Sequence[ResponseRow]) -> UpsertResult:
    """Make or change responses. `UnknownAccounts` when one names an account that is not there: nothing is written."""
    return _upsert(Response, rows)


_Row = InteractionRow | TicketRow | ResponseRow


def _upsert(
    model: type[models.Model], rows: Sequence[_Row], extra: Mapping[str, Mapping[str, Any]] | None = None
) -> UpsertResult:
    by_key: dict[str, _Row] = unique_keys(rows)
    accounts = selectors.account_ids({row.account_key for row in by_key.values() if row.account_key})
    contacts = selectors.contact_ids({row.contact_key for row in by_key.values() if isinstance(row.contact_key, str)})
    _refuse_unknown(by_key, accounts, contacts)
    wanted = {key: {**_values(row, accounts, contacts), **(extra or {}).get(key, {})} for key, row in by_key.items()}
    with transaction.atomic():
        return upsert(model, wanted)


def _refuse_unknown(
    rows: Mapping[str, _Row], accounts: Mapping[str, int], contacts: Mapping[str, tuple[int, int | None]]
) -> None:
    unknown = {row.account_key for row in rows.values() if row.account_key and row.account_key not in accounts}
    if unknown:
        raise UnknownAccounts(unknown)
    for key, row in rows.items():
        if not row.account_key and contacts.get(_text(row.contact_key), (0, None))[1] is None:
            raise Invalid(
                f"'{key}' names no account, and its contact '{_text(row.contact_key)}' belongs to none; "
                "give the account's key, or import contacts first."
            )


def _values(row: _Row, accounts: Mapping[str, int], contacts: Mapping[str, tuple[int, int | None]]) -> dict[str, Any]:
    contact_id, contact_account = contacts.get(_text(row.contact_key), (None, None))
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name not in _NOT_COLUMNS}
    values["account_id"] = accounts[row.account_key] if row.account_key else contact_account
    if row.contact_key is not UNSET:
        values["contact_id"] = contact_id
    return values


def _text(value: str | Unset | None) -> str:
    return value if isinstance(value, str) else ""


_NOT_COLUMNS = {"key", "account_key", "contact_key", "user_email"}


def add_note(account: Account, *, by: User, text: str, now: datetime) -> Interaction:
    """Write a note down. Its first line becomes the title, the rest the body; a long line stands in both."""
    text = text.strip()
    if not text:
        raise EmptyNote(f"The note about {account.name} is empty; write at least a word.")
    first, _, rest = text.partition("\n")
    title, body = (first.strip(), rest.strip()) if len(first) <= TITLE_LENGTH else (_cut(first), text)
    return Interaction.objects.create(
        key=f"note:{uuid4()}", account=account, user=by, kind="note", title=title, body=body, occurred_at=now
    )


def _cut(line: str) -> str:
    """The first words of a long line that fit into a title."""
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
