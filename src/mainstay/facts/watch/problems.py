"""Opens and closes the problems of what arrives: each once, for operations, whatever number of accounts it touches.

A late source hides the rest about it: volumes that fall and events that vanish because nothing came are one problem.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mainstay.common.calendars import is_holiday
from mainstay.common.time import DAY, isoformat
from mainstay.facts.models import DataProblem, EventProperty, EventType
from mainstay.facts.watch import counts, observation, silence, volume
from mainstay.ingest.sources import LABELS, Freshness, freshness, holidays_of
from mainstay.people.models import User
from mainstay.people.services import record_audit

# A new event or type is news for this long; before we have watched as long, everything is new and nothing is said.
NEWS = timedelta(days=7)
_EVENT_DAYS = timedelta(days=70)
LATE = "late"
KINDS = {
    LATE: "Late",
    "volume_low": "Less than usual",
    "volume_high": "More than usual",
    "event_new": "New event",
    "event_gone": "Event vanished",
    "type_new": "Type changed",
}

_WORDS = {"text": "text", "number": "a number", "boolean": "yes or no", "list": "a list", "object": "an object"}


@dataclass(frozen=True)
class Finding:
    """A problem that is there now."""

    kind: str
    source: str
    summary: str
    subject: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same problem at the next look."""
        return (self.kind, self.source, self.subject)


@dataclass(frozen=True)
class WatchResult:
    """What a look changed."""

    events: int
    opened: int
    closed: int


def watch(now: datetime) -> WatchResult:
    """Look at what arrived since the last time, and open and close problems. Repeatable."""
    looked_at = observation.observe()
    counts.refresh_volumes(now)
    opened, closed = _settle(list(_findings(now)), now=now)
    return WatchResult(looked_at, opened, closed)


def open_problems() -> QuerySet[DataProblem]:
    """What is wrong now, the latest first; acknowledged ones included."""
    return DataProblem.objects.filter(closed_at=None).select_related("acknowledged_by")


@transaction.atomic
def acknowledge(problem: DataProblem, *, by: User, now: datetime) -> None:
    """Somebody knows; it stays open until it has passed. Repeated, it keeps who was first."""
    if problem.acknowledged_at is None:
        problem.acknowledged_at, problem.acknowledged_by = now, by
        problem.save(update_fields=["acknowledged_at", "acknowledged_by"])
        record_audit(by, "data.acknowledged", f"problem:{problem.pk}", kind=problem.kind, about=problem.subject)


@transaction.atomic
def reopen(problem: DataProblem, *, by: User) -> None:
    """Take back that somebody knows."""
    problem.acknowledged_at = problem.acknowledged_by = None
    problem.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record_audit(by, "data.reopened", f"problem:{problem.pk}", kind=problem.kind, about=problem.subject)


def _settle(found: Sequence[Finding], *, now: datetime) -> tuple[int, int]:
    present = {one.identity: one for one in found}
    with transaction.atomic():
        stored = {(one.kind, one.source, one.subject): one for one in DataProblem.objects.filter(closed_at=None)}
        passed = [stored[key].pk for key in stored.keys() - present.keys()]
        DataProblem.objects.filter(pk__in=passed).update(closed_at=now)
        for key in stored.keys() & present.keys():
            problem, finding = stored[key], present[key]
            if (problem.summary, problem.evidence) != (finding.summary, finding.evidence):
                problem.summary, problem.evidence = finding.summary, finding.evidence
                problem.save(update_fields=["summary", "evidence"])
        fresh = [DataProblem(opened_at=now, **vars(present[key])) for key in present.keys() - stored.keys()]
        # Another process may find the same at the same time; the database keeps one.
        DataProblem.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh), len(passed)


def _findings(now: datetime) -> Iterator[Finding]:
    known = freshness(now)
    late = {key for key, source in known.items() if source.is_late}
    for key in sorted(late):
        yield _lateness(known[key])
    for key in counts.MEASURED:
        if key not in late and known[key].last_received_at is not None:
            yield from _volume(key, now.date() - DAY)
    yield from _types(now)
    if "product" not in late:
        yield from _events(now)


def _lateness(source: Freshness) -> Finding:
    assert source.last_received_at is not None
    return Finding(
        LATE,
        source.source,
        f"{source.label}: nothing has come since {source.last_received_at:%d %b %Y %H:%M} UTC. What is measured "
        "from it is frozen and turns no account red.",
        evidence={
            "last_received_at": isoformat(source.last_received_at),
            "late_after_seconds": source.rhythm_seconds,
            "usual_seconds": source.usual_seconds,
        },
    )


def _volume(source: str, day: date) -> Iterator[Finding]:
    """The last complete day against what is usual for it."""
    rows = counts.volumes(source)
    expected = volume.usual(rows, day, is_holiday=_calendar(source))
    verdict = expected.verdict(rows.get(day, 0)) if expected else ""
    if expected is None or not verdict:
        return
    word = "less" if verdict == "low" else "more"
    yield Finding(
        f"volume_{verdict}",
        source,
        f"{LABELS[source]}: {rows.get(day, 0):,} rows on {day:%a %d %b %Y}, {word} than the usual "
        f"{expected.low:,.0f} to {expected.high:,.0f}.",
        evidence={"day": day.isoformat(), "rows": rows.get(day, 0), "low": expected.low, "high": expected.high},
    )


def _events(now: datetime) -> Iterator[Finding]:
    """Events that came for the first time this week, and events that came regularly and stopped."""
    began = EventType.objects.order_by("first_received_at").values_list("first_received_at", flat=True).first()
    if began is not None and began < now - 2 * NEWS:
        for event in EventType.objects.filter(first_received_at__gt=now - NEWS):
            yield Finding(
                "event_new",
                "product",
                f"The event '{event.name}' came for the first time on {event.first_received_at:%d %b %Y}.",
                subject=event.name,
            )
    quiet_on, today = _calendar("product"), now.date()
    for name, days in counts.days_of_events(today - _EVENT_DAYS, today).items():
        limit = silence.vanished_after(days, is_holiday=quiet_on)
        quiet = silence.quiet_days(days[-1], today, is_holiday=quiet_on)
        if limit is not None and quiet > limit:
            yield Finding(
                "event_gone",
                "product",
                f"The event '{name}' came last on {days[-1]:%d %b %Y}; it never was away for so long.",
                subject=name,
                evidence={"last_day": days[-1].isoformat(), "gone_after_days": limit},
            )


def _types(now: datetime) -> Iterator[Finding]:
    """Properties that began to come as another type, at least a week after they began to come at all."""
    fresh = EventProperty.objects.filter(first_received_at__gt=now - NEWS).select_related("event")
    for one in fresh:
        others = EventProperty.objects.filter(event=one.event_id, name=one.name).exclude(pk=one.pk)
        former = others.filter(first_received_at__lte=one.first_received_at - NEWS).order_by("-events").first()
        if former is not None:
            yield Finding(
                "type_new",
                "product",
                f"'{one.name}' of the event '{one.event.name}' was {_WORDS[former.kind]} and comes as "
                f"{_WORDS[one.kind]} since {one.first_received_at:%d %b %Y}. Look at the metrics that use it.",
                subject=f"{one.event.name} · {one.name} · {one.kind}",
                evidence={"was": former.kind, "is": one.kind, "events": one.events},
            )


def _calendar(source: str) -> Callable[[date], bool]:
    country = holidays_of(source)
    return lambda day: is_holiday(day, country)
