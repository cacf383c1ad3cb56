"""Splits the difference between two scores of an account into usage, records, rule and freshness. Exact, and pure.

The score is worked out at six corners, each of which changes one thing of the corner before:

1. the score as it was known then;
2. with all data of that time that has come by now, no source late: **freshness**, first half;
3. with the present values of measures from the product: **usage**;
4. with the present values of all other measures: **records**;
5. by the present scorecard: **rule**;
6. with the sources that are late now, which is the present score: **freshness**, second half.

The differences add up to the whole, whatever interacts: points that two things move together belong to the first of
them in this order. (The order matters as in any decomposition by replacement; a fixed one that is said can be checked.)
A corner without a score cannot be told from the next one that has one, and its points go there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from mainstay.scores.arithmetic import BandName, Scorecard
from mainstay.scores.explaining import LastGood, MeasureResult, Result
from mainstay.scores.scoring import score

USAGE_SOURCE = "product"

type Values = Mapping[str, float | None]
type Good = Mapping[str, LastGood]


class Cause(StrEnum):
    """What moves a score, in the order in which points are given to it."""

    USAGE = "usage"
    RECORDS = "records"
    RULE = "rule"
    FRESHNESS = "freshness"


@dataclass(frozen=True)
class Side:
    """An account at one of the two instants: its score as known, and what it is worked out from without lateness.

    `values` are what is known now of that instant, `good` the last known values of measures that hold their band.
    """

    scorecard: Scorecard
    score: int | None
    band: BandName
    values: Values
    good: Good


@dataclass(frozen=True)
class Moved:
    """A measure whose value is another one than it was; `band`: as it counts under the scorecard of that side."""

    metric: str
    label: str
    unit: str
    then: float | None
    now: float | None
    band_then: BandName
    band_now: BandName


@dataclass(frozen=True)
class Split:
    """Points by cause, which add up to `now - then`; `is_exact` False: one of the two has no score, no points then."""

    score_then: int | None
    band_then: BandName
    score_now: int | None
    band_now: BandName
    points: Mapping[Cause, int]
    moved: Mapping[Cause, tuple[Moved, ...]]
    is_exact: bool

    @property
    def change(self) -> int | None:
        """The whole difference."""
        if self.score_then is None or self.score_now is None:
            return None
        return self.score_now - self.score_then


def split(then: Side, now: Side) -> Split:
    """Split the difference between two instants of one account."""
    sources = {**then.scorecard.inputs, **now.scorecard.inputs}

    def values(is_new: Callable[[str], bool]) -> tuple[dict[str, float | None], dict[str, LastGood]]:
        mixed = {metric: (now if is_new(metric) else then).values.get(metric) for metric in sources}
        sides = {metric: now.good if is_new(metric) else then.good for metric in sources}
        return mixed, {metric: good[metric] for metric, good in sides.items() if metric in good}

    def corner(card: Scorecard, is_new: Callable[[str], bool]) -> Result:
        mixed, good = values(is_new)
        return score(card, mixed, last_good=good)

    first = corner(then.scorecard, lambda _: False)
    last = corner(now.scorecard, lambda _: True)
    steps: list[tuple[Cause, int | None]] = [
        (Cause.FRESHNESS, first.score),
        (Cause.USAGE, corner(then.scorecard, lambda metric: sources[metric] == USAGE_SOURCE).score),
        (Cause.RECORDS, corner(then.scorecard, lambda _: True).score),
        (Cause.RULE, last.score),
        (Cause.FRESHNESS, now.score),
    ]
    return Split(
        score_then=then.score,
        band_then=then.band,
        score_now=now.score,
        band_now=now.band,
        points=_points(then.score, steps),
        moved=_moved(first, last),
        is_exact=then.score is not None and now.score is not None,
    )


def _points(begin: int | None, steps: Sequence[tuple[Cause, int | None]]) -> dict[Cause, int]:
    found = dict.fromkeys(Cause, 0)
    if begin is None or steps[-1][1] is None:
        return found
    reached = [begin]
    for _, value in steps:
        reached.append(reached[-1] if value is None else value)
    for (cause, _), (before, after) in zip(steps, pairwise(reached), strict=True):
        found[cause] += after - before
    return found


def _moved(first: Result, last: Result) -> dict[Cause, tuple[Moved, ...]]:
    """The measures of either scorecard with another value, those that changed colour first."""
    before, after = _measures(first), _measures(last)
    found: dict[Cause, list[Moved]] = {Cause.USAGE: [], Cause.RECORDS: []}
    for metric in {**after, **before}:
        then, now = before.get(metric), after.get(metric)
        if then is None or now is None or then.value == now.value:
            continue
        cause = Cause.USAGE if now.source == USAGE_SOURCE else Cause.RECORDS
        found[cause].append(Moved(metric, now.label, now.unit, then.value, now.value, then.counts_as, now.counts_as))
    return {
        cause: tuple(sorted(moved, key=lambda one: (one.band_then == one.band_now, one.label)))
        for cause, moved in found.items()
    }


def _measures(result: Result) -> dict[str, MeasureResult]:
    return {measure.metric: measure for part in result.dimensions for measure in part.measures}
