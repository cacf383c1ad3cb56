"""What the decision needs to know about the recipients of a batch, in a handful of queries whatever its size."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mainstay.accounts.models import Account, Contact
from mainstay.common.calendars import is_country, time_zones
from mainstay.common.frozen import changed
from mainstay.deliveries import stopping, targets
from mainstay.deliveries.consent import address_key, choices_of
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.permission import Decision, Question, Recipient, decide
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Policy
from mainstay.deliveries.senders import sender_domain
from mainstay.deliveries.suppression import suppressed
from mainstay.people.models import User

# Names of the trait that says where somebody is, as Segment's clients and CRMs call it.
# `timezone`, `time_zone`, `timeZone`, and `Time zone` as the column of a file is called.
_ZONE_TRAIT = re.compile(r"time[ _-]?zone", re.IGNORECASE)


@dataclass(frozen=True)
class Unasked:
    """A message to a contact that nobody has asked for yet: what the decision wants to know of a delivery."""

    channel: str
    category: str
    contact: Contact
    account: Account
    sender: User | None
    recipient: str
    address: str
    target: None = None
    target_id: None = None
    held_out: bool = False
    not_after: datetime | None = None

    @property
    def contact_id(self) -> int:
        """The key of the contact."""
        return self.contact.pk


type Message = Delivery | Unasked


@dataclass
class Facts:
    """Of a batch: the policy, and the recipients by delivery. `note_sent` keeps the caps right within the batch."""

    policy: Policy
    now: datetime
    stopped: str
    users: frozenset[str]
    people: dict[str, Recipient] = field(default_factory=dict)

    def question(self, delivery: Message, *, has_channel: bool) -> Question:
        """What is to be decided about one delivery of the batch."""
        return Question(
            to=self._recipient(delivery),
            channel=delivery.channel,
            category=delivery.category,
            sender_domain=sender_domain(delivery.sender, self.policy),
            held_out=delivery.held_out,
            not_after=delivery.not_after,
            no_channel="" if has_channel else f"There is no channel '{delivery.channel}' in this installation.",
            stopped=self.stopped,
        )

    def note_sent(self, delivery: Message) -> None:
        """This one has left, or may have: the next one to the same person counts it."""
        person = self.people.get(delivery.address)
        if person is not None:
            sent = (*person.sent, (delivery.category, self.now))
            self.people[delivery.address] = changed(person, sent=sent)

    def _recipient(self, delivery: Message) -> Recipient:
        if delivery.target is not None:
            off = targets.why_off(delivery.target)
            return Recipient(name=delivery.recipient, address="", is_target=True, off=off)
        if delivery.contact is None:
            is_here = delivery.recipient.lower() in self.users
            return Recipient(name=delivery.recipient, address=delivery.recipient, is_user=True, is_here=is_here)
        person = self.people[delivery.address]
        contact = delivery.contact
        account = delivery.account or contact.account
        return changed(
            person,
            name=str(contact),
            address=delivery.recipient,
            is_here=contact.left_on is None or contact.left_on > self.now.date(),
            zone=zone_of(contact, account, self.policy),
            country=country_of(account, self.policy),
        )


def load_facts(deliveries: Sequence[Message], *, now: datetime) -> Facts:
    """What is known at `now`. The deliveries come with contact, its account, account, sender and target loaded."""
    policy, stop = policy_in_force(), stopping.current_stop()
    ours = {one.recipient.lower() for one in deliveries if one.contact_id is None and one.target_id is None}
    users: frozenset[str] = frozenset()
    if ours:
        active = User.objects.filter(is_active=True).values_list("email", flat=True)
        users = frozenset(email.lower() for email in active) & ours
    addresses = {one.address for one in deliveries if one.contact_id is not None}
    return Facts(policy, now, stopping.sentence(stop) if stop else "", users, _people(addresses, policy, now=now))


def answers_for(contact: Contact, *, now: datetime) -> tuple[str, dict[str, Decision]]:
    """Her time zone, and for each category whether a mail about it would go to her at `now`."""
    address = person_key(contact)
    asked = {"channel": "email", "contact": contact, "account": contact.account, "recipient": contact.email}
    facts = load_facts([Delivery(address=address, **asked)], now=now)
    of_each = {one.key: Delivery(address=address, category=one.key, **asked) for one in facts.policy.categories}
    decisions = {
        key: decide(facts.question(one, has_channel=True), facts.policy, now=now) for key, one in of_each.items()
    }
    return zone_of(contact, contact.account, facts.policy), decisions


def person_key(contact: Contact) -> str:
    """What a person is told by over all playbooks: the e-mail address, else the contact itself."""
    return address_key(contact.email) or f"contact:{contact.pk}"


def _people(addresses: set[str], policy: Policy, *, now: datetime) -> dict[str, Recipient]:
    if not addresses:
        return {}
    choices, refused = choices_of(addresses), suppressed(addresses)
    sent = sent_to(addresses, since=now - timedelta(days=policy.longest_window_days))
    return {
        one: Recipient(
            name=one,
            address=one,
            suppressed=refused.get(one, ""),
            choices=choices.get(one, {}),
            sent=tuple(sent.get(one, ())),
        )
        for one in addresses
    }


def sent_to(addresses: set[str], *, since: datetime) -> Mapping[str, list[tuple[str, datetime]]]:
    """Category and instant of what left, or may have left, for these addresses since then. One query."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    rows = Delivery.objects.filter(address__in=addresses, left_at__gt=since).order_by()
    for address, category, at in rows.values_list("address", "category", "left_at"):
        if at is not None:
            found.setdefault(address, []).append((category, at))
    return found


def zone_of(contact: Contact, account: Account | None, policy: Policy) -> str:
    """The time zone of a contact: its own trait, else its account's, else that of the policy."""
    for traits in (contact.attributes, account.attributes if account else {}):
        for name, zone in traits.items():
            if isinstance(zone, str) and _ZONE_TRAIT.fullmatch(name) and zone in time_zones():
                return zone
    return policy.time_zone


def country_of(account: Account | None, policy: Policy) -> str:
    """The country whose holidays the recipient has: the account's where it is an ISO 3166 code, else the policy's."""
    code = account.country.strip().upper() if account else ""
    return code if is_country(code) else policy.country
