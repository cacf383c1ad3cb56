"""The arithmetic of scorecards: values in, points out. Pure: no database, no clock.

1. A measure compares its value with two lines: at or beyond the green line it is green, at or beyond the yellow one
   yellow, else red. Without a value, or with a late source, it is left out.
2. A dimension takes the worst of its measures (or the average of their colours: 2, 1, 0; from 1.5 green, from 0.5
   yellow). Green earns the whole weight, yellow half of it rounded down, red nothing. With `points: linear` a yellow
   measure earns from 0 at the yellow line to the whole at the green line, rounded down.
3. The score is the points of the known dimensions, scaled to 100 by their weights and rounded down.
4. Coverage is the share of the weight whose measures are known; a dimension's weight counts by the share of its
   measures that are. Below the scorecard's minimum there is no score.
5. A late source never turns an account red: where what is left says red, and the last good values do not, the band is
   unknown until the data comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, Literal

from mainstay.scores.gates import Gate

GREEN: Final = "green"
YELLOW: Final = "yellow"
RED: Final = "red"
UNKNOWN: Final = "unknown"
LABELS = {GREEN: "Healthy", YELLOW: "Moderate", RED: "At risk", UNKNOWN: "Unknown"}
type BandName = Literal["green", "yellow", "red", "unknown"]
type Unknown = Literal["leave_out", "yellow", "red", "last_known"]
type RollUp = Literal["arr_weighted_mean", "worst", "off"]

# A mark is what the arithmetic needs to know of a value: 0 red, from 1 to below 2 yellow, 2 green, None unknown.
type Mark = float | None
LEVELS: tuple[BandName, BandName, BandName] = (RED, YELLOW, GREEN)
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class ContractLines:
    """The two lines of a measure from this ARR on, in units of the reporting currency."""

    arr_from: float
    green: float
    yellow: float


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric with its two lines. `says` and `needs` are templates, per band or for all (`{value}`, `{green}`).

    `contract_lines`: other lines for larger contracts, in rising order.
    """

    metric: str
    label: str
    unit: str
    source: str
    direction: Literal["up", "down"]
    green: float
    yellow: float
    says: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    contract_lines: tuple[ContractLines, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Measures that count together."""

    key: str
    label: str
    weight: int
    measures: tuple[Measure, ...]
    points: Literal["bands", "linear"] = "bands"
    combine: Literal["worst", "average"] = "worst"
    unknown: Unknown = "leave_out"


@dataclass(frozen=True, kw_only=True, eq=False)
class Scorecard:
    """One version of a scorecard, ready to score with. Compared by identity: the arithmetic is cached per scorecard."""

    key: str
    name: str
    version: int
    dimensions: tuple[Dimension, ...]
    green: int = 80
    yellow: int = 50
    minimum_coverage: float = 0.0
    hold_days: int = 90
    roll_up: RollUp = "arr_weighted_mean"
    gates: tuple[Gate, ...] = ()

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All measures, in the order of the dimensions: the order of marks."""
        return tuple(measure for dimension in self.dimensions for measure in dimension.measures)

    def band(self, score: int) -> BandName:
        """The band of a score."""
        return GREEN if score >= self.green else YELLOW if score >= self.yellow else RED


@dataclass(frozen=True)
class Totals:
    """What the marks of one account come to. `points` is None for a dimension without a known measure."""

    score: int | None
    band: BandName
    coverage: float
    points: tuple[int | None, ...]
    bands: tuple[BandName, ...]
    is_held_back: bool = False


def mark(measure: Measure, value: float | None, *, is_linear: bool = False) -> Mark:
    """The mark of a value; None and not-a-number have none."""
    if value is None or value != value:
        return None
    sign = 1.0 if measure.direction == "up" else -1.0
    distance, green, yellow = sign * value, sign * measure.green, sign * measure.yellow
    if distance >= green:
        return 2.0
    if distance < yellow:
        return 0.0
    return 1.0 + (distance - yellow) / (green - yellow) if is_linear else 1.0


@lru_cache(maxsize=65_536)
def total(scorecard: Scorecard, marks: tuple[Mark, ...]) -> Totals:
    """The arithmetic of one account, from the marks of its measures in the order of `scorecard.measures`."""
    points: list[int | None] = []
    bands: list[BandName] = []
    covered, weight, earned, start = 0.0, 0, 0, 0
    for dimension in scorecard.dimensions:
        own = marks[start : start + len(dimension.measures)]
        start += len(dimension.measures)
        known = [found for found in own if found is not None]
        if not known:
            points.append(None)
            bands.append(UNKNOWN)
            continue
        level, fraction = _combined(dimension, known)
        points.append(int(dimension.weight * fraction + _TOLERANCE))
        bands.append(LEVELS[level])
        weight += dimension.weight
        earned += int(dimension.weight * fraction + _TOLERANCE)
        covered += dimension.weight * len(known) / len(own)
    coverage = covered / sum(dimension.weight for dimension in scorecard.dimensions)
    if not weight or coverage + _TOLERANCE < scorecard.minimum_coverage:
        return Totals(None, UNKNOWN, coverage, tuple(points), tuple(bands))
    score = 100 * earned // weight
    return Totals(score, scorecard.band(score), coverage, tuple(points), tuple(bands))


def total_without_late(scorecard: Scorecard, marks: tuple[Mark, ...], last_good: Mapping[int, Mark]) -> Totals:
    """`total`, held back where red rests on what is missing. `last_good`: marks of the late measures by position.

    A late measure without a last good value counts as green here: nobody measured that it is not.
    """
    found = total(scorecard, marks)
    if found.band != RED or not last_good:
        return found
    frozen = tuple(
        (2.0 if last_good[index] is None else last_good[index]) if index in last_good else found_mark
        for index, found_mark in enumerate(marks)
    )
    if total(scorecard, frozen).band == RED:
        return found
    return Totals(None, UNKNOWN, found.coverage, found.points, found.bands, is_held_back=True)


def linear_flags(scorecard: Scorecard) -> Sequence[bool]:
    """For each measure, whether its dimension gives points linearly."""
    return [dimension.points == "linear" for dimension in scorecard.dimensions for _ in dimension.measures]


def _combined(dimension: Dimension, known: Sequence[float]) -> tuple[int, float]:
    """The level (0 red, 1 yellow, 2 green) and the share of the weight that a dimension earns."""
    is_linear = dimension.points == "linear"
    if dimension.combine == "worst":
        worst = min(known)
        return int(worst), _fraction(worst, is_linear=is_linear)
    average = sum(int(found) for found in known) / len(known)
    level = 2 if average >= 1.5 else 1 if average >= 0.5 else 0
    if is_linear:
        return level, sum(_fraction(found, is_linear=True) for found in known) / len(known)
    return level, level / 2


def _fraction(found: float, *, is_linear: bool) -> float:
    if is_linear:
        return 1.0 if found >= 2 else max(0.0, found - 1)
    return int(found) / 2
