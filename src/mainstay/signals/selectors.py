"""Reads of signals."""

from datetime import datetime

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from mainstay.accounts.models import Account
from mainstay.people.models import User
from mainstay.signals import registry
from mainstay.signals.models import Signal

_RANKS = {"critical": 0, "warning": 1, "info": 2}


def open_signals(
    account: Account | int | None = None,
    owner: User | None = None,
    *,
    kind: str = "",
    category: str = "",
    now: datetime | None = None,
) -> QuerySet[Signal]:
    """Open signals with their account and its owner, the most severe first, then the newest.

    With `now`, those snoozed beyond it are left out.
    """
    found = Signal.objects.filter(closed_at=None).select_related("account", "account__owner", "acknowledged_by")
    if account is not None:
        found = found.filter(account=account)
    if owner is not None:
        found = found.filter(account__owner=owner)
    if kind:
        found = found.filter(kind=kind)
    if category:
        found = found.filter(kind__in=[known.key for known in registry.kinds().values() if known.category == category])
    if now is not None:
        found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    rank = Case(
        *(When(severity=severity, then=Value(at)) for severity, at in _RANKS.items()),
        default=Value(len(_RANKS)),
        output_field=IntegerField(),
    )
    return found.alias(rank=rank).order_by("rank", "-opened_at", "-pk")


def of_account(account: Account | int) -> QuerySet[Signal]:
    """Every signal an account ever had, the newest first."""
    return Signal.objects.filter(account=account).select_related("acknowledged_by")
