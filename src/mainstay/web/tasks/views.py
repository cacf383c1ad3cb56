"""The list of tasks, and the page of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, chain
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks, tasks_as_they_stood
from mainstay.scores.models import Health
from mainstay.web.csv_export import csv_response
from mainstay.web.formats import day_distance
from mainstay.web.healths import healths
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks import listing
from mainstay.web.tasks.forms import OwnerForm
from mainstay.web.tasks.listing import SCOPES, STATES, TaskFilter

HEADS = (
    "id",
    "title",
    "why",
    "account",
    "account_name",
    "owner",
    "due_at",
    "done_at",
    "done_by",
    "dismissed_at",
    "playbook",
)


@dataclass(frozen=True)
class Link:
    """A tab or a switch."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Row:
    """A task with the health of its account."""

    task: Task
    health: Health | None

    @property
    def reason(self) -> str:
        """The first line of why."""
        return self.task.why.partition("\n")[0]

    @property
    def origin(self) -> str:
        """The playbook that made it, or empty."""
        return origin_of(self.task)


@dataclass(frozen=True)
class Group:
    """The tasks that are due at about the same time."""

    title: str
    rows: Sequence[Row]
    is_late: bool = False


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    title: str
    scopes: Sequence[Link]
    tabs: Sequence[Link]
    groups: Sequence[Group]
    chosen: TaskFilter
    query: str
    url: str
    next_url: str
    is_continued: bool
    may_edit: bool
    is_past: bool

    @property
    def back(self) -> str:
        """For forms that are pages of their own: come back here."""
        return urlencode({"next": self.url})

    @property
    def is_done(self) -> bool:
        """True for the tab of closed tasks."""
        return self.chosen.state == "done"


@dataclass(frozen=True)
class TaskDetail:
    """The context of one task."""

    title: str
    task: Task
    health: Health | None
    origin: str
    owner_form: OwnerForm
    may_edit: bool
    may_reassign: bool
    next: str


@require_GET
@shows_the_past
def tasks(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    chosen = TaskFilter.parse(request.GET)
    after = listing.parse_place(request.GET.get("after", ""))
    found = listing.page(chosen, user, moment, after=after)
    page = Page(
        title="Tasks",
        scopes=[Link(name, _url(key, chosen.state), key == chosen.scope) for key, name in SCOPES.items()],
        tabs=_tabs(chosen, listing.counts(chosen.scope, user, moment)),
        groups=_groups(with_health(found.tasks, moment), chosen, moment.at),
        chosen=chosen,
        query=_query(chosen.scope, chosen.state),
        url=_url(chosen.scope, chosen.state),
        next_url=_url(chosen.scope, chosen.state, after=found.next.encode()) if found.next else "",
        is_continued=after is not None,
        may_edit=user.has_role(Role.CSM),
        is_past=moment.is_past,
    )
    template = "tasks/body.html" if is_htmx(request) else "tasks/tasks.html"
    return render(request, template, {"page": page, "title": page.title})


@require_GET
@shows_the_past
def task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One task: why, for whom, until when, and what can be done with it."""
    user, moment = user_of(request), moment_of(request)
    found = get_object_or_404(all_tasks(), pk=pk, created_at__lte=moment.at)
    if moment.is_past:
        tasks_as_they_stood([found], moment.at)
    detail = TaskDetail(
        title=found.title,
        task=found,
        health=with_health([found], moment)[0].health,
        origin=origin_of(found),
        owner_form=OwnerForm(initial={"owner": found.owner_id}, auto_id="task-%s"),
        may_edit=user.has_role(Role.CSM),
        may_reassign=user.has_role(Role.MANAGER) or (not moment.is_past and found.owner_id in (None, user.pk)),
        next=request.GET.get("next", ""),
    )
    return render(request, "tasks/task.html", {"detail": detail, "title": detail.title})


@require_GET
@shows_the_past
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The tasks of the filter as CSV, in the order of the page."""
    user, moment = user_of(request), moment_of(request)
    chosen = TaskFilter.parse(request.GET)
    found = listing.matching(chosen, user, moment).iterator(500)
    shown = (tasks_as_they_stood(chunk, moment.at) if moment.is_past else chunk for chunk in batched(found, 500))
    record_audit(user, "playbooks.tasks_exported", "tasks", who=chosen.scope, state=chosen.state)
    return csv_response(f"tasks-{moment.at:%Y-%m-%d}", HEADS, _values(chain.from_iterable(shown)))


def _values(tasks: Iterator[Task]) -> Iterator[Sequence[object]]:
    for one in tasks:
        account, owner, done_by = one.account, one.owner, one.done_by
        yield (
            str(one.pk), one.title, one.why, account and account.key, account and account.name, owner and owner.email,
            one.due_at, one.done_at, done_by and done_by.email, one.dismissed_at, origin_of(one),
        )  # fmt: skip


def origin_of(task: Task) -> str:
    """The name of the playbook that made a task; empty for one made by hand."""
    return task.run.version.playbook.name if task.run else ""


def with_health(tasks: Sequence[Task], moment: Moment) -> list[Row]:
    """The tasks with the health of their accounts, in two statements."""
    health = healths([task.account_id for task in tasks if task.account_id], moment)
    return [Row(task, health.get(task.account_id or 0)) for task in tasks]


def _groups(rows: Sequence[Row], chosen: TaskFilter, now: datetime) -> list[Group]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_heading(row.task, chosen, now), []).append(row)
    return [Group(title, found, title == "Overdue") for title, found in groups.items()]


def _heading(task: Task, chosen: TaskFilter, now: datetime) -> str:
    here = timezone.localtime(now)
    if chosen.state == "done":
        at = task.done_at or task.dismissed_at or now
        days = -day_distance(at, here)
        return {0: "Today", 1: "Yesterday"}.get(days, "Last 7 days" if days < 7 else f"{timezone.localtime(at):%B %Y}")
    if task.due_at is None:
        return "No date"
    if task.due_at < now:
        return "Overdue"
    days = day_distance(task.due_at, here)
    return {0: "Today", 1: "Tomorrow"}.get(days, "Next 7 days" if days <= 7 else "Later")


def _tabs(chosen: TaskFilter, numbers: Mapping[str, int]) -> list[Link]:
    return [Link(name, _url(chosen.scope, key), key == chosen.state, numbers.get(key)) for key, name in STATES.items()]


def _query(scope: str, state: str, **more: str) -> str:
    values = {"who": scope if scope != "mine" else "", "state": state if state != "open" else "", **more}
    return urlencode({name: value for name, value in values.items() if value})


def _url(scope: str, state: str, **more: str) -> str:
    query = _query(scope, state, **more)
    return reverse("tasks") + (f"?{query}" if query else "")
