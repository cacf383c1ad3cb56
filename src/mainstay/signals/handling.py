"""Writes of what people do with a signal: acknowledge, assign, snooze, dismiss with a reason, and all of it back.

Each leaves a row of `Handling`, so that the past can be shown as it stood.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.signals import selectors
from mainstay.signals.errors import BadAssignment, BadDismissal, BadSnooze
from mainstay.signals.models import Closing, Dismissal, Handling, Reason, Signal


def acknowledge(signal: Signal, *, by: User, now: datetime) -> None:
    """Somebody has seen it and takes it on. Repeated, it keeps who was first."""
    _act(signal, "acknowledged", by=by, now=now, acknowledged_at=signal.acknowledged_at or now,
         acknowledged_by=signal.acknowledged_by if signal.acknowledged_at else by)  # fmt: skip


def assign(signal: Signal, *, to: User | None, by: User, now: datetime) -> None:
    """Give it to a user to look after; None: to the owner of its account again. Raises BadAssignment."""
    if to is not None and not (to.is_active and to.has_role(Role.CSM)):
        raise BadAssignment(f"{to} cannot look after a signal: that takes an active user with the role CSM or above.")
    _act(signal, "assigned", by=by, now=now, assignee=to)


def snooze(signal: Signal, *, until: datetime, by: User, now: datetime) -> None:
    """Keep it from lists until an instant to come. It still closes by itself. Raises BadSnooze."""
    if until <= now:
        raise BadSnooze(f"{until:%d %b %Y %H:%M} is over; snooze until an instant to come.")
    _act(signal, "snoozed", by=by, now=now, snoozed_until=until)


def reopen(signal: Signal, *, by: User, now: datetime) -> None:
    """Take back that it was acknowledged or snoozed."""
    _act(signal, "reopened", by=by, now=now, acknowledged_at=None, acknowledged_by=None, snoozed_until=None)


@transaction.atomic
def dismiss(signal: Signal, reason: str, *, note: str = "", by: User, now: datetime) -> None:
    """Close it by judgement, and keep why, with what was to be seen, as a label to learn from. Raises BadDismissal.

    As long as its condition goes on holding nothing new opens; once it has stopped, the kind may open again.
    """
    if reason not in Reason.values:
        raise BadDismissal(f"'{reason}' is no reason to dismiss a signal; use one of {', '.join(Reason.values)}.")
    note = note.strip()[:2_000]
    if reason == Reason.OTHER and not note:
        raise BadDismissal("Something else was the reason: say in a few words what it was.")
    if signal.closed_at is not None:
        raise BadDismissal("This signal is closed already; there is nothing to dismiss.")
    _act(signal, "dismissed", by=by, now=now, closed_at=now, closing=Closing.DISMISSED, is_quiet=True)
    declared = selectors.declared().get(signal.kind)
    Dismissal.objects.create(
        signal=signal,
        kind=signal.kind,
        condition=declared.document.condition if declared else "",
        reason=reason,
        note=note,
        evidence=signal.evidence,
        at=now,
        by=by,
    )


@transaction.atomic
def take_back_dismissal(signal: Signal, *, by: User, now: datetime) -> None:
    """The signal is open again, and its label counts no more. Raises BadDismissal."""
    if signal.closing != Closing.DISMISSED:
        raise BadDismissal("This signal was not dismissed; there is nothing to take back.")
    if not signal.is_quiet:
        raise BadDismissal("Its condition has stopped meanwhile: it would be closed by now without the dismissal too.")
    _act(signal, "dismissal_taken_back", by=by, now=now, closed_at=None, closing="", is_quiet=False)
    Dismissal.objects.filter(signal=signal, taken_back_at=None).update(taken_back_at=now)


@transaction.atomic
def _act(signal: Signal, verb: str, *, by: User, now: datetime, **changes: Any) -> None:
    require_role(by, Role.CSM)
    for name, value in changes.items():
        setattr(signal, name, value)
    signal.save(update_fields=list(changes))
    Handling.objects.create(
        signal=signal,
        at=now,
        by=by,
        acknowledged_at=signal.acknowledged_at,
        acknowledged_by=signal.acknowledged_by,
        snoozed_until=signal.snoozed_until,
        assignee=signal.assignee,
    )
    details = {name: value.isoformat() for name, value in changes.items() if isinstance(value, datetime)}
    if isinstance(changes.get("assignee"), User):
        details["assignee"] = changes["assignee"].email
    record_audit(by, f"signals.{verb}", f"signal:{signal.pk}", account=signal.account.key, kind=signal.kind, **details)
