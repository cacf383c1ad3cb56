"""What can be done with many tasks at once: those that were ticked, or all that match the filter of the page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from mainstay.common.errors import Invalid
from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.playbooks import many_tasks
from mainstay.playbooks.many_tasks import Changed
from mainstay.playbooks.models import Task
from mainstay.web.formats import plural
from mainstay.web.http import done, needs_role, toast, user_of
from mainstay.web.moment import moment_of
from mainstay.web.tasks import listing
from mainstay.web.tasks.filters import TaskFilter
from mainstay.web.tasks.forms import OwnerForm, SnoozeForm
from mainstay.web.tasks.undoing import kept
from mainstay.web.undo import undo_url

# What can be taken back is kept in the session; more at once is a change of another kind than a click.
MOST = 500


@require_POST
@needs_role(Role.CSM)
def complete(request: HttpRequest) -> HttpResponse:
    """Done."""
    changed = many_tasks.complete_tasks(_chosen(request), by=user_of(request), now=utc_now())
    return _closed(request, changed, "done")


@require_POST
@needs_role(Role.CSM)
def dismiss(request: HttpRequest) -> HttpResponse:
    """Not to be done."""
    changed = many_tasks.dismiss_tasks(_chosen(request), by=user_of(request), now=utc_now())
    return _closed(request, changed, "dismissed")


@require_POST
@needs_role(Role.CSM)
def snooze(request: HttpRequest) -> HttpResponse:
    """Ask until when, then put them out of sight."""
    tasks, now = _chosen(request), utc_now()
    form = SnoozeForm(request.POST if "until" in request.POST else None)
    if not form.is_valid():
        title = f"Snooze {plural(len(tasks), 'task')}"
        text = "They leave what is to be done until then. Due dates stay: the clock of the promise goes on."
        return _ask(request, form, tasks, title=title, text=text, action=reverse("tasks-snooze"), submit="Snooze")
    until = form.at(timezone.localdate(now))
    changed = many_tasks.snooze_tasks(tasks, until, by=user_of(request), now=now)
    return _changed(request, changed, f"out of sight until {timezone.localtime(until):%A, %-d %B}")


@require_POST
@needs_role(Role.CSM)
def reassign(request: HttpRequest) -> HttpResponse:
    """Ask for whom, then give them to her."""
    tasks = _chosen(request)
    form = OwnerForm(request.POST if "owner" in request.POST else None)
    if not form.is_valid():
        title = f"Reassign {plural(len(tasks), 'task')}"
        text = "You can give away your own and take what nobody has; a manager can give away everybody's."
        return _ask(request, form, tasks, title=title, text=text, action=reverse("tasks-reassign"), submit="Reassign")
    owner: User | None = form.cleaned_data["owner"]
    changed = many_tasks.reassign_tasks(tasks, owner, by=user_of(request), now=utc_now())
    return _changed(request, changed, f"for {owner or 'nobody'} now")


def _closed(request: HttpRequest, changed: Changed, word: str) -> HttpResponse:
    return _said(request, changed, word, undo=("tasks-closed", [str(pk) for pk in changed.former]))


def _changed(request: HttpRequest, changed: Changed, word: str) -> HttpResponse:
    return _said(request, changed, word, undo=("tasks-changed", kept(changed.former)))


def _said(request: HttpRequest, changed: Changed, word: str, *, undo: tuple[str, list[Any]]) -> HttpResponse:
    """`12 tasks done. 3 were not: Done or dismissed already.`"""
    count = len(changed.former)
    said = [f"{plural(count, 'task')} {word}." if count else "Nothing was changed."]
    said += [f"{number:,} {'was' if number == 1 else 'were'} not: {why}" for why, number in changed.refused.items()]
    toast(request, " ".join(said), undo=undo_url(request, *undo) if count else "", kind="success" if count else "error")
    return done(request, reverse("tasks"))


def _ask(request: HttpRequest, form: forms.Form, tasks: Sequence[Task], **context: Any) -> HttpResponse:
    """The form in the dialog, or on a page of its own without script; it names the tasks again."""
    context |= {"form": form, "tasks": tasks, "cancel": reverse("tasks")}
    return render(request, "tasks/many.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest) -> list[Task]:
    """Those that were ticked; with `all`, whatever matches the filter the page was narrowed to."""
    if request.POST.get("all") == "1":
        chosen = TaskFilter.parse(QueryDict(request.POST.get("filter", "")).dict())
        tasks = listing.matching(chosen, user_of(request), moment_of(request))
    else:
        tasks = Task.objects.filter(pk__in=_ids(request.POST.getlist("task")))
    found = list(tasks[: MOST + 1])
    if len(found) > MOST:
        raise Invalid(f"More than {MOST} tasks match. Narrow the list, by playbook or person, and do it in parts.")
    return found


def _ids(texts: Sequence[str]) -> list[UUID]:
    return [found for text in texts[: MOST + 1] if (found := _id(text))]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
