"""What one scorecard document changes against another, in sentences: `Product usage: weight 40 → 35`. Pure.

The fields that people know by a word have that word; any other field is told by its name, so that a new one is never
left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from mainstay.metrics.registry import Metric
from mainstay.scores.document import ContractLinesDocument, DimensionDocument, Document, GateDocument, MeasureDocument
from mainstay.scores.wording import value_text

EVERYBODY = "every account that no earlier scorecard serves"
NOTHING = "none"
_COMBINES = {"worst": "its worst measure", "average": "the average of its measures"}
_POINTS = {"bands": "points by colour", "linear": "points in proportion between the lines"}
UNKNOWN = {
    "leave_out": "are left out",
    "yellow": "count as yellow",
    "red": "count as red",
    "last_known": "keep the band of their last known value",
    None: "as in the whole scorecard",
}
ROLL_UPS = {"arr_weighted_mean": "the mean of their children by ARR", "worst": "the worst child", "off": "no roll-up"}
_DIRECTIONS = {"up": "more is better", "down": "less is better", None: "as the lines say"}

type Say = Callable[[Any], str]


def changes(before: Document, after: Document, *, metrics: Mapping[str, Metric]) -> list[str]:
    """Every difference, the whole scorecard first, then dimension by dimension. Empty: they say the same."""
    return [*_head(before, after), *_gates(before, after), *_dimensions(before, after, metrics)]


def condition_text(condition: str) -> str:
    """Whom a scorecard serves."""
    return f"accounts where {condition.strip()}" if condition.strip() else EVERYBODY


def _head(before: Document, after: Document) -> Iterator[str]:
    yield from _differing(
        before,
        after,
        apart={"dimensions", "gates", "key"},
        words={
            "name": ("Name", _quoted),
            "position": ("Position", str),
            "condition": ("Serves", condition_text),
            "green": ("Healthy from", str),
            "yellow": ("Moderate from", str),
            "minimum_coverage": ("Least coverage for a score", lambda share: f"{share:.0%}"),
            "unknown": ("Measures without a value", UNKNOWN.__getitem__),
            "hold_days": ("A last known value holds for", lambda days: f"{days} days"),
            "roll_up": ("Parent accounts", ROLL_UPS.__getitem__),
        },
    )


def _gates(before: Document, after: Document) -> Iterator[str]:
    then, now = ({gate.key: gate for gate in document.gates} for document in (before, after))
    for key, gate in now.items():
        if key not in then:
            yield f"New gate “{gate.label}”: {_gate(gate)}"
        elif _gate(gate) != _gate(then[key]):
            yield f"Gate “{gate.label}”: {_gate(then[key])} → {_gate(gate)}"
        elif gate != then[key]:
            yield f"Gate “{gate.label}”: the words that pages show"
    yield from (f"Gate “{gate.label}” is gone" for key, gate in then.items() if key not in now)


def _gate(gate: GateDocument) -> str:
    return f"at most {gate.at_most} while {gate.condition}"


def _dimensions(before: Document, after: Document, metrics: Mapping[str, Metric]) -> Iterator[str]:
    then = {dimension.key: dimension for dimension in before.dimensions}
    now = {dimension.key: dimension for dimension in after.dimensions}
    homes = {measure.metric: dimension for dimension in before.dimensions for measure in dimension.measures}
    kept = {measure.metric for dimension in after.dimensions for measure in dimension.measures}
    for key, dimension in now.items():
        if key not in then:
            yield f"New dimension {dimension.label}, weight {dimension.weight}"
        else:
            yield from _dimension(then[key], dimension)
        yield from _measures(dimension, homes, metrics)
        if key in then:
            stayed = [measure.metric for measure in then[key].measures]
            if _is_reordered(stayed, [measure.metric for measure in dimension.measures]):
                yield f"{dimension.label}: order of the measures"
            for measure in then[key].measures:
                if measure.metric not in kept:
                    yield f"{dimension.label}: {_name(measure, metrics)} is no longer measured"
    for key, dimension in then.items():
        if key not in now:
            gone = [_name(measure, metrics) for measure in dimension.measures if measure.metric not in kept]
            yield f"{dimension.label} (weight {dimension.weight}) is gone{_with(gone)}"
    if _is_reordered(list(then), list(now)):
        yield f"Order of the dimensions: {', '.join(dimension.label for dimension in after.dimensions)}"


def _is_reordered(before: Sequence[str], after: Sequence[str]) -> bool:
    return [key for key in before if key in after] != [key for key in after if key in before]


def _dimension(then: DimensionDocument, now: DimensionDocument) -> Iterator[str]:
    yield from (
        f"{now.label}: {said[:1].lower()}{said[1:]}"
        for said in _differing(
            then,
            now,
            apart={"key", "measures"},
            words={
                "label": ("Name", _quoted),
                "weight": ("Weight", str),
                "combine": ("Counts", _COMBINES.__getitem__),
                "points": ("Earns", _POINTS.__getitem__),
                "unknown": ("Measures without a value", UNKNOWN.__getitem__),
            },
        )
    )


def _measures(
    dimension: DimensionDocument, homes: Mapping[str, DimensionDocument], metrics: Mapping[str, Metric]
) -> Iterator[str]:
    for measure in dimension.measures:
        home = homes.get(measure.metric)
        name = _name(measure, metrics)
        if home is None:
            yield f"{dimension.label}: {name} is measured now, {_lines(measure, metrics)}"
            continue
        if home.key != dimension.key:
            yield f"{name} moved from {home.label} to {dimension.label}"
        then = next(one for one in home.measures if one.metric == measure.metric)
        yield from (f"{dimension.label}, {name}: {said}" for said in _measure(then, measure, metrics))


def _measure(then: MeasureDocument, now: MeasureDocument, metrics: Mapping[str, Metric]) -> Iterator[str]:
    unit = _unit(now, metrics)

    def line(value: Any) -> str:
        return value_text(value, unit)

    yield from (
        f"{said[:1].lower()}{said[1:]}"
        for said in _differing(
            then,
            now,
            apart={"metric", "says", "needs", "contract_lines"},
            words={
                "green": ("Green line", line),
                "yellow": ("Yellow line", line),
                "label": ("Called", lambda label: _quoted(label) if label else "as the metric"),
                "direction": (
                    "Direction",
                    _DIRECTIONS.__getitem__,
                ),
            },
        )
    )
    steps = [_contract_lines(then, unit), _contract_lines(now, unit)]
    if steps[0] != steps[1]:
        yield f"lines by contract value {steps[0]} → {steps[1]}"
    if then.templates() != now.templates() or then.needs != now.needs:
        yield "the words that pages show"


def _contract_lines(measure: MeasureDocument, unit: str) -> str:
    def said(lines: ContractLinesDocument) -> str:
        return (
            f"from {lines.arr_from:,.0f} green {value_text(lines.green, unit)}, yellow {value_text(lines.yellow, unit)}"
        )

    return "; ".join(said(lines) for lines in measure.contract_lines) or NOTHING


def _differing(
    before: BaseModel, after: BaseModel, *, apart: set[str], words: Mapping[str, tuple[str, Say]]
) -> Iterator[str]:
    for field in type(after).model_fields:
        then, now = getattr(before, field), getattr(after, field)
        if field in apart or then == now:
            continue
        label, say = words.get(field, (field.replace("_", " ").capitalize(), _plain))
        if isinstance(now, list | tuple):
            yield from _items(label, then, now)
        else:
            yield f"{label} {say(then)} → {say(now)}"


def _items(label: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    yield from (f"{label}: {_plain(item)} is gone" for item in before if item not in after)
    yield from (f"{label}: {_plain(item)} is new" for item in after if item not in before)
    if not [item for item in [*before, *after] if item not in before or item not in after]:
        yield f"{label}: their order"


def _plain(value: Any) -> str:
    """Any value as a person would read it; never JSON."""
    if isinstance(value, BaseModel):
        said = {name: getattr(value, name) for name in type(value).model_fields}
        return ", ".join(
            f"{name.replace('_', ' ')} {_plain(one)}" for name, one in said.items() if one not in ("", None)
        )
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_plain(one) for one in value) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return NOTHING if value is None or value == "" else str(value)


def _lines(measure: MeasureDocument, metrics: Mapping[str, Metric]) -> str:
    unit = _unit(measure, metrics)
    return f"green from {value_text(measure.green, unit)}, yellow from {value_text(measure.yellow, unit)}"


def _name(measure: MeasureDocument, metrics: Mapping[str, Metric]) -> str:
    metric = metrics.get(measure.metric)
    return measure.label or (metric.label if metric else measure.metric)


def _unit(measure: MeasureDocument, metrics: Mapping[str, Metric]) -> str:
    metric = metrics.get(measure.metric)
    return str(metric.unit) if metric else ""


def _quoted(text: str) -> str:
    return f"“{text}”"


def _with(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f", with {listed}" if listed else ""
