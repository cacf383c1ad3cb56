"""Whether an event is one that a run waits for. A receipt tells what became of one message: it is of whoever sent it.

Where a playbook writes to contacts itself, its runs hear only what became of their own messages over that channel, so
that a click on a mail of another playbook ends nobody's wait; a wait with `messages: any` hears of all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from mainstay.deliveries.receipts import channel_of_receipt
from mainstay.facts.arrivals import Arrival
from mainstay.playbooks.document import Document
from mainstay.playbooks.sending import is_message_of
from mainstay.playbooks.tree import Action

type _Who = tuple[int, int | None]


@dataclass(frozen=True)
class Listener:
    """A run that has waited since an instant. `own`: of messages over these channels only its own count.

    `contact_id` None: it is about the account, and hears everybody there.
    """

    run: UUID
    account_id: int
    contact_id: int | None
    since: datetime | None
    document: Document | None
    own: frozenset[str] = frozenset()


@dataclass
class Came:
    """The events that came, each of one of the names that are waited for, by whom they are from."""

    _latest: dict[_Who, dict[str, datetime]] = field(default_factory=dict)
    _receipts: dict[_Who, list[Arrival]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Arrival]) -> "Came":
        """These, of any order."""
        came = cls()
        for one in events:
            channel = channel_of_receipt(one.event)
            for who in {(one.account_id, one.contact_id), (one.account_id, None)}:
                latest = came._latest.setdefault(who, {})
                latest[channel] = max(one.timestamp, latest.get(channel, one.timestamp))
                if channel:
                    came._receipts.setdefault(who, []).append(one)
        return came

    @property
    def accounts(self) -> set[int]:
        """Whose accounts they are from."""
        return {account_id for account_id, _ in self._latest}

    def is_heard_by(self, listener: Listener) -> bool:
        """Whether one of them is what a run waits for, and came after it began to."""
        who, since = (listener.account_id, listener.contact_id), listener.since
        if any(
            since is None or at >= since
            for channel, at in self._latest.get(who, {}).items()
            if channel not in listener.own
        ):
            return True
        return any(
            (since is None or one.timestamp >= since) and _is_of(one, listener) for one in self._receipts.get(who, ())
        )


def own_channels(document: Document, position: str) -> frozenset[str]:
    """Over which channels only messages of its own count for a run that waits at a step."""
    step = document.flow.steps.get(position)
    if not isinstance(step, Action) or getattr(step.typed_params, "messages", "any") == "any":
        return frozenset()
    return frozenset(document.writers.values())


def _is_of(receipt: Arrival, listener: Listener) -> bool:
    if listener.document is None or receipt.contact_id is None:
        return False
    try:
        delivery = UUID(str(receipt.properties.get("delivery_id", "")))
    except ValueError:  # a receipt of another tool
        return False
    return any(is_message_of(listener.run, step, receipt.contact_id, delivery) for step in listener.document.writers)
