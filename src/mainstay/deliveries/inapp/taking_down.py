"""Taking a message off the pages it is on, for its reader or for everybody who has it from the same step."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mainstay.common.errors import Invalid
from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.models import AccountMessage, Became, Delivery, State
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit


@dataclass(frozen=True)
class Up:
    """What of a step is up: people who have, or will have, its message; accounts where others may still come by."""

    people: int
    accounts: int


def is_up(delivery: Delivery, *, now: datetime) -> bool:
    """Whether its reader may still see it."""
    return _alive(now).filter(pk=delivery.pk).exists()


def up_from_step(delivery: Delivery, *, now: datetime) -> Up:
    """What came from the step that asked for this one."""
    if not delivery.origin:
        return Up(0, 0)
    return Up(_of_step(delivery, now).count(), _to_accounts(delivery, now).count())


@transaction.atomic
def take_down(delivery: Delivery, *, everywhere: bool, by: User, now: datetime) -> int:
    """Nobody sees it any more from the next question of the browser on; how many people had it. Managers and above.

    `everywhere`: all of the same step, and nobody else gets it when she comes by. Raises Invalid when it is not up.
    """
    require_role(by, Role.MANAGER)
    alive = _of_step(delivery, now) if everywhere and delivery.origin else _alive(now).filter(pk=delivery.pk)
    ended = 0
    if everywhere and delivery.origin:
        ended = _to_accounts(delivery, now).update(not_after=now)
    said = f"Taken down by {by}."
    waiting = alive.filter(state=State.QUEUED).update(state=State.REFUSED, became=Became.TAKEN_DOWN, note=said)
    people = waiting + alive.update(became=Became.TAKEN_DOWN, note=said)
    if not people and not ended:
        raise Invalid(f"“{delivery.subject}” is not shown to anybody any more; there is nothing to take down.")
    record_audit(
        by,
        "deliveries.in_app_taken_down",
        f"delivery:{delivery.pk}",
        title=delivery.subject,
        people=people,
        origin=delivery.origin if everywhere else "",
    )
    return people


def _alive(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        channel=IN_APP,
        state__in=[State.QUEUED, State.SENT],
        became__in=["", Became.SHOWN],
        not_after__gt=now,
    )


def _of_step(delivery: Delivery, now: datetime) -> QuerySet[Delivery]:
    return _alive(now).filter(origin=delivery.origin, origin_step=delivery.origin_step)


def _to_accounts(delivery: Delivery, now: datetime) -> QuerySet[AccountMessage]:
    return AccountMessage.objects.filter(
        origin=delivery.origin, origin_step=delivery.origin_step, not_after__gt=now
    ).exclude(origin="")
