"""The calendar feed of a person: her own tasks under a secret address, which she makes, remakes and revokes."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from mainstay.common.ids import hash_secret, new_secret
from mainstay.common.time import DAY
from mainstay.common.working_time import Calendar
from mainstay.people.models import User
from mainstay.people.services import record_audit
from mainstay.playbooks import ical
from mainstay.playbooks.models import CalendarFeed, Task
from mainstay.playbooks.selectors import all_tasks

MOST = 2_000
# What was closed is shown for so long: calendars forget what is no longer in the stream.
_CLOSED = 30 * DAY
_HOUR = timedelta(hours=1)


@transaction.atomic
def make_feed(user: User, *, now: datetime) -> str:
    """A new secret for the address, shown once. A former address stops working."""
    secret = new_secret("mc")
    values = {"secret_hash": hash_secret(secret), "created_at": now, "read_at": None}
    was_there = not CalendarFeed.objects.update_or_create(user=user, defaults=values)[1]
    record_audit(user, "playbooks.calendar_feed_remade" if was_there else "playbooks.calendar_feed_made", _name(user))
    return secret


@transaction.atomic
def revoke_feed(user: User) -> bool:
    """Nobody reads it any more; False where there was none."""
    if not CalendarFeed.objects.filter(user=user).delete()[0]:
        return False
    record_audit(user, "playbooks.calendar_feed_revoked", _name(user))
    return True


def feed_of(user: User) -> CalendarFeed | None:
    """When it was made and read; None where there is none."""
    return CalendarFeed.objects.filter(user=user).first()


def read_feed(secret: str, *, now: datetime, as_todos: bool = False) -> bytes | None:
    """The stream of whom the secret belongs to; None for one that is not known, or of somebody who may not sign in."""
    feed = CalendarFeed.objects.filter(secret_hash=hash_secret(secret), user__is_active=True).select_related("user")
    found = feed.first()
    if found is None:
        return None
    if found.read_at is None or now - found.read_at >= _HOUR:
        CalendarFeed.objects.filter(pk=found.pk).update(read_at=now)
    zone = Calendar(time_zone=found.user.time_zone).zone
    return stream(found.user, zone=zone, now=now, as_todos=as_todos)


def stream(user: User, *, zone: ZoneInfo, now: datetime, as_todos: bool = False) -> bytes:
    """Her open tasks, and those closed within the last thirty days. The same tasks give the same bytes."""
    recent = Q(done_at__gte=now - _CLOSED) | Q(dismissed_at__gte=now - _CLOSED)
    tasks = all_tasks().filter(Q(done_at=None, dismissed_at=None) | recent, owner=user)
    entries = [_entry(task) for task in tasks.order_by("due_at", "pk")[:MOST]]
    return ical.calendar(entries, name=f"Tasks of {user}", zone=zone, as_todos=as_todos)


def uid_of(task: UUID) -> str:
    """The UID of a task in every calendar, for good."""
    return f"task-{task}@mainstay"


def _entry(task: Task) -> ical.Entry:
    closed_at = task.done_at or task.dismissed_at
    return ical.Entry(
        uid=uid_of(task.pk),
        title=task.title,
        why=task.why,
        url=f"{str(settings.BASE_URL).rstrip('/')}/tasks/{task.pk}/",
        account=task.account.name if task.account else "",
        opened_at=task.created_at,
        changed_at=closed_at or task.created_at,
        due_at=task.due_at,
        done_at=task.done_at,
        is_dismissed=task.dismissed_at is not None,
    )


def _name(user: User) -> str:
    return f"user:{user.email}"
