"""Shares come with an interval, or with not enough data."""

import pytest

from mainstay.signals.outcomes import Outcome, Share


@pytest.mark.parametrize(
    ("cases", "events", "low", "high"),
    [
        (10, 0, 0.0, 0.2775),  # worked by hand from Wilson's formula with z = 1.96
        (10, 10, 0.7225, 1.0),
        (100, 20, 0.1334, 0.2888),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval(cases: int, events: int, low: float, high: float) -> None:
    assert Share(cases, events).interval == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("after", "base", "verdict"),
    [
        (Share(40, 10), Share(1000, 30), "more"),
        (Share(400, 2), Share(1000, 100), "less"),
        (Share(40, 2), Share(1000, 40), "same"),
        (Share(29, 20), Share(1000, 30), ""),
        (Share(40, 10), Share(1000, 4), ""),
    ],
)
def test_the_verdict_is_beyond_chance_or_none(after: Share, base: Share, verdict: str) -> None:
    assert Outcome(90, after, base).verdict == verdict
