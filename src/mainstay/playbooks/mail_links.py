"""What the owner of a task can do from a mail: Done, and Snooze until tomorrow.

A link is for one task, one person and one act, expires after two weeks and works once. It needs no sign-in and gives
none: whoever holds it can do that one thing, on record as that person by mail.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import assert_never
from uuid import UUID

from django.db import transaction

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.common.time import DAY
from mainstay.common.working_time import Calendar
from mainstay.deliveries import links
from mainstay.people.models import Role, User
from mainstay.playbooks.models import Task, UsedLink
from mainstay.playbooks.tasks import complete_task, snooze_task

EXPIRES = 14 * DAY
HOW = "a link in a mail"


class Act(StrEnum):
    """What a link does."""

    DONE = "done"
    SNOOZE = "snooze"


@dataclass(frozen=True)
class Link:
    """What a link of ours asks for. `mark` tells it from every other."""

    act: Act
    task: UUID
    user: int
    made_at: datetime
    mark: str


@dataclass(frozen=True)
class Standing:
    """What a link leads to. `problem`: why nothing can be done any more; empty when it can."""

    link: Link
    title: str
    problem: str = ""
    until: datetime | None = None


def urls(task: UUID, user: int, *, now: datetime) -> dict[Act, str]:
    """The links for a mail to that person, as they are kept in the outbox: they are signed as the mail leaves."""
    made_at = int(now.timestamp())
    return {act: links.act_url(f"{act}.{task.hex}.{user}.{made_at}") for act in Act}


def read(token: str) -> Link | None:
    """What a link asks for; None for one that we did not sign for the person it names."""
    text = token.partition(":")[0]
    try:
        act, task, user, made_at = text.split(".")
        made = datetime.fromtimestamp(int(made_at), tz=UTC)
        link = Link(Act(act), UUID(task), int(user), made, sha256(text.encode()).hexdigest())
    except (ValueError, OverflowError, OSError):
        return None
    reader = User.objects.filter(pk=link.user).first() if link.user < 2**63 else None
    return link if reader is not None and links.is_act_of(reader.email, token) else None


def standing(link: Link, *, now: datetime) -> Standing:
    """Whether it can be used now. Changes nothing. Of a task that is no longer hers not even the title is told."""
    user = User.objects.filter(pk=link.user, is_active=True).first()
    task = Task.objects.filter(pk=link.task).first()
    if now - link.made_at >= EXPIRES:
        return Standing(link, "", "This link has expired: it was good for two weeks.")
    if user is None or not user.has_role(Role.CSM) or task is None or task.owner_id != user.pk:
        return Standing(link, "", "The task is not yours any more.")
    if UsedLink.objects.filter(mark=link.mark).exists():
        return Standing(link, task.title, "This link was used already. Each works once.")
    if task.done_at is not None or task.dismissed_at is not None:
        return Standing(link, task.title, f"The task was {'done' if task.done_at else 'dismissed'} already.")
    return Standing(link, task.title, until=tomorrow(now, user.time_zone) if link.act is Act.SNOOZE else None)


@transaction.atomic
def use(link: Link, *, now: datetime) -> Standing:
    """Do what it asks for, once. Raises Invalid or NotAllowed with the reason when it cannot be done."""
    found = standing(link, now=now)
    if found.problem:
        raise (Invalid if found.title else NotAllowed)(found.problem)
    if not UsedLink.objects.get_or_create(mark=link.mark, defaults={"used_at": now})[1]:
        raise Invalid("This link was used already. Each works once.")
    task, user = Task.objects.get(pk=link.task), User.objects.get(pk=link.user)
    match link.act:
        case Act.DONE:
            complete_task(task, by=user, now=now, how=HOW)
        case Act.SNOOZE:
            snooze_task(task, found.until, by=user, now=now, how=HOW)
        case _:
            assert_never(link.act)
    return found


def prune(now: datetime) -> int:
    """Forget links that were used and have expired since; how many."""
    return UsedLink.objects.filter(used_at__lt=now - EXPIRES).delete()[0]


def tomorrow(now: datetime, time_zone: str) -> datetime:
    """The first instant of tomorrow where somebody is."""
    zone = Calendar(time_zone=time_zone).zone
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
