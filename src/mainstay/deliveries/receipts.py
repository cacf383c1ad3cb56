"""What became of messages to contacts: taken, opened, clicked, answered, bounced, complained about, unsubscribed from;
in the app shown, clicked, dismissed, completed.

A receipt is written down first, in the transaction of what it tells, and goes through the inbox as an event afterwards,
in batches. The message id of the event is derived from the receipt: killed in between, the same event comes again and
is dropped as a repeat.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from itertools import batched

import msgspec
from django.db import transaction

from mainstay.common.time import isoformat
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.models import Delivery, Receipt
from mainstay.ingest.envelope import OWN_KIND, Arrival
from mainstay.ingest.inbox import open_inbox

_PORTION = 500


class ReceiptKind(StrEnum):
    """What happened; to mails as the e-mail part of Segment's spec calls it."""

    DELIVERED = "Email Delivered"
    OPENED = "Email Opened"
    CLICKED = "Email Link Clicked"
    REPLIED = "Email Replied"
    BOUNCED = "Email Bounced"
    COMPLAINED = "Email Marked as Spam"
    UNSUBSCRIBED = "Unsubscribed"
    IN_APP_SHOWN = "In-App Message Shown"
    IN_APP_CLICKED = "In-App Message Clicked"
    IN_APP_DISMISSED = "In-App Message Dismissed"
    IN_APP_TICKED = "In-App Checklist Item Ticked"
    IN_APP_COMPLETED = "In-App Checklist Completed"


_CHANNELS = {kind.lower(): IN_APP if kind.startswith("In-App") else "email" for kind in ReceiptKind}


def channel_of_receipt(event: str) -> str:
    """Over which channel the message went that an event of this name tells about; empty where it is no receipt."""
    return _CHANNELS.get(event.lower(), "")


def note(delivery: Delivery, kind: ReceiptKind, *, at: datetime, detail: str = "", which: str = "") -> bool:
    """Write down what happened to a message to a contact. The same again is a no-op; whether it was new.

    `which` tells apart what can happen again with the same detail: the mail, where somebody answers twice.
    """
    if delivery.contact_id is None:
        return False
    found = {"delivery": delivery, "kind": kind, "mark": _mark(which or detail)}
    return Receipt.objects.get_or_create(**found, defaults={"at": at, "detail": detail[:2_000]})[1]


def pass_on(now: datetime) -> int:
    """Send receipts that wait through the inbox as events; how many. Can be repeated."""
    waiting = Receipt.objects.filter(passed_on_at=None).order_by("pk")
    total = 0
    for portion in batched(waiting.select_related("delivery__contact__account", "delivery__account"), _PORTION):
        with transaction.atomic():
            open_inbox().append_many([Arrival(OWN_KIND, _body(portion), now)])
            Receipt.objects.filter(pk__in=[one.pk for one in portion]).update(passed_on_at=now)
        total += len(portion)
    return total


def _body(receipts: Iterable[Receipt]) -> bytes:
    return msgspec.json.encode({"batch": [_event(one) for one in receipts if one.delivery.contact is not None]})


def _event(receipt: Receipt) -> dict[str, object]:
    delivery = receipt.delivery
    assert delivery.contact is not None
    account = delivery.account or delivery.contact.account
    properties = {"delivery_id": str(delivery.pk), "category": delivery.category}
    if delivery.channel == IN_APP:
        properties |= {"title": delivery.subject, "kind": delivery.content.get("kind", "")}
    else:
        properties["email_subject"] = delivery.subject
    if receipt.detail and receipt.kind in (ReceiptKind.CLICKED, ReceiptKind.IN_APP_CLICKED):
        properties["link_url"] = receipt.detail
    elif receipt.detail and receipt.kind == ReceiptKind.IN_APP_TICKED:
        properties["item"] = receipt.detail
    elif receipt.detail:
        properties["detail"] = receipt.detail
    return {
        "type": "track",
        "event": receipt.kind,
        "messageId": f"receipt-{delivery.pk}-{receipt.kind}-{receipt.mark}",
        "userId": delivery.contact.key,
        "timestamp": isoformat(receipt.at),
        "properties": properties,
        **({"context": {"groupId": account.key}} if account else {}),
    }


def _mark(detail: str) -> str:
    return blake2b(detail.encode(), digest_size=8).hexdigest()
