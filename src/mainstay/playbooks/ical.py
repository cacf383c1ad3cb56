"""Tasks as an iCalendar stream (RFC 5545): events for most calendars, to-dos for those that know them. Pure.

A task due at the last minute of a day, which means the day, is an all-day entry of that day where its owner is. Other
times are written in UTC, so that no change to summer time can move them. There are no alarms: whose calendar it is
sets her own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Todo

_SLOT = timedelta(minutes=30)


@dataclass(frozen=True)
class Entry:
    """A task. `uid` stays the same for good; `changed_at` is when it was opened or closed."""

    uid: str
    title: str
    why: str
    url: str
    account: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    done_at: datetime | None = None
    is_dismissed: bool = False


def calendar(entries: Iterable[Entry], *, name: str, zone: ZoneInfo, as_todos: bool = False) -> bytes:
    """The whole stream. As events, tasks without a due time are left out: an event has a time."""
    made = Calendar()
    made.add("prodid", "-//Mainstay//Tasks//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", zone.key)
    made.add("x-published-ttl", "PT1H")
    for entry in entries:
        if as_todos:
            made.add_component(_todo(entry, zone))
        elif entry.due_at is not None:
            made.add_component(_event(entry, entry.due_at, zone))
    return bytes(made.to_ical())


def _event(entry: Entry, due_at: datetime, zone: ZoneInfo) -> Event:
    event = Event()
    _describe(event, entry, title=f"✓ {entry.title}" if entry.done_at else entry.title)
    event.add("status", "CANCELLED" if entry.is_dismissed else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    local = due_at.astimezone(zone)
    if _means_the_day(local):
        event.add("dtstart", local.date())
        event.add("dtend", local.date() + timedelta(days=1))
    else:
        event.add("dtstart", due_at - _SLOT)
        event.add("dtend", due_at)
    return event


def _todo(entry: Entry, zone: ZoneInfo) -> Todo:
    todo = Todo()
    _describe(todo, entry, title=entry.title)
    todo.add("status", "CANCELLED" if entry.is_dismissed else "COMPLETED" if entry.done_at else "NEEDS-ACTION")
    if entry.done_at is not None:
        todo.add("completed", entry.done_at)
        todo.add("percent-complete", 100)
    if entry.due_at is not None:
        local = entry.due_at.astimezone(zone)
        todo.add("due", local.date() if _means_the_day(local) else entry.due_at)
    return todo


def _describe(component: Event | Todo, entry: Entry, *, title: str) -> None:
    component.add("uid", entry.uid)
    component.add("dtstamp", entry.changed_at)
    component.add("created", entry.opened_at)
    component.add("summary", f"{title} · {entry.account}" if entry.account else title)
    component.add("description", "\n\n".join(part for part in (entry.why, entry.url) if part))
    component.add("url", entry.url)


def _means_the_day(local: datetime) -> bool:
    return (local.hour, local.minute) == (23, 59)
