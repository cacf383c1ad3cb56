"""Days and hours on which somebody works: weekends, public holidays and time zones. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mainstay.common.calendars import is_holiday, zone_of

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Where somebody works: an IANA time zone, and the country (ISO 3166, two letters) whose holidays are free.

    No country: only weekends are free. Work begins at `opens` and ends at `closes`, local time.
    """

    time_zone: str = "UTC"
    country: str = ""
    opens: time = time(9)
    closes: time = time(17)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone; UTC for one that is not known."""
        return zone_of(self.time_zone)

    def works_on(self, day: date) -> bool:
        """Neither weekend nor holiday."""
        return day.weekday() < _SATURDAY and not is_holiday(day, self.country)


UTC_CALENDAR = Calendar()


def add_working_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The same local time of day, so many working days later; the day of `start` does not count."""
    local = start.astimezone(calendar.zone)
    day = local.date()
    working = (one for one in _days_after(day) if calendar.works_on(one))
    for _ in range(days):
        day = next(working)
    return _instant(day, local.time(), calendar)


def add_working_hours(start: datetime, hours: float, calendar: Calendar) -> datetime:
    """So many hours of work later: only those between `opens` and `closes` of working days count."""
    at, left = next_working_time(start, calendar), timedelta(hours=hours)
    while True:
        closes = _instant(at.astimezone(calendar.zone).date(), calendar.closes, calendar)
        if at + left <= closes:
            return at + left
        left -= closes - at
        at = next_working_time(closes, calendar)


def working_hours_between(start: datetime, end: datetime, calendar: Calendar) -> float:
    """The hours of work from `start` to `end`, as the clock on the wall counts them; 0 where `end` is not later."""
    first, last = start.astimezone(calendar.zone), end.astimezone(calendar.zone)
    if end <= start:
        return 0.0
    if first.date() == last.date():
        return _hours_of_day(first.date(), first.time(), last.time(), calendar)
    begun = _hours_of_day(first.date(), first.time(), time.max, calendar)
    ended = _hours_of_day(last.date(), time.min, last.time(), calendar)
    a_day = _hours(calendar.closes) - _hours(calendar.opens)
    return begun + a_day * _working_days(first.date() + _DAY, last.date(), calendar) + ended


def _hours_of_day(day: date, start: time, end: time, calendar: Calendar) -> float:
    if not calendar.works_on(day):
        return 0.0
    return max(0.0, _hours(min(end, calendar.closes)) - _hours(max(start, calendar.opens)))


def _hours(at: time) -> float:
    return at.hour + at.minute / 60 + (at.second + at.microsecond / 1e6) / 3600


def _working_days(start: date, end: date, calendar: Calendar) -> int:
    """Working days in `[start, end)`. Without holidays they are reckoned, not counted."""
    days = (end - start).days
    if calendar.country:
        return sum(calendar.works_on(start + number * _DAY) for number in range(days))
    weeks, left = divmod(days, 7)
    return weeks * _SATURDAY + sum((start.weekday() + number) % 7 < _SATURDAY for number in range(left))


def next_working_time(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself during working hours, else the next time they begin."""
    local = at.astimezone(calendar.zone)
    if calendar.works_on(local.date()):
        if calendar.opens <= local.time() < calendar.closes:
            return at
        if local.time() < calendar.opens:
            return _instant(local.date(), calendar.opens, calendar)
    day = next(one for one in _days_after(local.date()) if calendar.works_on(one))
    return _instant(day, calendar.opens, calendar)


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        yield day


def _instant(day: date, at: time, calendar: Calendar) -> datetime:
    """A local time as an instant. One that a change to summer time leaves out is an hour later."""
    return datetime.combine(day, at.replace(tzinfo=None), tzinfo=calendar.zone).astimezone(UTC)
