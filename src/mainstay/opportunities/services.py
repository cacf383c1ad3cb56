"""Writes of opportunities: open, decide, reopen, change. What people do is on record."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from mainstay.accounts.models import Account
from mainstay.common.errors import Invalid
from mainstay.common.money import Money
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import DECISIONS, STATE_NAMES, Kind, OpportunityState
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

MOST_LETTERS = 300


def open_opportunity(
    id: UUID,
    *,
    account: Account,
    kind: Kind,
    title: str,
    why: str,
    owner_id: int | None,
    amount: Money | None,
    run: UUID,
    step: str,
    made_by: str,
    now: datetime,
) -> bool:
    """Open one for a step of a playbook run, within the caller's transaction. A known id is a no-op; True for a new."""
    values = {
        "account": account,
        "kind": kind.value,
        "title": title[:MOST_LETTERS],
        "why": why,
        "owner_id": owner_id,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else "",
        "run": run,
        "step": step,
        "made_by": made_by,
        "created_at": now,
    }
    return Opportunity.objects.get_or_create(id=id, defaults=values)[1]


@transaction.atomic
def create_opportunity(
    *,
    account: Account,
    kind: Kind,
    title: str,
    why: str = "",
    owner: User | None,
    amount: Money | None = None,
    by: User,
    now: datetime,
) -> Opportunity:
    """One made by hand."""
    require_role(by, Role.CSM)
    _check_owner(owner)
    _check_amount(amount)
    opportunity = Opportunity.objects.create(
        id=uuid4(),
        account=account,
        kind=kind.value,
        title=_checked_title(title),
        why=why.strip(),
        owner=owner,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        created_at=now,
        created_by=by,
    )
    _record(by, "opened", opportunity, account=account.key, kind=kind.value, title=opportunity.title)
    return opportunity


@transaction.atomic
def decide(opportunity: Opportunity, state: OpportunityState, *, note: str = "", by: User, now: datetime) -> bool:
    """Decide it as its kind allows. False when it was decided before: nothing changes. Raises Invalid."""
    require_role(by, Role.CSM)
    allowed = DECISIONS[Kind(opportunity.kind)]
    if state not in allowed:
        ways = " or ".join(STATE_NAMES[one].lower() for one in allowed)
        raise Invalid(f"“{opportunity.title}” can be {ways}, not {STATE_NAMES[state].lower()}.")
    values = {"state": state.value, "decided_at": now, "decided_by": by, "note": " ".join(note.split())[:1_000]}
    if not _open(opportunity).update(**values):
        return False
    _record(by, "decided", opportunity, state=state.value, note=values["note"])
    opportunity.refresh_from_db()
    return True


@transaction.atomic
def reopen(opportunity: Opportunity, *, by: User, now: datetime) -> bool:
    """It is to be decided after all. A run that heard of the decision has gone on. False when it is open."""
    require_role(by, Role.CSM)
    decided = Opportunity.objects.filter(pk=opportunity.pk).exclude(state=OpportunityState.OPEN)
    if not decided.update(state=OpportunityState.OPEN, decided_at=None, decided_by=None, note=""):
        return False
    _record(by, "reopened", opportunity, at=now.isoformat())
    opportunity.refresh_from_db()
    return True


@transaction.atomic
def change(
    opportunity: Opportunity,
    *,
    title: str,
    why: str,
    owner: User | None,
    amount: Money | None,
    by: User,
    now: datetime,
) -> None:
    """Another title, reason, owner or amount, while it is open. Raises Invalid."""
    require_role(by, Role.CSM)
    if owner is None or owner.pk != opportunity.owner_id:
        _check_owner(owner)
    _check_amount(amount)
    values = {
        "title": _checked_title(title),
        "why": why.strip(),
        "owner": owner,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else "",
    }
    former = {"owner": opportunity.owner_id, "amount_minor": opportunity.amount_minor}
    if not _open(opportunity).update(**values):
        raise Invalid(f"“{opportunity.title}” is decided; reopen it to change it.")
    opportunity.refresh_from_db()
    present = {"owner": opportunity.owner_id, "amount_minor": opportunity.amount_minor, "title": opportunity.title}
    _record(by, "changed", opportunity, former=former, **present, at=now.isoformat())


def _open(opportunity: Opportunity) -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(pk=opportunity.pk, state=OpportunityState.OPEN)


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > MOST_LETTERS:
        raise Invalid(f"An opportunity needs a title of 1 to {MOST_LETTERS} letters.", details={"field": "title"})
    return title


def _check_amount(amount: Money | None) -> None:
    if amount is not None and not 0 <= amount.minor < 10**15:
        raise Invalid(f"{amount} is no amount of an opportunity; give one from 0 up.", details={"field": "amount"})


def _check_owner(owner: User | None) -> None:
    if owner is not None and not (owner.is_active and owner.has_role(Role.CSM)):
        raise Invalid(
            f"{owner.email} cannot work on it (inactive, or only a viewer); choose somebody else.",
            details={"field": "owner"},
        )


def _record(by: User, verb: str, opportunity: Opportunity, **details: object) -> None:
    record_audit(by, f"opportunities.{verb}", f"opportunity:{opportunity.pk}", **details)
