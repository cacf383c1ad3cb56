"""Taking back what was done with tasks: those that were closed are reopened, those that were changed put back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from mainstay.common.time import utc_now
from mainstay.playbooks import services
from mainstay.playbooks.models import Task
from mainstay.playbooks.tasks import Former
from mainstay.web.formats import plural
from mainstay.web.http import user_of
from mainstay.web.undo import undoes


def kept(former: Mapping[UUID, Former]) -> list[list[Any]]:
    """What tasks were before a change, as the session keeps it."""
    return [[str(pk), _text(one.due_at), one.owner_id, _text(one.snoozed_until)] for pk, one in former.items()]


@undoes("tasks-closed")
def _undo_close(request: HttpRequest, payload: list[str]) -> str:
    user, now = user_of(request), utc_now()
    for task in Task.objects.filter(pk__in=payload):
        services.reopen_task(task, by=user, now=now)
    return f"{plural(len(payload), 'task')} to be done again."


@undoes("tasks-changed")
def _undo_change(request: HttpRequest, payload: list[list[Any]]) -> str:
    user, now = user_of(request), utc_now()
    tasks = Task.objects.in_bulk([UUID(row[0]) for row in payload])
    for pk, due_at, owner_id, snoozed_until in payload:
        if task := tasks.get(UUID(pk)):
            former = Former(_instant(due_at), owner_id, _instant(snoozed_until))
            services.restore_task(task, former, by=user, now=now)
    if len(tasks) == 1:
        return f"“{next(iter(tasks.values())).title}” is as it was."
    return f"{plural(len(tasks), 'task')} as they were."


def _text(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
