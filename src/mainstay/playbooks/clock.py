"""How a task stands to its due time: in time, near it, or late. Pure.

Near is what is due today, or less than a working day away where its owner works.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache

from mainstay.common.working_time import Calendar, add_working_hours

NEAR_HOURS = 8.0


class Level(StrEnum):
    """How pressing an open task is. `none`: it has no due time."""

    NONE = "none"
    FINE = "fine"
    NEAR = "near"
    LATE = "late"


def level(due_at: datetime | None, *, now: datetime, near_until: datetime) -> Level:
    """The level at `now`; `near_until` comes from `near_by`."""
    if due_at is None:
        return Level.NONE
    if due_at < now:
        return Level.LATE
    return Level.NEAR if due_at <= near_until else Level.FINE


def near_by(now: datetime) -> Callable[[str], datetime]:
    """By time zone, the instant up to which a due time is near at `now`; reckoned once for each zone."""

    @cache
    def near_until(time_zone: str) -> datetime:
        calendar = Calendar(time_zone=time_zone)
        today = now.astimezone(calendar.zone).date()
        tomorrow = datetime.combine(today + timedelta(days=1), time.min, tzinfo=calendar.zone)
        return max(add_working_hours(now, NEAR_HOURS, calendar), tomorrow)

    return near_until
