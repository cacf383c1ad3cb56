"""Figures of kinds: how many are open, and what people make of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from mainstay.signals.models import Closing, Dismissal, Pending, Reason, Signal
from mainstay.signals.outcomes import Share

YEAR = timedelta(days=365)
MONTH = timedelta(days=30)
# What a dismissal says of the kind: that it was right and there was nothing left to do, or that it was wrong.
USEFUL = (Reason.KNOWN, Reason.HANDLED)
USELESS = (Reason.FALSE_ALARM, Reason.WRONG_DATA, Reason.NOT_RELEVANT)


NOTHING = Share(0, 0)


@dataclass(frozen=True)
class Figures:
    """Of one kind. `useful`: of the signals of a year that people judged, those that were worth their attention.

    Judged is what was acknowledged, and what was dismissed with a reason that says which.
    """

    open: int = 0
    pending: int = 0
    opened_30d: int = 0
    closed_30d: int = 0
    useful: Share = NOTHING


def figures(now: datetime) -> Mapping[str, Figures]:
    """The figures of each kind that has any, in three statements."""
    opened = Q(opened_at__gte=now - MONTH)
    judged = Q(acknowledged_at__isnull=False, opened_at__gte=now - YEAR) & ~Q(closing=Closing.DISMISSED)
    signals = (
        Signal.objects.order_by()
        .values_list("kind")
        .annotate(
            is_open=Count("pk", filter=Q(closed_at=None)),
            opened=Count("pk", filter=opened),
            closed=Count("pk", filter=Q(closed_at__gte=now - MONTH)),
            judged=Count("pk", filter=judged),
        )
    )
    counted = {kind: numbers for kind, *numbers in signals}
    pending = dict(Pending.objects.order_by().values_list("kind").annotate(Count("pk")))
    labels = Dismissal.objects.order_by().filter(taken_back_at=None, at__gte=now - YEAR)
    dismissed = {(kind, reason): n for kind, reason, n in labels.values_list("kind", "reason").annotate(Count("pk"))}
    found = {}
    for kind in {*counted, *pending}:
        is_open, opened_30d, closed_30d, acknowledged = counted.get(kind, (0, 0, 0, 0))
        useful = acknowledged + sum(dismissed.get((kind, reason), 0) for reason in USEFUL)
        useless = sum(dismissed.get((kind, reason), 0) for reason in USELESS)
        share = Share(useful + useless, useful)
        found[kind] = Figures(is_open, pending.get(kind, 0), opened_30d, closed_30d, share)
    return found
