"""Why a measure has its value: meaning, window, lines, source, and what it was counted from, down to the events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Contact
from mainstay.common.errors import Invalid
from mainstay.common.time import FIRST_YEAR, LAST_YEAR
from mainstay.facts.selectors import EventRow
from mainstay.ingest.sources import LABELS, Freshness, freshness
from mainstay.metrics import lineage
from mainstay.metrics.evidence.table import Column, EventQuery, Row, Shape
from mainstay.metrics.lineage import Lineage
from mainstay.metrics.registry import Metric, get
from mainstay.people.services import record_audit
from mainstay.scores.arithmetic import LABELS as BANDS
from mainstay.scores.explaining import MeasureResult
from mainstay.scores.selectors import health
from mainstay.web import formats
from mainstay.web.accounts.account_frame import Frame, frame_of
from mainstay.web.accounts.account_health import MeasureLine, measure_line
from mainstay.web.accounts.account_missing import why_missing
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.moment import shows_the_past, with_query
from mainstay.web.values import written

EVENTS_ON_A_PAGE = 50
MOST_EVENTS_EXPORTED = 100_000
NUMBERS = (Shape.COUNT, Shape.SCORE)


@dataclass(frozen=True)
class Cell:
    """A value of the table as it is written."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class Line:
    """A row of the table; `url` leads to the raw events behind it."""

    cells: Sequence[Cell]
    url: str


@dataclass(frozen=True)
class Parent:
    """A value this one was made of."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Why:
    """The context of the page. `missing`: why there is no value; empty where there is one."""

    metric: Metric
    value: str
    meaning: str
    window: str
    measure: MeasureLine | None
    sources: Sequence[Freshness]
    lineage: Lineage
    lines: Sequence[Line]
    parents: Sequence[Parent]
    csv_url: str
    corrected: str = ""
    missing: str = ""

    @property
    def columns(self) -> Sequence[tuple[str, bool]]:
        """Heads and whether their column is of numbers."""
        return [(column.label, column.shape in NUMBERS) for column in self.lineage.columns]

    @property
    def has_events(self) -> bool:
        """True when rows lead on to raw events."""
        return any(line.url for line in self.lines)


@dataclass(frozen=True)
class EventLine:
    """A raw event as it was sent."""

    row: EventRow
    who: str
    properties: str

    @property
    def was_corrected(self) -> bool:
        """True when the clock of the sender was wrong and the time was corrected."""
        original = self.row.original_timestamp
        return original is not None and abs((original - self.row.timestamp).total_seconds()) >= 1


@dataclass(frozen=True)
class Events:
    """The context of the page of raw events."""

    lines: Sequence[EventLine]
    caption: str
    next_url: str
    csv_url: str
    why_url: str


@require_GET
@shows_the_past
def why(request: HttpRequest, key: str, metric: str) -> HttpResponse:
    """The page or the dialog of one measure."""
    frame = frame_of(request, key, "account")
    found = _why(frame, metric)
    context = {"frame": frame, "why": found, "title": f"{found.metric.label} of {frame.title}"}
    return render(request, "accounts/account-why.html", context)


@require_GET
@shows_the_past
def why_csv(request: HttpRequest, key: str, metric: str) -> StreamingHttpResponse:
    """What the value was counted from, as CSV."""
    frame = frame_of(request, key, "account")
    found = lineage.whole(metric, frame.account.pk, frame.moment.as_of)
    record_audit(user_of(request), "metrics.lineage_exported", f"account:{key}", metric=metric)
    heads = ["key", *(column.key for column in found.columns)]
    return csv_response(f"{file_name(key)}-{metric}", heads, ([row.key, *row.cells] for row in found.rows))


@require_GET
@shows_the_past
def events(request: HttpRequest, key: str, metric: str) -> HttpResponse:
    """The raw events behind a row."""
    frame, query = frame_of(request, key, "account"), _event_query(request)
    found = lineage.raw_events(
        frame.account.pk, query, limit=EVENTS_ON_A_PAGE + 1, before=_place(request.GET.get("before", ""))
    )
    shown = found[:EVENTS_ON_A_PAGE]
    url, own = reverse("account-why-events", args=[key, metric]), _parameters(query)
    page = Events(
        lines=_event_lines(shown),
        caption=_event_caption(query),
        next_url=with_query(url, frame.moment.query, own, urlencode({"before": _encoded(shown[-1])}))
        if len(found) > EVENTS_ON_A_PAGE
        else "",
        csv_url=with_query(reverse("account-why-events-csv", args=[key, metric]), own),
        why_url=with_query(reverse("account-why", args=[key, metric]), frame.moment.query),
    )
    context = {"frame": frame, "page": page, "metric": get(metric), "title": f"Events of {frame.title}"}
    return render(request, "accounts/account-events.html", context)


@require_GET
@shows_the_past
def events_csv(request: HttpRequest, key: str, metric: str) -> StreamingHttpResponse:
    """The raw events behind a row, as CSV."""
    frame, query = frame_of(request, key, "account"), _event_query(request)
    record_audit(user_of(request), "facts.events_exported", f"account:{key}", metric=metric)
    heads = ("timestamp", "type", "event", "user", "anonymous_id", "properties", "received_at")
    return csv_response(f"{file_name(key)}-events", heads, _event_values(frame.account.pk, query))


def _why(frame: Frame, key: str) -> Why:
    found = lineage.explain(key, frame.account.pk, frame.moment.as_of, known=frame.moment.known)
    metric, ages = found.metric, freshness(frame.moment.now)
    view = health(frame.account.pk, frame.moment.as_of, known=frame.moment.known)
    measures: list[MeasureResult] = [one for part in (view.result.dimensions if view else ()) for one in part.measures]
    measure = next((measure_line(one, frame) for one in measures if one.metric == key), None)
    sources = [ages[source] for source in found.sources if source in LABELS]
    missing = ""
    if found.value is None:
        stand_in = measure.measure if measure is not None and measure.measure.stands_in else None
        counts_as = BANDS[stand_in.counts_as] if stand_in else ""
        missing = why_missing(sources, found.parents, is_past=frame.is_past, counts_as=counts_as)
    return Why(
        metric=metric,
        value=written(found.value, metric.unit),
        meaning=metric.description,
        window=_window(metric),
        measure=measure,
        sources=sources,
        lineage=found,
        lines=[_line(frame, key, found.columns, row) for row in found.rows],
        parents=[
            Parent(one.label, written(one.value, one.unit), _url(frame, "account-why", one.metric))
            for one in found.parents
        ],
        csv_url=_url(frame, "account-why-csv", key),
        corrected=frame.corrected.get(key, ""),
        missing=missing,
    )


def _url(frame: Frame, name: str, metric: str, *queries: str) -> str:
    return with_query(reverse(name, args=[frame.account.key, metric]), frame.moment.query, *queries)


def _window(metric: Metric) -> str:
    kind = {"simple": "Counted", "snapshot": "The state as of the moment", "derived": "Made of other measures"}
    said = kind.get(metric.kind, "")
    return f"{said} over {formats.plural(metric.window_days, 'day')}" if metric.window_days else said


def _line(frame: Frame, metric: str, columns: Sequence[Column], row: Row) -> Line:
    cells = [
        Cell(_text(value, column.shape), column.shape in NUMBERS)
        for column, value in zip(columns, row.cells, strict=True)
    ]
    url = _url(frame, "account-why-events", metric, _parameters(row.events)) if row.events else ""
    return Line(cells, url)


def _text(value: object, shape: Shape) -> str:
    match value:
        case None:
            return formats.NOTHING
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{timezone.localtime(value):%-d %b %Y, %H:%M}"
        case date():
            return f"{value:%a %-d %b %Y}"
        case int() | float():
            return formats.plain(value)
        case _:
            return str(value) or formats.NOTHING


def _parameters(query: EventQuery) -> str:
    values: list[tuple[str, str]] = [("start", query.start.isoformat()), ("end", query.end.isoformat())]
    values += [("name", name) for name in query.names]
    if query.contact_id is not None:
        values.append(("contact", str(query.contact_id)))
    return urlencode(values)


def _event_query(request: HttpRequest) -> EventQuery:
    try:
        start, end = (datetime.fromisoformat(request.GET.get(name, "")) for name in ("start", "end"))
        contact = int(request.GET["contact"]) if "contact" in request.GET else None
    except ValueError:
        raise Invalid("The address of these events is incomplete. Go back and follow the link of the row.") from None
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("The times of these events have no zone. Go back and follow the link of the row.")
    if not FIRST_YEAR <= start.year <= end.year < LAST_YEAR:
        raise Invalid(f"Events are between {FIRST_YEAR} and {LAST_YEAR}. Go back and follow the link of the row.")
    return EventQuery(start, end, tuple(request.GET.getlist("name")), contact)


def _encoded(event: EventRow) -> str:
    return f"{event.place[0].isoformat()}~{event.place[1]}"


def _place(text: str) -> tuple[datetime, int] | None:
    at, _, number = text.partition("~")
    try:
        return datetime.fromisoformat(at), int(number)
    except (ValueError, OverflowError):
        return None


def _event_lines(rows: Sequence[EventRow]) -> list[EventLine]:
    people = Contact.objects.in_bulk([row.contact_id for row in rows if row.contact_id is not None])
    return [
        EventLine(
            row,
            str(people.get(row.contact_id or 0) or row.user_key or row.anonymous_id or "nobody known"),
            _json(row),
        )
        for row in rows
    ]


def _json(row: EventRow) -> str:
    return msgspec.json.encode(row.properties).decode() if row.properties else ""


def _event_caption(query: EventQuery) -> str:
    start, last = query.start, query.end
    named = f" “{', '.join(query.names)}”" if query.names else ""
    return f"Events{named} from {start:%-d %b %Y} until {last:%-d %b %Y, %H:%M} UTC, the latest first."


def _event_values(account_id: int, query: EventQuery) -> Iterator[Sequence[object]]:
    before, sent = None, 0
    while sent < MOST_EVENTS_EXPORTED:
        rows = lineage.raw_events(account_id, query, limit=1000, before=before)
        for line in _event_lines(rows):
            row = line.row
            yield (
                row.timestamp, row.type, row.event, row.user_key, row.anonymous_id, line.properties, row.received_at,
            )  # fmt: skip
        if len(rows) < 1000:
            return
        before, sent = rows[-1].place, sent + len(rows)


def file_name(key: str) -> str:
    """A key as the beginning of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in key)[:60]
