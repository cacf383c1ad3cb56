"""Shares, means and their differences with 95 % intervals, and how likely a count is by chance. Pure.

Sources: Wilson (1927) for a share, Newcombe (1998, method 10) for the difference of two, Welch (1947) for the
difference of two means of unequal variance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
"""Half the width of a 95 % interval, in standard errors."""
# Beyond so many cases the exact sum costs more than it tells.
_EXACT = 2_000

type Interval = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """What one side has more than the other, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves no doubt about the direction."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Sample:
    """Numbers that were measured: how many, their mean and their variance (of a sample: divided by n - 1)."""

    count: int = 0
    mean: float = 0.0
    variance: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sample":
        """What the values come to (Welford 1962: no digits are lost to large means)."""
        count, mean, squares = 0, 0.0, 0.0
        for value in values:
            count += 1
            before = value - mean
            mean += before / count
            squares += before * (value - mean)
        return cls(count, mean, squares / (count - 1) if count > 1 else 0.0)


def wilson(events: int, cases: int) -> Interval:
    """The interval of a share, 0 to 1: honest near both ends and for few cases, unlike `p ± 1.96 s`."""
    if not cases:
        return 0.0, 1.0
    share, square = events / cases, Z * Z / cases
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / cases + square / (4 * cases)) / (1 + square)
    return (middle - half if events else 0.0), (middle + half if events < cases else 1.0)


def difference_of_shares(events: int, cases: int, other_events: int, other_cases: int) -> Difference | None:
    """The first share less the other, -1 to 1: from the two intervals of Wilson. None where a side has no case."""
    if not cases or not other_cases:
        return None
    one, other = events / cases, other_events / other_cases
    (one_low, one_high), (other_low, other_high) = wilson(events, cases), wilson(other_events, other_cases)
    low = sqrt((one - one_low) ** 2 + (other_high - other) ** 2)
    high = sqrt((one_high - one) ** 2 + (other - other_low) ** 2)
    return Difference(one - other, one - other - low, one - other + high)


def difference_of_means(one: Sample, other: Sample) -> Difference | None:
    """The first mean less the other. None where a side has fewer than two values, or no two values differ."""
    if one.count < 2 or other.count < 2:
        return None
    first, second = one.variance / one.count, other.variance / other.count
    if first + second == 0:
        return None
    freedom = (first + second) ** 2 / (first**2 / (one.count - 1) + second**2 / (other.count - 1))
    half = t_quantile(0.975, freedom) * sqrt(first + second)
    value = one.mean - other.mean
    return Difference(value, value - half, value + half)


def chance_of_count(events: int, cases: int, share: float) -> float:
    """How likely a count at least as unusual as this one is, if each case is an event with probability `share`.

    Two-sided: exact for up to 2,000 cases (counts no more likely than this one, added up), chi-squared with one degree
    of freedom beyond. 1 where the share leaves nothing to chance.
    """
    if not cases or not 0 < share < 1:
        return 1.0
    if cases > _EXACT:
        return erfc(abs(events - cases * share) / sqrt(2 * cases * share * (1 - share)))
    logs = [_log_binomial(count, cases, share) for count in range(cases + 1)]
    limit = logs[events] + 1e-7  # counts as likely as this one, but for the last digits, belong to them
    return min(1.0, sum(exp(one) for one in logs if one <= limit))


def _log_binomial(count: int, cases: int, share: float) -> float:
    ways = lgamma(cases + 1) - lgamma(count + 1) - lgamma(cases - count + 1)
    return ways + count * log(share) + (cases - count) * log1p(-share)


def t_quantile(probability: float, freedom: float) -> float:
    """The value that Student's t with so many degrees of freedom stays below with this probability (0.5 to 1)."""
    low, high = 0.0, 1.0
    while _t_below(high, freedom) < probability:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_below(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def _t_below(value: float, freedom: float) -> float:
    """The distribution of t for values from 0 on (Abramowitz and Stegun 26.7.1, by the incomplete beta function)."""
    return 1 - _beta(freedom / (freedom + value * value), freedom / 2, 0.5) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction where that converges fast."""
    if x in (0.0, 1.0):
        return x
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _fraction(1 - x, b, a) / b
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by the method of Lentz (1976)."""
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    found = d
    for step in range(1, 500):
        for part in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            d = 1 / ((1 + part * d) or tiny)
            c = (1 + part / c) or tiny
            found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return found
