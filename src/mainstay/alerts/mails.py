"""Alerts and digests as letters: subject, text and HTML for mail programs, which know neither our styles nor script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from mainstay.alerts.content import Content
from mainstay.alerts.late_sources import lateness_of
from mainstay.alerts.periods import Period
from mainstay.common.calendars import zone_of
from mainstay.common.money import Money
from mainstay.common.time import DAY, span
from mainstay.facts.models import DataProblem
from mainstay.people.models import User
from mainstay.playbooks.mail_links import urls
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels


@dataclass(frozen=True)
class Letter:
    """What goes into the outbox."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class SignalLine:
    """A signal of an alert."""

    label: str
    severity: str
    account: str
    summary: str
    at_stake: str
    url: str


def alert_letter(user: User, signals: Sequence[Signal]) -> Letter:
    """One letter about signals that opened, the most valuable first."""
    names = labels()
    lines = [
        SignalLine(
            label=names.get(one.kind, one.kind),
            severity=one.severity,
            account=one.account.name,
            summary=one.summary,
            at_stake=Money(one.at_stake_minor, one.currency).short() if one.at_stake_minor else "",
            url=f"{_base()}/signals/{one.pk}/",
        )
        for one in signals
    ]
    first = lines[0]
    subject = f"{first.account}: {first.label}" + (f", and {len(lines) - 1} more" if len(lines) > 1 else "")
    return _letter("alert", subject, user, {"lines": lines})


def late_letter(user: User, problem: DataProblem, *, now: datetime) -> Letter:
    """A letter about a source that is late: since when, what is usual, and what it freezes."""
    lateness = lateness_of(problem, now)
    silent = span(lateness.silent_seconds)
    usual = span(lateness.usual_seconds) if lateness.usual_seconds else ""
    values = {"late": lateness, "silent": silent, "usual": usual, "late_after": span(lateness.late_after_seconds)}
    url = f"{_base()}/data/sources/{lateness.source}/"
    return _letter("late", f"Late: {lateness.label}, nothing for {silent}", user, {**values, "url": url})


def digest_letter(user: User, content: Content, period: Period, *, is_weekly: bool) -> Letter:
    """What changed in somebody's book; below each of her tasks what she can do about it from the mail."""
    place = zone_of(user.time_zone)
    start, end = (instant.astimezone(place) for instant in (period.start, period.end))
    span = f"{start:%-d %b} to {end:%-d %b}" if is_weekly else f"{start:%a %-d %b, %H:%M} to {end:%a %-d %b, %H:%M}"
    acts = {one.task: urls(UUID(one.task), user.pk, now=period.end) for one in content.due if one.task}
    values = {"content": content, "span": span, "acts": acts}
    subject = digest_subject(content, period, is_weekly=is_weekly, zone=user.time_zone)
    return _letter("digest", subject, user, values)


def digest_subject(content: Content, period: Period, *, is_weekly: bool, zone: str) -> str:
    """The two or three things that matter: `Your book this week: 2 signals opened, Northwind fell 20`."""
    said = []
    if content.opened_count:
        said.append(_plural(content.opened_count, "signal") + " opened")
    fallen = [one for one in content.moved if one.now < one.then]
    if len(fallen) == 1 and content.moved_count == 1:
        said.append(f"{fallen[0].account} fell {fallen[0].then - fallen[0].now}")
    elif content.moved_count:
        said.append(_plural(content.moved_count, "score") + " moved")
    if content.late_sources:
        said.append(_plural(len(content.late_sources), "source") + " late")
    if content.renewing_count:
        said.append(_plural(content.renewing_count, "renewal") + " nearer")
    if content.closed_count and len(said) < 3:
        said.append(_plural(content.closed_count, "signal") + " closed")
    if content.due_count and len(said) < 3:
        said.append(_plural(content.due_count, "task") + " due")
    if content.sources_back and len(said) < 3:
        said.append(_plural(len(content.sources_back), "source") + " back")
    return f"Your book {_since(period, is_weekly=is_weekly, zone=zone)}: {', '.join(said[:3])}"


def _since(period: Period, *, is_weekly: bool, zone: str) -> str:
    """`this week`, `since yesterday`; the day where it is longer ago, as after a standstill."""
    days = (period.end - period.start) / DAY
    if days < (8 if is_weekly else 2):
        return "this week" if is_weekly else "since yesterday"
    return f"since {period.start.astimezone(zone_of(zone)):%a %-d %b}"


def _letter(name: str, subject: str, user: User, values: dict[str, Any]) -> Letter:
    context = {"subject": subject, "user": user, "base": _base(), **values}
    with timezone.override(zone_of(user.time_zone)):
        text = render_to_string(f"letters/{name}.txt", context)
        html = render_to_string(f"letters/{name}.html", context)
    return Letter(subject, text.strip() + "\n", html)


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _base() -> str:
    return str(settings.BASE_URL).rstrip("/")
