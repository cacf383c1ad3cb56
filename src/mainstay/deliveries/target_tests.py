"""A test of a target: something harmless is sent at once, past the outbox, and the answer is told.

It is no message about anybody, so nothing is kept of it but that somebody tried; the emergency stop holds for it too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from mainstay.common.errors import Invalid
from mainstay.deliveries import stopping
from mainstay.deliveries.channel import Channel, DeliveryError, DeliveryUnsure, Message
from mainstay.deliveries.models import Dialect, Target
from mainstay.deliveries.targets import address_of, channel_of
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

EVENT = "mainstay.test"
_TITLE = "A test from Mainstay"


@dataclass(frozen=True)
class Tested:
    """What came of a test, as a sentence."""

    is_taken: bool
    says: str


def send_test(target: Target, *, channels: Mapping[str, Channel], by: User, now: datetime) -> Tested:
    """Send a test, also to one that is switched off. Not inside a transaction: it takes as long as the other side."""
    require_role(by, Role.ADMINISTRATOR)
    stop = stopping.current_stop()
    if stop is not None:
        raise Invalid(f"{stopping.sentence(stop)} Resume sending, then test.")
    tested = _tried(target, channels, by=by, now=now)
    record_audit(by, "deliveries.target_tested", f"target:{target.key}", taken=tested.is_taken)
    return tested


def _tried(target: Target, channels: Mapping[str, Channel], *, by: User, now: datetime) -> Tested:
    says = f"{by.name} tries whether messages arrive. Nothing is to be done."
    text = _event(says, now) if target.dialect == Dialect.STANDARD else says
    message = Message(uuid4(), target.name, _TITLE, text, "", address=address_of(target, now=now))
    try:
        return Tested(is_taken=True, says=channels[channel_of(target)].send(message).detail)
    except (DeliveryError, DeliveryUnsure) as error:
        return Tested(is_taken=False, says=error.message)


def _event(says: str, now: datetime) -> str:
    return json.dumps({"type": EVENT, "timestamp": now.isoformat().replace("+00:00", "Z"), "data": {"message": says}})
