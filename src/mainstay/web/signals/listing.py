"""Which signals the page shows: filtered, sorted, page by page, as they are or as they stood at a past moment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import BigIntegerField, Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from mainstay.people.models import Role, User
from mainstay.signals.models import Closing, Pending, Signal
from mainstay.signals.past import THEN, as_they_stood, looked_after_then, signals_at
from mainstay.signals.selectors import looked_after_by, pending
from mainstay.web.moment import Moment

PENDING = "pending"
STATES = {
    "open": "Open",
    "acknowledged": "Acknowledged",
    "snoozed": "Snoozed",
    PENDING: "Pending",
    "dismissed": "Dismissed",
    "closed": "Closed",
}
# What is over. The others are counted on their tabs.
ENDED = ("dismissed", "closed")
SEVERITIES = {"critical": "Critical", "warning": "Warning", "info": "Info"}
SORTS = {"severity": "Most severe first", "stake": "Most at stake first", "new": "Newest first", "old": "Oldest first"}
NOBODY = "nobody"
PAGE_SIZE = 50


@dataclass(frozen=True)
class SignalFilter:
    """What is narrowed; an empty text narrows nothing. `owner`: a user's id, `nobody`, or empty for everybody."""

    state: str = "open"
    kind: str = ""
    severity: str = ""
    owner: str = ""
    account: str = ""
    sort: str = "severity"

    @classmethod
    def parse(cls, values: Mapping[str, str], user: User) -> "SignalFilter":
        """From the query string; what is not known becomes the default. A CSM begins with what she looks after."""
        owner = values.get("owner", str(user.pk) if user.role == Role.CSM else "")
        state, severity, sort = values.get("state", ""), values.get("severity", ""), values.get("sort", "")
        return cls(
            state=state if state in STATES else "open",
            kind=values.get("kind", "")[:60],
            severity=severity if severity in SEVERITIES else "",
            owner=owner if owner == NOBODY or (owner.isdecimal() and len(owner) < 19) else "",
            account=values.get("account", "")[:200],
            sort=sort if sort in SORTS else "severity",
        )

    def with_(self, **changes: str) -> "SignalFilter":
        """Another filter with one thing changed."""
        return replace(self, **changes)

    @property
    def owner_id(self) -> int | None:
        """The user narrowed to; None for nobody."""
        return None if self.owner == NOBODY else int(self.owner)


@dataclass(frozen=True)
class Place:
    """Where a page ends: what it is ordered by, when the signal opened, its id."""

    rank: int
    at: datetime
    pk: int

    def encode(self) -> str:
        """For an address."""
        return f"{self.rank}~{self.at.isoformat()}~{self.pk}"


def parse_place(text: str) -> Place | None:
    """A place of an address; None for what is not one."""
    try:
        rank, at, pk = text.split("~")
        return Place(int(rank), datetime.fromisoformat(at).astimezone(UTC), int(pk))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class SignalPage:
    """One page of signals; `next` is None on the last."""

    signals: Sequence[Signal]
    next: Place | None


@dataclass(frozen=True)
class PendingPage:
    """One page of what waits; `next` is None on the last."""

    waits: Sequence[Pending]
    next: Place | None


def matching(chosen: SignalFilter, moment: Moment) -> QuerySet[Signal]:
    """The signals of the filter, ordered; `rank` is what the sort orders by before the time of opening.

    Those of the past are to be put through `as_they_stood`.
    """
    signals = narrowed(chosen, moment).filter(in_state(chosen.state, moment))
    rank = _RANKS.get(chosen.sort, Value(0, output_field=IntegerField()))
    order = ("opened_at", "pk") if chosen.sort == "old" else ("-opened_at", "-pk")
    related = ("account__owner", "acknowledged_by", "assignee")
    return signals.annotate(rank=rank).order_by("-rank", *order).select_related(*related)


_RANKS: dict[str, Any] = {
    "severity": Case(
        When(severity="critical", then=Value(3)),
        When(severity="warning", then=Value(2)),
        default=Value(1),
        output_field=IntegerField(),
    ),
    "stake": Coalesce("at_stake_minor", Value(-1), output_field=BigIntegerField()),
}


def narrowed(chosen: SignalFilter, moment: Moment) -> QuerySet[Signal]:
    """The signals of the filter in any state."""
    signals = signals_at(moment.at) if moment.is_past else Signal.objects.all()
    if chosen.kind:
        signals = signals.filter(kind=chosen.kind)
    if chosen.severity:
        signals = signals.filter(severity=chosen.severity)
    if chosen.account:
        signals = signals.filter(account__key=chosen.account)
    if chosen.owner:
        looked_after = looked_after_then if moment.is_past else looked_after_by
        signals = signals.filter(looked_after(chosen.owner_id))
    return signals


def waiting(chosen: SignalFilter, severities: Mapping[str, str]) -> QuerySet[Pending]:
    """What waits and matches the filter, the longest first. `severities`: of each kind."""
    found = pending(kind=chosen.kind)
    if chosen.severity:
        found = found.filter(kind__in=[kind for kind, severity in severities.items() if severity == chosen.severity])
    if chosen.account:
        found = found.filter(account__key=chosen.account)
    if chosen.owner:
        found = found.filter(account__owner=chosen.owner_id)
    return found


def in_state(state: str, moment: Moment) -> Q:
    """A snoozed signal is neither open nor acknowledged until its snooze is over."""
    then = THEN if moment.is_past else ""

    def where(**values: object) -> Q:
        """The columns as they stood: `closed_at__isnull` is `closed_at_then__isnull` in the past."""
        return Q(**{re.sub("__|$", rf"{then}\g<0>", name, count=1): value for name, value in values.items()})

    if state == "dismissed":
        return where(closed_at__isnull=False, closing=Closing.DISMISSED)
    if state == "closed":
        return where(closed_at__isnull=False) & ~where(closing=Closing.DISMISSED)
    still, is_asleep = _may_be_open(moment) & where(closed_at__isnull=True), where(snoozed_until__gt=moment.at)
    if state == "snoozed":
        return still & is_asleep
    is_awake = where(snoozed_until__isnull=True) | where(snoozed_until__lte=moment.at)
    return still & is_awake & where(acknowledged_at__isnull=state != "acknowledged")


def _may_be_open(moment: Moment) -> Q:
    """Cheap to ask: how they stood then is worked out only for signals that are open, or closed later."""
    return Q(closed_at=None) | Q(closed_at__gte=moment.at) if moment.is_past else Q(closed_at=None)


def state_of(signal: Signal, now: datetime) -> str:
    """Which of `STATES` a signal is in."""
    if signal.closed_at:
        return "dismissed" if signal.closing == Closing.DISMISSED else "closed"
    if signal.snoozed_until and signal.snoozed_until > now:
        return "snoozed"
    return "acknowledged" if signal.acknowledged_at else "open"


def page(chosen: SignalFilter, moment: Moment, *, after: Place | None, size: int = PAGE_SIZE) -> SignalPage:
    """The page after a place."""
    signals = matching(chosen, moment)
    if after is not None:
        way = "gt" if chosen.sort == "old" else "lt"
        same = Q(**{f"opened_at__{way}": after.at}) | Q(**{"opened_at": after.at, f"pk__{way}": after.pk})
        signals = signals.filter(Q(rank__lt=after.rank) | (Q(rank=after.rank) & same))
    found = _as_they_stood(signals, moment, size + 1) if moment.is_past else list(signals[: size + 1])
    last = found[size - 1] if len(found) > size else None
    place = Place(last.rank, last.opened_at, last.pk) if last else None  # type: ignore[attr-defined]
    return SignalPage(found[:size], place)


def _as_they_stood(signals: Any, moment: Moment, most: int) -> list[Signal]:
    """The first of them. Their ids first: how each signal stood is asked for the page, not for all that are sorted."""
    ranks = dict(signals.values_list("pk", "rank")[:most])
    related = signals_at(moment.at).select_related("account__owner", "acknowledged_by", "assignee")
    found = {one.pk: one for one in as_they_stood(list(related.filter(pk__in=list(ranks))))}
    for pk, rank in ranks.items():
        found[pk].rank = rank  # type: ignore[attr-defined]  # as the annotation leaves it
    return [found[pk] for pk in ranks]


def pending_page(
    chosen: SignalFilter, severities: Mapping[str, str], *, after: Place | None, size: int = PAGE_SIZE
) -> PendingPage:
    """The page of what waits after a place."""
    waits = waiting(chosen, severities)
    if after is not None:
        waits = waits.filter(Q(since__gt=after.at) | Q(since=after.at, pk__gt=after.pk))
    found = list(waits[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return PendingPage(found[:size], Place(0, last.since, last.pk) if last else None)


def counts(chosen: SignalFilter, severities: Mapping[str, str], moment: Moment) -> dict[str, int]:
    """How many there are in each state that is not over, in two statements. What was pending is not kept."""
    signals = narrowed(chosen, moment).filter(_may_be_open(moment)).order_by()
    states = [state for state in STATES if state not in (*ENDED, PENDING)]
    found: dict[str, int] = signals.aggregate(
        **{state: Count("pk", filter=in_state(state, moment)) for state in states}
    )
    return found if moment.is_past else {**found, PENDING: waiting(chosen, severities).count()}
