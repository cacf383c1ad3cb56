"""The calendar: what is due on which day, in a month or a week; narrow screens get the days one below the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import tasks_as_they_stood, was_closed, was_open
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks import listing, months
from mainstay.web.tasks.filters import TaskFilter, start_of
from mainstay.web.tasks.head import Head, Link, head_of
from mainstay.web.tasks.months import Span
from mainstay.web.tasks.rows import Row, with_health

A_DAY_OF_A_MONTH, A_DAY_OF_A_WEEK = 4, 25


@dataclass(frozen=True)
class Day:
    """A day with its first tasks. `is_outside`: it only fills the row of a month; `is_over`: all of it is done."""

    day: date
    rows: Sequence[Row]
    count: int
    url: str
    is_today: bool
    is_outside: bool
    is_over: bool

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Page:
    """The context of the calendar. `late`: how many are overdue since before these days."""

    title: str
    head: Head
    span: Span
    days: Sequence[Day]
    spans: Sequence[Link]
    before_url: str
    today_url: str
    after_url: str
    late: int
    late_url: str
    undated: int

    @property
    def is_empty(self) -> bool:
        """Nothing on any day."""
        return not any(day.count for day in self.days)


@require_GET
@shows_the_past
def calendar(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    chosen = TaskFilter.parse(request.GET).with_(state="open", sort="due", due="")
    today = timezone.localtime(moment.at).date()
    span = months.parse(request.GET.get("span", ""), today=today)
    tasks = listing.narrowed(chosen, user)
    start = start_of(span.days[0])
    still = tasks.filter(was_open(moment.at) if moment.is_past else Q(done_at=None, dismissed_at=None)).order_by()

    def url(of: Span) -> str:
        return chosen.url("tasks-calendar", span=of.name)

    page = Page(
        title="Tasks",
        head=head_of(request, chosen, "tasks-calendar", span=span.name),
        span=span,
        days=_days(tasks, chosen, span, moment, today),
        spans=[
            Link(label, url(months.span_of(_anchor(span, today), is_week=is_week)), span.is_week == is_week)
            for label, is_week in (("Month", False), ("Week", True))
        ],
        before_url=url(span.before),
        today_url=url(months.span_of(today, is_week=span.is_week)),
        after_url=url(span.after),
        late=still.filter(due_at__lt=min(start, moment.at)).count(),
        late_url=chosen.with_(state="late").url(),
        undated=still.filter(due_at=None).count(),
    )
    template = "tasks/calendar-body.html" if is_htmx(request) else "tasks/calendar.html"
    return render(request, template, {"page": page, "title": page.title})


def _days(tasks: QuerySet[Task], chosen: TaskFilter, span: Span, moment: Moment, today: date) -> list[Day]:
    days = span.days
    start, end = start_of(days[0]), start_of(days[-1] + timedelta(days=1))
    kept = was_open(moment.at) | was_closed(moment.at) if moment.is_past else Q()
    due = tasks.filter(kept, due_at__gte=start, due_at__lt=end).filter(Q(dismissed_at=None) | Q(done_at__isnull=False))
    on_day = due.order_by().annotate(day=TruncDate("due_at"))
    counts: Mapping[date, int] = dict(on_day.values("day").annotate(n=Count("pk")).values_list("day", "n"))
    rows = _by_day(with_health(_first(on_day, span, moment), moment))
    return [
        Day(
            day=day,
            rows=rows.get(day, []),
            count=counts.get(day, 0),
            url=chosen.with_(state="any", due=day.isoformat()).url(),
            is_today=day == today,
            is_outside=not span.first <= day <= span.last,
            is_over=day < today and all(row.task.done_at for row in rows.get(day, [])),
        )
        for day in days
    ]


def _first(on_day: QuerySet[Task], span: Span, moment: Moment) -> list[Task]:
    """The first of each day, those to be done before those that are done. One statement."""
    most = A_DAY_OF_A_WEEK if span.is_week else A_DAY_OF_A_MONTH
    order = (F("done_at").asc(nulls_first=True), F("due_at").asc(), F("pk").asc())
    number = Window(RowNumber(), partition_by=[TruncDate("due_at")], order_by=order)
    found = on_day.annotate(number=number).filter(number__lte=most).order_by(TruncDate("due_at"), "number")
    return tasks_as_they_stood(found, moment.at) if moment.is_past else list(found)


def _by_day(rows: Iterable[Row]) -> dict[date, list[Row]]:
    found: dict[date, list[Row]] = {}
    for row in rows:
        assert row.task.due_at is not None  # filtered by it
        found.setdefault(timezone.localtime(row.task.due_at).date(), []).append(row)
    return found


def _anchor(span: Span, today: date) -> date:
    """The day that stays in sight when a month becomes a week and back."""
    return today if span.first <= today <= span.last else span.first
