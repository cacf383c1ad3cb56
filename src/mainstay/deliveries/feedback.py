"""What is told afterwards about messages that left: by mail servers at once, by providers through their webhooks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from django.db import transaction

from mainstay.common.errors import Invalid
from mainstay.deliveries.consent import choose
from mainstay.deliveries.models import Delivery, SuppressionKind
from mainstay.deliveries.permission import EVERYTHING
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Policy
from mainstay.deliveries.receipts import ReceiptKind, note
from mainstay.deliveries.suppression import suppress


class FeedbackKind(StrEnum):
    """What happened."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True)
class Feedback:
    """One thing told about an address, and about a message where it is known which. `at` None: now."""

    kind: FeedbackKind
    address: str
    delivery: UUID | None = None
    at: datetime | None = None
    detail: str = ""


def take_feedback(told: Iterable[Feedback], *, now: datetime) -> int:
    """Keep what was told; how many were kept. The same again is a no-op: webhooks repeat themselves."""
    policy = policy_in_force()
    return sum(_take(one, policy, now=now) for one in told)


@transaction.atomic
def _take(one: Feedback, policy: Policy, *, now: datetime) -> bool:
    delivery = Delivery.objects.filter(pk=one.delivery, contact__isnull=False).first() if one.delivery else None
    at = min(one.at or now, now)
    try:
        return _act(one, delivery, policy, at=at, now=now)
    except Invalid:
        return False  # an address that is none: there is nobody to keep it for


def _act(one: Feedback, delivery: Delivery | None, policy: Policy, *, at: datetime, now: datetime) -> bool:
    match one.kind:
        case FeedbackKind.BOUNCED:
            bounced = suppress(one.address, kind=SuppressionKind.BOUNCE, reason=one.detail, now=now)
            return _note(delivery, ReceiptKind.BOUNCED, one.detail, at=at) or bounced
        case FeedbackKind.COMPLAINED:
            complained = suppress(one.address, kind=SuppressionKind.COMPLAINT, reason=one.detail, now=now)
            return _note(delivery, ReceiptKind.COMPLAINED, "", at=at) or complained
        case FeedbackKind.UNSUBSCRIBED:
            declined = choose(one.address, EVERYTHING, allowed=False, how="Told by the mail provider", now=now)
            return (_note(delivery, ReceiptKind.UNSUBSCRIBED, "everything", at=at) if declined else False) or declined
        case FeedbackKind.OPENED:
            return policy.track_opens and _note(delivery, ReceiptKind.OPENED, "", at=at)
        case FeedbackKind.CLICKED:
            return policy.track_clicks and _note(delivery, ReceiptKind.CLICKED, one.detail, at=at)
        case _:
            assert_never(one.kind)


def _note(delivery: Delivery | None, kind: ReceiptKind, detail: str, *, at: datetime) -> bool:
    return delivery is not None and note(delivery, kind, at=at, detail=detail)
