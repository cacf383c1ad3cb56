"""The list of tasks, and its export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, chain

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mainstay.people.services import record_audit
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import tasks_as_they_stood
from mainstay.web.csv_export import csv_response
from mainstay.web.formats import day_distance
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks import listing
from mainstay.web.tasks.filters import ALL_STATES, SORTS, STATES, TaskFilter, days_of
from mainstay.web.tasks.head import Head, Link, head_of
from mainstay.web.tasks.rows import Row, origin_of, with_health

HEADS = (
    "id",
    "title",
    "why",
    "account",
    "account_name",
    "owner",
    "opened_at",
    "promised_at",
    "due_at",
    "snoozed_until",
    "done_at",
    "done_by",
    "dismissed_at",
    "playbook",
)


@dataclass(frozen=True)
class Group:
    """The tasks that are due at about the same time; no title where they stand in another order."""

    title: str
    rows: Sequence[Row]
    is_late: bool = False


@dataclass(frozen=True)
class Page:
    """The context of the list. `narrowed_to`: the days, if any, in words."""

    title: str
    head: Head
    tabs: Sequence[Link]
    sorts: Sequence[Link]
    groups: Sequence[Group]
    chosen: TaskFilter
    narrowed_to: str
    next_url: str
    is_continued: bool
    is_past: bool

    @property
    def is_done(self) -> bool:
        """True for tabs of closed tasks."""
        return self.chosen.is_closed

    @property
    def may_tick(self) -> bool:
        """Whether there is something to do with many at once."""
        return self.head.may_edit and not self.is_done

    @property
    def is_cut(self) -> bool:
        """Whether more match than this page has."""
        return bool(self.next_url) or self.is_continued

    @property
    def sort_label(self) -> str:
        """How it is sorted."""
        return "Closed last first" if self.is_done and self.chosen.sort == "due" else SORTS[self.chosen.sort]


@require_GET
@shows_the_past
def tasks(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    chosen = TaskFilter.parse(request.GET)
    after = listing.parse_place(request.GET.get("after", ""), chosen)
    found = listing.page(chosen, user, moment, after=after)
    page = Page(
        title="Tasks",
        head=head_of(request, chosen, "tasks"),
        tabs=_tabs(chosen, listing.counts(chosen, user, moment), moment),
        sorts=[Link(label, chosen.with_(sort=key).url(), key == chosen.sort) for key, label in SORTS.items()],
        groups=_groups(with_health(found.tasks, moment), chosen, moment.at),
        chosen=chosen,
        narrowed_to=_days(chosen),
        next_url=chosen.url(after=found.next.encode()) if found.next else "",
        is_continued=after is not None,
        is_past=moment.is_past,
    )
    template = "tasks/body.html" if is_htmx(request) else "tasks/tasks.html"
    return render(request, template, {"page": page, "title": page.title})


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
            one.created_at, one.promised_at, one.due_at, one.snoozed_until, one.done_at, done_by and done_by.email,
            one.dismissed_at, origin_of(one),
        )  # fmt: skip


def _groups(rows: Sequence[Row], chosen: TaskFilter, now: datetime) -> list[Group]:
    if chosen.sort != "due":
        return [Group("", rows)] if rows else []
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_heading(row.task, chosen, now), []).append(row)
    return [Group(title, found, title == "Overdue") for title, found in groups.items()]


def _heading(task: Task, chosen: TaskFilter, now: datetime) -> str:
    here = timezone.localtime(now)
    if chosen.is_closed:
        at = task.done_at or task.dismissed_at or now
        days = -day_distance(at, here)
        return {0: "Today", 1: "Yesterday"}.get(days, "Last 7 days" if days < 7 else f"{timezone.localtime(at):%B %Y}")
    if task.done_at or task.dismissed_at:
        return "Closed"
    if task.due_at is None:
        return "No date"
    if task.due_at < now:
        return "Overdue"
    days = day_distance(task.due_at, here)
    return {0: "Today", 1: "Tomorrow"}.get(days, "Next 7 days" if days <= 7 else "Later")


def _tabs(chosen: TaskFilter, numbers: Mapping[str, int], moment: Moment) -> list[Link]:
    shown = [state for state in STATES if not (moment.is_past and state == "snoozed")]
    shown += [chosen.state] if chosen.state not in STATES else []
    return [
        Link(ALL_STATES[key], chosen.with_(state=key).url(), key == chosen.state, numbers.get(key)) for key in shown
    ]


def _days(chosen: TaskFilter) -> str:
    said = []
    for word, text in (("due", chosen.due), ("opened", chosen.opened)):
        if days := days_of(text):
            first, last = (f"{day:%-d %b %Y}" for day in days)
            said.append(f"{word} {first}" if first == last else f"{word} {first} to {last}")
    return ", ".join(said)
