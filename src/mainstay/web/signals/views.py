"""The list of signals, and the why of one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.people.models import Role, User
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks, tasks_as_they_stood
from mainstay.signals.document import Document
from mainstay.signals.models import Dismissal, Signal
from mainstay.signals.past import as_they_stood, dismissal_at, document_at, signals_at
from mainstay.signals.selectors import Declared, declared
from mainstay.web.healths import has_healths, healths
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.signals import listing
from mainstay.web.signals.evidence import Evidence, values_at
from mainstay.web.signals.kinds import label_of, names_of, severities_of
from mainstay.web.signals.listing import ENDED, NOBODY, PENDING, SEVERITIES, SORTS, STATES, SignalFilter
from mainstay.web.signals.rows import Row, Wait, rows_of, waits_of


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
    waits: Sequence[Wait]
    chosen: SignalFilter
    query: str
    url: str
    next_url: str
    clear_url: str
    is_continued: bool
    is_narrowed: bool
    may_edit: bool
    is_past: bool
    lacks_health: bool

    @property
    def may_tick(self) -> bool:
        """Whether there is something to do with its rows."""
        return self.may_edit and self.chosen.state not in (*ENDED, PENDING)

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
    """The context of one signal. `evidence`: each value, and in the past what it was on the day that is looked at."""

    title: str
    row: Row
    evidence: Sequence[tuple[Evidence, str]]
    day: date | None
    rule: Document | None
    dismissal: Dismissal | None
    tasks: Sequence[Task]
    may_edit: bool
    next: str

    @property
    def back(self) -> str:
        """For the forms that are opened here and lead back to where this was opened."""
        return urlencode({"next": self.next}) if self.next else ""


@require_GET
@shows_the_past
def signals(request: HttpRequest) -> HttpResponse:
    """The page, or only its changing part for htmx."""
    user, moment = user_of(request), moment_of(request)
    chosen = SignalFilter.parse(request.GET.dict(), user)
    if moment.is_past and chosen.state == PENDING:
        chosen = chosen.with_(state="open")
    after = listing.parse_place(request.GET.get("after", ""))
    kinds = declared()
    rows, waits, following = _found(chosen, kinds, moment, after=after)
    everything = SignalFilter(state=chosen.state, sort=chosen.sort)
    page = Page(
        title="Signals",
        tabs=_tabs(chosen, listing.counts(chosen, severities_of(kinds), moment), moment),
        menus=_menus(chosen, user, kinds),
        sorts=[Link(name, url_of(chosen.with_(sort=key)), key == chosen.sort) for key, name in SORTS.items()],
        rows=rows,
        waits=waits,
        chosen=chosen,
        query=_query(chosen),
        url=url_of(chosen),
        next_url=f"{url_of(chosen)}&{urlencode({'after': following.encode()})}" if following else "",
        clear_url=url_of(everything),
        is_continued=after is not None,
        is_narrowed=chosen != everything,
        may_edit=user.has_role(Role.CSM),
        is_past=moment.is_past,
        lacks_health=moment.is_past and not has_healths(moment),
    )
    return render(
        request, f"signals/{'body' if is_htmx(request) else 'signals'}.html", {"page": page, "title": page.title}
    )


@require_GET
@shows_the_past
def signal(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a signal is open: its meaning, its condition, the values then and now, what was done about it."""
    moment, kinds = moment_of(request), declared()
    found = _signal_at(pk, moment)
    row = rows_of([found], names_of(kinds), now=moment.at, health=healths([found.account_id], moment))[0]
    detail = SignalDetail(
        title=label_of(found.kind, names_of(kinds)),
        row=row,
        evidence=list(zip(row.evidence, values_at(found, moment), strict=True)),
        day=moment.day if moment.is_past else None,
        rule=_rule(found.kind, kinds, moment),
        dismissal=dismissal_at(found, moment.at) if found.closed_at else None,
        tasks=_tasks(found, moment),
        may_edit=user_of(request).has_role(Role.CSM),
        next=request.GET.get("next", ""),
    )
    return render(request, "signals/signal.html", {"detail": detail, "title": detail.title})


def _signal_at(pk: int, moment: Moment) -> Signal:
    """A signal as it stands, or stood; not found where it had not opened yet."""
    found = signals_at(moment.at) if moment.is_past else Signal.objects.all()
    one: Signal = get_object_or_404(found.select_related("account__owner", "acknowledged_by", "assignee"), pk=pk)
    return as_they_stood([one])[0] if moment.is_past else one


def _rule(kind: str, kinds: Mapping[str, Declared], moment: Moment) -> Document | None:
    if moment.is_past:
        return document_at(kind, moment.at)
    return kinds[kind].document if kind in kinds else None


def _tasks(signal: Signal, moment: Moment) -> list[Task]:
    """What was done about it, as far as it had come."""
    return tasks_as_they_stood(all_tasks().filter(run__signal=signal, created_at__lt=moment.at), moment.at)


def _found(
    chosen: SignalFilter, kinds: Mapping[str, Declared], moment: Moment, *, after: listing.Place | None
) -> tuple[list[Row], list[Wait], listing.Place | None]:
    """The page of signals, or of what waits to be one, and where it goes on."""
    if chosen.state == PENDING:
        waiting = listing.pending_page(chosen, severities_of(kinds), after=after)
        return [], waits_of(waiting.waits, kinds), waiting.next
    found = listing.page(chosen, moment, after=after)
    health = healths([one.account_id for one in found.signals], moment)
    return rows_of(found.signals, names_of(kinds), now=moment.at, health=health), [], found.next


def url_of(chosen: SignalFilter) -> str:
    """The address of the list with a filter. `owner` is always in it: without it a CSM sees her own accounts."""
    return f"{reverse('signals')}?{_query(chosen)}"


def _query(chosen: SignalFilter) -> str:
    values = asdict(chosen)
    return urlencode({name: value for name, value in values.items() if value or name == "owner"})


def _tabs(chosen: SignalFilter, numbers: Mapping[str, int], moment: Moment) -> list[Link]:
    return [
        Link(name, url_of(chosen.with_(state=key)), key == chosen.state, numbers.get(key))
        for key, name in STATES.items()
        if not (moment.is_past and key == PENDING)
    ]


def _menus(chosen: SignalFilter, user: User, kinds: Mapping[str, Declared]) -> list[Menu]:
    people = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name", "pk")
    # By her own role: who looks at the past is a viewer there, and still looks for her own.
    owners = [(str(user.pk), "Me")] if user.role != Role.VIEWER else []
    owners += [(str(pk), name) for pk, name in people.values_list("pk", "name") if pk != user.pk]
    names = sorted(names_of(kinds).items(), key=lambda pair: pair[1])
    return [
        _menu("Kind", "Any", "kind", names, chosen),
        _menu("Severity", "Any", "severity", list(SEVERITIES.items()), chosen),
        _menu("Owner", "Anyone", "owner", [*owners, (NOBODY, "Nobody")], chosen),
    ]


def _menu(label: str, none: str, name: str, options: Sequence[tuple[str, str]], chosen: SignalFilter) -> Menu:
    value = getattr(chosen, name)
    choices = [Link(none, url_of(chosen.with_(**{name: ""})), not value)]
    choices += [Link(text, url_of(chosen.with_(**{name: key})), key == value) for key, text in options]
    return Menu(label, next((one.label for one in choices if one.is_current), value), choices, bool(value))
