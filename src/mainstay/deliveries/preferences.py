"""What a person chose, as the pages behind the links in her mails show and change it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mainstay.accounts.models import Contact
from mainstay.deliveries.consent import address_key, choices_of, choose
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.permission import EVERYTHING
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Category, Policy
from mainstay.deliveries.receipts import ReceiptKind, note


@dataclass(frozen=True)
class Preference:
    """A category, and whether messages about it go to this person."""

    category: Category
    is_on: bool


@dataclass(frozen=True)
class Preferences:
    """What one e-mail address gets. `is_off`: nothing but service messages."""

    email: str
    lines: tuple[Preference, ...]
    is_off: bool


def delivery_to_contact(id: UUID | None) -> Delivery | None:
    """The message to a contact a link belongs to; None where it, or its contact, is not known any more."""
    if id is None:
        return None
    return Delivery.objects.select_related("contact").filter(pk=id, contact__isnull=False).first()


def preferences_of(email: str, policy: Policy) -> Preferences:
    """What goes to this address now, as the decision sees it."""
    choices = choices_of({address_key(email)}).get(address_key(email), {})
    is_off = choices.get(EVERYTHING) is False
    lines = tuple(Preference(one, _is_on(one, choices, is_off=is_off)) for one in policy.categories)
    return Preferences(email, lines, is_off or not any(one.is_on for one in lines if not one.category.service))


def preferences_of_contact(contact: Contact) -> Preferences:
    """The same for a contact, under the policy in force."""
    return preferences_of(contact.email, policy_in_force())


@transaction.atomic
def save_preferences(delivery: Delivery, wanted: Collection[str], *, now: datetime) -> None:
    """Somebody chose on the page behind a link of this message: `wanted` are the keys of what she wants to get."""
    how = "The preference page, from a mail"
    before = {one.category.key for one in preferences_of(delivery.recipient, policy_in_force()).lines if one.is_on}
    optional = [one.key for one in policy_in_force().categories if not one.service]
    for key in optional:
        choose(delivery.recipient, key, allowed=key in wanted, how=how, now=now)
    everything = None if set(optional) & set(wanted) else False
    choose(delivery.recipient, EVERYTHING, allowed=everything, how=how, now=now)
    declined = sorted((before & set(optional)) - set(wanted))
    if declined:
        note(delivery, ReceiptKind.UNSUBSCRIBED, at=now, detail=", ".join(declined))


@transaction.atomic
def unsubscribe(delivery: Delivery, *, how: str, now: datetime) -> bool:
    """Nothing but service messages from now on. False when it was so already."""
    changed = choose(delivery.recipient, EVERYTHING, allowed=False, how=how, now=now)
    if changed:
        note(delivery, ReceiptKind.UNSUBSCRIBED, at=now, detail="everything")
    return changed


def _is_on(category: Category, choices: dict[str, bool], *, is_off: bool) -> bool:
    if category.service:
        return True
    return not is_off and choices.get(category.key, category.consent == "opt_out")
