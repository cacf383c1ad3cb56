"""The arithmetic of scorecards: values in, points out. Pure: no database, no clock.

1. A measure compares its value with two lines: at or beyond the green line it is green, at or beyond the yellow one
   yellow, else red. Which two lines may depend on the value of the account's contracts. Without a value, or with a late
   source, it is left out, unless its dimension says what stands in for it: see `total`.
2. A dimension takes the worst of its measures (or the average of their colours: 2, 1, 0; from 1.5 green, from 0.5
   yellow). Green earns the whole weight, yellow half of it rounded down, red nothing. With `points: linear` a yellow
   measure earns from 0 at the yellow line to the whole at the green line, rounded down.
3. The score is the points of the known dimensions, scaled to 100 by their weights and rounded down.
4. Coverage is the share of the weight whose measures are known; a dimension's weight counts by the share of its
   measures that are. Below the scorecard's minimum there is no score.
5. A gate that holds caps the band and leaves the score.
6. A late source never turns an account red: where what is left says red, and the last good values do not, the band is
   unknown until the data comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final, Literal, assert_never

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

    `contract_lines`: other lines for larger contracts, in rising order; `arr_from`: the ones that these two lines are.
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
    arr_from: float | None = None


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

    arr: str = "arr"
    arr_source: str = "contracts"

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All measures, in the order of the dimensions: the order of marks."""
        return tuple(measure for dimension in self.dimensions for measure in dimension.measures)

    @cached_property
    def inputs(self) -> Mapping[str, str]:
        """Every metric that is needed, with its source: of measures, of gates, and ARR where lines depend on it."""
        found = {measure.metric: measure.source for measure in self.measures}
        for gate in self.gates:
            found |= gate.sources
        if any(measure.contract_lines for measure in self.measures):
            found.setdefault(self.arr, self.arr_source)
        return found

    @cached_property
    def account_fields(self) -> frozenset[str]:
        """The fields of the account that gates ask for."""
        return frozenset[str]().union(*(gate.account_fields for gate in self.gates))

    @cached_property
    def held_metrics(self) -> tuple[str, ...]:
        """The metrics whose last known band counts while they have no value."""
        policies = unknown_policies(self)
        return tuple(m.metric for m, unknown in zip(self.measures, policies, strict=True) if unknown == "last_known")

    def band(self, score: int) -> BandName:
        """The band of a score."""
        return GREEN if score >= self.green else YELLOW if score >= self.yellow else RED


@dataclass(frozen=True)
class Totals:
    """What the marks of one account come to. `points` is None for a dimension without a known measure.

    `gates`: positions of the gates that hold, whether or not they lower the band. `is_rolled_up`: score, band and
    coverage are those of child accounts.
    """

    score: int | None
    band: BandName
    coverage: float
    points: tuple[int | None, ...]
    bands: tuple[BandName, ...]
    is_held_back: bool = False
    gates: tuple[int, ...] = ()
    is_rolled_up: bool = False


def lines_for(measure: Measure, arr: float | None) -> Measure:
    """The measure with the lines that hold for contracts of this value; without a known one, its first lines."""
    chosen = None
    for lines in measure.contract_lines:
        if arr is not None and arr >= lines.arr_from:
            chosen = lines
    if chosen is None:
        return measure
    return replace(measure, green=chosen.green, yellow=chosen.yellow, arr_from=chosen.arr_from)


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


def stand_in(unknown: Unknown, last_known: Mark) -> Mark:
    """What counts for a measure without a value. Yellow is the middle between the lines: half the weight, always."""
    match unknown:
        case "leave_out":
            return None
        case "red":
            return 0.0
        case "yellow":
            return 1.5
        case "last_known":
            return last_known
        case _:
            assert_never(unknown)


@lru_cache(maxsize=65_536)
def total(scorecard: Scorecard, marks: tuple[Mark, ...], stand_ins: tuple[Mark, ...] = ()) -> Totals:
    """The arithmetic of one account, from the marks of its measures in the order of `scorecard.measures`.

    `stand_ins`, in the same order, count where a mark is None. They are no knowledge: coverage does not rise. But a
    last known band was measured once, so it counts towards the minimum. With nothing measured at all there is no score.
    """
    points: list[int | None] = []
    bands: list[BandName] = []
    covered, measured, weight, start = 0.0, 0.0, 0, 0
    for dimension in scorecard.dimensions:
        end = start + len(dimension.measures)
        known = [found for found in marks[start:end] if found is not None]
        filled = [
            found
            for own, found in zip(marks[start:end], stand_ins[start:end], strict=False)
            if own is None and found is not None
        ]
        level, earned = _earned(dimension, known + filled)
        points.append(earned)
        bands.append(UNKNOWN if level is None else LEVELS[level])
        weight += 0 if earned is None else dimension.weight
        covered += dimension.weight * len(known) / (end - start)
        measured += (
            dimension.weight * len(known + filled if dimension.unknown == "last_known" else known) / (end - start)
        )
        start = end
    whole = sum(dimension.weight for dimension in scorecard.dimensions)
    if not measured or measured / whole + _TOLERANCE < scorecard.minimum_coverage:
        return Totals(None, UNKNOWN, covered / whole, tuple(points), tuple(bands))
    score = 100 * sum(earned or 0 for earned in points) // weight
    return Totals(score, scorecard.band(score), covered / whole, tuple(points), tuple(bands))


@lru_cache(maxsize=65_536)
def capped(scorecard: Scorecard, totals: Totals, gates: tuple[int, ...]) -> Totals:
    """The totals while these gates hold (their positions): the band no better than the strictest allows."""
    if not gates:
        return totals
    if totals.score is None:
        return replace(totals, gates=gates)
    allowed: list[BandName] = [totals.band, *(scorecard.gates[gate].at_most for gate in gates)]
    return replace(totals, band=min(allowed, key=LEVELS.index), gates=gates)


def total_without_late(
    scorecard: Scorecard,
    marks: tuple[Mark, ...],
    last_good: Mapping[int, Mark],
    *,
    stand_ins: tuple[Mark, ...] = (),
    gates: tuple[int, ...] = (),
) -> Totals:
    """`total` behind its gates, held back where red rests on what is missing.

    `last_good`: marks of the measures of late sources by position. One without a last good value counts as green in the
    comparison: nobody measured that it is not.
    """
    found = capped(scorecard, total(scorecard, marks, stand_ins), gates)
    if found.band != RED or not last_good:
        return found
    frozen = tuple(
        (2.0 if last_good[index] is None else last_good[index]) if index in last_good else found_mark
        for index, found_mark in enumerate(marks)
    )
    if capped(scorecard, total(scorecard, frozen, stand_ins), gates).band == RED:
        return found
    return replace(found, score=None, band=UNKNOWN, is_held_back=True)


def linear_flags(scorecard: Scorecard) -> Sequence[bool]:
    """For each measure, whether its dimension gives points linearly."""
    return [dimension.points == "linear" for dimension in scorecard.dimensions for _ in dimension.measures]


def unknown_policies(scorecard: Scorecard) -> Sequence[Unknown]:
    """For each measure, what counts when it has no value."""
    return [dimension.unknown for dimension in scorecard.dimensions for _ in dimension.measures]


def points_of(dimension: Dimension, marks: Sequence[float]) -> int:
    """The points a dimension earns with these marks, at least one."""
    return _earned(dimension, marks)[1] or 0


def _earned(dimension: Dimension, counted: Sequence[float]) -> tuple[int | None, int | None]:
    """The level (0 red, 1 yellow, 2 green) and the points of a dimension; None both when nothing counts."""
    if not counted:
        return None, None
    level, fraction = _combined(dimension, counted)
    return level, int(dimension.weight * fraction + _TOLERANCE)


def _combined(dimension: Dimension, known: Sequence[float]) -> tuple[int, float]:
    """The level and the share of the weight that a dimension earns."""
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
