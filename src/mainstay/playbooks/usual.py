"""How many usually have a reason to enter: what happened in the past weeks, for what nobody can know of the next."""

from datetime import datetime, timedelta
from typing import assert_never

from django.db.models import F, Min, Q, QuerySet

from mainstay.accounts.models import Account, StageChange
from mainstay.common.time import DAY
from mainstay.facts.arrivals import arrivals
from mainstay.interactions.models import Response
from mainstay.playbooks.candidates import event_condition, event_matches
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run_result import Usual
from mainstay.playbooks.entries import ByHand, OnAnswer, OnDate, OnEvent, OnRhythm, OnSegment, OnSignal, OnStage
from mainstay.segments.models import Membership
from mainstay.signals.models import Signal

WEEKS = 8
EVENT_WEEKS = 4
"""Events are read one by one."""


def usual(document: Document, accounts: QuerySet[Account], *, now: datetime) -> Usual | None:
    """How often it happened to these accounts; None for dates and rhythms, which are known, and for starts by hand.

    Over eight weeks (four for events), or as long as there is anything of the sort.
    """
    since = now - timedelta(weeks=WEEKS)
    match document.entry:
        case OnSignal(kind=kind):
            opened = Signal.objects.filter(kind=kind, account__in=accounts, opened_at__gte=since, opened_at__lt=now)
            return _over(opened.count(), max(since, _first(Signal.objects.all(), "opened_at", since)), now)
        case OnSegment(segment=segment):
            stays = Membership.objects.filter(segment__key=segment)
            by_rule = Q(segment__condition_since=None) | ~Q(entered_at=F("segment__condition_since"))
            entered = stays.filter(by_rule, account__in=accounts, entered_at__gte=since, entered_at__lt=now)
            return _over(entered.count(), max(since, _first(stays, "entered_at", since)), now)
        case OnStage(stage=stage):
            changes = StageChange.objects.filter(stage=stage, account__in=accounts)
            found = changes.filter(since__gte=since.date(), since__lt=now.date())
            return _over(found.count(), since, now)
        case OnAnswer():
            return _over(_answers(document.entry, accounts, since, now), since, now)
        case OnEvent():
            since = now - timedelta(weeks=EVENT_WEEKS)
            return _over(_events(document.entry, accounts, since, now), since, now)
        case OnDate() | OnRhythm() | ByHand():
            return None
        case _:
            assert_never(document.entry)


def _first(rows: QuerySet[Signal] | QuerySet[Membership], name: str, otherwise: datetime) -> datetime:
    first: datetime | None = rows.order_by().aggregate(first=Min(name))["first"]
    return first or otherwise


def _over(count: int, since: datetime, now: datetime) -> Usual:
    return Usual(count, max(1, round((now - since) / DAY)))


def _answers(entry: OnAnswer, accounts: QuerySet[Account], since: datetime, now: datetime) -> int:
    found = Response.objects.filter(
        kind=entry.survey, account__in=accounts, answered_at__gte=since, answered_at__lt=now
    )
    if entry.at_least is not None:
        found = found.filter(score__gte=entry.at_least)
    if entry.at_most is not None:
        found = found.filter(score__lte=entry.at_most)
    return found.count()


def _events(entry: OnEvent, accounts: QuerySet[Account], since: datetime, now: datetime) -> int:
    condition = event_condition(entry)
    known = set(accounts.values_list("pk", flat=True))
    came = arrivals(entry.events, since=since, until=now)
    return sum(1 for one in came if one.account_id in known and event_matches(entry, condition, one))
