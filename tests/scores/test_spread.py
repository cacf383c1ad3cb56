"""How values are spread, and what two lines make of them."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from mainstay.metrics.models import ProfileRun
from mainstay.scores import publishing
from mainstay.scores.published import in_force
from mainstay.scores.spread import Bar, Shares, Spread, spreads
from tests.builders import Cast, account
from tests.scores.profiles import write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("green", "yellow", "is_up", "shares"),
    [
        (70, 50, True, Shares(2, 1, 1, 3)),
        (70.1, 50.1, True, Shares(1, 1, 2, 3)),
        (50, 70, False, Shares(2, 1, 1, 3)),
        (49, 49, False, Shares(1, 0, 3, 3)),
        (0, -1, True, Shares(4, 0, 0, 3)),
    ],
)
def test_lines_count_what_is_at_or_beyond_them(green: float, yellow: float, is_up: bool, shares: Shares) -> None:
    assert Spread([20, 50, 70, 90], 3).shares(green, yellow, is_up=is_up) == shares


def test_few_values_have_a_bar_each() -> None:
    assert Spread([0, 0, 1], 0).bars() == [Bar(0, 0, 2), Bar(1, 1, 1)]
    assert Spread([], 4).bars() == []
    assert Spread([1.0] * 6_000 + [2.0], 0).bars() == [Bar(1, 1, 6_000), Bar(2, 2, 1)]


def test_many_values_are_put_into_bars_and_outliers_at_the_ends() -> None:
    bars = Spread([float(at) for at in range(1_000)] + [1e9], 0).bars()
    assert (len(bars), sum(bar.accounts for bar in bars)) == (40, 1_001)
    assert bars[-1].high < 1_000
    many = Spread([at / 10 for at in range(10_000)], 0).bars()
    assert sum(bar.accounts for bar in many) == 10_000


def test_only_those_whom_the_scorecard_would_serve_are_asked_and_only_once(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publishing.ensure_scorecards(NOW)
    write({cast.acme: {"csat_90d": 5.0}, cast.globex: {"csat_90d": 3.0}, account("TechCorp"): {"csat_90d": None}})
    ProfileRun.objects.create(as_of=NOW, started_at=NOW, finished_at=NOW, accounts=3)
    conditions = [card.condition for card in in_force()]
    found = spreads(["csat_90d", "gone"], conditions, now=NOW)
    assert list(found["csat_90d"].values) == [3.0]
    assert (found["csat_90d"].unknown, found["gone"].unknown) == (1, 2)
    with django_assert_num_queries(1):
        assert spreads(["csat_90d"], conditions, now=NOW)["csat_90d"].accounts == 2
    assert list(spreads(["csat_90d"], conditions[:1], now=NOW)["csat_90d"].values) == [5.0]
