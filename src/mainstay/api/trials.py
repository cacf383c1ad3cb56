"""/api/v1/playbooks: dry runs and replays, asked for and read."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from mainstay.accounts.models import Account
from mainstay.api.auth import caller
from mainstay.api.schemas import Problem
from mainstay.common.errors import Invalid, NotFound
from mainstay.common.time import utc_now
from mainstay.playbooks import trials
from mainstay.playbooks.jobs import run_trial
from mainstay.playbooks.models import Trial, TrialState
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version

router = Router()


class ToTry(Schema):
    """What is asked of the version in force."""

    purpose: Literal["dry_run", "replay"] = Field(
        default="dry_run", description="dry_run: the next 30 days; replay: the past twelve months"
    )
    accounts: list[str] = Field(
        default=[], max_length=1_000, description="of a dry run: keys of accounts it would be started on by hand"
    )


class TrialView(Schema):
    """How far it is, and what came of it."""

    id: UUID
    playbook: str
    purpose: str
    state: str = Field(description="waiting, running, done, failed, cancelled")
    done: int
    steps: int
    asked_at: datetime
    finished_at: datetime | None
    error: str
    result: dict[str, Any] | None = Field(description="as the page tells it; null until it is done")


@router.post(
    "/{key}/trials",
    response={202: TrialView, 403: Problem, 404: Problem, 422: Problem},
    summary="Ask for a dry run or replay",
)
def ask(request: HttpRequest, key: str, body: ToTry) -> Status[TrialView]:
    """Carried out in the background: nothing is begun and nothing is sent. Read it by its id until it is done."""
    document = document_of(newest_version(get_playbook(key)))
    chosen = dict(Account.objects.filter(key__in=body.accounts).values_list("key", "pk"))
    missing = [one for one in body.accounts if one not in chosen]
    if missing:
        raise Invalid(f"There is no account with the key '{missing[0]}'.", details={"missing": missing})
    with transaction.atomic():
        trial = trials.ask(document, body.purpose, by=caller(request), now=utc_now(), chosen=list(chosen.values()))
        run_trial.enqueue(str(trial.pk))
    return Status(202, _view(trial))


@router.get("/trials/{id}", response={200: TrialView, 404: Problem}, summary="Read a dry run or replay")
def read(request: HttpRequest, id: UUID) -> TrialView:
    """How far it is; with its result once it is done."""
    trial = Trial.objects.filter(pk=id).first()
    if trial is None:
        raise NotFound(f"There is no trial '{id}'; they are kept for 90 days.")
    return _view(trial)


def _view(trial: Trial) -> TrialView:
    return TrialView(
        id=trial.pk,
        playbook=trial.key,
        purpose=trial.purpose,
        state=trial.state,
        done=trial.done,
        steps=trial.steps,
        asked_at=trial.asked_at,
        finished_at=trial.finished_at,
        error=trial.error,
        result=trial.results if trial.state == TrialState.DONE else None,
    )
