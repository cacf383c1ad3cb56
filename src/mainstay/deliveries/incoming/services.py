"""Keeps what comes back: an answer on the timeline and as an event, a bounce at the address; each mail once."""

import logging
from datetime import datetime
from email.utils import parseaddr
from hashlib import sha256
from typing import assert_never

from django.conf import settings
from django.db import DataError, transaction

from mainstay.common.errors import MainstayError
from mainstay.deliveries.feedback import Feedback, FeedbackKind, take_feedback
from mainstay.deliveries.incoming.matching import Match, deliveries_named, match_mail
from mainstay.deliveries.incoming.reading import Kind, Mail, read_mail
from mainstay.deliveries.models import Incoming
from mainstay.deliveries.receipts import ReceiptKind, note
from mainstay.deliveries.refusals import report_says_nobody
from mainstay.interactions.services import InteractionRow, upsert_interactions
from mainstay.people.models import User

logger = logging.getLogger(__name__)

OWN, BROKEN = "own", "broken"
_LEFT_OUT = "A mail cannot be read; it is left out."


@transaction.atomic
def take_mail(content: bytes, *, received_at: datetime, now: datetime) -> bool:
    """Keep what a mail says; False when it was taken before. Whatever it holds, the next one can be read.

    `received_at`: when the mail server had it. What the mail itself says about its date may be anything.
    """
    at = min(received_at, now)
    try:
        mail = read_mail(content)
    except Exception as error:
        # The edge of the loop: mail is written by everybody, and one that breaks the parser must hold up no other.
        logger.exception(_LEFT_OUT)
        values = {"kind": BROKEN, "received_at": at, "taken_at": now, "note": _why(error)}
        return Incoming.objects.get_or_create(key=sha256(content).hexdigest(), defaults=values)[1]
    kept, is_new = Incoming.objects.get_or_create(
        key=mail.key, defaults={"kind": mail.kind, "received_at": at, "taken_at": now}
    )
    if is_new:
        try:
            with transaction.atomic():
                _take(mail, kept, now=now)
        except (ValueError, DataError, MainstayError) as error:  # the same edge: what it says cannot be kept
            logger.exception(_LEFT_OUT)
            Incoming.objects.filter(pk=kept.pk).update(kind=BROKEN, note=_why(error))
    return is_new


def _why(error: Exception) -> str:
    return f"It cannot be read ({type(error).__name__}: {error})."[:300]


def _take(mail: Mail, kept: Incoming, *, now: datetime) -> None:
    match mail.kind:
        case Kind.BOUNCE:
            _bounced(mail, kept, now=now)
        case Kind.PERSON:
            _answered(mail, kept)
        case Kind.AUTOMATIC | Kind.LIST:
            return
        case _:
            assert_never(mail.kind)


def _answered(mail: Mail, kept: Incoming) -> None:
    if _is_ours(mail.sender):
        kept.kind = OWN
        kept.save(update_fields=["kind"])
        return
    found = match_mail(mail, received_at=kept.received_at)
    if found is None:
        return
    kept.account, kept.contact, kept.delivery, kept.note = found.account, found.contact, found.delivery, found.how
    kept.save(update_fields=["account", "contact", "delivery", "note"])
    _write_down(mail, found, kept)
    if found.delivery is not None:
        said = f"{mail.sender}: {mail.subject}"
        note(found.delivery, ReceiptKind.REPLIED, at=kept.received_at, detail=said, which=mail.key)


def _write_down(mail: Mail, found: Match, kept: Incoming) -> None:
    """On the timeline of the account, as a mail that came in."""
    attached = f"Attached: {', '.join(mail.attachments)}" if mail.attachments else ""
    writer = "" if found.contact else f"From {mail.sender_name or mail.sender} <{mail.sender}>"
    body = "\n\n".join(part for part in (writer, mail.text, attached) if part)
    sender = found.delivery.sender if found.delivery else None
    row = InteractionRow(
        key=f"mail:{kept.key}",
        kind="email",
        title=mail.subject or "Answer without a subject",
        occurred_at=kept.received_at,
        account_key=found.account.key,
        contact_key=found.contact.key if found.contact else None,
        user_email=sender.email if sender else None,
        body=body,
        direction="inbound",
    )
    upsert_interactions([row])


def _bounced(mail: Mail, kept: Incoming, *, now: datetime) -> None:
    """Only of a message of ours, and only of the address it went to: anybody can write that a mail bounced."""
    for delivery in deliveries_named(mail)[:1]:
        for bounce in mail.bounces:
            if bounce.address != delivery.recipient.lower() or not report_says_nobody(bounce.status, bounce.said):
                continue
            detail = f"{bounce.status} {bounce.said}".strip()
            told = Feedback(FeedbackKind.BOUNCED, delivery.recipient, delivery.pk, at=kept.received_at, detail=detail)
            take_feedback([told], now=now)
            kept.account, kept.contact, kept.delivery = delivery.account, delivery.contact, delivery
            kept.note = detail[:300]
            kept.save(update_fields=["account", "contact", "delivery", "note"])


def _is_ours(address: str) -> bool:
    """A user's, or the installation's own: what we sent comes back as a copy."""
    if address == parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower():
        return True
    return User.objects.filter(email__iexact=address).exists()
