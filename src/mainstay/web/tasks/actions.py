"""What can be done with tasks. All of it can be taken back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.playbooks import services
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks
from mainstay.web.accounts.forms import end_of_day
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.tasks.forms import OwnerForm, PostponeForm, TaskForm
from mainstay.web.undo import undo_url, undoes

# A page has fifty rows; more cannot be ticked.
MOST = 200


@require_http_methods(["GET", "POST"])
@needs_role(Role.CSM)
def new(request: HttpRequest) -> HttpResponse:
    """A task for any account, or for none."""
    user, now = user_of(request), utc_now()
    start: dict[str, Any] = {name: request.GET.get(name) for name in ("account", "title", "why")}
    start |= {"owner": user.pk, "due_on": timezone.localdate(now) + timedelta(days=2)}
    form = TaskForm(request.POST or None, initial=start)
    if not form.is_valid():
        context = {"title": "New task", "form": form, "action": reverse("task-new"), "submit": "Add task"}
        context["cancel"] = reverse("tasks")
        return render(request, "tasks/form.html", context, status=422 if form.errors else 200)
    values = form.cleaned_data
    task = services.create_task(
        account=values["account"],
        owner=values["owner"],
        title=values["title"],
        why=values["why"],
        due_at=end_of_day(values["due_on"]),
        by=user,
        now=now,
    )
    toast(request, "Task added.", undo=undo_url(request, "tasks", [str(task.pk)]))
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def complete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Done."""
    return _close(request, [_task(pk)], services.complete_task, "done")


@require_POST
@needs_role(Role.CSM)
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not to be done."""
    return _close(request, [_task(pk)], services.dismiss_task, "dismissed")


@require_POST
@needs_role(Role.CSM)
def complete_ticked(request: HttpRequest) -> HttpResponse:
    """Every ticked task is done."""
    return _close(request, _ticked(request), services.complete_task, "done")


@require_POST
@needs_role(Role.CSM)
def dismiss_ticked(request: HttpRequest) -> HttpResponse:
    """No ticked task is to be done."""
    return _close(request, _ticked(request), services.dismiss_task, "dismissed")


def _close(request: HttpRequest, tasks: Sequence[Task], close: Callable[..., None], word: str) -> HttpResponse:
    user, now = user_of(request), utc_now()
    with transaction.atomic():
        for task in tasks:
            close(task, by=user, now=now)
    said = f"“{tasks[0].title}” {word}." if len(tasks) == 1 else f"{plural(len(tasks), 'task')} {word}."
    toast(request, said, undo=undo_url(request, "tasks-closed", [str(task.pk) for task in tasks]) if tasks else "")
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To be done after all."""
    task = _task(pk)
    services.reopen_task(task, by=user_of(request), now=utc_now())
    toast(request, f"“{task.title}” is to be done again.")
    return done(request, reverse("tasks"))


@undoes("tasks-closed")
def _undo_close(request: HttpRequest, payload: list[str]) -> str:
    user, now = user_of(request), utc_now()
    for task in Task.objects.filter(pk__in=payload):
        services.reopen_task(task, by=user, now=now)
    return f"{plural(len(payload), 'task')} to be done again."


@require_POST
@needs_role(Role.CSM)
def postpone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another due time: a number of days from today, or a date."""
    task = _task(pk)
    form = PostponeForm(request.POST)
    if not form.is_valid():
        raise Invalid("Choose a day after today, like tomorrow, or a number of days.")
    undo = undo_url(request, "task-changed", _former(task))
    until = form.until(timezone.localdate(utc_now()))
    services.postpone_task(task, until, by=user_of(request), now=utc_now())
    toast(request, f"“{task.title}” is due {timezone.localtime(until):%-d %B} now.", undo=undo)
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def reassign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it to somebody else."""
    task = _task(pk)
    form = OwnerForm(request.POST)
    if not form.is_valid():
        raise Invalid("Choose somebody of the list, or nobody.")
    owner: User | None = form.cleaned_data["owner"]
    undo = undo_url(request, "task-changed", _former(task))
    services.reassign_task(task, owner, by=user_of(request), now=utc_now())
    toast(request, f"“{task.title}” is for {owner or 'nobody'} now.", undo=undo)
    return done(request, reverse("tasks"))


def _former(task: Task) -> list[Any]:
    return [str(task.pk), task.due_at and task.due_at.isoformat(), task.owner_id]


@undoes("task-changed")
def _undo_change(request: HttpRequest, payload: list[Any]) -> str:
    task, owner = _task(UUID(payload[0])), User.objects.filter(pk=payload[2]).first()
    due_at = datetime.fromisoformat(payload[1]) if payload[1] else None
    services.restore_task(task, due_at=due_at, owner=owner, by=user_of(request), now=utc_now())
    return f"“{task.title}” is as it was."


def _task(pk: UUID) -> Task:
    return get_object_or_404(all_tasks(), pk=pk)


def _ticked(request: HttpRequest) -> list[Task]:
    ids = []
    for text in request.POST.getlist("task")[:MOST]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return list(Task.objects.filter(pk__in=ids))
