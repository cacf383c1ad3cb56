"""Portfolio: every account in one table, narrowed and sorted by its address."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account
from mainstay.people.models import Role, User
from mainstay.segments.models import Segment
from mainstay.segments.selectors import visible_segments
from mainstay.web.accounts import query
from mainstay.web.accounts.columns import CHOSEN_AT_FIRST, COLUMNS, OPTIONAL, Column, Sort, parse_sort
from mainstay.web.accounts.filters import AT_FIRST, NOBODY, Filter, parse_filter
from mainstay.web.accounts.past_book import PastBook, latest_kept
from mainstay.web.accounts.rows import Row, rows
from mainstay.web.http import is_htmx, page_number, safe_next, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.travel import harmless

PAGE_SIZE = 50
# How long the stages and tiers in use are remembered, in seconds: reading them scans all accounts.
CHOICES_SECONDS = 300


@dataclass(frozen=True)
class Choice:
    """An entry of a filter's menu."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Menu:
    """A filter with a menu: what it is called, what is chosen, what can be."""

    label: str
    chosen: str
    choices: Sequence[Choice]
    is_narrowed: bool


@dataclass(frozen=True)
class Head:
    """The head of a column: its sort link and its direction as `aria-sort` has it."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True)
class Tab:
    """A saved segment above the table."""

    segment: Segment | None
    label: str
    url: str
    count: int | None
    is_current: bool


@dataclass(frozen=True)
class Page:
    """The context of the template."""

    title: str
    summary: query.Summary
    rows: Sequence[Row]
    filter: Filter
    sort: Sort
    tabs: Sequence[Tab]
    menus: Sequence[Menu]
    heads: Sequence[Head]
    columns: frozenset[str]
    optional: Sequence[Column]
    previous_url: str
    next_url: str
    clear_url: str
    query: str
    has_accounts: bool
    may_edit: bool
    may_reassign: bool
    may_set: bool
    past_note: str = ""


@dataclass(frozen=True)
class _Part:
    """What a page of the list shows, of the present or of a day that is over."""

    summary: query.Summary
    rows: Sequence[Row]
    previous: Mapping[str, str]
    next: Mapping[str, str]
    note: str = ""


@require_GET
@shows_the_past
def portfolio(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    chosen = parse_filter(request.GET.dict(), segments)
    sort = parse_sort(request.GET.get("sort", ""))
    link = _Links(chosen, sort)
    part = _past(request, chosen, sort, moment) if moment.is_past else _present(request, chosen, sort, moment.now)
    page = Page(
        title="Portfolio",
        summary=part.summary,
        rows=part.rows,
        filter=chosen,
        sort=sort,
        tabs=_tabs(segments, chosen, sort, has_counts=not moment.is_past),
        menus=_menus(user, chosen, link),
        heads=[_head(column, sort, link) for column in COLUMNS.values()],
        columns=chosen_columns(request),
        optional=OPTIONAL,
        previous_url=link.to(**part.previous) if part.previous else "",
        next_url=link.to(**part.next) if part.next else "",
        clear_url=_Links(Filter({name: chosen.values[name] for name in chosen.values if name == "segment"}), sort).to(),
        query=link.query(),
        has_accounts=part.summary.total > 0 or Account.objects.exists(),
        may_edit=user.has_role(Role.CSM),
        may_reassign=user.has_role(Role.MANAGER),
        may_set=user.has_role(Role.ADMINISTRATOR),
        past_note=part.note,
    )
    template = "accounts/portfolio-body.html" if is_htmx(request) else "accounts/portfolio.html"
    return render(request, template, {"page": page, "title": page.title})


def _present(request: HttpRequest, chosen: Filter, sort: Sort, now: datetime) -> _Part:
    numbers = query.summary(chosen, changed_since=now.date() - timedelta(days=7))
    ids = query.page_of_ids(
        chosen,
        sort,
        size=PAGE_SIZE,
        total=numbers.total,
        after=query.parse_cursor(request.GET.get("after", "")),
        before=query.parse_cursor(request.GET.get("before", "")),
    )
    return _Part(
        summary=numbers,
        rows=[] if chosen.condition_error else rows(ids.ids, now=now),
        previous={"before": ids.previous.encode()} if ids.previous else {},
        next={"after": ids.next.encode()} if ids.next else {},
    )


def _past(request: HttpRequest, chosen: Filter, sort: Sort, moment: Moment) -> _Part:
    """Pages of the past are numbered: nothing comes or goes there while one turns them."""
    day = latest_kept(before=moment.at)
    if day is None:
        return _Part(query.Summary(), [], {}, {}, "Nothing is kept of that time or before it.")
    note = "" if day == moment.kept_day else f"Nothing is kept of {moment.day:%-d %B %Y}: shown is {day:%-d %B %Y}."
    if chosen.condition_error:
        return _Part(query.Summary(), [], {}, {}, note)
    number = page_number(request)
    found = PastBook(day, moment.known).page(chosen, sort, size=PAGE_SIZE, number=number)
    before = {"page": str(number - 1)} if number > 1 else {}
    return _Part(found.summary, found.rows, before, {"page": str(number + 1)} if found.has_more else {}, note)


@require_POST
@harmless
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns this user sees, kept in the session."""
    wanted = set(request.POST.getlist("column"))
    request.session["portfolio_columns"] = [column.key for column in OPTIONAL if column.key in wanted]
    return redirect(safe_next(request, reverse("portfolio")))


def chosen_columns(request: HttpRequest) -> frozenset[str]:
    """The columns this user chose, besides the name."""
    kept = request.session.get("portfolio_columns")
    return CHOSEN_AT_FIRST if kept is None else frozenset(kept)


class _Links:
    """Addresses that keep the filter and the sort and change one thing."""

    def __init__(self, chosen: Filter, sort: Sort) -> None:
        self._values = {**chosen.values, "sort": sort.key}
        self._path = reverse("portfolio")

    def query(self, **changes: str) -> str:
        """The query string; an empty value leaves a name out."""
        return urlencode({name: value for name, value in {**self._values, **changes}.items() if value})

    def to(self, **changes: str) -> str:
        """The address of the Portfolio. A change other than of the page begins at the first page."""
        return f"{self._path}?{self.query(**changes)}"

    def each(self, name: str, values: Iterable[str]) -> Iterator[str]:
        """The addresses that set `name` to each of many values."""
        rest = self.to(**{name: ""})
        for value in values:
            yield f"{rest}&{urlencode({name: value})}" if value else rest


def _head(column: Column, sort: Sort, link: _Links) -> Head:
    direction = ("descending" if sort.is_descending else "ascending") if column.key == sort.column.key else ""
    return Head(column, link.to(sort=sort.after_click(column)), direction)


def _tabs(segments: dict[str, Segment], chosen: Filter, sort: Sort, *, has_counts: bool) -> list[Tab]:
    tabs = []
    for segment in segments.values():
        link = _Links(Filter({} if segment.key == AT_FIRST else {"segment": segment.key}), sort)
        is_current = chosen.segment is not None and segment.key == chosen.segment.key
        count = segment.member_count if has_counts else None  # they are those of now
        tabs.append(Tab(segment, segment.name, link.to(), count, is_current))
    if AT_FIRST not in segments:
        tabs.insert(0, Tab(None, "All", _Links(Filter(), sort).to(), None, chosen.segment is None))
    return tabs


def _menus(user: User, chosen: Filter, link: _Links) -> list[Menu]:
    people = User.objects.filter(is_active=True).order_by("name", "pk").values_list("pk", "name")
    owners = [(str(user.pk), "Me"), *((str(pk), name) for pk, name in people if pk != user.pk), (NOBODY, "Nobody")]
    bands = [("red", "At risk"), ("yellow", "Moderate"), ("green", "Healthy"), ("unknown", "Unknown")]
    return [
        _menu("owner", "Owner", [("", "Anyone"), *owners], chosen, link),
        _menu("band", "Health", [("", "Any"), *bands], chosen, link),
        _menu("stage", "Stage", [("", "Any"), *_values("stage")], chosen, link),
        _menu("tier", "Tier", [("", "Any"), *_values("tier")], chosen, link),
    ]


def _menu(name: str, label: str, options: Sequence[tuple[str, str]], chosen: Filter, link: _Links) -> Menu:
    value = chosen.values.get(name, "")
    urls = link.each(name, [key for key, _ in options])
    choices = [Choice(text, url, key == value) for (key, text), url in zip(options, urls, strict=True)]
    return Menu(label, dict(options).get(value, value), choices, bool(value))


def _values(column: str) -> list[tuple[str, str]]:
    """The values of a text column of accounts in use."""

    def read() -> list[str]:
        found = Account.objects.exclude(**{column: ""}).order_by(column).values_list(column, flat=True).distinct()
        return list(found[:50])

    values: list[str] = cache.get_or_set(f"account-{column}", read, CHOICES_SECONDS) or []
    return [(value, value[:1].upper() + value[1:]) for value in values]
