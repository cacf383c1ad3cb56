import pytest

from mainstay.web.inapp.rate import Rate


def test_so_many_at_once_then_one_whenever_there_is_room() -> None:
    rate = Rate(burst=2, per_second=0.5)
    assert [rate.wait("ann", 0.0) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert rate.wait("bea", 0.0) == 0.0
    assert rate.wait("ann", 1.0) == pytest.approx(1.0)
    assert rate.wait("ann", 2.0) == 0.0
    assert rate.wait("ann", 2.0) > 0


def test_a_clock_that_stands_still_or_goes_back_fills_nothing() -> None:
    rate = Rate(burst=1, per_second=1)
    assert rate.wait("ann", 10.0) == 0.0
    assert rate.wait("ann", 5.0) > 0


def test_it_forgets_who_asked_longest_ago() -> None:
    rate = Rate(burst=1, per_second=0.001, keys=2)
    assert [rate.wait(who, 0.0) for who in ("ann", "bea", "cleo")] == [0.0] * 3
    assert rate.wait("ann", 0.0) == 0.0
    assert rate.wait("cleo", 0.0) > 0
