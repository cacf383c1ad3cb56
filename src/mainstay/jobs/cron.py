"""Work by the clock. A due instant is a unique key, so any number of workers enqueue it once.

A worker that was down at the instant enqueues it when it comes back: the key names the last due instant, not the
present one.
"""

from __future__ import annotations  # Django's Task takes type parameters in its stubs only

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.tasks import Task

from mainstay.common.time import DAY
from mainstay.jobs import services


@dataclass(frozen=True)
class Every:
    """Due each `period`, counted from midnight UTC, `offset` later: `Every(DAY, offset=timedelta(hours=3))`."""

    period: timedelta
    offset: timedelta = timedelta()

    def last_due(self, now: datetime) -> datetime:
        """The latest due instant at or before `now`."""
        start = now.replace(hour=0, minute=0, second=0, microsecond=0) - DAY + self.offset
        return start + (now - start) // self.period * self.period


@dataclass(frozen=True)
class Entry:
    """A named task and when it is due."""

    name: str
    when: Every
    task: Task[..., Any]


_entries: dict[str, Entry] = {}
_enqueued: dict[str, str] = {}


def schedule(name: str, when: Every, task: Task[..., Any]) -> None:
    """Let workers enqueue `task` whenever `when` says. Declared once per process, by name."""
    if name in _entries and _entries[name].task.module_path != task.module_path:
        raise ValueError(
            f"The schedule '{name}' exists already, for {_entries[name].task.module_path}; choose another."
        )
    _entries[name] = Entry(name, when, task)


def tick(now: datetime) -> int:
    """Enqueue what has come due since the last look; how many. Cheap: keys already seen cost no query."""
    made = 0
    for entry in _entries.values():
        key = f"cron:{entry.name}:{entry.when.last_due(now):%Y-%m-%dT%H:%M}"
        if _enqueued.get(entry.name) != key:
            made += services.enqueue_once(entry.task, unique_key=key)[1]
            _enqueued[entry.name] = key
    return made
