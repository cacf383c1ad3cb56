"""Writes of interactions, tickets, responses and pulses. Bulk writes are idempotent, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from mainstay.accounts import selectors
from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.models import Account
from mainstay.accounts.upsert import unique_keys, upsert
from mainstay.common.errors import Invalid
from mainstay.common.upsert import UNSET, Unset, UpsertResult
from mainstay.interactions.errors import BadPulse, EmptyNote
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket, TicketReopening
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

TITLE_LENGTH = 120
# A judgement nobody renews is no judgement any more.
LONGEST_PULSE = timedelta(days=365)


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
    sentiment: float | Unset | None = UNSET


@dataclass(frozen=True, kw_only=True)
class TicketRow:
    """What is known of a support ticket. Without `account_key` it belongs to the account of its contact.

    `reopened_at` are instants at which it was opened again; those known before stay.
    """

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
    channel: str | Unset = UNSET
    sentiment: float | Unset | None = UNSET
    reopened_at: tuple[datetime, ...] = ()


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
    sentiment: float | Unset | None = UNSET


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
    with transaction.atomic():
        result = _upsert(Ticket, rows)
        changed = _add_reopenings({row.key: row.reopened_at for row in rows if row.reopened_at}) - result.changed_keys
    return UpsertResult(
        result.created,
        result.changed + len(changed),
        result.unchanged - len(changed),
        result.changed_keys | changed,
    )


def _add_reopenings(instants: Mapping[str, tuple[datetime, ...]]) -> frozenset[str]:
    """Note the reopenings that are new; the keys of their tickets."""
    made, changed = [], set()
    for keys in batched(instants, 500):
        tickets = dict(Ticket.objects.filter(key__in=keys).values_list("key", "pk"))
        known = set(TicketReopening.objects.filter(ticket_id__in=tickets.values()).values_list("ticket_id", "at"))
        for key in keys:
            new = [at for at in dict.fromkeys(instants[key]) if (tickets[key], at) not in known]
            made += [TicketReopening(ticket_id=tickets[key], at=at) for at in new]
            changed |= {key} if new else set()
    TicketReopening.objects.bulk_create(made, batch_size=300)
    return frozenset(changed)


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


_NOT_COLUMNS = {"key", "account_key", "contact_key", "user_email", "reopened_at"}


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


def write_note(account: Account, *, key: str, title: str, body: str, now: datetime) -> None:
    """A note that nobody of ours wrote. A known key is a no-op."""
    shown = title if len(title) <= TITLE_LENGTH else _cut(title)
    values = {"account": account, "kind": "note", "title": shown, "body": body, "occurred_at": now}
    Interaction.objects.get_or_create(key=key, defaults=values)


@transaction.atomic
def give_pulse(account: Account, *, score: int, reason: str, expires_on: date, by: User, now: datetime) -> Pulse:
    """Say how an account is, 0 to 100, and why; it counts until the day `expires_on`, or until the next pulse.

    Raises BadPulse, and NotAllowed below CSM.
    """
    require_role(by, Role.CSM)
    reason, today = reason.strip(), now.date()
    if not 0 <= score <= 100:
        raise BadPulse(f"The pulse of {account.name} is {score}; give a number from 0 to 100.")
    if not reason:
        raise BadPulse(f"The pulse of {account.name} has no reason; write in a sentence what makes you think so.")
    if not today < expires_on <= today + LONGEST_PULSE:
        last = today + LONGEST_PULSE
        raise BadPulse(f"The pulse expires on {expires_on}; choose a day after {today}, {last} at the latest.")
    record_audit(by, "interactions.pulse_given", f"account:{account.key}", score=score, expires_on=str(expires_on))
    return Pulse.objects.create(
        account=account, user=by, score=score, reason=reason, given_at=now, expires_on=expires_on
    )


@transaction.atomic
def withdraw_pulse(pulse: Pulse, *, by: User, now: datetime) -> None:
    """End a pulse today; what it was until now stays on record. A repeat is a no-op. Raises NotAllowed below CSM."""
    require_role(by, Role.CSM)
    if Pulse.objects.filter(pk=pulse.pk, withdrawn_at=None).update(withdrawn_at=now, updated_at=now):
        record_audit(by, "interactions.pulse_withdrawn", f"account:{pulse.account.key}", score=pulse.score)


@transaction.atomic
def take_back_pulse(pulse: Pulse, *, by: User) -> None:
    """Undo: as if it had never been given, so that the one before counts again. Raises NotAllowed below CSM."""
    require_role(by, Role.CSM)
    pulse.delete()
    record_audit(by, "interactions.pulse_taken_back", f"account:{pulse.account.key}", score=pulse.score)


@transaction.atomic
def restore_pulse(pulse: Pulse, *, by: User, now: datetime) -> None:
    """Undo a withdrawal. Raises NotAllowed below CSM."""
    require_role(by, Role.CSM)
    Pulse.objects.filter(pk=pulse.pk).update(withdrawn_at=None, updated_at=now)
    record_audit(by, "interactions.pulse_restored", f"account:{pulse.account.key}", score=pulse.score)


def _cut(line: str) -> str:
    """The first words of a long line that fit into a title."""
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
