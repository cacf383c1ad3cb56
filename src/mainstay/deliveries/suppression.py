"""Addresses nothing is sent to any more: they bounced, their owner complained, or somebody of ours put them there."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from mainstay.common.errors import Invalid, NotFound
from mainstay.deliveries.consent import address_key
from mainstay.deliveries.models import Suppression, SuppressionKind
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


def suppressed(addresses: Collection[str]) -> dict[str, str]:
    """Of those that are suppressed, why, as a sentence. One query."""
    return {one.address: sentence(one) for one in Suppression.objects.filter(address__in=addresses)}


def sentence(one: Suppression) -> str:
    """Why nothing goes there."""
    words = {
        SuppressionKind.BOUNCE: "bounced",
        SuppressionKind.COMPLAINT: "complained about a message of ours",
        SuppressionKind.MANUAL: "was put on the suppression list by hand",
    }[SuppressionKind(one.kind)]
    said = f": {one.reason.rstrip('.')}" if one.reason else ""
    return f"{one.address} {words} on {one.since:%-d %b %Y}{said}. Nothing is sent there."


def suppress(email: str, *, kind: SuppressionKind, reason: str, now: datetime, by: User | None = None) -> bool:
    """Send nothing there from now on. `by`: a CSM or above who did it. False when it was suppressed already."""
    if by is not None:
        require_role(by, Role.CSM)
    address = address_key(email)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(f"'{email}' is not an e-mail address; use one like maya@example.com.") from None
    values = {"kind": kind, "reason": " ".join(reason.split())[:500], "since": now, "by": by}
    with transaction.atomic():
        is_new = Suppression.objects.get_or_create(address=address, defaults=values)[1]
        if is_new and by is not None:
            record_audit(by, "deliveries.suppressed", f"address:{address}", kind=kind, reason=reason)
    return is_new


@transaction.atomic
def lift(address: str, *, reason: str, by: User) -> None:
    """Write there again. Managers and above; the reason is kept in the audit log."""
    require_role(by, Role.MANAGER)
    found = Suppression.objects.filter(address=address_key(address)).first()
    if found is None:
        raise NotFound(f"{address} is not on the suppression list.")
    found.delete()
    record_audit(by, "deliveries.suppression_lifted", f"address:{found.address}", kind=found.kind, reason=reason)
