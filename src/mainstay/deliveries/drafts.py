"""A test of a message: what its recipient would see, to somebody of ours."""

from datetime import datetime
from uuid import uuid4

from mainstay.deliveries.composing import as_seen
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.services import request_delivery
from mainstay.people.models import User


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
