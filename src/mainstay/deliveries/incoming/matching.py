"""Which message a mail answers, and who wrote it.

In this order: the Message-IDs it names; the signed address it was sent to; its sender, where that is the address of a
contact, and then the latest message that went there within thirty days.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.incoming.reading import Mail
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.reply_addresses import delivery_of

RECENT = timedelta(days=30)
_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>@\s]+>", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """What a mail belongs to. `delivery` None: it answers none that is known. `contact` None: a stranger wrote it."""

    account: Account
    contact: Contact | None
    delivery: Delivery | None
    how: str


def match_mail(mail: Mail, *, received_at: datetime) -> Match | None:
    """None for a mail that is about nobody we know."""
    for how, delivery in (("it names the message", _named(mail)), ("its address", _addressed(mail))):
        account = _account_of(delivery)
        if delivery is not None and account is not None:
            return Match(account, _writer(mail, account, delivery), delivery, how)
    return _by_sender(mail, received_at)


def deliveries_named(mail: Mail) -> list[Delivery]:
    """The messages to contacts whose Message-IDs it names, the nearest first."""
    ids = [UUID(one[1]) for answered in mail.answers[:50] if (one := _OURS.fullmatch(answered))]
    found = _to_contacts().in_bulk(ids)
    return [found[id] for id in ids if id in found]


def _named(mail: Mail) -> Delivery | None:
    return next(iter(deliveries_named(mail)), None)


def _addressed(mail: Mail) -> Delivery | None:
    ids = [id for address in mail.recipients[:50] if (id := delivery_of(address))]
    return _to_contacts().filter(pk__in=ids).first() if ids else None


def _to_contacts() -> QuerySet[Delivery]:
    related = Delivery.objects.select_related("contact__account", "account", "sender")
    return related.filter(contact__isnull=False, channel="email")


def _account_of(delivery: Delivery | None) -> Account | None:
    if delivery is None or delivery.account is not None:
        return delivery.account if delivery else None
    return delivery.contact.account if delivery.contact else None


def _writer(mail: Mail, account: Account, delivery: Delivery) -> Contact | None:
    """Whom it was written to, when she answers from that address; else a colleague who is known."""
    if delivery.contact is not None and mail.sender == delivery.recipient.lower():
        return delivery.contact
    return Contact.objects.filter(email__iexact=mail.sender, account=account).order_by("pk").first()


def _by_sender(mail: Mail, received_at: datetime) -> Match | None:
    if not mail.sender:
        return None
    recent = _to_contacts().filter(address=mail.sender, left_at__gte=received_at - RECENT, left_at__lte=received_at)
    delivery = recent.order_by("-left_at").first()
    contact = delivery.contact if delivery else _known(mail.sender)
    if contact is None or contact.account is None:
        return None
    return Match(contact.account, contact, delivery, "its sender")


def _known(address: str) -> Contact | None:
    found = Contact.objects.filter(email__iexact=address, account__isnull=False, left_on=None)
    return found.select_related("account").order_by("pk").first()
