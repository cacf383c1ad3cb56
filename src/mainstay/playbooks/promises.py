"""What became of the tasks opened in a period, against what was promised: the due time they were made with.

Every task is counted once: done in time, done late, open past its promise, open within it, or dismissed. What was
promised no time is always in time. Working hours are those of 9 to 17, Monday to Friday, where the owner is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Literal

from mainstay.common.working_time import Calendar, working_hours_between
from mainstay.playbooks.models import Task

type By = Literal["playbook", "owner", "both"]


class Fate(StrEnum):
    """What became of a task."""

    IN_TIME = "in_time"
    DONE_LATE = "done_late"
    OPEN_LATE = "open_late"
    RUNNING = "running"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Opened:
    """A task as the report sees it. `playbook` empty: made by hand; `owner` None: nobody's."""

    playbook: str
    playbook_name: str
    owner: int | None
    owner_name: str
    time_zone: str
    created_at: datetime
    promised_at: datetime | None
    done_at: datetime | None
    dismissed_at: datetime | None


@dataclass(frozen=True)
class Line:
    """The tasks of a playbook, of a person, or of both. Medians are working hours, None where there is none."""

    playbook: str | None
    playbook_name: str
    owner: int | None
    owner_name: str
    counts: dict[Fate, int]
    median_hours: float | None
    promised_hours: float | None

    @property
    def opened(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def decided(self) -> int:
        """Those of which it is known whether the promise was kept: done, or open past it."""
        return sum(self.counts[fate] for fate in (Fate.IN_TIME, Fate.DONE_LATE, Fate.OPEN_LATE))


@dataclass
class _Group:
    first: Opened
    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    taken: list[float] = field(default_factory=list)
    promised: list[float] = field(default_factory=list)


def promises(start: datetime, end: datetime, *, by: By, at: datetime) -> list[Line]:
    """The lines of the tasks opened in `[start, end)`, as things stood at `at`; the most tasks first."""
    return lines(opened(start, end, at=at), by=by, at=at)


def opened(start: datetime, end: datetime, *, at: datetime) -> Iterable[Opened]:
    """The tasks opened in the period. What was done about them later than `at` is not known."""
    found = Task.objects.filter(created_at__gte=start, created_at__lt=min(end, at)).order_by()
    rows = found.values_list(
        "run__playbook__key", "run__playbook__name", "owner", "owner__name", "owner__time_zone", "created_at",
        "promised_at", "done_at", "dismissed_at",
    )  # fmt: skip
    for key, name, owner, owner_name, zone, created_at, promised_at, done_at, dismissed_at in rows.iterator(2000):
        yield Opened(
            playbook=key or "",
            playbook_name=name or "",
            owner=owner,
            owner_name=owner_name or "",
            time_zone=zone or "UTC",
            created_at=created_at,
            promised_at=promised_at,
            done_at=done_at if done_at is not None and done_at < at else None,
            dismissed_at=dismissed_at if dismissed_at is not None and dismissed_at < at else None,
        )


def lines(tasks: Iterable[Opened], *, by: By, at: datetime) -> list[Line]:
    """Counted by playbook, by person, or by both; then the medians."""
    groups: dict[tuple[str | None, int | None, bool], _Group] = {}
    for task in tasks:
        key = (None if by == "owner" else task.playbook, None if by == "playbook" else task.owner, by == "playbook")
        group = groups.setdefault(key, _Group(task))
        group.counts[fate_of(task, at)] += 1
        calendar = Calendar(time_zone=task.time_zone)
        if task.done_at is not None:
            group.taken.append(working_hours_between(task.created_at, task.done_at, calendar))
        if task.promised_at is not None:
            group.promised.append(working_hours_between(task.created_at, task.promised_at, calendar))
    found = [_line(group, by) for group in groups.values()]
    return sorted(found, key=lambda line: (-line.opened, line.playbook_name, line.owner_name))


def fate_of(task: Opened, at: datetime) -> Fate:
    """What became of it by `at`. Done on the instant that was promised is in time."""
    if task.done_at is not None:
        return Fate.IN_TIME if task.promised_at is None or task.done_at <= task.promised_at else Fate.DONE_LATE
    if task.dismissed_at is not None:
        return Fate.DISMISSED
    return Fate.OPEN_LATE if task.promised_at is not None and task.promised_at < at else Fate.RUNNING


def _line(group: _Group, by: By) -> Line:
    first, is_of_owner, is_of_playbook = group.first, by != "playbook", by != "owner"
    return Line(
        playbook=first.playbook if is_of_playbook else None,
        playbook_name=first.playbook_name if is_of_playbook else "",
        owner=first.owner if is_of_owner else None,
        owner_name=first.owner_name if is_of_owner else "",
        counts=group.counts,
        median_hours=_median(group.taken),
        promised_hours=_median(group.promised),
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
