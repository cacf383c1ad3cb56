"""Mails of playbooks to our own people: one who got a task of the run finds Done and Snooze below the text."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from html import escape
from uuid import UUID

from mainstay.people.models import User
from mainstay.playbooks.commands import RequestDelivery
from mainstay.playbooks.mail_links import Act, urls
from mainstay.playbooks.models import Run, Task

type Opened = tuple[UUID, UUID, int | None, str]
"""A task that is being opened: id, run, owner, title."""


def with_links(effect: RequestDelivery, run: Run, opened: Iterable[Opened], *, now: datetime) -> RequestDelivery:
    """The mail with the links of the latest task the run opened for its reader; as it is, where there is none."""
    if effect.channel != "email" or effect.contact_id is not None or effect.everybody:
        return effect
    user = User.objects.filter(email__iexact=effect.recipient).values_list("pk", flat=True).first()
    found = _latest(run, user, opened) if user is not None else None
    if user is None or found is None:
        return effect
    id, title = found
    link = urls(id, user, now=now)
    done, snooze = link[Act.DONE], link[Act.SNOOZE]
    text = f"{effect.text.rstrip()}\n\nYour task: {title}\nDone: {done}\nSnooze until tomorrow: {snooze}\n"
    html = (
        f'{effect.html}\n<p>Your task: {escape(title)}<br>\n<a href="{done}">Done</a> · '
        f'<a href="{snooze}">Snooze until tomorrow</a></p>'
    )
    return replace(effect, text=text, html=html if effect.html else "")


def _latest(run: Run, user: int, opened: Iterable[Opened]) -> tuple[UUID, str] | None:
    new = [(id, title) for id, of, owner, title in opened if of == run.pk and owner == user]
    if new:
        return new[-1]
    tasks = Task.objects.filter(run=run, owner=user, done_at=None, dismissed_at=None).order_by("-created_at")
    return tasks.values_list("pk", "title").first()
