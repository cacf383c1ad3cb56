"""When a digest is due, and from when until when it tells. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mainstay.common.calendars import zone_of
from mainstay.common.time import DAY

type Every = Literal["daily", "weekly"]

_STEPS: Mapping[Every, timedelta] = {"daily": DAY, "weekly": 7 * DAY}


@dataclass(frozen=True)
class Period:
    """Half-open, in UTC. It ends when the digest is due."""

    start: datetime
    end: datetime


def last_due(every: Every, *, hour: int, weekday: int, zone: str, now: datetime) -> Period:
    """The latest period that has ended by `now`: at `hour` o'clock where the user is, of `weekday` when weekly.

    An hour that the clock skips when summer begins is due an hour later; one that comes twice, the first time.
    """
    place, step = zone_of(zone), _STEPS[every]
    day = _last_day(every, hour=hour, weekday=weekday, place=place, now=now)
    return Period(_instant(day - step, hour, place), _instant(day, hour, place))


def next_due(every: Every, *, hour: int, weekday: int, zone: str, now: datetime) -> datetime:
    """When the first one after `now` is due."""
    place = zone_of(zone)
    day = _last_day(every, hour=hour, weekday=weekday, place=place, now=now)
    return _instant(day + _STEPS[every], hour, place)


def _last_day(every: Every, *, hour: int, weekday: int, place: ZoneInfo, now: datetime) -> date:
    """The day, where the user is, on which the latest one was due."""
    day = now.astimezone(place).date()
    if every == "weekly":
        day -= timedelta(days=(day.weekday() - weekday) % 7)
    return day if _instant(day, hour, place) <= now else day - _STEPS[every]


def start_of_day(zone: str, now: datetime) -> datetime:
    """The first instant of the present day where the user is."""
    place = zone_of(zone)
    return _instant(now.astimezone(place).date(), 0, place)


def _instant(day: date, hour: int, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=place).astimezone(UTC)
