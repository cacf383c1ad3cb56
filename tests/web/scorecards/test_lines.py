"""Lines over values: what the slider spans, what a new measure begins with."""

import pytest

from mainstay.metrics.registry import all_metrics
from mainstay.scores.spread import Spread
from mainstay.web.scorecards.lines import Slider, is_up, nice, picture, rounded, slider_of, suggested

RATE = all_metrics()["daily_active_rate"]
SILENCE = all_metrics()["days_since_last_activity"]
CHAMPION = all_metrics()["champion_present"]
HUNDRED = Spread([float(at) for at in range(100)], 4)


@pytest.mark.parametrize(("width", "step"), [(0.3, 0.5), (1, 1), (1.1, 2), (4.9, 5), (6, 10), (0, 1)])
def test_steps_are_round(width: float, step: float) -> None:
    assert nice(width) == pytest.approx(step)


@pytest.mark.parametrize(("value", "said"), [(0, 0), (61.7, 62), (0.0349, 0.035), (-1234, -1200)])
def test_suggested_lines_have_two_digits(value: float, said: float) -> None:
    assert rounded(value) == said


def test_the_slider_spans_the_values_and_the_lines() -> None:
    assert slider_of(HUNDRED, "percent", [70.0]) == Slider(0, 100, 1)
    assert slider_of(HUNDRED, "days", [140.0]) == Slider(0, 140, 1)
    assert slider_of(Spread([], 3), "count", []) == Slider(0, 1, 1)
    assert slider_of(Spread([1.0], 0), "boolean", []) == Slider(0, 1, 1)
    wide = slider_of(Spread([-30.0, 250_000.0], 0), "currency", [])
    assert (wide.low, wide.high, wide.step) == (-2000, 250_000, 2000)


def test_the_picture_counts_the_accounts_of_each_colour() -> None:
    slider = slider_of(HUNDRED, "percent", [])
    shown = picture({"metric": "daily_active_rate", "green": "70", "yellow": 50}, RATE, HUNDRED, slider)
    assert shown.shares == (30, 20, 50, 4)
    assert shown.percents == [("green", 29), ("yellow", 19), ("red", 48), ("unknown", 4)]
    assert "30 accounts green, 20 yellow, 50 red, 4 without a value" in shown.chart
    unfinished = picture({"metric": "daily_active_rate", "green": "7x", "yellow": 50}, RATE, HUNDRED, slider)
    assert (unfinished.shares, unfinished.percents) == (None, [])


def test_a_new_measure_begins_with_lines_that_part_the_accounts() -> None:
    assert suggested(RATE, HUNDRED) == {"metric": "daily_active_rate", "green": 60, "yellow": 25}
    assert suggested(SILENCE, HUNDRED) == {"metric": "days_since_last_activity", "green": 40, "yellow": 75}
    assert suggested(CHAMPION, HUNDRED) == {"metric": "champion_present", "green": 1, "yellow": 0}
    assert suggested(RATE, Spread([5.0] * 9, 0)) == {
        "metric": "daily_active_rate", "green": 5, "yellow": 5, "direction": "up",
    }  # fmt: skip


def test_the_lines_say_which_side_is_good() -> None:
    assert is_up({"green": 7, "yellow": 5}, SILENCE)
    assert not is_up({"green": "5", "yellow": "7"}, RATE)
    assert not is_up({"green": 5, "yellow": 5, "direction": "down"}, RATE)
    assert is_up({"green": ""}, RATE)
    assert not is_up({}, SILENCE)
