"""What people of customers chose, by e-mail address: the choice in force, and how it came about."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from mainstay.common.errors import Invalid
from mainstay.deliveries.models import Choice, ConsentEntry
from mainstay.deliveries.permission import EVERYTHING
from mainstay.deliveries.policies import policy_in_force
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


def address_key(email: str) -> str:
    """An e-mail address as choices and suppressions are kept: what differs only by case is the same person."""
    return email.strip().lower()


def choices_of(addresses: Collection[str]) -> dict[str, dict[str, bool]]:
    """The choices in force by address and category. One query."""
    found: dict[str, dict[str, bool]] = {}
    rows = Choice.objects.filter(address__in=addresses).values_list("address", "category", "is_allowed")
    for address, category, is_allowed in rows:
        found.setdefault(address, {})[category] = is_allowed
    return found


@transaction.atomic
def choose(email: str, category: str, *, allowed: bool | None, how: str, now: datetime, by: User | None = None) -> bool:
    """Keep what somebody chose; None takes the choice back. `by`: the user who wrote it down, a CSM or above.

    Whether it changed anything; a repeat is a no-op. Raises Invalid for a category that cannot be chosen about.
    """
    if by is not None:
        require_role(by, Role.CSM)
    address = address_key(email)
    if not address:
        raise Invalid("There is no e-mail address to keep a choice for; add one to the contact first.")
    _check_category(category)
    former = Choice.objects.select_for_update().filter(address=address, category=category).first()
    if allowed == (former.is_allowed if former else None):
        return False
    if allowed is None:
        Choice.objects.filter(address=address, category=category).delete()
    else:
        Choice.objects.update_or_create(
            address=address, category=category, defaults={"is_allowed": allowed, "changed_at": now}
        )
    ConsentEntry.objects.create(address=address, category=category, is_allowed=allowed, at=now, how=how[:200], by=by)
    if by is not None:
        record_audit(by, "deliveries.choice_changed", f"address:{address}", category=category, allowed=allowed, how=how)
    return True


def _check_category(key: str) -> None:
    if key == EVERYTHING:
        return
    category = policy_in_force().category(key)
    if category is None:
        raise Invalid(f"There is no category '{key}' of messages. Settings, Messages, Rules lists them.")
    if category.service:
        raise Invalid(f"{category.name} is service: it cannot be declined, so there is nothing to choose.")
