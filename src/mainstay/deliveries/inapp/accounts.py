"""Messages for everybody at an account. Each person gets a delivery of her own when she comes by, and not before.

So consent, caps and what became of it are of each person alone; who joins while the message is of use sees it too; and
what nobody came for costs one row.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries.content import IN_APP, Content, content_of
from mainstay.deliveries.models import AccountMessage, Delivery
from mainstay.deliveries.services import request_delivery


def tell_account(
    id: UUID,
    account: Account,
    *,
    subject: str,
    text: str,
    content: Content,
    category: str,
    not_after: datetime,
    personas: Collection[str] = (),
    origin: str = "",
    origin_step: str = "",
    now: datetime,
) -> bool:
    """Put up a message for everybody at the account (with one of `personas`). A known id is a no-op; True when new.

    `origin`: what asks for it, as of `request_delivery`.
    """
    values = {
        "account": account,
        "personas": sorted(personas),
        "category": category,
        "subject": " ".join(subject.split())[:300],
        "text": text,
        "content": content.as_json(),
        "origin": origin,
        "origin_step": origin_step,
        "not_after": not_after,
        "created_at": now,
    }
    return AccountMessage.objects.get_or_create(id=id, defaults=values)[1]


def delivery_id(message: UUID, contact_id: int) -> UUID:
    """The id of the delivery by which a person gets a message for everybody."""
    return derived_id("delivery", message, contact_id)


def hand_out(contact: Contact, *, now: datetime) -> int:
    """Give this person her own delivery of what is up for her account; how many are new."""
    if contact.account_id is None:
        return 0
    up = [
        one
        for one in AccountMessage.objects.filter(account=contact.account_id, not_after__gt=now)
        if not one.personas or contact.persona in one.personas
    ]
    if not up:
        return 0
    ids = {delivery_id(one.pk, contact.pk): one for one in up}
    known = set(Delivery.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if len(known) == len(ids):
        return 0
    with transaction.atomic():
        return sum(_hand_out(id, one, contact, now=now) for id, one in ids.items() if id not in known)


def _hand_out(id: UUID, one: AccountMessage, contact: Contact, *, now: datetime) -> bool:
    return request_delivery(
        id,
        channel=IN_APP,
        to=contact,
        subject=one.subject,
        text=one.text,
        content=content_of(one.content),
        category=one.category,
        origin=one.origin,
        origin_step=one.origin_step,
        account=contact.account,
        not_after=one.not_after,
        now=now,
    )
