"""What the arithmetic found for one account, and how to say it: measures, the path to green, sentences. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from mainstay.common.time import isoformat
from mainstay.scores.arithmetic import GREEN, LABELS, UNKNOWN, BandName, Dimension, Measure, Scorecard

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class State(StrEnum):
    """Whether a measure counts, and if not, why."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    LATE = "late"


@dataclass(frozen=True)
class LastGood:
    """The value of a measure when its source was last on time."""

    value: float
    at: datetime


@dataclass(frozen=True, kw_only=True)
class MeasureResult:
    """A measure of one account. `value` is None unless it counts; `says` and `needs` are a few words for pages."""

    metric: str
    label: str
    unit: str
    source: str
    direction: str
    green: float
    yellow: float
    value: float | None
    band: BandName
    state: State
    as_of: datetime | None
    source_age_seconds: float | None
    last_good: LastGood | None
    says: str
    needs: str


@dataclass(frozen=True, kw_only=True)
class DimensionResult:
    """A dimension of one account. `points` is None when none of its measures is known."""

    key: str
    label: str
    weight: int
    points: int | None
    band: BandName
    measures: tuple[MeasureResult, ...]

    @property
    def lost(self) -> int:
        """Points that it would earn on top, were it green."""
        return 0 if self.points is None else self.weight - self.points

    @property
    def says(self) -> str:
        """What we see, the measures that hold it back first: `65% active daily · 55% adoption`."""
        return " · ".join(measure.says for measure in self.measures if measure.says)

    @property
    def needs(self) -> str:
        """What it needs to turn green, in words: `a sponsor, NPS 9`. Empty when it is green or unknown."""
        if self.band in (GREEN, UNKNOWN):
            return ""
        return ", ".join(m.needs for m in self.measures if m.state is State.KNOWN and m.band != GREEN)


@dataclass(frozen=True)
class Step:
    """One dimension brought to green: what it gains, what it needs, the score after this one alone."""

    dimension: str
    label: str
    gain: int
    needs: str
    score_after: int
    is_enough: bool


@dataclass(frozen=True)
class Plan:
    """The path to green. `steps`: largest gain first; `smallest`: the fewest of them that reach `target` together."""

    target: int
    steps: tuple[Step, ...]
    smallest: tuple[Step, ...]
    score_after_smallest: int | None

    @property
    def enough_alone(self) -> tuple[Step, ...]:
        """The steps each of which reaches the target by itself."""
        return tuple(step for step in self.steps if step.is_enough)


@dataclass(frozen=True, kw_only=True)
class Result:
    """The score of one account and all that it was made from."""

    scorecard: Scorecard
    score: int | None
    band: BandName
    coverage: float
    dimensions: tuple[DimensionResult, ...]
    is_held_back: bool = False

    @property
    def late(self) -> tuple[MeasureResult, ...]:
        """The measures left out because their source is late."""
        return tuple(measure for part in self.dimensions for measure in part.measures if measure.state is State.LATE)

    def plan(self) -> Plan:
        """What would bring the account to green, dimension by dimension. Nothing is planned without a score."""
        target = self.scorecard.green
        known = [part for part in self.dimensions if part.points is not None]
        if self.score is None:
            return Plan(target, (), (), None)
        weight = sum(part.weight for part in known)
        earned = sum(part.points or 0 for part in known)
        losing = sorted((part for part in known if part.lost), key=lambda part: -part.lost)
        steps = []
        for part in losing:
            after = 100 * (earned + part.lost) // weight
            steps.append(Step(part.key, part.label, after - self.score, part.needs, after, after >= target))
        smallest, gained = [], 0
        for part, step in zip(losing, steps, strict=True):
            if 100 * (earned + gained) // weight >= target:
                break
            smallest.append(step)
            gained += part.lost
        reached = 100 * (earned + gained) // weight if smallest else None
        return Plan(target, tuple(steps), tuple(smallest), reached)

    def sentence(self, *, slipped: Collection[str] = ()) -> str:
        """Why the account stands where it stands, and what would be enough. `slipped`: keys that were green before."""
        said = self._headline(frozenset(slipped))
        late = _late_words(self)
        return f"{said} {late}" if late and not self.is_held_back else said

    def _headline(self, slipped: frozenset[str]) -> str:
        if self.score is None:
            return _no_score(self)
        plan = self.plan()
        if not plan.steps:
            return "Every dimension is green." if self.coverage == 1 else "Every dimension with data is green."
        if self.band == GREEN:
            best = plan.steps[0]
            said = f"Bringing it back adds {best.gain}: {self.score} would be {best.score_after}."
            return f"{_fallen([best], slipped)} {said}"
        if plan.enough_alone:
            return _single_fix(self, plan, slipped)
        return _several_fixes(self, plan, slipped)

    def coverage_text(self) -> str:
        """Which dimensions have fresh data, in words."""
        late = [part.label for part in self.dimensions if any(m.state is State.LATE for m in part.measures)]
        if late:
            return f"{_listed(late)} left out in part or whole: the data is late"
        if self.coverage == 1:
            return f"all {_WORDS[len(self.dimensions)]} dimensions have fresh data"
        missing = [part.label for part in self.dimensions if part.points is None]
        if missing:
            return f"{_listed(missing)}: no data"
        partial = [part.label for part in self.dimensions if any(m.state is not State.KNOWN for m in part.measures)]
        return f"{_listed(partial)}: known in part"

    def as_dict(self) -> dict[str, Any]:
        """For the HTTP API and the command line."""
        return {
            "score": self.score,
            "band": self.band,
            "coverage": round(self.coverage, 4),
            "scorecard": self.scorecard.key,
            "version": self.scorecard.version,
            "dimensions": [_dimension_dict(part) for part in self.dimensions],
        }


def value_text(value: float, unit: str) -> str:
    """A value as people write it: `65%`, `4.2`, `12 days`. One decimal at most, none where there is none."""
    rounded = round(value, 1)
    number = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    number = number.replace("-", "−") if rounded else "0"
    if unit == "percent":
        return f"{number}%"
    if unit == "days":
        return f"{number} day" if number == "1" else f"{number} days"
    return number


def words_for(measure: Measure, value: float | None, band: BandName) -> str:
    """What we see of a measure; empty without a value."""
    template = measure.says.get(band)
    if value is None:
        return ""
    if template is None:
        return f"{measure.label} {value_text(value, measure.unit)}"
    signed = value_text(value, measure.unit)
    return template.format(value=signed, signed=signed if value <= 0 else f"+{signed}")


def needs_for(measure: Measure) -> str:
    """What a measure needs to be green."""
    line = value_text(measure.green, measure.unit)
    if measure.needs:
        return measure.needs.format(green=line)
    return f"{measure.label} {line} or {'more' if measure.direction == 'up' else 'less'}"


def dimension_result(
    dimension: Dimension, *, points: int | None, band: BandName, measures: Iterable[MeasureResult]
) -> DimensionResult:
    """A dimension with its measures, in the order of the scorecard."""
    return DimensionResult(
        key=dimension.key,
        label=dimension.label,
        weight=dimension.weight,
        points=points,
        band=band,
        measures=tuple(measures),
    )


def _single_fix(result: Result, plan: Plan, slipped: frozenset[str]) -> str:
    first, *others = plan.enough_alone
    said = (
        f"{_fallen([first], slipped)} Bringing it back is enough: "
        f"{result.score} + {first.gain} makes {first.score_after}, {LABELS[GREEN]}."
    )
    if others:
        also = _listed([f"{step.label} (+{step.gain})" for step in others], word="or")
        return f"{said} So would {also} alone."
    return f"{said} No other single fix reaches {plan.target}." if len(plan.steps) > 1 else said


def _several_fixes(result: Result, plan: Plan, slipped: frozenset[str]) -> str:
    gains = " + ".join(str(step.gain) for step in plan.smallest)
    exact = (result.score or 0) + sum(step.gain for step in plan.smallest) == plan.score_after_smallest
    sums = f": {result.score} + {gains}" if exact else ""
    together = f"together they make {plan.score_after_smallest}, {LABELS[GREEN]}{sums}"
    return f"{_fallen(plan.smallest, slipped)} No single fix reaches {plan.target}; {together}."


def _fallen(steps: Sequence[Step], slipped: frozenset[str]) -> str:
    names = _listed([step.label for step in steps])
    if len(steps) == 1:
        return f"{names} {'slipped' if steps[0].dimension in slipped else 'is'} under its green line."
    verb = "slipped" if all(step.dimension in slipped for step in steps) else "are"
    return f"{names} {verb} under their green lines."


def _no_score(result: Result) -> str:
    if result.is_held_back:
        return (
            f"{_late_words(result)} What is left would be at risk, the last good values are not: no score until then."
        )
    least = f"{result.scorecard.minimum_coverage:.0%}"
    if result.coverage == 0:
        return "No score: nothing the scorecard asks for has been sent yet."
    return f"No score: {result.coverage:.0%} of the scorecard has data, {least} is the least it asks for."


def _late_words(result: Result) -> str:
    if not result.late:
        return ""
    names = _listed(list(dict.fromkeys(measure.label for measure in result.late)))
    at = min((measure.last_good.at for measure in result.late if measure.last_good), default=None)
    since = f", last good on {at.day} {at:%b %Y}" if at else ""
    return f"{names} left out until fresh data comes{since}."


def _listed(names: Sequence[str], *, word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _dimension_dict(part: DimensionResult) -> dict[str, Any]:
    return {
        "key": part.key,
        "label": part.label,
        "points": part.points,
        "weight": part.weight,
        "band": part.band,
        "measures": [_measure_dict(measure) for measure in part.measures],
    }


def _measure_dict(measure: MeasureResult) -> dict[str, Any]:
    good = measure.last_good
    return {
        "metric": measure.metric,
        "label": measure.label,
        "value": measure.value,
        "unit": measure.unit,
        "band": measure.band,
        "green": measure.green,
        "yellow": measure.yellow,
        "state": str(measure.state),
        "as_of": isoformat(measure.as_of),
        "source": measure.source,
        "source_age_seconds": None if measure.source_age_seconds is None else round(measure.source_age_seconds),
        "last_good": {"value": good.value, "at": isoformat(good.at)} if good else None,
    }
