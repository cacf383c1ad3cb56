"""Reads of the outbox."""

from django.db.models import Count, OuterRef, QuerySet, Subquery

from mainstay.deliveries.models import Attempt, Delivery, State


def recent_deliveries() -> QuerySet[Delivery]:
    """Newest first, each with `last_message`: what its last attempt came to. No further queries for the account."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
    return Delivery.objects.select_related("account").annotate(last_message=Subquery(last.values("message")[:1]))


def deliveries_to_look_at() -> QuerySet[Delivery]:
    """What a person should look at: not sent, or nobody knows."""
    return recent_deliveries().filter(state__in=[State.FAILED, State.UNSURE])


def counts_by_state() -> dict[str, int]:
    """Numbers of deliveries per state, every state present."""
    found = dict(Delivery.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in State.values}
