"""A customer whose people may see messages: a secret, a listed site, a write key, and how their server signs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries.content import Content, Kind
from mainstay.deliveries.inapp import setup
from mainstay.deliveries.inapp.identity import sign
from mainstay.deliveries.services import request_delivery
from mainstay.people.services import create_write_key
from tests.builders import Cast


@dataclass(frozen=True)
class Customer:
    """What was set up: `ann` and `bea` work at Acme."""

    origin: str
    key: str
    secret: str
    ann: Contact
    bea: Contact

    def hash(self, user: str) -> str:
        """What the customer's server gives the browser."""
        return sign(user, self.secret)


def customer(cast: Cast, *, origin: str = "https://app.acme.example") -> Customer:
    """Everything an administrator sets up."""
    setup.save_origins([origin], by=cast.ada)
    ann = Contact.objects.create(key="ann", name="Ann", email="ann@acme.example", account=cast.acme)
    bea = Contact.objects.create(key="bea", name="Bea", email="bea@acme.example", account=cast.acme)
    return Customer(origin, create_write_key("web app")[1], setup.new_secret(by=cast.ada, now=utc_now()), ann, bea)


def put(to: Contact, title: str, content: Content | None = None, *, text: str = "", category: str = "service") -> UUID:
    """A message for this person, a banner unless something else is said, of use for a week."""
    now = utc_now()
    id = derived_id("test", to.pk, title)
    values: dict[str, Any] = {"content": content or Content(Kind.BANNER), "not_after": now + timedelta(days=7)}
    request_delivery(
        id, channel="in_app", to=to, subject=title, text=text, category=category, account=to.account, now=now, **values
    )
    return id
