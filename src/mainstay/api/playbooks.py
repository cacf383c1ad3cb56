"""/api/v1/playbooks: start runs on accounts and contacts."""

from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from mainstay.accounts.models import Account, Contact
from mainstay.api.auth import caller
from mainstay.api.schemas import Problem
from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.playbooks import services
from mainstay.playbooks.by_hand import Started, reason_text

router = Router()
MOST = 1_000


class ToStart(Schema):
    """On what a playbook is to be started, by keys."""

    accounts: list[str] = Field(default=[], max_length=MOST, description="keys of accounts")
    contacts: list[str] = Field(default=[], max_length=MOST, description="keys of contacts, where a run is about one")
    why: str = Field(default="", max_length=300, description="stands with each run")
    token: str = Field(
        default="", max_length=100, description="names this start: the same token again starts nothing twice"
    )


class StartedRun(Schema):
    """A run that began now."""

    id: UUID
    account: str
    contact: str | None


class NotStarted(Schema):
    """Where it did not start, and why: `under_way`, `no_contact`, `apart`, or `ran` for a token that was used."""

    account: str
    contact: str | None
    reason: str
    message: str


class StartResult(Schema):
    """What became of it."""

    playbook: str
    version: int
    token: str
    at: datetime
    started: list[StartedRun]
    not_started: list[NotStarted]


@router.post(
    "/{key}/runs",
    response={200: StartResult, 403: Problem, 404: Problem, 422: Problem},
    summary="Start a playbook",
)
def start(request: HttpRequest, key: str, body: ToStart) -> StartResult:
    """Begin a run on each of these accounts and contacts, whomever the playbook is for; its caps do not count.

    What cannot begin is told, and hinders nobody else. Steps are carried out from the next refresh on.
    """
    accounts, contacts = _accounts(body.accounts), _contacts(body.contacts)
    if not accounts and not contacts:
        raise Invalid("Name at least one account in `accounts`, or one contact in `contacts`.")
    now, token = utc_now(), body.token or uuid4().hex
    started = services.start_many(
        key, accounts, contacts=contacts, token=f"api:{token}", by=caller(request), now=now, why=body.why
    )
    return _result(key, started, token=token, now=now)


def _accounts(keys: list[str]) -> list[Account]:
    found = {one.key: one for one in Account.objects.filter(key__in=keys)}
    return [found[key] for key in _known(keys, set(found), "account")]


def _contacts(keys: list[str]) -> list[Contact]:
    found = {one.key: one for one in Contact.objects.filter(key__in=keys)}
    return [found[key] for key in _known(keys, set(found), "contact")]


def _known(keys: list[str], found: set[str], what: str) -> list[str]:
    """The keys, each once. Raises Invalid when one is unknown: then nothing begins."""
    missing = [key for key in keys if key not in found]
    if missing:
        named = ", ".join(f"'{key}'" for key in missing[:10])
        raise Invalid(f"There is no {what} with the key {named}; nothing was started.", details={"missing": missing})
    return list(dict.fromkeys(keys))


def _result(key: str, started: Started, *, token: str, now: datetime) -> StartResult:
    verdicts = started.judged.verdicts
    accounts = Account.objects.in_bulk({one.candidate.account_id for one in verdicts})
    contacts = Contact.objects.in_bulk({one.contact_id for one in verdicts if one.contact_id})

    def account(pk: int) -> str:
        return accounts[pk].key if pk in accounts else ""

    def contact(pk: int | None) -> str | None:
        return contacts[pk].key if pk in contacts else None

    return StartResult(
        playbook=key,
        version=started.judged.version.version,
        token=token,
        at=now,
        started=[
            StartedRun(id=run.pk, account=account(run.account_id), contact=contact(run.contact_id))
            for run in started.runs
        ],
        not_started=[
            NotStarted(
                account=account(one.candidate.account_id),
                contact=contact(one.contact_id),
                reason=one.refusal.value,
                message=f"{reason_text(one.refusal).capitalize()}.",
            )
            for one in verdicts
            if one.refusal is not None
        ],
    )
