"""Reads of alerts, digests and what people asked for."""

from django.db.models import Q, QuerySet

from mainstay.alerts.models import Alert, DataAlert, Digest, Outcome, Preferences, Rule
from mainstay.people.models import User


def preferences_of(user: User) -> Preferences | None:
    """How somebody is told; None: not at all."""
    return Preferences.objects.filter(user=user).first()


def rules_of(user: User) -> list[Rule]:
    """Somebody's rules, in their order."""
    return list(Rule.objects.filter(user=user).order_by("position"))


def alerts_of(user: User) -> QuerySet[Alert]:
    """What somebody was told of, the newest first, with signal, account and digest."""
    related = ("signal__account__owner", "signal__assignee", "digest")
    return Alert.objects.filter(user=user).select_related(*related).order_by("-created_at", "-value", "pk")


def waiting_for(user: User) -> QuerySet[Alert]:
    """What waits for somebody's next digest, the most valuable first."""
    waits = Q(digest=None, outcome__in=[Outcome.HELD, Outcome.DIGEST])
    return Alert.objects.filter(waits, user=user).select_related("signal__account").order_by("-value", "pk")


def unseen_count(user: User) -> int:
    """How many alerts went out at once that somebody has not looked at; of late sources, those that are late still."""
    new = {"user": user, "seen_at": None, "outcome": Outcome.AT_ONCE}
    late = DataAlert.objects.filter(**new, problem__closed_at=None).order_by().values("pk")
    # One statement: every page asks.
    return Alert.objects.filter(**new).order_by().values("pk").union(late, all=True).count()


def data_alerts_of(user: User) -> QuerySet[DataAlert]:
    """What somebody was told of what arrives, the newest first, with the problem and the digest."""
    found = DataAlert.objects.filter(user=user).select_related("problem", "digest")
    return found.order_by("-created_at", "pk")


def digests_of(user: User) -> QuerySet[Digest]:
    """Somebody's digests that told something, the newest first."""
    return Digest.objects.filter(user=user, content__isnull=False).order_by("-ends_at")


def webhook_of(email: str) -> str:
    """The chat webhook of the active user with this address; empty for none."""
    found = Preferences.objects.filter(user__email__iexact=email, user__is_active=True).values_list(
        "webhook", flat=True
    )
    return found.first() or ""
