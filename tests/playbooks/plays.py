"""Playbooks for tests: each takes what the test is about and fills in the rest."""

from datetime import timedelta
from typing import Any

from mainstay.accounts.models import Account
from mainstay.playbooks import services
from mainstay.playbooks.document import Document
from mainstay.playbooks.models import PlaybookVersion
from mainstay.playbooks.reading import check
from mainstay.signals.models import Signal
from tests.builders import NOW

DAY = timedelta(days=1)


def task(name: str = "call", **params: Any) -> dict[str, Any]:
    """A task that is due within an hour."""
    told = {"title": "Call {{ account.name }}", "why": "{{ run.why }}", "due_in": {"hours": 1}, **params}
    return {"id": name, "type": "task", "with": told}


def wait(name: str = "pause", **params: Any) -> dict[str, Any]:
    """Two days, unless something else is said."""
    return {"id": name, "type": "wait", "with": params or {"days": 2}}


def play(*steps: dict[str, Any], key: str = "play", **fields: Any) -> Document:
    """A playbook that a red account enters; its one step is a task."""
    entry = {"by": "signal", "kind": "health_red"}
    values = {"key": key, "name": key.title(), "entry": entry, "steps": list(steps) or [task()], **fields}
    return check(values, origin=key)


def publish(document: Document, *, now: Any = NOW) -> PlaybookVersion:
    """The version in force, made from this."""
    made = services.publish(document, by=None, now=now)
    assert made is not None
    return made


def signal(account: Account, kind: str = "health_red", **fields: Any) -> Signal:
    """An open signal."""
    values = {"severity": "critical", "opened_at": NOW, "summary": "The score fell from 71 to 42.", **fields}
    return Signal.objects.create(account=account, kind=kind, **values)


def refresh(now: Any = NOW) -> tuple[int, int]:
    """What a round of the worker does: runs begun, steps carried out."""
    started, _ = services.start_runs(now), services.look(now)
    return started, services.advance(now)
