"""The events that the product sends, as they were found in what arrived."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.facts.models import EventProperty, EventType, Feature
from mainstay.people.models import Role
from mainstay.people.services import record_audit
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, page_number, user_of

PAGE_SIZE = 50
SORTS = {"name": "Name", "-events": "Most frequent", "-last_received_at": "Latest", "-first_received_at": "Newest"}
_HEADS = ("event", "events", "first_day", "last_day", "first_received_at", "last_received_at", "properties")


@dataclass(frozen=True)
class Sort:
    """A way to sort."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    events: Sequence[EventType]
    features: dict[str, str]
    text: str
    sorts: Sequence[Sort]
    sort_label: str
    total: int
    first: int
    previous_url: str
    next_url: str
    export_url: str
    next_step: str


@dataclass(frozen=True)
class Property:
    """A property of an event; several kinds mean that its type changed or is mixed."""

    name: str
    kinds: Sequence[EventProperty]


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """Every event by name, searched and sorted by the address."""
    text, sort = request.GET.get("q", "").strip(), request.GET.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    at = (page_number(request) - 1) * PAGE_SIZE
    found = _matching(text)
    total = found.count()
    page = Page(
        events=list(_counted(found).order_by(sort, "name")[at : at + PAGE_SIZE]),
        features=_features(),
        text=text,
        sorts=[Sort(label, _url(q=text, sort=key), key == sort) for key, label in SORTS.items()],
        sort_label=SORTS[sort],
        total=total,
        first=at + 1,
        previous_url=_url(q=text, sort=sort, page=str(at // PAGE_SIZE)) if at else "",
        next_url=_url(q=text, sort=sort, page=str(at // PAGE_SIZE + 2)) if at + PAGE_SIZE < total else "",
        export_url=f"{reverse('data-events-export')}?{urlencode({'q': text})}",
        next_step=reverse("settings-keys") if user_of(request).has_role(Role.ADMINISTRATOR) else "",
    )
    template = "data/events-body.html" if is_htmx(request) else "data/events.html"
    return render(request, template, {"page": page, "title": "Events"})


@require_GET
def event(request: HttpRequest, name: str) -> HttpResponse:
    """One event: since when it comes, its properties and their types, the features that it shows the use of."""
    found = get_object_or_404(EventType, name=name)
    rows = found.properties.order_by("name", "-events")
    properties = [Property(name, list(kinds)) for name, kinds in groupby(rows, key=lambda row: row.name)]
    features = [one for one in Feature.objects.all() if name in one.events]
    context = {"event": found, "properties": properties, "features": features, "title": found.name}
    return render(request, "data/event.html", context)


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The events of the search as CSV."""
    text = request.GET.get("q", "").strip()
    record_audit(user_of(request), "data.exported", "events", search=text)
    return csv_response(f"events-{utc_now():%Y-%m-%d}", _HEADS, _rows(_matching(text)))


def _rows(found: QuerySet[EventType]) -> Iterator[Sequence[object]]:
    for one in _counted(found).order_by("name").iterator(500):
        yield (
            one.name, one.events, one.first_day, one.last_day, one.first_received_at, one.last_received_at, one.kinds
        )  # fmt: skip


def _matching(text: str) -> QuerySet[EventType]:
    return EventType.objects.filter(name__icontains=text) if text else EventType.objects.all()


def _counted(found: QuerySet[EventType]) -> QuerySet[Any]:
    """With `kinds`, the number of properties of each."""
    return found.annotate(kinds=Count("properties__name", distinct=True))


def _features() -> dict[str, str]:
    """The label of the feature that each event shows the use of."""
    return {name: feature.label for feature in Feature.objects.all() for name in feature.events}


def _url(**values: str) -> str:
    return f"{reverse('data-events')}?{urlencode({name: value for name, value in values.items() if value})}"
