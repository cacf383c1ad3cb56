"""What the browser of a reader says became of a message. Only of her own; the same again is a no-op."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from django.db import transaction

from mainstay.accounts.models import Contact
from mainstay.deliveries.content import IN_APP, Content, Kind, content_of
from mainstay.deliveries.models import Attempt, Became, ChecklistItem, Delivery, Outcome, State
from mainstay.deliveries.receipts import ReceiptKind, note


class What(StrEnum):
    """What happened in the browser."""

    SHOWN = "shown"
    CLICKED = "clicked"
    DISMISSED = "dismissed"
    TICKED = "ticked"


@dataclass(frozen=True)
class Report:
    """`detail`: the link of a click; `item`: the number of the line that was ticked."""

    id: UUID
    what: What
    detail: str = ""
    item: int = -1


@transaction.atomic
def take_report(contact: Contact, report: Report, *, now: datetime) -> bool:
    """Keep it. False for what is nobody's, or of somebody else, or was refused: there is nothing to keep."""
    mine = Delivery.objects.select_for_update().filter(pk=report.id, contact=contact, channel=IN_APP)
    delivery = mine.filter(state__in=[State.QUEUED, State.SENT]).first()
    if delivery is None:
        return False
    _shown(delivery, now=now)
    match report.what:
        case What.SHOWN:
            pass
        case What.CLICKED:
            note(delivery, ReceiptKind.IN_APP_CLICKED, at=now, detail=report.detail)
            if delivery.content.get("kind") != Kind.CHECKLIST:  # its links lead to what is still to be done
                _over(delivery, Became.CLICKED)
        case What.DISMISSED:
            if _over(delivery, Became.DISMISSED):
                note(delivery, ReceiptKind.IN_APP_DISMISSED, at=now)
        case What.TICKED:
            item = delivery.items.filter(number=report.item).first()
            if item is not None:
                tick(delivery, item, now=now)
        case _:
            assert_never(report.what)
    return True


def tick(delivery: Delivery, item: ChecklistItem, *, now: datetime) -> bool:
    """One line is done, and perhaps the whole list; False when it was ticked before. Within a transaction."""
    if not ChecklistItem.objects.filter(pk=item.pk, ticked_at=None).update(ticked_at=now):
        return False
    note(delivery, ReceiptKind.IN_APP_TICKED, at=now, detail=_text_of(content_of(delivery.content), item.number))
    if not delivery.items.filter(ticked_at=None).exists() and _over(delivery, Became.COMPLETED):
        note(delivery, ReceiptKind.IN_APP_COMPLETED, at=now)
    return True


def _text_of(content: Content, number: int) -> str:
    return content.items[number].text if number < len(content.items) else ""


def _shown(delivery: Delivery, *, now: datetime) -> None:
    """The first sign that it was seen makes it sent."""
    values = {"state": State.SENT, "became": Became.SHOWN, "sent_at": now, "left_at": now, "note": ""}
    if not Delivery.objects.filter(pk=delivery.pk, state=State.QUEUED).update(**values):
        return
    number = delivery.attempts.count() + 1
    said = "Shown in the browser of its reader."
    Attempt.objects.create(
        delivery=delivery, number=number, started_at=now, finished_at=now, outcome=Outcome.SENT, message=said
    )
    note(delivery, ReceiptKind.IN_APP_SHOWN, at=now)


def _over(delivery: Delivery, became: Became) -> bool:
    """It is not shown again; False when it was over before."""
    alive = Delivery.objects.filter(pk=delivery.pk, became__in=["", Became.SHOWN])
    return bool(alive.update(became=became))
