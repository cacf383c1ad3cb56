"""When a signal would have been open: the arithmetic of bits against one look after the other."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.signals.episodes import Episode, Rule, episodes

FIRST = date(2026, 1, 1)


def _bits(text: str) -> int:
    return sum(1 << at for at, letter in enumerate(text) if letter == "X")


def _days(count: int, left_out: Sequence[int] = ()) -> list[date]:
    return [FIRST + timedelta(days=at) for at in range(count + len(left_out)) if at not in left_out]


@pytest.mark.parametrize(
    ("opens", "closes", "rule", "expected"),
    [
        ("..XX..", "XX..XX", Rule(), [(2, 4)]),
        ("......", "XXXXXX", Rule(), []),
        ("..XXXX", "XX....", Rule(), [(2, None)]),
        ("XX..X.", "..XX.X", Rule(), [(0, 2), (4, 5)]),
        (".X..X.", "....X.", Rule(), [(1, 4), (4, None)]),  # one look closes, and opens what holds again
        (".X.X..", "....X.", Rule(), [(1, 4)]),  # between the lines it stays open
        ("XXXX..", "....XX", Rule(hold_days=2), [(2, 4)]),
        ("XX.XXX", "..X...", Rule(hold_days=2), [(5, None)]),
        ("XX.XXX", "..X...", Rule(hold_looks=2), [(1, 2), (4, None)]),
        ("X.X.X.", ".X.X.X", Rule(pause_days=3), [(0, 1), (4, 5)]),
        ("X.XXXX", ".X....", Rule(pause_days=3), [(0, 1), (4, None)]),
        ("X.XXXX", ".X....", Rule(pause_days=3, hold_days=3), [(5, None)]),
    ],
)
def test_episodes(opens: str, closes: str, rule: Rule, expected: list[tuple[int, int | None]]) -> None:
    found = episodes(_bits(opens), _bits(closes), rule, _days(6), end=6)
    assert [(one.opened, one.closed) for one in found] == expected


def test_an_account_that_churned_closes_what_is_open_and_opens_nothing() -> None:
    assert episodes(_bits("XXXXXX"), 0, Rule(), _days(6), end=3) == [Episode(0, 3, is_standing=True)]
    assert episodes(_bits("...XXX"), 0, Rule(), _days(6), end=3) == []


def test_days_that_were_not_kept_count_as_time_but_not_as_looks() -> None:
    days = _days(4, left_out=[1, 2])  # 1, 4, 5 and 6 January
    assert [one.opened for one in episodes(0b1111, 0, Rule(hold_days=3), days, end=4)] == [1]
    assert [one.opened for one in episodes(0b1111, 0, Rule(hold_looks=3), days, end=4)] == [2]


def test_what_was_there_at_the_first_look_is_standing() -> None:
    found = episodes(_bits("XX.X.."), _bits("..X.X."), Rule(), _days(6), end=6)
    assert [one.is_standing for one in found] == [True, False]
    assert [one.is_standing for one in episodes(_bits(".XX..."), 0, Rule(), _days(6), end=6)] == [False]


@given(
    opens=st.integers(0, 2**12 - 1),
    closes=st.integers(0, 2**12 - 1),
    hold_days=st.integers(0, 4),
    hold_looks=st.integers(1, 3),
    pause_days=st.integers(0, 5),
    left_out=st.sets(st.integers(1, 15), max_size=4),
    end=st.integers(0, 12),
)
@settings(deadline=None)
def test_it_is_what_one_look_after_the_other_gives(
    opens: int, closes: int, hold_days: int, hold_looks: int, pause_days: int, left_out: set[int], end: int
) -> None:
    days, rule = _days(12, sorted(left_out)), Rule(hold_days, hold_looks, pause_days)
    found = [(one.opened, one.closed) for one in episodes(opens, closes, rule, days, end=end)]
    assert found == _one_by_one(opens, closes, rule, days, end)


def _one_by_one(opens: int, closes: int, rule: Rule, days: Sequence[date], end: int) -> list[tuple[int, int | None]]:
    """As live detection goes about it: close, then count who waits, then open who waited long enough."""
    found: list[tuple[int, int | None]] = []
    since = closed = None
    is_open = False
    for look, day in enumerate(days):
        if is_open and (look >= end or closes >> look & 1):
            found[-1], is_open, closed, since = (found[-1][0], look), False, look, None
        if is_open or look >= end or not opens >> look & 1:
            since = None
            continue
        since = look if since is None else since
        has_held = day - days[since] >= timedelta(days=rule.hold_days) and look - since + 1 >= rule.hold_looks
        has_rested = closed is None or day - days[closed] >= timedelta(days=rule.pause_days)
        if has_held and has_rested:
            found.append((look, None))
            is_open = True
    return found
