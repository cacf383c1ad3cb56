"""What would be decided about messages that nobody has asked for yet. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.permission import Decision, Later, MayGo, decide
from mainstay.deliveries.recipients import Unasked, load_facts, person_key
from mainstay.people.models import User


@dataclass(frozen=True)
class Planned:
    """A message to a contact at an instant to come."""

    at: datetime
    channel: str
    category: str
    contact: Contact
    account: Account
    sender: User | None = None


def foresee(planned: Sequence[Planned], *, now: datetime) -> list[Decision]:
    """What the one function that decides would say of each at its instant, by what is known at `now`; in their order.

    Choices, suppressed addresses and what was sent are those of today; what goes of `planned` counts for the caps of
    those after it. What other playbooks send until then nobody knows.
    """
    messages = [_message(one) for one in planned]
    facts = load_facts(messages, now=now)
    decisions: dict[int, Decision] = {}
    for at in sorted(range(len(planned)), key=lambda at: planned[at].at):
        instant = max(planned[at].at, now)
        facts.now = instant
        decision = decide(facts.question(messages[at], has_channel=True), facts.policy, now=instant)
        decisions[at] = decision
        match decision:
            case MayGo():
                facts.note_sent(messages[at])
            case Later(at=later) if later is not None:
                facts.now = later
                facts.note_sent(messages[at])
            case _:
                pass  # it never goes, or nobody knows when
    return [decisions[at] for at in range(len(planned))]


def _message(one: Planned) -> Unasked:
    return Unasked(
        channel=one.channel,
        category=one.category,
        contact=one.contact,
        account=one.account,
        sender=one.sender,
        recipient=one.contact.email.strip() if one.channel == "email" else one.contact.key,
        address=person_key(one.contact),
    )
