"""The board: open tasks by when they are due, and what was done in the last seven days. Each column has its first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mainstay.common.time import DAY
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import awake, tasks_as_they_stood, was_open
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks import listing
from mainstay.web.tasks.columns import COLUMNS, week_ends
from mainstay.web.tasks.filters import TaskFilter, start_of
from mainstay.web.tasks.head import Head, head_of
from mainstay.web.tasks.rows import Row, with_health

MOST = 40
_STATES = {"overdue": "late", "done": "done"}


@dataclass(frozen=True)
class Column:
    """The first tasks of a column, how many there are, and where all of them are. `takes`: one can be moved into it."""

    key: str
    title: str
    rows: Sequence[Row]
    count: int
    url: str

    @property
    def takes(self) -> bool:
        """Nothing becomes overdue by being moved."""
        return self.key != "overdue"

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Page:
    """The context of the board."""

    title: str
    head: Head
    columns: Sequence[Column]
    snoozed: int
    snoozed_url: str

    @property
    def moves(self) -> Sequence[Column]:
        """Where a task can be moved to."""
        return [one for one in self.columns if one.takes]

    @property
    def is_empty(self) -> bool:
        """Nothing in any column."""
        return not any(one.count for one in self.columns)


@require_GET
@shows_the_past
def board(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    chosen = TaskFilter.parse(request.GET).with_(state="open", sort="due")
    columns = _columns(moment)
    tasks = listing.narrowed(chosen, user)
    counts = tasks.order_by().aggregate(**{key: Count("pk", filter=wanted) for key, wanted in columns.items()})
    numbers = listing.counts(chosen, user, moment)
    page = Page(
        title="Tasks",
        head=head_of(request, chosen, "tasks-board"),
        columns=[
            Column(
                key=key,
                title=title,
                rows=with_health(_first(key, tasks.filter(columns[key]), moment), moment) if counts[key] else [],
                count=counts[key],
                url=chosen.with_(state=_STATES.get(key, "open")).url(),
            )
            for key, title in COLUMNS.items()
        ],
        snoozed=numbers.get("snoozed", 0),
        snoozed_url=chosen.with_(state="snoozed").url(),
    )
    template = "tasks/board-body.html" if is_htmx(request) else "tasks/board.html"
    return render(request, template, {"page": page, "title": page.title})


def _first(key: str, tasks: QuerySet[Task], moment: Moment) -> list[Task]:
    order = F("done_at").desc() if key == "done" else F("due_at").asc(nulls_last=True)
    found = tasks.order_by(order, "pk")[:MOST]
    return tasks_as_they_stood(found, moment.at) if moment.is_past else list(found)


def _columns(moment: Moment) -> dict[str, Q]:
    """What is in each column. Days are those where the user is."""
    at = moment.at
    today = timezone.localtime(at).date()
    tomorrow, next_week = start_of(today + DAY), start_of(week_ends(today))
    still = was_open(at) if moment.is_past else Q(done_at=None, dismissed_at=None) & awake(at)
    done = Q(done_at__gte=at - 7 * DAY)
    return {
        "overdue": still & Q(due_at__lt=at),
        "today": still & Q(due_at__gte=at, due_at__lt=tomorrow),
        "week": still & Q(due_at__gte=tomorrow, due_at__lt=next_week),
        "later": still & (Q(due_at__gte=max(tomorrow, next_week)) | Q(due_at=None)),
        "done": done & Q(done_at__lt=at) if moment.is_past else done,
    }
