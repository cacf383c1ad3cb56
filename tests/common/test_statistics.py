"""Intervals and chances, against what SciPy 1.17.1 and statsmodels 0.15.0 give for the same figures."""

import pytest

from mainstay.common.statistics import (
    Sample,
    chance_of_count,
    difference_of_means,
    difference_of_shares,
    t_quantile,
    wilson,
)


# As proportion_confint of statsmodels says with method="wilson".
@pytest.mark.parametrize(
    ("events", "cases", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279986288926),
        (3, 10, 0.10779126740630104, 0.6032218525388546),
        (37, 214, 0.12811810397600976, 0.2292126779701653),
        (10, 10, 0.7224672001371106, 1.0),
        (500, 10_000, 0.04589848269058477, 0.05444711584302416),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_of_a_share_is_that_of_wilson(events: int, cases: int, low: float, high: float) -> None:
    assert wilson(events, cases) == pytest.approx((low, high), abs=1e-12)


# As confint_proportions_2indep of statsmodels says with method="newcomb"; the first and the
# last but one are also examples (a) and (f) of Newcombe (1998), who prints .0524 to .3339 and -.0381 to .1926
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.05243147240236498, 0.33387265403690614),
        ((9, 10, 3, 10), 0.1705227239345029, 0.809017973535488),
        ((0, 10, 0, 20), -0.1611251580528194, 0.27753279986288926),
        ((5, 56, 0, 29), -0.038137147903536936, 0.19256001385511165),
        ((37, 214, 120, 3000), 0.08747428508004393, 0.18958017039144714),
    ],
)
def test_the_difference_of_two_shares_is_that_of_newcombe(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = difference_of_shares(*counts)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.is_clear == (low > 0 or high < 0)
    assert difference_of_shares(1, 2, 0, 0) is None


# As the confidence interval of ttest_ind of SciPy says, with unequal variances.
def test_the_difference_of_two_means_is_that_of_welch() -> None:
    one, other = Sample.of([3, 5, 8, -2, 0, 7, 4, 9]), Sample.of([1, -4, 2, 0, 3, -1])
    assert (one.variance, other.variance) == pytest.approx((14.785714285714286, 6.166666666666667))
    found = difference_of_means(one, other)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(
        (4.083333333333333, 0.3824009119134364, 7.78426575475323), abs=1e-9
    )
    for nothing in (Sample(), Sample.of([1.0]), Sample.of([2.0, 2.0])):
        assert difference_of_means(nothing, nothing) is None


# As the distribution t of SciPy says.
@pytest.mark.parametrize(
    ("freedom", "value"),
    [
        (1, 12.706204736174694),
        (2.5, 3.5746548420036817),
        (7, 2.364624251592784),
        (30.2, 2.0417054550397276),
        (1000, 1.9623390808264083),
    ],
)
def test_the_quantile_of_t_takes_any_degrees_of_freedom(freedom: float, value: float) -> None:
    assert t_quantile(0.975, freedom) == pytest.approx(value, rel=1e-10)


# As binomtest of SciPy says up to 2,000 cases, and chisquare beyond.
@pytest.mark.parametrize(
    ("events", "cases", "share", "chance"),
    [
        (8, 100, 0.1, 0.6178407880740864),
        (3, 100, 0.1, 0.017843766383309492),
        (25, 100, 0.1, 1.3072817431250373e-05),
        (0, 30, 0.1, 0.0682179469371261),
        (1, 3, 0.5, 1.0),
        (180, 2000, 0.1, 0.14593565616233095),
        (900, 10_000, 0.1, 0.0008581206663936758),
        (1200, 10_000, 0.1, 2.6167849372106072e-11),
        (0, 0, 0.1, 1.0),
        (5, 5, 0.0, 1.0),
    ],
)
def test_the_chance_of_a_count_is_exact_for_few_and_chi_squared_for_many(
    events: int, cases: int, share: float, chance: float
) -> None:
    assert chance_of_count(events, cases, share) == pytest.approx(chance, rel=1e-9)
