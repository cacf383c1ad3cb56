"""When a recipient may be written to, by the clock and the calendar where she is. Pure.

Clock times mean the wall clock of her zone. A time that the clock skips when summer begins is as late as if it had not
been skipped; one that comes twice means the first, unless that is over.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mainstay.common.calendars import is_holiday
from mainstay.common.time import DAY
from mainstay.deliveries.policy import WEEKDAYS, Policy

# No calendar has so many days off in a row. Whatever it says, the search ends.
_MOST_DAYS = 60


def first_moment(now: datetime, *, zone: str, country: str, policy: Policy) -> datetime:
    """The first instant from `now` on that is within a working day and outside quiet hours where the recipient is."""
    place = ZoneInfo(zone)

    def is_working(day: date) -> bool:
        is_off = policy.holidays and is_holiday(day, country)
        return WEEKDAYS[day.weekday()] in policy.working_days and not is_off

    return _first(now.astimezone(UTC), place, policy, is_working)


def is_quiet(moment: time, *, start: time, end: time) -> bool:
    """Whether a clock time lies in quiet hours `[start, end)`, which may go over midnight. Equal: there are none."""
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def local(instant: datetime, zone: str) -> str:
    """`Mon 30 Nov 08:00` where the recipient is."""
    return f"{instant.astimezone(ZoneInfo(zone)):%a %-d %b %H:%M}"


def _first(now: datetime, place: ZoneInfo, policy: Policy, is_working: Callable[[date], bool]) -> datetime:
    candidate = now
    for _ in range(_MOST_DAYS):
        there = candidate.astimezone(place)
        if not is_working(there.date()):
            candidate = _instant(there.date() + DAY, time(0), place, after=candidate)
        elif is_quiet(there.time(), start=policy.quiet_from, end=policy.quiet_until):
            is_evening = policy.quiet_from > policy.quiet_until and there.time() >= policy.quiet_from
            day = there.date() + DAY if is_evening else there.date()
            # The next day may be none of work: its own turn of the loop says so.
            clock = time(0) if is_evening else policy.quiet_until
            candidate = _instant(day, clock, place, after=candidate)
        else:
            return candidate
    return candidate


def _instant(day: date, clock: time, place: ZoneInfo, *, after: datetime) -> datetime:
    first = datetime.combine(day, clock, tzinfo=place).astimezone(UTC)
    return first if first > after else datetime.combine(day, clock.replace(fold=1), tzinfo=place).astimezone(UTC)
