"""Many tasks at once: each is changed, or refused for a reason; what was changed can be put back."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mainstay.common.errors import MainstayError
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.tasks import (
    Former,
    complete_task,
    dismiss_task,
    former_of,
    postpone_task,
    reassign_task,
    snooze_task,
)

CLOSED = "Done or dismissed already."


@dataclass(frozen=True)
class Changed:
    """Those that were changed, as they were before; and how many were not, by the reason as a sentence."""

    former: Mapping[UUID, Former]
    refused: Mapping[str, int]


def complete_tasks(tasks: Iterable[Task], *, by: User, now: datetime) -> Changed:
    """Done."""
    return _each(tasks, lambda task: complete_task(task, by=by, now=now))


def dismiss_tasks(tasks: Iterable[Task], *, by: User, now: datetime) -> Changed:
    """Not to be done."""
    return _each(tasks, lambda task: dismiss_task(task, by=by, now=now))


def snooze_tasks(tasks: Iterable[Task], until: datetime | None, *, by: User, now: datetime) -> Changed:
    """Out of sight until then."""
    return _each(tasks, lambda task: snooze_task(task, until, by=by, now=now))


def postpone_tasks(tasks: Iterable[Task], until: datetime | None, *, by: User, now: datetime) -> Changed:
    """Another due time."""
    return _each(tasks, lambda task: postpone_task(task, until, by=by, now=now))


def reassign_tasks(tasks: Iterable[Task], owner: User | None, *, by: User, now: datetime) -> Changed:
    """Somebody else's, or nobody's."""
    unchanged = f"Closed, or {owner}'s already." if owner else "Closed, or nobody's already."
    return _each(tasks, lambda task: reassign_task(task, owner, by=by, now=now), unchanged=unchanged)


@transaction.atomic
def _each(tasks: Iterable[Task], change: Callable[[Task], bool], *, unchanged: str = CLOSED) -> Changed:
    former: dict[UUID, Former] = {}
    refused: Counter[str] = Counter()
    for task in tasks:
        before = former_of(task)
        try:
            with transaction.atomic():
                is_changed = change(task)
        except MainstayError as error:
            refused[error.message] += 1
            continue
        if is_changed:
            former[task.pk] = before
        else:
            refused[unchanged] += 1
    return Changed(former, dict(refused))
