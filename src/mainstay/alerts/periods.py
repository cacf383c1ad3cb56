"""When a digest is due, and from when until when it tells. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mainstay.common.time import DAY

type Every = Literal["daily", "weekly"]


@dataclass(frozen=True)
class Period:
    """Half-open, in UTC. It ends when the digest is due."""

    start: datetime
    end: datetime


def last_due(every: Every, *, hour: int, weekday: int, zone: str, now: datetime) -> Period:
    """The latest period that has ended by `now`: at `hour` o'clock where the user is, of `weekday` when weekly.

    An hour that the clock skips when summer begins is due an hour later; one that comes twice, the first time.
    """
    place = ZoneInfo(zone)
    step = 7 if every == "weekly" else 1
    day = now.astimezone(place).date()
    if every == "weekly":
        day -= timedelta(days=(day.weekday() - weekday) % 7)
    end = _instant(day, hour, place)
    if end > now:
        day -= step * DAY
        end = _instant(day, hour, place)
    return Period(_instant(day - step * DAY, hour, place), end)


def start_of_day(zone: str, now: datetime) -> datetime:
    """The first instant of the present day where the user is."""
    place = ZoneInfo(zone)
    return _instant(now.astimezone(place).date(), 0, place)


def _instant(day: date, hour: int, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=place).astimezone(UTC)
