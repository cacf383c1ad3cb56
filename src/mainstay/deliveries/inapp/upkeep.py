"""What happens to messages in the app while nobody looks: checklists are ticked by events, the rest expires."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Min

from mainstay.deliveries.content import IN_APP
from mainstay.deliveries.inapp.reports import tick
from mainstay.deliveries.inapp.setup import read_setup, save_setup
from mainstay.deliveries.models import Became, ChecklistItem, Delivery, State
from mainstay.facts import arrivals
from mainstay.facts.arrivals import Arrival

_PORTION = 500
# An event may have been received before others that were loaded sooner.
_LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class KeptUp:
    """What a round did: lines of checklists that were ticked, messages whose time was over."""

    ticked: int = 0
    expired: int = 0


def keep_up(now: datetime) -> KeptUp:
    """Tick what came, let expire what is over. Can be repeated."""
    return KeptUp(_tick(now), _expire(now))


def _expire(now: datetime) -> int:
    over = Delivery.objects.filter(channel=IN_APP, became__in=["", Became.SHOWN], not_after__lte=now)
    unseen = "It was of use until then, and its reader did not come by."
    expired = over.filter(state=State.QUEUED).update(state=State.REFUSED, became=Became.EXPIRED, note=unseen)
    # What was refused for another reason was so before.
    return expired + over.filter(state=State.SENT).update(became=Became.EXPIRED)


def _tick(now: datetime) -> int:
    """Items whose event came from their reader since the list was made for her."""
    alive = ChecklistItem.objects.filter(ticked_at=None, delivery__became__in=["", Became.SHOWN]).exclude(event="")
    names = set(alive.values_list("event", flat=True).distinct())
    until = arrivals.received_until() if names else None
    since = read_setup().ticked_until
    if until is None or (since is not None and until <= since):
        return 0
    first = alive.aggregate(first=Min("delivery__created_at"))["first"]
    came = arrivals.arrivals(names, since=max(since - _LATE if since else first, first), until=until)
    ticked = sum(_tick_some(some, now=now) for some in batched(came, _PORTION))
    save_setup(ticked_until=until)
    return ticked


def _tick_some(came: Iterable[Arrival], *, now: datetime) -> int:
    latest: dict[tuple[int, str], datetime] = {}
    for one in came:
        if one.contact_id is not None:
            key = (one.contact_id, one.event.lower())
            latest[key] = max(one.timestamp, latest.get(key, one.timestamp))
    people, names = {contact for contact, _ in latest}, {event for _, event in latest}
    waiting = ChecklistItem.objects.filter(ticked_at=None, event__in=names, delivery__contact__in=people)
    ticked = 0
    for item in waiting.select_related("delivery"):
        at = latest.get((item.delivery.contact_id or 0, item.event))
        if at is not None and at >= item.delivery.created_at:
            with transaction.atomic():
                ticked += tick(item.delivery, item, now=now)
    return ticked
