"""What a step may ask for: a closed set. Only `effects` carries commands out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mainstay.deliveries.content import Content
from mainstay.opportunities.states import Kind


class Ending(StrEnum):
    """How a run ended."""

    DONE = "done"
    EXITED = "exited"


class Awaited(StrEnum):
    """What a run can wait for, beside the time."""

    CONDITION = "condition"
    EVENT = "event"
    TASKS = "tasks"
    DECISION = "decision"


class Speaks(StrEnum):
    """What a target takes: events as webhooks, or texts in a chat."""

    EVENTS = "events"
    TEXTS = "texts"


TIMED_OUT, HAPPENED, DONE, DISMISSED = "timed_out", "happened", "done", "dismissed"
"""Outcomes of waiting. Tasks that were waited for come to `done`, or `dismissed` when any of them was."""


@dataclass(frozen=True)
class OpenTask:
    """A task for a person; `owner_id` None leaves it unassigned. `checklist`: what is to be ticked off on the way.

    `is_approval`: to close it is to decide, and only its owner or a manager may.
    """

    owner_id: int | None
    title: str
    why: str
    due_at: datetime
    checklist: tuple[str, ...] = ()
    talk_track: str = ""
    is_approval: bool = False


@dataclass(frozen=True)
class RequestDelivery:
    """One message to one recipient: a user of ours by her address, or the contact `contact_id`.

    To a contact it is of a `category`, whether it goes is decided when it is due; `sender_id` None: from the company.
    In the app: what it is (`content`) and until when it is of use; `everybody`: each contact of the account (with one
    of `personas`) sees it, `recipient` says so in words.
    """

    channel: str
    recipient: str
    subject: str
    text: str
    html: str
    contact_id: int | None = None
    category: str = ""
    sender_id: int | None = None
    content: Content | None = None
    not_after: datetime | None = None
    everybody: bool = False
    personas: tuple[str, ...] = ()


@dataclass(frozen=True)
class SendToTarget:
    """An event (`text` is its JSON, `subject` its name) or a chat message to the target of this key."""

    target: str
    speaks: Speaks
    subject: str
    text: str


@dataclass(frozen=True)
class OpenOpportunity:
    """A record with an owner that is open until it is decided: a chance, a renewal at risk, a hand-over.

    `amount` in major units of `currency`, empty for the reporting currency.
    """

    kind: Kind
    title: str
    why: str
    owner_id: int | None
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class WriteNote:
    """A note on the timeline of the account."""

    title: str
    body: str


@dataclass(frozen=True)
class ChangeAccount:
    """Another lifecycle stage (`field` "stage"), tier, or custom attribute of the account."""

    field: str
    value: str


@dataclass(frozen=True)
class StartPlaybook:
    """Another playbook on the same account (and contact); its reason is this step of this run."""

    key: str


@dataclass(frozen=True)
class WaitUntil:
    """Nothing more before this instant."""

    until: datetime


@dataclass(frozen=True)
class WaitFor:
    """The run stays at this step until something happens, at most until an instant; then the step is resumed.

    `condition`: `name` begins to hold for the account. `event`: one of the names in `name` (a line each) comes from
    the account, or the contact. `tasks`: every task this step opened is closed. `decision`: the opportunity
    this step opened is decided.
    """

    what: Awaited
    until: datetime
    name: str = ""


@dataclass(frozen=True)
class End:
    """The run is over. `why` in a few words, for people."""

    ending: Ending
    why: str = ""


Effect = OpenTask | OpenOpportunity | RequestDelivery | SendToTarget | WriteNote | ChangeAccount | StartPlaybook
"""What happens outside of the run: each once, whatever dies when."""

Command = Effect | WaitUntil | WaitFor | End
