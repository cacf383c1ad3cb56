"""/api/v1/signals and /api/v1/tasks: what is open, or was at a past instant, of all accounts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.params import functions as params

from mainstay.api.documents import signal_values, task_values
from mainstay.api.schemas import MOST_ID, ListedSignal, ListedTask, Problem, SignalList, TaskList
from mainstay.common.errors import Invalid
from mainstay.common.time import parse_as_of, utc_now
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import open_tasks, tasks_open_at
from mainstay.signals.models import Signal
from mainstay.signals.past import as_they_stood, open_at
from mainstay.signals.selectors import open_signals

router = Router()

type Limit = Annotated[int, params.Query(ge=1, le=1000)]


@router.get("/signals", response={200: SignalList, 422: Problem}, summary="Open signals", tags=["signals"])
def list_signals(
    request: HttpRequest,
    *,
    kind: str = "",
    account: str = "",
    as_of: str | None = None,
    after: Annotated[int, params.Query(ge=0, le=MOST_ID)] = 0,
    limit: Limit = 100,
) -> SignalList:
    """The signals that are open, acknowledged and snoozed ones too; of a `kind`, of an `account` by its key.

    `as_of`: those that were open then, with what people had made of them by then. `after`: `next` of the page before.
    """
    at = _instant(as_of)
    found = open_signals() if at is None else open_at(at).select_related("account", "assignee")
    if kind:
        found = found.filter(kind=kind)
    if account:
        found = found.filter(account__key=account)
    page = list(found.filter(pk__gt=after).order_by("pk")[: limit + 1])
    shown = page[:limit] if at is None else as_they_stood(page[:limit])
    following = page[limit - 1].pk if len(page) > limit else None
    return SignalList(as_of=at or utc_now(), signals=[_signal(one) for one in shown], next=following)


@router.get("/tasks", response={200: TaskList, 422: Problem}, summary="Open tasks", tags=["tasks"])
def list_tasks(
    request: HttpRequest,
    *,
    owner: str = "",
    account: str = "",
    as_of: str | None = None,
    after: UUID | None = None,
    limit: Limit = 100,
) -> TaskList:
    """The tasks that are to be done; of an `owner` by e-mail address, of an `account` by its key.

    `as_of`: those that were open then; titles, owners and due times are those of now. `after`: `next` of the page
    before.
    """
    at = _instant(as_of)
    found = open_tasks() if at is None else tasks_open_at(at)
    if owner:
        found = found.filter(owner__email__iexact=owner)
    if account:
        found = found.filter(account__key=account)
    if after is not None:
        found = found.filter(pk__gt=after)
    page = list(found.order_by("pk")[: limit + 1])
    following = page[limit - 1].pk if len(page) > limit else None
    return TaskList(as_of=at or utc_now(), tasks=[_task(one) for one in page[:limit]], next=following)


def _instant(text: str | None) -> datetime | None:
    """Raises Invalid for what is no date, and for one to come."""
    if not text:
        return None
    at = parse_as_of(text)
    if at > utc_now():
        raise Invalid(f"as_of is {text}, which is still to come; give a date up to today.")
    return at


def _signal(one: Signal) -> ListedSignal:
    return ListedSignal(
        **signal_values(one),
        account=one.account.key,
        at_stake_minor=one.at_stake_minor,
        currency=one.currency,
        acknowledged_at=one.acknowledged_at,
        snoozed_until=one.snoozed_until,
        assignee=one.assignee.email if one.assignee else None,
    )


def _task(one: Task) -> ListedTask:
    return ListedTask(**task_values(one), account=one.account.key if one.account else None)
