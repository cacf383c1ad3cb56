"""Who has a reason to enter a playbook: for each way in, the accounts with the reason and why, as a sentence.

A reason stands as long as what it names does: an open signal, a stay in a segment, a stage. Signals that stood already
when they were first looked for let nobody in by themselves (`backlog`). Dates count on their day and for a few days
after it, should Mainstay have been off; answers and events from when the playbook began to listen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, assert_never

from django.db import connection
from django.db.models import CharField, Exists, F, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from mainstay.accounts.models import Account, StageChange
from mainstay.common.time import DAY
from mainstay.conditions import Condition, Field, Type, parse
from mainstay.facts.arrivals import Arrival, arrivals
from mainstay.interactions.models import Response
from mainstay.metrics.models import ProfileRun
from mainstay.metrics.profile_table import TABLE, stored_columns
from mainstay.playbooks.entries import ByHand, Entry, OnAnswer, OnDate, OnEvent, OnRhythm, OnSegment, OnSignal, OnStage
from mainstay.playbooks.models import Run
from mainstay.segments.models import Membership
from mainstay.signals.models import Signal

GRACE_DAYS = 3
"""A date still lets accounts in on so many days: itself, and the ones after it."""
_TYPES = {"text": Type.TEXT, "number": Type.NUMBER, "boolean": Type.BOOLEAN}
SURVEYS = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}


@dataclass(frozen=True)
class Candidate:
    """An account with a reason to enter. `actor_id`: the contact who sent the event or gave the answer."""

    account_id: int
    reason: str
    why: str
    signal_id: int | None = None
    actor_id: int | None = None


@dataclass(frozen=True)
class Listening:
    """Since when a playbook listens, and the window of arrival whose events are new to it; None: no event is.

    `came_since`: only what came up since then is told, as far as it is known when it did; None: all that stands.
    `takes_standing_until`: standing signals that opened by then let accounts in, others wait for somebody to decide.
    """

    since: datetime
    now: datetime
    window: tuple[datetime, datetime] | None = None
    came_since: datetime | None = None
    takes_standing_until: datetime | None = None


@dataclass(frozen=True)
class Among:
    """Who is looked at. `ran`: the runs of the playbook, whose reasons are left out; None: all reasons are told.

    `labels`: what kinds of signals are called.
    """

    accounts: QuerySet[Account]
    ran: QuerySet[Run] | None
    labels: Mapping[str, str]


def candidates(entry: Entry, listening: Listening, among: Among) -> Iterator[Candidate]:
    """Who has a reason, the oldest reason first."""
    match entry:
        case OnSignal():
            yield from _of_signals(entry, listening, among)
        case OnSegment():
            yield from _of_segments(entry, listening, among)
        case OnStage():
            yield from _of_stages(entry, listening, among)
        case OnDate():
            yield from _of_dates(entry, listening.now.date(), among.accounts)
        case OnRhythm():
            yield from _of_rhythm(entry, listening.now.date(), among)
        case OnAnswer():
            yield from _of_answers(entry, listening, among)
        case OnEvent():
            yield from _of_events(entry, listening, among.accounts)
        case ByHand():
            return
        case _:
            assert_never(entry)


def _not_run[Rows: QuerySet[Any]](found: Rows, among: Among, prefix: str) -> Rows:
    """Without those that were run for: reasons that stand for long come up at every refresh."""
    if among.ran is None:
        return found
    reason = Concat(Value(prefix), Cast("pk", CharField()), output_field=CharField())
    same = among.ran.filter(account=OuterRef("account"), reason=OuterRef("reason"))
    fresh: Rows = found.alias(reason=reason).exclude(Exists(same))
    return fresh


def open_signals(entry: OnSignal, among: Among, *, now: datetime) -> QuerySet[Signal]:
    """The open signals of an entry, those that are snoozed left out, in the order of their opening."""
    found = Signal.objects.filter(kind=entry.kind, closed_at=None, account__in=among.accounts)
    found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    return _not_run(found, among, "signal:").order_by("opened_at", "pk")


def is_undecided(takes_standing_until: datetime | None) -> Q:
    """Of signals: it stood already at the first look, and nobody has decided yet that such ones let accounts in."""
    standing = Q(is_standing=True)
    return standing if takes_standing_until is None else standing & Q(opened_at__gt=takes_standing_until)


def of_signals(found: QuerySet[Signal], called: str) -> Iterator[Candidate]:
    """These signals as reasons. `called`: their kind, as people read it."""
    for pk, account_id, summary in found.values_list("pk", "account_id", "summary"):
        yield Candidate(account_id, f"signal:{pk}", f"{called}: {summary}" if summary else called, signal_id=pk)


def _of_signals(entry: OnSignal, listening: Listening, among: Among) -> Iterator[Candidate]:
    found = open_signals(entry, among, now=listening.now).exclude(is_undecided(listening.takes_standing_until))
    if listening.came_since is not None:
        found = found.filter(Q(opened_at__gte=listening.came_since) | Q(snoozed_until__gte=listening.came_since))
    yield from of_signals(found, among.labels.get(entry.kind, entry.kind))


def _of_segments(entry: OnSegment, listening: Listening, among: Among) -> Iterator[Candidate]:
    found = Membership.objects.filter(segment__key=entry.segment, left_at=None, account__in=among.accounts)
    found = found.filter(segment__is_shared=True, segment__removed_at=None)
    if not entry.present:
        # Whom a change of the condition put into it did not enter by anything that happened.
        by_rule = Q(segment__condition_since=None) | ~Q(entered_at=F("segment__condition_since"))
        found = found.filter(by_rule, entered_at__gte=listening.since)
    if listening.came_since is not None:
        found = found.filter(entered_at__gte=listening.came_since)
    found = _not_run(found, among, "stay:")
    for pk, account_id, name in found.order_by("entered_at", "pk").values_list("pk", "account_id", "segment__name"):
        yield Candidate(account_id, f"stay:{pk}", f"Entered the segment “{name}”")


def _of_stages(entry: OnStage, listening: Listening, among: Among) -> Iterator[Candidate]:
    days = (listening.since.date(), listening.now.date())  # not those that a file says begin only later
    found = StageChange.objects.filter(
        stage=entry.stage, account__stage=entry.stage, since__range=days, account__in=among.accounts
    )
    if listening.came_since is not None:
        found = found.filter(since__gte=listening.came_since.date())
    found = _not_run(found, among, "stage:")
    for pk, account_id, since in found.order_by("since", "pk").values_list("pk", "account_id", "since"):
        yield Candidate(account_id, f"stage:{pk}", f"Entered the stage “{entry.stage}” on {since:%-d %B %Y}")


def _of_answers(entry: OnAnswer, listening: Listening, among: Among) -> Iterator[Candidate]:
    # Answers of long ago that are imported now start nothing.
    fresh = Q(created_at__gte=listening.since, answered_at__gte=listening.since - 7 * DAY)
    found = Response.objects.filter(fresh, kind=entry.survey, account__in=among.accounts)
    if entry.at_least is not None:
        found = found.filter(score__gte=entry.at_least)
    if entry.at_most is not None:
        found = found.filter(score__lte=entry.at_most)
    if listening.came_since is not None:
        found = found.filter(created_at__gte=listening.came_since)
    found = _not_run(found, among, "answer:")
    rows = found.order_by("answered_at", "pk").values_list("pk", "account_id", "contact_id", "score")
    for pk, account_id, contact_id, score in rows:
        why = f"Answered {SURVEYS[entry.survey]} with {score:g}"
        yield Candidate(account_id, f"answer:{pk}", why, actor_id=contact_id)


def _of_events(entry: OnEvent, listening: Listening, accounts: QuerySet[Account]) -> Iterator[Candidate]:
    if listening.window is None:
        return
    start, end = listening.window
    condition = event_condition(entry)
    came = [one for one in arrivals(entry.events, since=start, until=end) if event_matches(entry, condition, one)]
    known = set(accounts.filter(pk__in={one.account_id for one in came}).values_list("pk", flat=True)) if came else ()
    for one in came:
        if one.account_id in known:
            why = f"Sent “{one.event}” on {one.timestamp:%-d %B %Y, %H:%M} UTC"
            yield Candidate(one.account_id, f"event:{one.id}", why, actor_id=one.contact_id)


def event_condition(entry: OnEvent) -> Condition | None:
    """The condition on the properties of an event; None for every event. Raises ConditionError."""
    if not entry.where.strip():
        return None
    fields = {name: Field(name, _TYPES[one.type]) for name, one in entry.properties.items()}
    return parse(entry.where, {**fields, "event": Field("event", Type.TEXT)})


def event_matches(entry: OnEvent, condition: Condition | None, arrival: Arrival) -> bool:
    """Whether the condition of `event_condition` holds for an event that came."""
    if condition is None:
        return True
    values = {name: _property(arrival, one.path or (name,), one.type) for name, one in entry.properties.items()}
    return condition.holds({**values, "event": arrival.event}) is True


def _property(arrival: Arrival, path: tuple[str, ...], kind: str) -> object:
    """A property; None where it is missing or of another type. A text that is a number is one where one is asked."""
    found: object = arrival.properties
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    match kind:
        case "number":
            return _number(found)
        case "boolean":
            return found if isinstance(found, bool) else None
        case _:
            return found if isinstance(found, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):  # whoever sends events may send a number of 400 digits
        return None
    return found if isfinite(found) else None


def _of_dates(entry: OnDate, today: date, accounts: QuerySet[Account]) -> Iterator[Candidate]:
    """Those whose day is today or one of the days before it that still count. Who churned has no dates."""
    customers = accounts.exclude(stage="churned").exclude(churned_on__lte=today)
    days = [today - timedelta(days=number) - timedelta(days=entry.offset) for number in range(GRACE_DAYS)]
    match entry.of:
        case "renewal":
            dates = _renewals(min(days), max(days))
            known = set(customers.filter(pk__in=dates).values_list("pk", flat=True)) if dates else set()
            found = [(pk, day) for pk, day in dates.items() if pk in known]
        case "signed":
            rows = customers.filter(signed_on__in=days).values_list("pk", "signed_on")
            found = [(pk, day) for pk, day in rows if day is not None]
        case "anniversary":
            found = [(pk, day) for day in days for pk in _anniversaries(customers, day)]
        case _:
            assert_never(entry.of)
    for pk, day in sorted(found, key=lambda pair: (pair[1], pair[0])):
        yield Candidate(pk, f"{entry.of}:{day}", f"{_DATES[entry.of]} {day:%-d %B %Y}")


def _of_rhythm(entry: OnRhythm, today: date, among: Among) -> Iterator[Candidate]:
    """Every customer whose latest day is today, or one of the days before it that still count."""
    days = [today - timedelta(days=number) for number in range(GRACE_DAYS)]
    day = next((one for one in days if entry.falls_on(one)), None)
    if day is None:
        return
    reason = f"rhythm:{day}"
    found = among.accounts.exclude(stage="churned").exclude(churned_on__lte=today)
    if among.ran is not None:
        found = found.exclude(Exists(among.ran.filter(account=OuterRef("pk"), reason=reason)))
    why = f"The {entry.every} of {day:%-d %B %Y}"
    yield from (Candidate(pk, reason, why) for pk in found.order_by("pk").values_list("pk", flat=True))


_DATES = {"renewal": "Renews on", "signed": "Signed on", "anniversary": "Anniversary on"}


def _renewals(first: date, last: date) -> dict[int, date]:
    """The next renewal of accounts that renew from `first` to `last`, by their present profiles."""
    day = ProfileRun.objects.aggregate(latest=Max("as_of"))["latest"]
    if day is None or "days_to_renewal" not in stored_columns():
        return {}
    known = day.date()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, days_to_renewal FROM {TABLE} WHERE days_to_renewal BETWEEN %s AND %s",
            [(first - known).days, (last - known).days],
        )
        return {pk: known + timedelta(days=int(days)) for pk, days in cursor.fetchall()}


def _anniversaries(accounts: QuerySet[Account], day: date) -> Iterator[int]:
    """Who signed on this day of an earlier year. February 29 is kept on the 28th where the year has no other."""
    same = Q(signed_on__month=day.month, signed_on__day=day.day)
    if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
        same |= Q(signed_on__month=2, signed_on__day=29)
    yield from accounts.filter(same, signed_on__lt=day).values_list("pk", flat=True)
