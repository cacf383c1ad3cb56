"""What is a usual number of rows for a day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from mainstay.facts.watch.volume import usual

MONDAY = date(2026, 11, 16)
NEVER: Callable[[date], bool] = lambda day: False  # noqa: E731


def weeks(*rows: int) -> dict[date, int]:
    """Rows on the Mondays before MONDAY, the latest first, and one row long before so that nothing is cut."""
    return {MONDAY - timedelta(weeks=week): count for week, count in enumerate(rows, 1)} | {date(2026, 1, 5): 1}


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [(1000, ""), (705, ""), (1300, ""), (699, "low"), (0, "low"), (1301, "high")],
    ids=["usual", "three tenths less", "three tenths more", "below", "nothing", "above"],
)
def test_three_tenths_are_no_news_for_a_steady_source(rows: int, verdict: str) -> None:
    expected = usual(weeks(*[1000] * 8), MONDAY, is_holiday=NEVER)
    assert expected is not None
    assert (expected.rows, expected.verdict(rows)) == (1000, verdict)


def test_a_source_that_swings_may_swing() -> None:
    expected = usual(weeks(500, 1500, 1000, 400, 1600, 900, 1100, 1000), MONDAY, is_holiday=NEVER)
    assert expected is not None
    # The median of the distances from 1000 is 300: three times 1.4826 of that on either side, and never below nothing.
    assert (expected.low, round(expected.high)) == (0, 2334)


def test_small_counts_swing_by_chance() -> None:
    expected = usual(weeks(*[25] * 8), MONDAY, is_holiday=NEVER)
    assert expected is not None
    assert (expected.low, expected.high) == (5, 45)


def test_a_holiday_is_not_judged_and_not_compared_with() -> None:
    holiday = MONDAY - timedelta(weeks=2)
    rows = weeks(1000, 10, 1000, 1000, 1000)
    assert usual(rows, holiday, is_holiday=lambda day: day == holiday) is None
    expected = usual(rows, MONDAY, is_holiday=lambda day: day == holiday)
    assert expected is not None
    assert expected.low == 700


def test_too_little_history_says_nothing() -> None:
    rows = {MONDAY - timedelta(weeks=week): 1000 for week in (1, 2, 3)}
    assert usual(rows, MONDAY, is_holiday=NEVER) is None
    assert usual({}, MONDAY, is_holiday=NEVER) is None


def test_a_quiet_weekday_says_nothing() -> None:
    assert usual(weeks(*[19] * 8), MONDAY, is_holiday=NEVER) is None


def test_a_day_without_rows_among_others_counts_as_nothing() -> None:
    expected = usual(weeks(1000, 1000, 1000, 1000, 1000) | {}, MONDAY, is_holiday=NEVER)
    assert expected is not None
    # The other three Mondays had none; five of eight are the usual.
    assert expected.rows == 1000
