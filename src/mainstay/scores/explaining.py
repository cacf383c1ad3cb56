"""What the arithmetic found for one account: dimensions, measures, gates, and the ways up. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from mainstay.common.time import isoformat
from mainstay.scores.arithmetic import GREEN, UNKNOWN, BandName, Dimension, Mark, Scorecard
from mainstay.scores.gates import Gate
from mainstay.scores.paths import Path, Standing, path_to_next_band
from mainstay.scores.roll_ups import Rolled
from mainstay.scores.wording import gate_words


class State(StrEnum):
    """Whether a measure has a value that counts, and if not, why. `held`: its last known band counts meanwhile."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    LATE = "late"
    HELD = "held"


@dataclass(frozen=True)
class LastGood:
    """The last known value of a measure: of a late source when it was last on time."""

    value: float
    at: datetime


@dataclass(frozen=True, kw_only=True)
class MeasureResult:
    """A measure of one account. `value` is None unless it counts; `says` and `needs` are a few words for pages.

    `band` is that of the value; `counts_as` that of what counts, which differs where something stands in for a missing
    value, and is unknown when it is left out. `mark` is the same for the arithmetic. `green` and `yellow` are the lines
    that hold for the value of the account's contracts: those from `arr_from` on, or the first ones.
    """

    metric: str
    label: str
    unit: str
    source: str
    direction: str
    green: float
    yellow: float
    arr_from: float | None
    value: float | None
    band: BandName
    state: State
    counts_as: BandName
    mark: Mark
    as_of: datetime | None
    source_age_seconds: float | None
    last_good: LastGood | None
    says: str
    needs: str

    @property
    def stands_in(self) -> bool:
        """True when it counts without a value of its own."""
        return self.value is None and self.mark is not None


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """A gate of one account: whether it holds, in a few words, and the values it was judged by.

    `holds` None: a value it asks for is unknown, so it does not.
    """

    key: str
    at_most: Literal["yellow", "red"]
    holds: bool | None
    says: str
    needs: str
    condition: str
    values: Mapping[str, Any]


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
        return ", ".join(m.needs for m in self.measures if m.counts_as not in (GREEN, UNKNOWN))


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
    """The score of one account and all that it was made from.

    `rolled`: what its children came to, where score, band and coverage are theirs because it has none of its own.
    """

    scorecard: Scorecard
    score: int | None
    band: BandName
    coverage: float
    dimensions: tuple[DimensionResult, ...]
    gates: tuple[GateResult, ...] = ()
    is_held_back: bool = False
    rolled: Rolled | None = None

    @property
    def earned_band(self) -> BandName:
        """The band of the score alone, before any gate."""
        return UNKNOWN if self.score is None else self.scorecard.band(self.score)

    @property
    def closed_gates(self) -> tuple[GateResult, ...]:
        """The gates that hold."""
        return tuple(gate for gate in self.gates if gate.holds)

    @property
    def caps(self) -> tuple[GateResult, ...]:
        """The gates that make the band worse than the score is: empty when none does."""
        if self.score is None or self.band == self.earned_band:
            return ()
        return tuple(gate for gate in self.closed_gates if gate.at_most == self.band)

    @property
    def late(self) -> tuple[MeasureResult, ...]:
        """The measures left out because their source is late."""
        return tuple(measure for part in self.dimensions for measure in part.measures if measure.state is State.LATE)

    def plan(self) -> Plan:
        """What would bring the account to green, dimension by dimension. Nothing is planned without a score."""
        target = self.scorecard.green
        known = [part for part in self.dimensions if part.points is not None]
        if self.score is None or not known:
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

    def path(self) -> Path | None:
        """The single fixes and the smallest set that reaches the next band; None when green or without a score."""
        if self.score is None or self.rolled is not None:
            return None
        measures = [measure for part in self.dimensions for measure in part.measures]
        return path_to_next_band(
            Standing(
                scorecard=self.scorecard,
                marks=tuple(measure.mark for measure in measures),
                greens=tuple(measure.green for measure in measures),
                score=self.score,
                band=self.band,
                gate_values=tuple(gate.values for gate in self.gates),
            )
        )

    def as_dict(self) -> dict[str, Any]:
        """For the HTTP API and the command line."""
        return {
            "score": self.score,
            "band": self.band,
            "coverage": round(self.coverage, 4),
            "scorecard": self.scorecard.key,
            "version": self.scorecard.version,
            "dimensions": [_dimension_dict(part) for part in self.dimensions],
            "gates": [_gate_dict(gate) for gate in self.gates],
            "rolled_up": asdict(self.rolled) if self.rolled else None,
        }


def rolled_up(own: Result, rolled: Rolled) -> Result:
    """The result of a parent that has no score of its own, with that of its children."""
    nothing = tuple(replace(part, points=None, band=UNKNOWN) for part in own.dimensions)
    return replace(
        own, score=rolled.score, band=rolled.band, coverage=rolled.coverage, dimensions=nothing, gates=(), rolled=rolled
    )


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


def gate_result(gate: Gate, seen: Mapping[str, float | None], fields: Mapping[str, Any]) -> GateResult:
    """A gate judged by what is seen of the metrics it asks for and by the fields of the account."""
    values = {name: seen.get(name) if name in gate.sources else fields.get(name) for name in gate.condition.fields}
    holds = gate.condition.holds(values)
    says = gate_words(gate, values)
    return GateResult(
        key=gate.key,
        at_most=gate.at_most,
        holds=holds,
        says=says,
        needs=gate.needs or f"no more “{says}”",
        condition=gate.condition.text,
        values=values,
    )


def _dimension_dict(part: DimensionResult) -> dict[str, Any]:
    return {
        "key": part.key,
        "label": part.label,
        "points": part.points,
        "weight": part.weight,
        "band": part.band,
        "measures": [_measure_dict(measure) for measure in part.measures],
    }


def _gate_dict(gate: GateResult) -> dict[str, Any]:
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in gate.values.items()}
    return {
        "key": gate.key,
        "holds": gate.holds,
        "at_most": gate.at_most,
        "says": gate.says,
        "condition": gate.condition,
        "values": values,
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
        "counts_as": measure.counts_as,
        "as_of": isoformat(measure.as_of),
        "source": measure.source,
        "source_age_seconds": None if measure.source_age_seconds is None else round(measure.source_age_seconds),
        "last_good": {"value": good.value, "at": isoformat(good.at)} if good else None,
    }
