"""Reads of the outbox."""

from django.db.models import OuterRef, QuerySet, Subquery

from mainstay.deliveries.models import Attempt, Delivery


def recent_deliveries() -> QuerySet[Delivery]:
    """Newest first, each with `last_message`: what its last attempt came to. No further queries for the account."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
    return Delivery.objects.select_related("account").annotate(last_message=Subquery(last.values("message")[:1]))
