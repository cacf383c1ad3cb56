"""What a step may ask for: a closed set. Only `services` carries commands out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """How a run ended."""

    DONE = "done"
    EXITED = "exited"


@dataclass(frozen=True)
class OpenTask:
    """A task for a person; `owner_id` None leaves it unassigned."""

    owner_id: int | None
    title: str
    why: str
    due_at: datetime


@dataclass(frozen=True)
class RequestDelivery:
    """One message to one recipient."""

    channel: str
    recipient: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class WaitUntil:
    """Nothing more before this instant."""

    until: datetime


@dataclass(frozen=True)
class End:
    """The run is over."""

    ending: Ending


Command = OpenTask | RequestDelivery | WaitUntil | End
