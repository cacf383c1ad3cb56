"""The most valuable go out at once, the rest waits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.alerts.budget import decide, value_of


@pytest.mark.parametrize(
    ("values", "sent", "budget", "out"),
    [
        ([5, 9, 7], [], 2, [1, 2]),
        ([5, 9, 7], [], 5, [1, 2, 0]),
        ([5, 9, 7], [8], 2, [1]),
        ([5, 5, 5], [], 2, [0, 1]),
        ([5], [6, 6], 2, []),
        ([7], [6, 6], 2, [0]),  # beyond the budget: worth more than everything that went out
        ([9, 8], [6, 6], 2, [0]),
        ([9], [6, 6, 7, 8], 2, []),  # twice the budget is the end
        ([9], [], 0, []),
    ],
)
def test_decisions(values: list[int], sent: list[int], budget: int, out: list[int]) -> None:
    decisions = decide(values, sent=sent, budget=budget)
    assert [one.index for one in decisions if one.goes_out] == out
    assert sorted(one.index for one in decisions) == list(range(len(values))), "nothing is dropped"
    assert all(one.reason for one in decisions)


@given(
    values=st.lists(st.integers(0, 20), max_size=12),
    sent=st.lists(st.integers(0, 20), max_size=8),
    budget=st.integers(0, 5),
)
@settings(deadline=None)
def test_nothing_that_waits_is_worth_more_than_what_goes(values: list[int], sent: list[int], budget: int) -> None:
    decisions = decide(values, sent=sent, budget=budget)
    out = [values[one.index] for one in decisions if one.goes_out]
    held = [values[one.index] for one in decisions if not one.goes_out]
    assert len(out) + len(held) == len(values)
    assert min(out, default=20) >= max(held, default=0)
    assert not out or len(sent) + len(out) <= max(2 * budget, len(sent) + 1)


def test_money_weighs_by_severity_and_without_money_the_severity_alone() -> None:
    assert value_of(100, "critical") > value_of(140, "warning") > value_of(200, "info") > value_of(None, "critical")
    assert value_of(None, "critical") > value_of(0, "info")
