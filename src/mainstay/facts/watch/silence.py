"""When an event that used to come has vanished. Pure."""

from collections.abc import Callable, Collection
from datetime import date
from itertools import pairwise

from mainstay.common.time import DAY

DAYS_NEEDED = 8
_LEAST = 3


def vanished_after(days: Collection[date], *, is_holiday: Callable[[date], bool]) -> int | None:
    """After how many quiet days (holidays not counted) an event that came on `days` is gone.

    Twice the gap that 95 of 100 gaps keep within, at least three days. None with fewer than eight days.
    """
    ordered = sorted(days)
    if len(ordered) < DAYS_NEEDED:
        return None
    gaps = sorted(quiet_days(before, after, is_holiday=is_holiday) + 1 for before, after in pairwise(ordered))
    kept_within = gaps[min(len(gaps) - 1, -(-95 * len(gaps) // 100) - 1)]
    return max(2 * kept_within, _LEAST)


def quiet_days(last: date, today: date, *, is_holiday: Callable[[date], bool]) -> int:
    """The complete days between two days that are no holidays."""
    count = (today - last).days - 1
    return sum(not is_holiday(last + DAY * (offset + 1)) for offset in range(max(count, 0)))
