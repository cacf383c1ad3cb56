"""What a draft said after each change: kept so that changes are taken back and made again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mainstay.playbooks.models import Draft, DraftState

MOST = 100
TOGETHER = timedelta(seconds=30)
"""Changes of the same thing that follow one another within this are one: letters typed into a text."""


def record(draft: Draft, content: Mapping[str, Any], *, what: str, now: datetime) -> int:
    """Keep what `draft` will say; the number of that state. What was taken back before cannot be made again."""
    states = draft.states
    present = states.filter(number=draft.at).first()
    if present is None:
        present = DraftState.objects.create(draft=draft, number=draft.at, content=draft.content, saved_at=now)
    states.filter(number__gt=draft.at).delete()
    if present.what and present.what == what[:200] and now - present.saved_at < TOGETHER:
        states.filter(pk=present.pk).update(content=dict(content), saved_at=now)
        return draft.at
    number = draft.at + 1
    DraftState.objects.create(draft=draft, number=number, content=dict(content), what=what[:200], saved_at=now)
    states.filter(number__lt=number - MOST).delete()
    return number


def beside(draft: Draft) -> tuple[str | None, str | None]:
    """What going back takes back, and what going forward makes again; None where there is nothing."""
    said = dict(draft.states.filter(number__in=(draft.at - 1, draft.at, draft.at + 1)).values_list("number", "what"))
    return (said.get(draft.at) if draft.at - 1 in said else None), said.get(draft.at + 1)
