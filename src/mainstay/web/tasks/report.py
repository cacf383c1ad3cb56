"""The report: were promises kept? By playbook, by person or both, over a period; every number leads to its tasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.people.services import record_audit
from mainstay.playbooks.promises import By, Fate, Line, promises
from mainstay.signals.outcomes import Share
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks.filters import BY_HAND, NOBODY, TaskFilter, window_of
from mainstay.web.tasks.head import Link

PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
WAYS: dict[By, str] = {"playbook": "By playbook", "owner": "By person", "both": "By both"}
# Fewer tell nothing about how promises are kept.
ENOUGH = 5
HEADS = (
    "playbook", "owner", "opened", "done_in_time", "done_late", "open_past_promise", "open_within_promise", "dismissed",
    "median_working_hours_to_done", "median_working_hours_promised",
)  # fmt: skip


@dataclass(frozen=True)
class Number:
    """A count, and where its tasks are."""

    count: int
    url: str


@dataclass(frozen=True)
class Row:
    """A line with its addresses. `kept`: None where there is not enough to tell."""

    line: Line
    opened: Number
    in_time: Number
    done_late: Number
    open_late: Number
    running: Number
    dismissed: Number
    kept: Share | None


@dataclass(frozen=True)
class Page:
    """The context of the report."""

    title: str
    ways: Sequence[Link]
    periods: Sequence[Link]
    rows: Sequence[Row]
    by: By
    first: date
    last: date
    export_url: str
    enough: int = ENOUGH


@dataclass(frozen=True)
class Asked:
    """What is asked for."""

    by: By
    days: int

    @classmethod
    def parse(cls, request: HttpRequest) -> "Asked":
        """From the query string; what is not known becomes the default."""
        by, days = request.GET.get("by", ""), request.GET.get("days", "")
        known = int(days) if days.isdecimal() and len(days) < 5 else 30
        return cls(by if by in WAYS else "playbook", known if known in PERIODS else 30)

    def url(self, name: str = "tasks-report", **changes: str | int) -> str:
        """The address of the report with something changed."""
        return f"{reverse(name)}?{urlencode({'by': self.by, 'days': self.days, **changes})}"

    def period(self, moment: Moment) -> tuple[date, date]:
        """The first and the last day, where the user is."""
        last = timezone.localtime(moment.at).date()
        return last - timedelta(days=self.days - 1), last


@require_GET
@shows_the_past
def report(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    moment, asked = moment_of(request), Asked.parse(request)
    first, last = asked.period(moment)
    page = Page(
        title="Promises kept",
        ways=[Link(name, asked.url(by=key), key == asked.by) for key, name in WAYS.items()],
        periods=[Link(name, asked.url(days=days), days == asked.days) for days, name in PERIODS.items()],
        rows=[_row(line, asked.by, first, last) for line in _lines(asked, moment)],
        by=asked.by,
        first=first,
        last=last,
        export_url=asked.url("tasks-report-export"),
    )
    template = "tasks/report-body.html" if is_htmx(request) else "tasks/report.html"
    return render(request, template, {"page": page, "title": page.title})


@require_GET
@shows_the_past
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The lines of the report as CSV."""
    moment, asked = moment_of(request), Asked.parse(request)
    record_audit(user_of(request), "playbooks.promises_exported", "tasks", by=asked.by, days=asked.days)
    return csv_response(f"promises-{moment.at:%Y-%m-%d}", HEADS, _values(_lines(asked, moment)))


def _lines(asked: Asked, moment: Moment) -> list[Line]:
    first, last = asked.period(moment)
    window = window_of(f"{first}..{last}")
    assert window is not None  # two days in their order
    return promises(*window, by=asked.by, at=moment.at)


def _values(lines: Sequence[Line]) -> Iterator[Sequence[object]]:
    for line in lines:
        hours = (None if value is None else round(value, 2) for value in (line.median_hours, line.promised_hours))
        yield line.playbook_name, line.owner_name, line.opened, *(line.counts[fate] for fate in Fate), *hours


def _row(line: Line, by: By, first: date, last: date) -> Row:
    owner = NOBODY if line.owner is None else str(line.owner)
    tasks = TaskFilter(
        scope="all" if by == "playbook" else owner,
        playbook="" if line.playbook is None else line.playbook or BY_HAND,
        opened=f"{first}..{last}",
    )
    kept = Share(line.decided, line.counts[Fate.IN_TIME]) if line.decided >= ENOUGH else None
    return Row(line=line, kept=kept, **_numbers(line, tasks))


def _numbers(line: Line, tasks: TaskFilter) -> dict[str, Number]:
    counts = {"opened": ("any", line.opened)} | {fate.value: (fate.value, line.counts[fate]) for fate in Fate}
    return {name: Number(count, tasks.with_(state=state).url()) for name, (state, count) in counts.items()}
