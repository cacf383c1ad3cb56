"""Hours of work across nights, weekends and holidays."""

from datetime import UTC, datetime

import pytest

from mainstay.common.working_time import Calendar, add_working_hours

BERLIN = Calendar("Europe/Berlin", "DE")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "calendar", "expected"),
    [
        (at(1, 5, 9), 2.5, Calendar(), at(1, 5, 11, 30)),
        (at(1, 5, 9), 8, Calendar(), at(1, 5, 17)),
        (at(1, 5, 3), 1, Calendar(), at(1, 5, 10)),
        (at(1, 5, 17), 1, Calendar(), at(1, 6, 10)),
        (at(1, 5, 9), 24, Calendar(), at(1, 7, 17)),
        # Over a weekend on which the clocks are put forward.
        (at(3, 27, 15), 2, BERLIN, at(3, 30, 8)),
        # Over Good Friday and Easter Monday.
        (at(4, 2, 14), 2, BERLIN, at(4, 7, 8)),
    ],
    ids=["within a day", "to its end", "before work", "after work", "three days", "summer time", "holidays"],
)
def test_only_hours_of_work_count(start: datetime, hours: float, calendar: Calendar, expected: datetime) -> None:
    assert add_working_hours(start, hours, calendar) == expected
