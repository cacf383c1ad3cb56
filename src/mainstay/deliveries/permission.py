"""The one place that decides whether a message may go."""

from mainstay.deliveries.channel import Channel
from mainstay.deliveries.models import Delivery
from mainstay.people.models import User


def refusal(delivery: Delivery, channel: Channel | None) -> str | None:
    """Why the message may not go, as a sentence for people; None when it may.

    So far Mainstay writes only to its own users: an address that is not one of theirs is refused.
    """
    if channel is None:
        return f"There is no channel '{delivery.channel}' in this installation."
    if not User.objects.filter(email__iexact=delivery.recipient, is_active=True).exists():
        return f"{delivery.recipient} is not the address of an active user."
    return None
