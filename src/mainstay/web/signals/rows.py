"""Signals, and what waits to be one, as lists and the account page show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.people.models import User
from mainstay.scores.models import Health
from mainstay.signals.document import HoldDocument
from mainstay.signals.models import Pending, Signal
from mainstay.signals.selectors import Declared, labels
from mainstay.web.signals import listing
from mainstay.web.signals.evidence import Evidence, evidence_of
from mainstay.web.signals.kinds import label_of, names_of
from mainstay.web.signals.listing import ENDED

MARKS = {"critical": "red", "warning": "yellow"}


@dataclass(frozen=True)
class Row:
    """A signal as the list and the account page show it."""

    signal: Signal
    label: str
    state: str
    evidence: Sequence[Evidence]
    health: Health | None = None

    @property
    def is_over(self) -> bool:
        """Closed or dismissed."""
        return self.state in ENDED

    @property
    def looked_after_by(self) -> User | None:
        """Whom it was assigned to, else the owner of the account."""
        return self.signal.assignee or self.signal.account.owner

    @property
    def lead(self) -> Evidence | None:
        """The value that says most: the first that changed, else the first."""
        return next((one for one in self.evidence if one.has_changed), next(iter(self.evidence), None))

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.signal.severity, "")


@dataclass(frozen=True)
class Wait:
    """What waits to be a signal, as the list shows it."""

    pending: Pending
    label: str
    severity: str
    hold: HoldDocument | None
    health: Health | None

    @property
    def opens_at(self) -> datetime | None:
        """When it opens if its condition goes on holding; None where days are counted, not time."""
        days = self.hold.days if self.hold else None
        return self.pending.since + timedelta(days=days) if days else None

    @property
    def mark(self) -> str:
        """The band whose mark its severity wears; empty for information."""
        return MARKS.get(self.severity, "")


def rows_of(
    signals: Sequence[Signal],
    names: Mapping[str, str] | None = None,
    *,
    now: datetime,
    health: Mapping[int, Health] | None = None,
) -> list[Row]:
    """Signals with their labels (`names`: of each kind) and evidence, and the health of their accounts if it is given.

    `now`: the instant they are looked at.
    """
    names = labels() if names is None else names
    health = health or {}
    return [
        Row(one, label_of(one.kind, names), listing.state_of(one, now), evidence_of(one), health.get(one.account_id))
        for one in signals
    ]


def waits_of(found: Sequence[Pending], kinds: Mapping[str, Declared]) -> list[Wait]:
    """What waits, with the labels of its kinds and the health of its accounts."""
    health = Health.objects.defer("detail").in_bulk(list({one.account_id for one in found}))
    waits = []
    for one in found:
        document = kinds[one.kind].document if one.kind in kinds else None
        waits.append(
            Wait(
                pending=one,
                label=label_of(one.kind, names_of(kinds)),
                severity=document.severity if document else "info",
                hold=document.holds_for if document else None,
                health=health.get(one.account_id),
            )
        )
    return waits
