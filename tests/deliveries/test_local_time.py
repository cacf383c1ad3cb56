"""Whatever the zone, the calendar and the clock, the moment that is found is the first one that is allowed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mainstay.common.calendars import is_holiday
from mainstay.deliveries.local_time import first_moment, is_quiet
from mainstay.deliveries.policy import SHIPPED, WEEKDAYS, Policy

# Zones with half hours, changes of the clock at midnight, by half an hour and on other days of the year.
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago",
    "Africa/Cairo", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Beirut",
]  # fmt: skip
# Minutes of the years 2024 to 2028.
INSTANTS = st.integers(0, 5 * 366 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
CLOCK = st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0, tzinfo=None))
DAYS = st.sets(st.sampled_from(WEEKDAYS), min_size=1)


def is_allowed(instant: datetime, zone: str, policy: Policy) -> bool:
    there = instant.astimezone(ZoneInfo(zone))
    is_working = WEEKDAYS[there.weekday()] in policy.working_days and not is_holiday(there.date(), "DE")
    return is_working and not is_quiet(there.time(), start=policy.quiet_from, end=policy.quiet_until)


@given(INSTANTS, st.sampled_from(ZONES), CLOCK, CLOCK, DAYS)
def test_it_is_allowed_and_a_minute_sooner_was_not(
    now: datetime, zone: str, start: time, end: time, days: set[str]
) -> None:
    policy = SHIPPED.model_copy(update={"quiet_from": start, "quiet_until": end, "working_days": tuple(days)})
    found = first_moment(now, zone=zone, country="DE", policy=policy)
    assert found >= now
    assert is_allowed(found, zone, policy)
    if found > now:
        assert not is_allowed(found - timedelta(minutes=1), zone, policy)


@given(INSTANTS, st.sampled_from(ZONES))
def test_nothing_allowed_is_passed_over(now: datetime, zone: str) -> None:
    found = first_moment(now, zone=zone, country="DE", policy=SHIPPED)
    halves = int((found - now) / timedelta(minutes=30))
    passed = [now + number * timedelta(minutes=30) for number in range(halves)]
    assert not any(is_allowed(instant, zone, SHIPPED) for instant in passed)
