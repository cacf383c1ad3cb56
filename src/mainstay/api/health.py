"""The JSON of a score and of what changed it."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from mainstay.api.schemas import Dimension, Fix, Gate, Health, LastKnown, Measure, MovedChild, MovedMeasure, Path
from mainstay.api.schemas import RolledUp as RolledUpSchema
from mainstay.api.schemas import Since as SinceSchema
from mainstay.scores.explaining import DimensionResult, GateResult, MeasureResult
from mainstay.scores.selectors import HealthView
from mainstay.scores.since import Since


def health(view: HealthView, as_of: datetime) -> Health:
    """A score with its explanation, gates and the path to the next band."""
    result = view.result
    path = result.path()
    rolled = result.rolled
    return Health(
        score=view.score,
        band=view.band,
        coverage=round(view.coverage, 4),
        scorecard=result.scorecard.key,
        version=result.scorecard.version,
        sentence=view.sentence,
        coverage_text=view.coverage_text,
        dimensions=[_dimension(part, as_of) for part in result.dimensions],
        gates=[_gate(gate) for gate in result.gates],
        path=Path(
            target=path.target,
            fixes=[Fix(**asdict(fix)) for fix in path.fixes],
            smallest=[Fix(**asdict(fix)) for fix in path.smallest],
            climb=list(path.climb),
        )
        if path
        else None,
        rolled_up=RolledUpSchema(rule=rolled.rule, scored=rolled.scored, children=rolled.children) if rolled else None,
    )


def since(found: Since) -> SinceSchema:
    """What changed since an earlier instant, split."""
    split = found.split
    return SinceSchema(
        since=found.since,
        until=found.until,
        score_then=split.score_then,
        band_then=split.band_then,
        score_now=split.score_now,
        band_now=split.band_now,
        change=split.change,
        points={str(cause): points for cause, points in split.points.items()},
        moved={
            str(cause): [
                MovedMeasure(
                    metric=one.metric,
                    label=one.label,
                    then=one.then,
                    now=one.now,
                    band_then=one.band_then,
                    band_now=one.band_now,
                )
                for one in moved
            ]
            for cause, moved in split.moved.items()
        },
        rule_then=found.rule_then,
        rule_now=found.rule_now,
        late_then=list(found.late_then),
        late_now=list(found.late_now),
        children=[MovedChild(**asdict(child)) for child in found.children],
    )


def _dimension(part: DimensionResult, as_of: datetime) -> Dimension:
    return Dimension(
        key=part.key,
        label=part.label,
        points=part.points,
        weight=part.weight,
        band=part.band,
        measures=[_measure(measure, as_of) for measure in part.measures],
    )


def _measure(measure: MeasureResult, as_of: datetime) -> Measure:
    age, good = measure.source_age_seconds, measure.last_good
    return Measure(
        metric=measure.metric,
        label=measure.label,
        unit=measure.unit,
        value=measure.value,
        band=measure.band,
        green=measure.green,
        yellow=measure.yellow,
        as_of=measure.as_of or as_of,
        source=measure.source,
        source_age_seconds=None if age is None else int(age),
        state=measure.state.value,
        counts_as=measure.counts_as,
        last_known=LastKnown(value=good.value, at=good.at) if good else None,
    )


def _gate(gate: GateResult) -> Gate:
    values: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in gate.values.items()
    }
    return Gate(
        key=gate.key,
        holds=gate.holds,
        at_most=gate.at_most,
        says=gate.says,
        needs=gate.needs,
        condition=gate.condition,
        values=values,
    )
