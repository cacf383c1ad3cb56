"""When a digest is due where the user is."""

from datetime import UTC, datetime

import pytest

from mainstay.alerts.periods import Every, last_due, start_of_day


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "hour", "weekday", "zone", "now", "start", "end"),
    [
        ("daily", 8, 0, "UTC", "2026-11-25T08:00", "2026-11-24T08:00", "2026-11-25T08:00"),
        ("daily", 8, 0, "UTC", "2026-11-25T07:59", "2026-11-23T08:00", "2026-11-24T08:00"),
        ("daily", 8, 0, "America/New_York", "2026-11-25T12:59", "2026-11-23T13:00", "2026-11-24T13:00"),
        ("daily", 8, 0, "Pacific/Auckland", "2026-11-25T19:00", "2026-11-24T19:00", "2026-11-25T19:00"),
        ("daily", 0, 0, "UTC", "2026-11-25T00:00", "2026-11-24T00:00", "2026-11-25T00:00"),
        # The clock goes forward on 29 March 2026 in Berlin: that day has 23 hours.
        ("daily", 8, 0, "Europe/Berlin", "2026-03-29T06:00", "2026-03-28T07:00", "2026-03-29T06:00"),
        ("daily", 2, 0, "Europe/Berlin", "2026-03-29T03:00", "2026-03-28T01:00", "2026-03-29T01:00"),
        # It goes back on 25 October: two o'clock comes twice, the first one counts.
        ("daily", 2, 0, "Europe/Berlin", "2026-10-25T00:30", "2026-10-24T00:00", "2026-10-25T00:00"),
        ("weekly", 8, 0, "UTC", "2026-11-23T08:00", "2026-11-16T08:00", "2026-11-23T08:00"),  # a Monday
        ("weekly", 8, 0, "UTC", "2026-11-23T07:00", "2026-11-09T08:00", "2026-11-16T08:00"),
        ("weekly", 8, 4, "UTC", "2026-11-25T12:00", "2026-11-13T08:00", "2026-11-20T08:00"),  # Fridays
    ],
)
def test_the_latest_period(every: Every, hour: int, weekday: int, zone: str, now: str, start: str, end: str) -> None:
    found = last_due(every, hour=hour, weekday=weekday, zone=zone, now=_at(now))
    assert (found.start, found.end) == (_at(start), _at(end))


def test_the_day_begins_where_the_user_is() -> None:
    assert start_of_day("America/New_York", _at("2026-11-25T04:00")) == _at("2026-11-24T05:00")
