"""What a channel is, in terms of this room. Connectors implement it; nothing here knows a vendor."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

from mainstay.common.errors import MainstayError


@dataclass(frozen=True)
class Address:
    """Where a message to a target goes, and the secrets it is signed with. Nothing of it is to be shown."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Message:
    """What a channel sends. `id` is that of the delivery: stable over attempts.

    Of e-mail: `sender` and `reply_to` as in its headers (empty: the installation's own, none), further `headers`.
    To a target: its `address`, and the page of the account it is about with the account's name.
    """

    id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    sender: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    address: Address | None = None
    link: str = ""
    link_label: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the other side said when it took the message."""

    detail: str


class Channel(Protocol):
    """A way to reach people: e-mail, chat…"""

    @property
    def kind(self) -> str:
        """The name deliveries use: `email`."""

    @property
    def recognises_repeats(self) -> bool:
        """True when sending the same message id again gives no second message. Then a lost attempt is repeated."""

    def problem(self) -> str | None:
        """Why nothing can be sent at present (not configured…), as a sentence; None when all is well."""

    def send(self, message: Message) -> Receipt:
        """Send it. DeliveryError: it did not go. DeliveryUnsure: it may have gone."""


@runtime_checkable
class KeepsConnection(Protocol):
    """A channel that sends many messages over one connection, within a session."""

    def session(self) -> AbstractContextManager[None]:
        """What it opens to send stays open until the end of the session."""


class DeliveryError(MainstayError):
    """The message did not go. `permanent`: it never will; `channel_down`: nor would any other on this channel now.

    `bad_address`: the other side says that there is nobody at the address. `retry_after`: how long it asks to wait.
    """

    code = "not_delivered"
    status = 502

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        channel_down: bool = False,
        bad_address: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.bad_address = bad_address
        self.retry_after = retry_after
        self.permanent = permanent
        self.channel_down = channel_down


class DeliveryUnsure(MainstayError):
    """The connection broke after the message was handed over: it may or may not have gone."""

    code = "delivery_unsure"
    status = 502
