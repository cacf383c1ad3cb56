"""The records as they were read last, and read again only where something changed.

Records change seldom and events come all the time: reading two million of them for every refresh would take longer than
counting the events does. One copy a process, for the worker that refreshes.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from django.db.models import Count, Max, Model

from mainstay.accounts.models import Account, Contact, ContactRole, Milestone, StageChange
from mainstay.common.time import DAY
from mainstay.facts import records
from mainstay.facts.tables import HISTORY_DAYS, Snapshot, sources
from mainstay.facts.tally import NOTHING, Needs
from mainstay.interactions.models import Interaction, Pulse, Response, Ticket, TicketReopening
from mainstay.subscriptions.models import Invoice, Reading, Subscription

# However equal everything looks, it is read again after an hour: nobody can forget a change for longer.
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True)
class _Copy:
    """A table of records, the state its rows were in, and when they were read."""

    state: Hashable
    read_at: datetime
    rows: pa.Table


_copies: dict[str, _Copy] = {}


def present_records(now: datetime, *, needs: Needs = NOTHING) -> Snapshot:
    """The records for `register` at `now`, or at any instant of the day before it."""
    # Rows of the next hours are read too: they are as good then, and the views leave out what is to come.
    read = sources(None, now + _LONGEST * 2, (now + DAY).date(), None, since=now.date() - DAY * (HISTORY_DAYS + 2))
    if needs.has_contacts:
        read["contacts"] = lambda: records.contacts(None)
    return Snapshot({name: _rows(name, reader, now) for name, reader in read.items()})


def forget() -> None:
    """Let go of all copies."""
    _copies.clear()


def _rows(name: str, read: Callable[[], pa.Table], now: datetime) -> pa.Table:
    # Before the rows: what changes while they are read makes the next state differ.
    state, copy = tuple(_state(model) for model in _MADE_OF[name]), _copies.get(name)
    if copy is None or copy.state != state or not timedelta() <= now - copy.read_at < _LONGEST:
        copy = _copies[name] = _Copy(state, now, read())
    return copy.rows


def _state(model: type[Model]) -> Hashable:
    found = model._default_manager.all()
    if model is ContactRole:
        # A role begins once and ends once.
        return tuple(found.aggregate(count=Count("pk"), newest=Max("pk"), ended=Count("until")).values())
    changed = "pk" if model is TicketReopening else "updated_at"
    return tuple(found.aggregate(count=Count("pk"), newest=Max("pk"), changed=Max(changed)).values())


_MADE_OF: Mapping[str, tuple[type[Model], ...]] = {
    "stages": (StageChange,),
    "accounts": (Account,),
    "milestones": (Milestone,),
    "readings": (Reading,),
    "subscriptions": (Subscription,),
    "invoices": (Invoice,),
    "interactions": (Interaction,),
    "reopenings": (TicketReopening,),
    "tickets": (Ticket,),
    "responses": (Response,),
    "pulses": (Pulse,),
    "contact_roles": (ContactRole, Contact),
    "contacts": (Contact,),
    "departments": (Contact,),
}
