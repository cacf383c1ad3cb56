"""What is a usual number of rows for a day. Pure.

A day is compared with the same weekday of the eight weeks before, holidays left out: usual is their median. Usual days
lie within three robust standard deviations of it (1.4826 times the median absolute deviation), within four times its
square root (what chance does to counts), and within three tenths of it, whichever is widest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

WEEKS = 8
WEEKS_NEEDED = 4
# Below this a weekday is too quiet for a fall to mean anything.
LEAST_USUAL = 20
_SIGMA = 1.4826


@dataclass(frozen=True)
class Usual:
    """The usual number of rows of a day; what lies in `[low, high]` is no news."""

    rows: float
    low: float
    high: float

    def verdict(self, rows: int) -> str:
        """`low`, `high`, or empty for a usual number."""
        return "low" if rows < self.low else "high" if rows > self.high else ""


def usual(rows: Mapping[date, int], day: date, *, is_holiday: Callable[[date], bool]) -> Usual | None:
    """What is usual for `day`, by the days before it in `rows` (a day without rows that lies between others counts 0).

    None on holidays, with fewer than four comparable weeks, and where the weekday is too quiet to judge.
    """
    if is_holiday(day) or not rows:
        return None
    first = min(rows)
    weeks = [day - timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    compared = [rows.get(one, 0) for one in weeks if one >= first and not is_holiday(one)]
    return _usual(compared) if len(compared) >= WEEKS_NEEDED else None


def _usual(compared: Sequence[int]) -> Usual | None:
    middle = median(compared)
    if middle < LEAST_USUAL:
        return None
    spread = _SIGMA * median(abs(count - middle) for count in compared)
    reach = max(3 * spread, 4 * sqrt(middle), 0.3 * middle)
    return Usual(rows=middle, low=max(0.0, middle - reach), high=middle + reach)
