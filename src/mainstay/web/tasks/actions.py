"""What can be done with one task. All of it can be taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.playbooks import services
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks
from mainstay.playbooks.tasks import former_of
from mainstay.web.accounts.forms import end_of_day
from mainstay.web.http import done, needs_role, safe_next, toast, user_of
from mainstay.web.tasks.columns import dues_of
from mainstay.web.tasks.forms import OwnerForm, PostponeForm, SnoozeForm, TaskForm
from mainstay.web.tasks.undoing import kept
from mainstay.web.undo import undo_url


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
    return _close(request, _task(pk), services.complete_task, "done")


@require_POST
@needs_role(Role.CSM)
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not to be done."""
    return _close(request, _task(pk), services.dismiss_task, "dismissed")


def _close(request: HttpRequest, task: Task, close: Callable[..., bool], word: str) -> HttpResponse:
    if not close(task, by=user_of(request), now=utc_now()):
        raise Invalid(f"“{task.title}” was done or dismissed already.")
    toast(request, f"“{task.title}” {word}.", undo=undo_url(request, "tasks-closed", [str(task.pk)]))
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To be done after all."""
    task = _task(pk)
    services.reopen_task(task, by=user_of(request), now=utc_now())
    toast(request, f"“{task.title}” is to be done again.")
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def postpone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another due time: a number of days from today, or a date."""
    task = _task(pk)
    form = PostponeForm(request.POST)
    if not form.is_valid():
        raise Invalid("Choose a day after today, like tomorrow, or a number of days.")
    return _postponed(request, task, form.until(timezone.localdate(utc_now())))


@require_POST
@needs_role(Role.CSM)
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To another column of the board: done, or due at its end."""
    task, column = _task(pk), request.POST.get("to", "")
    if column == "done":
        return _close(request, task, services.complete_task, "done")
    due = dues_of(timezone.localdate(utc_now())).get(column)
    if due is None:
        raise Invalid("A task moves to today, this week, later or done.")
    return _postponed(request, task, end_of_day(due))


def _postponed(request: HttpRequest, task: Task, until: datetime | None) -> HttpResponse:
    former = kept({task.pk: former_of(task)})
    if not services.postpone_task(task, until, by=user_of(request), now=utc_now()):
        raise Invalid(f"“{task.title}” is closed; reopen it to give it another date.")
    said = f"due {timezone.localtime(until):%-d %B}" if until else "without a date"
    toast(request, f"“{task.title}” is {said} now.", undo=undo_url(request, "tasks-changed", former))
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def snooze(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Out of sight until then. Its due time stays."""
    task, form, now = _task(pk), SnoozeForm(request.POST), utc_now()
    if not form.is_valid():
        raise Invalid("Choose a day after today: tomorrow, next Monday, or a date.")
    until, former = form.at(timezone.localdate(now)), kept({task.pk: former_of(task)})
    if not services.snooze_task(task, until, by=user_of(request), now=now):
        raise Invalid(f"“{task.title}” is closed; there is nothing to snooze.")
    said = f"“{task.title}” is out of sight until {timezone.localtime(until):%A, %-d %B}. Its due date stays."
    toast(request, said, undo=undo_url(request, "tasks-changed", former))
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def wake(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Back in sight."""
    task = _task(pk)
    services.snooze_task(task, None, by=user_of(request), now=utc_now())
    toast(request, f"“{task.title}” is back among what is to be done.")
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def reassign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it to somebody else."""
    task, form = _task(pk), OwnerForm(request.POST)
    if not form.is_valid():
        raise Invalid("Choose somebody of the list, or nobody.")
    owner: User | None = form.cleaned_data["owner"]
    former = kept({task.pk: former_of(task)})
    if services.reassign_task(task, owner, by=user_of(request), now=utc_now()):
        undo = undo_url(request, "tasks-changed", former)
        toast(request, f"“{task.title}” is for {owner or 'nobody'} now.", undo=undo)
    return done(request, reverse("tasks"))


@require_POST
@needs_role(Role.CSM)
def tick(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Tick an item of the checklist off, or take the tick back; the task is shown again."""
    is_done = request.POST.get("done") == "1"
    services.tick_item(_task(pk), number, is_done=is_done, by=user_of(request), now=utc_now())
    back = urlencode({"next": safe_next(request, reverse("tasks"))})
    return redirect(f"{reverse('task', args=[pk])}?{back}")


def _task(pk: UUID) -> Task:
    return get_object_or_404(all_tasks(), pk=pk)
