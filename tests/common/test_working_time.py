"""Hours of work across nights, weekends and holidays."""

from datetime import UTC, datetime

import pytest

from mainstay.common.working_time import Calendar, add_working_hours, working_hours_between

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


@pytest.mark.parametrize(
    ("start", "end", "calendar", "expected"),
    [
        (at(1, 5, 9), at(1, 5, 11, 30), Calendar(), 2.5),
        (at(1, 5, 3), at(1, 5, 23), Calendar(), 8),
        (at(1, 5, 16), at(1, 6, 10), Calendar(), 2),
        (at(1, 2, 16), at(1, 5, 10), Calendar(), 2),
        (at(1, 3, 10), at(1, 4, 10), Calendar(), 0),
        (at(1, 5, 9), at(2, 2, 9), Calendar(), 160),
        (at(1, 7, 12), at(1, 30, 12), Calendar(), 136),
        # Over Good Friday and Easter Monday, with summer time begun the Sunday before.
        (at(3, 27, 15), at(4, 7, 8), BERLIN, 1 + 4 * 8 + 1),
        (at(1, 5, 11), at(1, 5, 11), Calendar(), 0),
        (at(1, 6, 11), at(1, 5, 11), Calendar(), 0),
    ],
    ids=["within a day", "a whole day", "over night", "over a weekend", "on a weekend", "four weeks", "weeks and days",
         "holidays", "no time", "backwards"],
)  # fmt: skip
def test_hours_of_work_between_two_instants(
    start: datetime, end: datetime, calendar: Calendar, expected: float
) -> None:
    assert working_hours_between(start, end, calendar) == pytest.approx(expected)


@pytest.mark.parametrize("hours", [0.5, 7, 8, 13.25, 40, 123])
@pytest.mark.parametrize("calendar", [Calendar(), BERLIN])
def test_they_are_what_adding_hours_of_work_adds(hours: float, calendar: Calendar) -> None:
    start = at(3, 26, 10, 20)
    assert working_hours_between(start, add_working_hours(start, hours, calendar), calendar) == pytest.approx(hours)
