"""A message before it is asked for: what a real contact would see, whether it would go, and a test of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from mainstay.accounts.models import Contact
from mainstay.deliveries.composing import as_seen
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.permission import Decision, decide
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.recipients import load_facts, person_key
from mainstay.deliveries.services import request_delivery
from mainstay.people.models import User


@dataclass(frozen=True)
class Preview:
    """What a contact would get: the HTML for a frame of its own, and whether and when it would go."""

    subject: str
    text: str
    html: str
    decision: Decision


def draft_of(
    contact: Contact, *, category: str, subject: str, text: str, html: str = "", sender: User | None = None
) -> Delivery:
    """A mail to a contact that is nowhere but here; the contact comes with its account loaded."""
    return Delivery(
        id=uuid4(),
        channel="email",
        contact=contact,
        account=contact.account,
        recipient=contact.email,
        address=person_key(contact),
        category=category,
        subject=subject,
        text=text,
        html=html,
        sender=sender,
    )


def preview(draft: Delivery, *, now: datetime) -> Preview:
    """What would be sent, and what would be decided at `now`. Nothing is written."""
    facts = load_facts([draft], now=now)
    decision = decide(facts.question(draft, has_channel=True), facts.policy, now=now)
    return Preview(draft.subject, draft.text, as_seen(draft, facts.policy), decision)


def send_test_of(draft: Delivery, *, to: User, now: datetime) -> None:
    """Send it to a user of ours, as its recipient would see it. Each call is a test of its own; nobody is counted."""
    request_delivery(
        uuid4(),
        channel="email",
        to=to,
        subject=f"[Test] {draft.subject}",
        text=draft.text,
        html=as_seen(draft, policy_in_force()),
        now=now,
    )
