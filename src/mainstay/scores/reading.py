"""A scorecard's document as sentences that people read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainstay.metrics.registry import Metric
from mainstay.scores.changes import ROLL_UPS, UNKNOWN
from mainstay.scores.document import DimensionDocument, Document, MeasureDocument
from mainstay.scores.wording import value_text


@dataclass(frozen=True)
class MeasureReading:
    """A measure: what pages call it, what the metric means, where its lines are."""

    metric: str
    label: str
    meaning: str
    lines: str
    by_contract: Sequence[str]


@dataclass(frozen=True)
class DimensionReading:
    """A dimension: its weight, and how its measures make its points."""

    label: str
    weight: int
    rule: str
    measures: Sequence[MeasureReading]


@dataclass(frozen=True)
class Reading:
    """The whole scorecard."""

    dimensions: Sequence[DimensionReading]
    bands: str
    coverage: str
    unknown: str
    roll_up: str
    gates: Sequence[tuple[str, str, str]]


def reading(document: Document, *, metrics: Mapping[str, Metric]) -> Reading:
    """Everything a document says."""
    return Reading(
        dimensions=[_dimension(dimension, metrics) for dimension in document.dimensions],
        bands=f"Healthy from {document.green}, Moderate from {document.yellow}, At risk below.",
        coverage=f"No score where less than {document.minimum_coverage:.0%} of the weight has data.",
        unknown=f"Measures without a value {UNKNOWN[document.unknown]}{_hold(document)}.",
        roll_up=f"Parent accounts without data of their own: {ROLL_UPS[document.roll_up]}.",
        gates=[(gate.label, gate.at_most, gate.condition) for gate in document.gates],
    )


def lines_text(measure: MeasureDocument, unit: str) -> str:
    """`Green from 70%, yellow from 50%, red below.`"""
    return _lines(measure.green, measure.yellow, unit, is_up=_is_up(measure))


def _is_up(measure: MeasureDocument) -> bool:
    return measure.direction == "up" if measure.direction else measure.green >= measure.yellow


def _lines(green: float, yellow: float, unit: str, *, is_up: bool) -> str:
    if unit == "boolean":
        good, other = ("yes", "no") if is_up else ("no", "yes")
        is_yellow = green != yellow and (yellow <= 0 if is_up else yellow >= 1)
        return f"Green when {good}, {'yellow' if is_yellow else 'red'} when {other}."
    word, beyond = ("from", "below") if is_up else ("up to", "above")
    if green == yellow:
        return f"Green {word} {value_text(green, unit)}, red {beyond}."
    return f"Green {word} {value_text(green, unit)}, yellow {word} {value_text(yellow, unit)}, red {beyond}."


def _dimension(dimension: DimensionDocument, metrics: Mapping[str, Metric]) -> DimensionReading:
    return DimensionReading(
        dimension.label,
        dimension.weight,
        _rule(dimension),
        [_measure(measure, metrics.get(measure.metric)) for measure in dimension.measures],
    )


def _rule(dimension: DimensionDocument) -> str:
    one = len(dimension.measures) == 1
    how = "by its measure" if one else "by its worst measure"
    if dimension.combine == "average" and not one:
        how = "by the average of its measures"
    if dimension.points == "linear":
        how = f"{how}, in proportion between the lines"
    if dimension.unknown:
        how = f"{how}; measures without a value {UNKNOWN[dimension.unknown]}"
    return how


def _measure(measure: MeasureDocument, metric: Metric | None) -> MeasureReading:
    unit = str(metric.unit) if metric else ""
    is_up = _is_up(measure)
    return MeasureReading(
        metric=measure.metric,
        label=measure.label or (metric.label if metric else measure.metric),
        meaning=metric.description if metric else "This metric is not declared any more.",
        lines=lines_text(measure, unit),
        by_contract=[
            f"From {lines.arr_from:,.0f} of ARR: {_lines(lines.green, lines.yellow, unit, is_up=is_up)}"
            for lines in measure.contract_lines
        ],
    )


def _hold(document: Document) -> str:
    kinds = {document.unknown, *(dimension.unknown for dimension in document.dimensions)}
    return f", for {document.hold_days} days at most" if "last_known" in kinds else ""
