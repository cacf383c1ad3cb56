"""Sees what runs wait for: conditions that begin to hold, events that come, exits, goals. In sets, never run by run.

Signals and events are looked at every time. Conditions change with scores and records: they are looked at once a
minute at most, so that a million waiting runs cost a round little.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import assert_never
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from mainstay.accounts.models import Account
from mainstay.common.errors import MainstayError
from mainstay.conditions import ConditionError
from mainstay.facts import arrivals
from mainstay.facts.arrivals import Arrival
from mainstay.opportunities.selectors import decided_since
from mainstay.playbooks.advancing import advance_these
from mainstay.playbooks.commands import HAPPENED, Awaited
from mainstay.playbooks.document import Document, Exit
from mainstay.playbooks.hearing import Came, Listener, own_channels
from mainstay.playbooks.models import UNDER_WAY, PlaybookVersion, Run, RunState, Watch, Watermark
from mainstay.playbooks.replies import has_reply
from mainstay.playbooks.selectors import document_of, newest_versions
from mainstay.segments import selectors as segments

RHYTHM = timedelta(minutes=1)
# Looked at again, should a commit have come late.
_OVERLAP = timedelta(minutes=5)
# An event may have been received before others that were loaded sooner: receipts of our own messages are, mostly.
_LATE = timedelta(minutes=1)
_SIGNALS, _CONDITIONS, _EVENTS, _DECISIONS = "signals", "conditions", "events", "decisions"


@dataclass(frozen=True)
class Seen:
    """What a look found: runs that go on, runs that ended, runs whose goal was reached."""

    woken: int = 0
    ended: int = 0
    goals: int = 0


def look(now: datetime) -> Seen:
    """Wake what waited for what happened, end what is to end, note goals that are reached."""
    woken = _events(now) + _decisions(now)
    ended = _advanced(_of_closed_signals(now), now=now)
    goals = 0
    if _is_due(_CONDITIONS, now):
        woken += _conditions(now)
        ended += _advanced(_leaving(now), now=now)
        goals = _goals(now)
        _looked(_CONDITIONS, now)
    return Seen(woken, ended, goals)


def _is_due(name: str, now: datetime) -> bool:
    latest = Watermark.objects.filter(name=name).values_list("until", flat=True).first()
    return latest is None or now - latest >= RHYTHM or now < latest


def _looked(name: str, until: datetime) -> None:
    Watermark.objects.update_or_create(name=name, defaults={"until": until})


def _advanced(pks: Iterable[UUID], *, now: datetime) -> int:
    found = list(pks)
    if not found:
        return 0
    advance_these(found, now=now)
    return sum(Run.objects.filter(pk__in=chunk).exclude(state=RunState.ACTIVE).count() for chunk in batched(found, 500))


def _waiting(now: datetime) -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.ACTIVE, wake_at__gt=now, playbook__is_active=True)


def _of_closed_signals(now: datetime) -> list[UUID]:
    """Runs that wait although their signal closed since the last look."""
    latest = Watermark.objects.filter(name=_SIGNALS).values_list("until", flat=True).first()
    closed = Q(signal__closed_at__isnull=False)
    if latest is not None:
        closed &= Q(signal__closed_at__gte=latest - _OVERLAP)
    found = list(_waiting(now).filter(closed).order_by().values_list("pk", flat=True))
    _looked(_SIGNALS, now)
    return found


def _leaving(now: datetime) -> Iterator[UUID]:
    """Runs that wait although an exit of their version holds. A condition that cannot be asked hides no other exit."""
    for version in _versions_under_way():
        try:
            document = document_of(version)
        except MainstayError:
            continue  # its playbook says so
        waiting = _waiting(now).filter(version=version)
        for exit in document.exit:
            try:
                holds = _holds(exit, document, now=now)
            except ConditionError:
                continue  # its runs say so when they go on
            if holds is not None:
                yield from waiting.filter(holds).values_list("pk", flat=True)


def _holds(exit: Exit, document: Document, *, now: datetime) -> Q | None:
    """Of runs; None where nothing is to be looked for. Raises ConditionError."""
    match exit.when:
        case "goal":
            return Q(account_id__in=_matching(document.goal.where)) if document.goal is not None else None
        case "condition":
            return Q(account_id__in=_matching(exit.where))
        case "churned":
            return Q(account__in=Account.objects.filter(Q(stage="churned") | Q(churned_on__lte=now.date())))
        case "replied":
            return Q(has_reply())
        case "signal_closed":
            return None  # `_of_closed_signals` looks more often
        case _:
            assert_never(exit.when)


def _versions_under_way() -> list[PlaybookVersion]:
    active = Run.objects.filter(version=OuterRef("pk"), playbook=OuterRef("playbook"), state=RunState.ACTIVE)
    return list(PlaybookVersion.objects.filter(Exists(active)).select_related("playbook"))


def _matching(text: str) -> RawSQL:
    sql, parameters = segments.ids_sql(segments.condition(text))
    return RawSQL(sql, parameters)


def _conditions(now: datetime) -> int:
    """Wake those whose condition holds by now."""
    woken = 0
    for watch in _watched(Awaited.CONDITION):
        try:
            holding = _matching(watch.name)
        except ConditionError:
            continue  # its runs time out; the metric it names is gone
        woken += _unheard(watch).filter(account_id__in=holding).update(heard=HAPPENED, wake_at=now)
    return woken


def _events(now: datetime) -> int:
    """Wake those whose event came after they began to wait."""
    watched = list(_watched(Awaited.EVENT))
    until = arrivals.received_until() if watched else None
    since = Watermark.objects.filter(name=_EVENTS).values_list("until", flat=True).first()
    if until is None or (since is not None and until <= since):
        return 0
    names = {name for watch in watched for name in watch.name.split("\n")}
    # The first look of all goes back no further than any run waits. An event that is seen twice wakes nobody twice:
    # who waits now began to wait after it.
    came = list(arrivals.arrivals(names, since=since - _LATE if since else now - RHYTHM, until=until))
    woken = sum(_wake(watch, came, now=now) for watch in watched)
    _looked(_EVENTS, until)
    return woken


def _decisions(now: datetime) -> int:
    """Wake those whose opportunity was decided since the last look."""
    since = Watermark.objects.filter(name=_DECISIONS).values_list("until", flat=True).first()
    woken = 0
    for run, step, decision in decided_since(since - _OVERLAP if since is not None else None):
        waiting = Run.objects.filter(pk=run, position=step, state__in=UNDER_WAY, awaits=Awaited.DECISION, heard="")
        woken += waiting.update(heard=decision, wake_at=now)
    _looked(_DECISIONS, now)
    return woken


def _wake(watch: Watch, events: Iterable[Arrival], *, now: datetime) -> int:
    wanted = {name.lower() for name in watch.name.split("\n")}
    came = Came.of(one for one in events if one.event.lower() in wanted)
    woken = 0
    for chunk in batched(came.accounts, 500):
        heard = [one.run for one in _listeners(_unheard(watch).filter(account__in=chunk)) if came.is_heard_by(one)]
        woken += sum(
            _unheard(watch).filter(pk__in=some).update(heard=HAPPENED, wake_at=now) for some in batched(heard, 500)
        )
    return woken


def _listeners(waiting: QuerySet[Run]) -> Iterator[Listener]:
    documents: dict[int, Document | None] = {}
    rows = waiting.values_list("pk", "account_id", "contact_id", "moved_at", "version_id", "position")
    for pk, account_id, contact_id, since, version_id, position in rows:
        if version_id not in documents:
            documents[version_id] = _document(version_id)
        document = documents[version_id]
        own = own_channels(document, position) if document is not None else frozenset()
        yield Listener(pk, account_id, contact_id, since, document, own)


def _document(version_id: int) -> Document | None:
    """None for one whose words are gone: its runs say so when they go on."""
    try:
        return document_of(PlaybookVersion.objects.select_related("playbook").get(pk=version_id))
    except MainstayError:
        return None


def _watched(kind: Awaited) -> QuerySet[Watch]:
    waiting = Run.objects.filter(watch=OuterRef("pk"), awaits=kind.value, state__in=UNDER_WAY)
    return Watch.objects.filter(Exists(waiting), kind=kind.value)


def _unheard(watch: Watch) -> QuerySet[Run]:
    """Those that wait, paused ones too: what comes meanwhile does not come again."""
    return Run.objects.filter(watch=watch, awaits=watch.kind, state__in=UNDER_WAY, heard="")


def _goals(now: datetime) -> int:
    """Note the goals that are reached, of the held out too: the comparison looks at both in the same way.

    Also where a playbook is paused: what it began is measured to its end.
    """
    reached = 0
    open_goals = Run.objects.filter(playbook=OuterRef("playbook"), goal_at=None)
    for version in newest_versions().filter(Exists(open_goals)):
        try:
            document = document_of(version)
            if document.goal is None:
                continue
            since = now - timedelta(days=document.goal.within_days)
            runs = Run.objects.filter(playbook=version.playbook_id, goal_at=None, started_at__gt=since)
            reached += runs.filter(account_id__in=_matching(document.goal.where)).update(goal_at=now)
        except MainstayError:
            continue  # says so where accounts enter
    return reached
