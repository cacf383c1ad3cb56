"""When an event that used to come has vanished."""

from datetime import date, timedelta

import pytest

from mainstay.facts.watch.silence import quiet_days, vanished_after

START = date(2026, 9, 7)  # a Monday


def days(*offsets: int) -> list[date]:
    return [START + timedelta(days=offset) for offset in offsets]


@pytest.mark.parametrize(
    ("found", "limit"),
    [
        (days(*range(30)), 3),
        (days(*(day for day in range(42) if day % 7 < 5)), 6),
        (days(*range(0, 70, 7)), 14),
        (days(0, 1, 2, 3, 4, 5, 6), None),
    ],
    ids=["daily", "on working days", "weekly", "too few to tell"],
)
def test_twice_the_usual_gap_is_gone(found: list[date], limit: int | None) -> None:
    assert vanished_after(found, is_holiday=lambda day: False) == limit


def test_holidays_make_no_gap() -> None:
    found = days(*range(10), *range(15, 30))
    closed = set(days(*range(10, 15)))
    assert vanished_after(found, is_holiday=lambda day: day in closed) == 3
    assert quiet_days(START + timedelta(days=9), START + timedelta(days=15), is_holiday=lambda day: day in closed) == 0


def test_the_present_day_is_not_over() -> None:
    assert quiet_days(START, START + timedelta(days=1), is_holiday=lambda day: False) == 0
    assert quiet_days(START, START, is_holiday=lambda day: False) == 0
