"""The emergency stop: while it is on nothing leaves, to nobody, over no channel. What waits is kept and goes later."""

from datetime import datetime

from django.db import IntegrityError, transaction

from mainstay.deliveries.models import Stop
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


def current_stop() -> Stop | None:
    """The stop that is on, with who pressed it; None while sending goes on."""
    return Stop.objects.select_related("started_by").filter(is_on=True).first()


def sentence(stop: Stop) -> str:
    """Who stopped sending, since when and why."""
    reason = f": {stop.reason.rstrip('.')}" if stop.reason else ""
    return f"{stop.started_by or 'Somebody'} stopped all sending at {stop.started_at:%-d %b %H:%M} UTC{reason}."


def stop_sending(*, by: User, reason: str, now: datetime) -> Stop:
    """From the next message on nothing leaves. Managers and above. The stop that is on already is left as it is."""
    require_role(by, Role.MANAGER)
    reason = " ".join(reason.split())[:500]
    try:
        with transaction.atomic():
            stop = Stop.objects.create(reason=reason, started_at=now, started_by=by)
            record_audit(by, "deliveries.stopped", "messages:all", reason=reason)
            return stop
    except IntegrityError:  # somebody was faster
        return Stop.objects.get(is_on=True)


@transaction.atomic
def resume_sending(*, by: User, now: datetime) -> bool:
    """Lift the stop: what waits goes with the next round. Managers and above. False when none is on."""
    require_role(by, Role.MANAGER)
    ended = Stop.objects.filter(is_on=True).update(is_on=False, ended_at=now, ended_by=by)
    if ended:
        record_audit(by, "deliveries.resumed", "messages:all")
    return bool(ended)
