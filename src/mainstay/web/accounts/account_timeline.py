"""The timeline: what happened with an account and what was done about it, newest first, page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.interactions.selectors import (
    PULSE,
    RESPONSE,
    TICKET_OPENED,
    TICKET_SOLVED,
    Position,
    TimelineEntry,
    older_than,
)
from mainstay.interactions.selectors import timeline as contacts_of
from mainstay.opportunities.models import Opportunity
from mainstay.playbooks.models import Task
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels
from mainstay.web import formats
from mainstay.web.accounts.account_frame import Frame
from mainstay.web.accounts.account_history import changes_of
from mainstay.web.signals.kinds import label_of

PAGE_SIZE = 30
SHOWN_ON_OVERVIEW = 8

SIGNAL_OPENED, SIGNAL_CLOSED = "signal", "signal_closed"
TASK_ADDED, TASK_DONE = "task", "task_done"
OPPORTUNITY, DECIDED = "opportunity", "opportunity_decided"
HEALTH = "health"
CALLS = ("call", "meeting", "business_review", "training")
# What a filter shows; None: whatever there is.
FILTERS: Mapping[str, tuple[str, ...] | None] = {
    "": None,
    "notes": ("note", PULSE),
    "email": ("email",),
    "calls": CALLS,
    "support": (TICKET_OPENED, TICKET_SOLVED, RESPONSE),
    "signals": (SIGNAL_OPENED, SIGNAL_CLOSED),
    "tasks": (TASK_ADDED, TASK_DONE),
    "opportunities": (OPPORTUNITY, DECIDED),
    "health": (HEALTH,),
}
NAMES = {"": "All", "notes": "Notes and pulses", "calls": "Calls and meetings"}
ICONS = {
    "note": "pencil-line",
    "email": "mail",
    "call": "phone",
    "meeting": "users",
    "business_review": "bar-chart-3",
    "training": "book-open",
    TICKET_OPENED: "life-buoy",
    TICKET_SOLVED: "life-buoy",
    RESPONSE: "message-square",
    PULSE: "eye",
    SIGNAL_OPENED: "bell",
    SIGNAL_CLOSED: "bell-off",
    TASK_ADDED: "check-square",
    TASK_DONE: "circle-check",
    OPPORTUNITY: "target",
    DECIDED: "flag",
    HEALTH: "activity",
}


@dataclass(frozen=True)
class Item:
    """An entry with its icon. `by_day`: it belongs to a day, not to an instant of it."""

    entry: TimelineEntry
    icon: str
    by_day: bool


@dataclass(frozen=True)
class DayGroup:
    """The entries of one day, where the user is."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Choice:
    """A filter."""

    key: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class TimelineCard:
    """The context of the card."""

    groups: Sequence[DayGroup]
    choices: Sequence[Choice]
    chosen: str
    next: str


def timeline_card(frame: Frame, *, chosen: str = "", after: str = "", size: int = PAGE_SIZE) -> TimelineCard:
    """A page of the timeline: those of a filter, after a place (empty: from the newest known at the moment)."""
    chosen = chosen if chosen in FILTERS else ""
    before = parse_position(after) or Position(frame.moment.at)
    found = list(islice(entries(frame, before=before, kinds=FILTERS[chosen], limit=size + 1), size + 1))
    here = timezone.localtime(frame.moment.at)
    return TimelineCard(
        groups=_by_day(found[:size], here),
        choices=[Choice(key, NAMES.get(key, key.capitalize()), key == chosen) for key in FILTERS],
        chosen=chosen,
        next=encode(found[size - 1].position) if len(found) > size else "",
    )


def entries(frame: Frame, *, before: Position, kinds: Sequence[str] | None, limit: int) -> Iterator[TimelineEntry]:
    """Every kind of entry older than `before`, newest first; at least `limit` of them if there are so many."""

    def wanted(*of: str) -> bool:
        return kinds is None or any(kind in kinds for kind in of)

    account = frame.account
    sources: list[Iterator[TimelineEntry]] = []
    if wanted("note", "email", *CALLS, TICKET_OPENED, TICKET_SOLVED, RESPONSE, PULSE):
        sources.append(iter(contacts_of(account, before=before, kinds=kinds, limit=limit)))
    if wanted(SIGNAL_OPENED, SIGNAL_CLOSED):
        names = labels()
        sources += [_signals_opened(account, before, limit, names), _signals_closed(account, before, limit, names)]
    if wanted(TASK_ADDED, TASK_DONE):
        sources += [_tasks_added(account, before, limit), _tasks_done(account, before, limit)]
    if wanted(OPPORTUNITY, DECIDED):
        sources += [_opened(account, before, limit), _decided(account, before, limit)]
    if wanted(HEALTH):
        sources.append(_health_changes(frame, before))
    return merge(*sources, key=lambda entry: entry.position, reverse=True)


def encode(position: Position) -> str:
    """A position for an address."""
    return f"{position.at.isoformat()}~{position.kind}~{position.pk}"


def parse_position(text: str) -> Position | None:
    """A position of an address; None for what is not one."""
    try:
        at, kind, pk = text.split("~")
        position = Position(datetime.fromisoformat(at).astimezone(UTC), kind, int(pk))
    except (ValueError, OverflowError):
        return None
    return position if 0 <= position.pk < 2**128 else None


def _signals_opened(
    account: Account, before: Position, limit: int, names: Mapping[str, str]
) -> Iterator[TimelineEntry]:
    rows = Signal.objects.filter(account=account)
    for row in older_than(rows, "opened_at", before, SIGNAL_OPENED).order_by("-opened_at", "-pk")[:limit]:
        at = Position(row.opened_at, SIGNAL_OPENED, row.pk)
        yield TimelineEntry(at, f"Signal: {label_of(row.kind, names)}", row.summary, "")


def _signals_closed(
    account: Account, before: Position, limit: int, names: Mapping[str, str]
) -> Iterator[TimelineEntry]:
    rows = Signal.objects.filter(account=account, closed_at__isnull=False)
    for row in older_than(rows, "closed_at", before, SIGNAL_CLOSED).order_by("-closed_at", "-pk")[:limit]:
        assert row.closed_at is not None  # filtered above
        days = (row.closed_at - row.opened_at).days
        text = f"Open for {formats.plural(days, 'day')}" if days else "Open for less than a day"
        yield TimelineEntry(
            Position(row.closed_at, SIGNAL_CLOSED, row.pk), f"Signal closed: {label_of(row.kind, names)}", text, ""
        )


def _tasks_added(account: Account, before: Position, limit: int) -> Iterator[TimelineEntry]:
    rows = Task.objects.filter(account=account).select_related("run__version__playbook", "created_by")
    older = _rows_older_than(rows, "created_at", before, TASK_ADDED)
    for row in older.order_by("-created_at", "-pk")[:limit]:
        who = f"Playbook {row.run.version.playbook.name}" if row.run else str(row.created_by or "")
        yield TimelineEntry(Position(row.created_at, TASK_ADDED, row.pk.int), f"Task: {row.title}", row.why, who)


def _tasks_done(account: Account, before: Position, limit: int) -> Iterator[TimelineEntry]:
    rows = Task.objects.filter(account=account, done_at__isnull=False).select_related("done_by")
    for row in _rows_older_than(rows, "done_at", before, TASK_DONE).order_by("-done_at", "-pk")[:limit]:
        assert row.done_at is not None  # filtered above
        yield TimelineEntry(
            Position(row.done_at, TASK_DONE, row.pk.int), f"Task done: {row.title}", "", str(row.done_by or "")
        )


def _opened(account: Account, before: Position, limit: int) -> Iterator[TimelineEntry]:
    rows = Opportunity.objects.filter(account=account).select_related("created_by")
    for row in _rows_older_than(rows, "created_at", before, OPPORTUNITY).order_by("-created_at", "-pk")[:limit]:
        who = f"Playbook {row.made_by}" if row.made_by else str(row.created_by or "")
        yield TimelineEntry(
            Position(row.created_at, OPPORTUNITY, row.pk.int), f"{row.kind_name}: {row.title}", row.why, who
        )


def _decided(account: Account, before: Position, limit: int) -> Iterator[TimelineEntry]:
    rows = Opportunity.objects.filter(account=account, decided_at__isnull=False).select_related("decided_by")
    for row in _rows_older_than(rows, "decided_at", before, DECIDED).order_by("-decided_at", "-pk")[:limit]:
        assert row.decided_at is not None  # filtered above
        at = Position(row.decided_at, DECIDED, row.pk.int)
        yield TimelineEntry(at, f"{row.state_name}: {row.title}", row.note, str(row.decided_by or ""))


def _rows_older_than[M: Model](rows: QuerySet[M], field: str, before: Position, kind: str) -> QuerySet[M]:
    """Ids of tasks and opportunities are UUIDs: their order is that of their numbers."""
    return older_than(rows, field, before, kind, pk=UUID(int=before.pk) if kind == before.kind else None)


def _health_changes(frame: Frame, before: Position) -> Iterator[TimelineEntry]:
    """The changes of the band in the last twelve months; a day's score is known when the day is over."""
    for then, now in reversed(changes_of(frame.history)):
        if then.band == now.band:
            continue
        position = Position(midnight(now.day + DAY) - timedelta(seconds=1), HEALTH, now.day.toordinal())
        if position < before:
            title = f"Health {_score(then.score)} → {_score(now.score)}"
            text = f"{formats.band_name(then.band)} → {formats.band_name(now.band)}"
            yield TimelineEntry(position, title, text, f"Scorecard {now.scorecard} v{now.version}")


def _score(score: int | None) -> str:
    return formats.NOTHING if score is None else str(score)


def _by_day(found: Sequence[TimelineEntry], here: datetime) -> list[DayGroup]:
    def day_of(entry: TimelineEntry) -> date:
        # Health belongs to a day of UTC, whatever the hour is where the user is.
        return entry.at.date() if entry.kind == HEALTH else timezone.localtime(entry.at).date()

    return [
        DayGroup(_title(day, here), [Item(one, ICONS.get(one.kind, "calendar"), one.kind == HEALTH) for one in group])
        for day, group in groupby(found, key=day_of)
    ]


def _title(day: date, here: datetime) -> str:
    days = (here.date() - day).days
    if days in (0, 1):
        return "Today" if days == 0 else "Yesterday"
    return f"{day:%a} {day.day} {day:%b}" if day.year == here.year else f"{day:%a} {day.day} {day:%b} {day.year}"
