"""The list of signals, and the why of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks
from mainstay.scores.models import Health
from mainstay.signals.models import Signal
from mainstay.signals.registry import kinds
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of
from mainstay.web.signals import listing
from mainstay.web.signals.evidence import Evidence, evidence_of, in_one_line
from mainstay.web.signals.kinds import label_of, labels
from mainstay.web.signals.listing import NOBODY, SEVERITIES, SORTS, STATES, SignalFilter

MARKS = {"critical": "red", "warning": "yellow"}
HEADS = (
    "id", "kind", "label", "severity", "state", "account", "account_name", "owner", "summary", "evidence", "at_stake",
    "currency", "opened_at", "acknowledged_at", "snoozed_until", "closed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A signal as the list and the account page show it."""

    signal: Signal
    label: str
    state: str
    evidence: Sequence[Evidence]
    health: Health | None = None

    @property
    def lead(self) -> Evidence | None:
        """The value that says most: the first that changed, else the first."""
        return next((one for one in self.evidence if one.has_changed), next(iter(self.evidence), None))

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.signal.severity, "")


@dataclass(frozen=True)
class Link:
    """A tab, or an entry of a menu."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Menu:
    """A filter with a menu."""

    label: str
    chosen: str
    choices: Sequence[Link]
    is_narrowed: bool


@dataclass(frozen=True)
class Page:
    """The context of the list."""

    title: str
    tabs: Sequence[Link]
    menus: Sequence[Menu]
    sorts: Sequence[Link]
    rows: Sequence[Row]
    chosen: SignalFilter
    query: str
    url: str
    next_url: str
    clear_url: str
    is_continued: bool
    is_narrowed: bool
    may_edit: bool

    @property
    def sort_label(self) -> str:
        """How it is sorted."""
        return SORTS[self.chosen.sort]

    @property
    def back(self) -> str:
        """For pages that lead back here."""
        return urlencode({"next": self.url})


@dataclass(frozen=True)
class SignalDetail:
    """The context of one signal."""

    title: str
    row: Row
    condition: str
    closes: str
    tasks: Sequence[Task]
    may_edit: bool
    next: str


@require_GET
def signals(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, now = user_of(request), utc_now()
    chosen = SignalFilter.parse(request.GET.dict(), user)
    after = listing.parse_place(request.GET.get("after", ""))
    found = listing.page(chosen, now=now, after=after)
    everything = SignalFilter(state=chosen.state, sort=chosen.sort)
    page = Page(
        title="Signals",
        tabs=_tabs(chosen, listing.counts(chosen, now=now)),
        menus=_menus(chosen, user),
        sorts=[Link(name, url_of(chosen.with_(sort=key)), key == chosen.sort) for key, name in SORTS.items()],
        rows=rows_of(found.signals, now=now, with_health=True),
        chosen=chosen,
        query=_query(chosen),
        url=url_of(chosen),
        next_url=f"{url_of(chosen)}&{urlencode({'after': found.next.encode()})}" if found.next else "",
        clear_url=url_of(everything),
        is_continued=after is not None,
        is_narrowed=chosen != everything,
        may_edit=user.has_role(Role.CSM),
    )
    return render(
        request, f"signals/{'body' if is_htmx(request) else 'signals'}.html", {"page": page, "title": page.title}
    )


@require_GET
def signal(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a signal is open: its meaning, its condition, the values then and now, what was done about it."""
    found = get_object_or_404(Signal.objects.select_related("account__owner", "acknowledged_by"), pk=pk)
    kind = kinds().get(found.kind)
    detail = SignalDetail(
        title=label_of(found.kind),
        row=rows_of([found], now=utc_now(), with_health=True)[0],
        condition=kind.document.condition if kind else "",
        closes=kind.document.closes if kind else "",
        tasks=list(all_tasks().filter(run__signal=found)),
        may_edit=user_of(request).has_role(Role.CSM),
        next=request.GET.get("next", ""),
    )
    return render(request, "signals/signal.html", {"detail": detail, "title": detail.title})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The signals of the filter as CSV, in the order of the page."""
    user, now = user_of(request), utc_now()
    chosen = SignalFilter.parse(request.GET.dict(), user)
    record_audit(user, "signals.exported", "signals", **asdict(chosen))
    return csv_response(f"signals-{now:%Y-%m-%d}", HEADS, _values(listing.matching(chosen, now=now).iterator(500), now))


def rows_of(signals: Sequence[Signal], *, now: datetime, with_health: bool = False) -> list[Row]:
    """Signals with their labels and evidence, and the health of their accounts on demand."""
    health: Mapping[int, Health] = {}
    if with_health:
        health = Health.objects.defer("detail").in_bulk(list({one.account_id for one in signals}))
    return [
        Row(one, label_of(one.kind), listing.state_of(one, now), evidence_of(one), health.get(one.account_id))
        for one in signals
    ]


def _values(signals: Iterator[Signal], now: datetime) -> Iterator[Sequence[object]]:
    for one in signals:
        owner = one.account.owner
        yield (
            one.pk, one.kind, label_of(one.kind), one.severity, listing.state_of(one, now), one.account.key,
            one.account.name, owner and owner.email, one.summary, in_one_line(evidence_of(one)), one.at_stake_minor,
            one.currency, one.opened_at, one.acknowledged_at, one.snoozed_until, one.closed_at,
        )  # fmt: skip


def url_of(chosen: SignalFilter) -> str:
    """The address of the list with a filter. `owner` is always in it: without it a CSM sees her own accounts."""
    return f"{reverse('signals')}?{_query(chosen)}"


def _query(chosen: SignalFilter) -> str:
    values = asdict(chosen)
    return urlencode({name: value for name, value in values.items() if value or name == "owner"})


def _tabs(chosen: SignalFilter, numbers: Mapping[str, int]) -> list[Link]:
    return [
        Link(name, url_of(chosen.with_(state=key)), key == chosen.state, numbers.get(key))
        for key, name in STATES.items()
    ]


def _menus(chosen: SignalFilter, user: User) -> list[Menu]:
    people = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name", "pk")
    owners = [(str(user.pk), "Me")] if user.has_role(Role.CSM) else []
    owners += [(str(pk), name) for pk, name in people.values_list("pk", "name") if pk != user.pk]
    return [
        _menu("Kind", "Any", "kind", labels(), chosen),
        _menu("Severity", "Any", "severity", list(SEVERITIES.items()), chosen),
        _menu("Owner", "Anyone", "owner", [*owners, (NOBODY, "Nobody")], chosen),
    ]


def _menu(label: str, none: str, name: str, options: Sequence[tuple[str, str]], chosen: SignalFilter) -> Menu:
    value = getattr(chosen, name)
    choices = [Link(none, url_of(chosen.with_(**{name: ""})), not value)]
    choices += [Link(text, url_of(chosen.with_(**{name: key})), key == value) for key, text in options]
    return Menu(label, next((one.label for one in choices if one.is_current), value), choices, bool(value))
