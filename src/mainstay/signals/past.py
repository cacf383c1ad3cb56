"""Reads of signals as they stood at a past instant: open or over, acknowledged, snoozed, assigned, dismissed.

When a signal opened and closed is in its row, what people made of it in the rows of `Handling` and `Dismissal`. Nothing
else of it changes; its evidence is that of its opening. What was pending then is not kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from mainstay.people.models import User
from mainstay.signals import registry
from mainstay.signals.document import Document, check
from mainstay.signals.errors import BadDefinition
from mainstay.signals.models import Closing, Dismissal, Handling, KindVersion, Signal

# The columns of a signal that may have been others, as `signals_at` gives them.
THEN = "_then"


def signals_at(as_of: datetime) -> QuerySet[Signal]:
    """The signals that had opened before `as_of`, over by then or not.

    Annotated with how they stood: `closed_at_then`, `closing_then`, `acknowledged_at_then`, `acknowledged_by_then`,
    `snoozed_until_then` and `assignee_then`, the last two people by their ids.
    """
    latest = Handling.objects.filter(signal=OuterRef("pk"), at__lt=as_of).order_by("-at", "-pk")
    dismissed = Dismissal.objects.filter(signal=OuterRef("pk"), at__lt=as_of, taken_back_at__gte=as_of)
    closed = Q(closed_at__lt=as_of)
    return Signal.objects.filter(opened_at__lt=as_of).annotate(
        # Dismissed then, taken back since: its own row knows nothing of it any more.
        closed_at_then=Case(
            When(closed, then=F("closed_at")),
            default=Subquery(dismissed.order_by("-at").values("at")[:1]),
            output_field=DateTimeField(),
        ),
        closing_then=Case(
            When(closed, then=F("closing")),
            When(Exists(dismissed), then=Value(str(Closing.DISMISSED))),
            default=Value(""),
            output_field=CharField(),
        ),
        acknowledged_at_then=Subquery(latest.values("acknowledged_at")[:1], output_field=DateTimeField()),
        acknowledged_by_then=Subquery(latest.values("acknowledged_by")[:1], output_field=IntegerField()),
        snoozed_until_then=Subquery(latest.values("snoozed_until")[:1], output_field=DateTimeField()),
        assignee_then=Subquery(latest.values("assignee")[:1], output_field=IntegerField()),
    )


def open_at(as_of: datetime) -> QuerySet[Signal]:
    """Those of `signals_at` that were not over: acknowledged and snoozed ones too."""
    # The first condition alone would be wrong, the second alone slow: it asks for the dismissals of every signal.
    return signals_at(as_of).filter(Q(closed_at=None) | Q(closed_at__gte=as_of), **{f"closed_at{THEN}": None})


def looked_after_then(user_id: int | None) -> Q:
    """`selectors.looked_after_by` for `signals_at`; who owned an account then is not kept: its owner of today."""
    return Q(assignee_then=user_id, assignee_then__isnull=False) | Q(assignee_then=None, account__owner=user_id)


def as_they_stood(found: Sequence[Signal]) -> list[Signal]:
    """The signals of a `signals_at`, with the values of then in their own fields. Not to be saved."""
    rows: Sequence[Any] = found
    people = User.objects.in_bulk({pk for row in rows for pk in (row.acknowledged_by_then, row.assignee_then) if pk})
    for row in rows:
        row.closed_at, row.closing = row.closed_at_then, row.closing_then
        row.acknowledged_at, row.snoozed_until = row.acknowledged_at_then, row.snoozed_until_then
        row.acknowledged_by, row.assignee = people.get(row.acknowledged_by_then), people.get(row.assignee_then)
    return list(found)


def dismissal_at(signal: Signal, as_of: datetime) -> Dismissal | None:
    """The judgement that had closed a signal by an instant."""
    still = Q(taken_back_at=None) | Q(taken_back_at__gte=as_of)
    return signal.dismissals.filter(still, at__lt=as_of).select_related("by").order_by("-at").first()


def document_at(key: str, as_of: datetime) -> Document | None:
    """What a kind was declared to be at an instant; None for one that did not exist, or that cannot be read any more.

    A shipped kind that nobody had changed by then is as this release ships it.
    """
    version = KindVersion.objects.filter(key=key, at__lt=as_of).order_by("-version").first()
    if version is None or version.document is None:
        return registry.shipped().get(key)
    try:
        return check(version.document, origin=f"The signal '{key}' as of {as_of:%Y-%m-%d}")
    except BadDefinition:
        return None
