"""Everything that is wrong with a scorecard that somebody is writing, each at its place. Pure.

`document.check` tells the first fault of a file; an editor shows all of them beside their fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mainstay.conditions import ConditionError, Field, parse
from mainstay.metrics.registry import Metric
from mainstay.scores import account_fields, document, gates
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard

type Place = tuple[int | str, ...]

_WORDS = {
    "missing": "Fill this in.",
    "string_too_short": "Fill this in.",
    "float_parsing": "This is not a number; write one such as 70 or 4.5.",
    "float_type": "Write a number such as 70 or 4.5.",
    "int_parsing": "This is not a whole number; write one such as 25.",
    "int_from_float": "This is not a whole number; write one such as 25.",
    "int_type": "Write a whole number such as 25.",
    "extra_forbidden": "A scorecard has no such field.",
}


@dataclass(frozen=True)
class Problem:
    """A fault. `place`: the keys and numbers that lead to it in the content; empty: the scorecard as a whole."""

    place: Place
    text: str
    excerpt: str = ""


@dataclass(frozen=True)
class Checked:
    """The document when there is no fault, else the faults in the order of the content."""

    document: Document | None
    problems: tuple[Problem, ...]


def check(content: Any, *, metrics: Mapping[str, Metric]) -> Checked:
    """Look at everything: shape, sums, metrics, condition."""
    read: Document | None = None
    problems: list[Problem] = []
    try:
        read = Document.model_validate(content)
    except ValidationError as error:
        problems += [_problem(found) for found in error.errors()]
    problems += _condition(content)
    problems += _gates(content, metrics)
    problems += _metrics(content, metrics)
    if read is not None and not problems:
        problems += _build(read, metrics)
    return Checked(None if problems else read, tuple(problems))


def _problem(found: Any) -> Problem:
    said = _WORDS.get(found["type"]) or found["msg"].removeprefix("Value error, ")
    return Problem(found["loc"], f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}")


def _condition(content: Any) -> list[Problem]:
    return _parsed(content, ("condition",), account_fields.FIELDS)


def _gates(content: Any, metrics: Mapping[str, Metric]) -> list[Problem]:
    fields = gates.fields(metrics)
    found = enumerate(_listed(content, "gates"))
    return [problem for at, gate in found for problem in _parsed(gate, ("gates", at, "condition"), fields)]


def _parsed(holder: Any, place: Place, fields: Mapping[str, Field]) -> list[Problem]:
    text = holder.get("condition") if isinstance(holder, dict) else None
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        parse(text, fields)
    except ConditionError as error:
        return [Problem(place, error.reason, error.excerpt)]
    return []


def _metrics(content: Any, metrics: Mapping[str, Metric]) -> list[Problem]:
    found = []
    for at, dimension in enumerate(_listed(content, "dimensions")):
        for index, measure in enumerate(_listed(dimension, "measures")):
            key = measure.get("metric") if isinstance(measure, dict) else None
            if isinstance(key, str) and key not in metrics:
                place = ("dimensions", at, "measures", index, "metric")
                found.append(Problem(place, f"There is no metric '{key}' any more; take another one."))
    return found


def _listed(content: Any, key: str) -> list[Any]:
    value = content.get(key) if isinstance(content, dict) else None
    return value if isinstance(value, list) else []


def _build(read: Document, metrics: Mapping[str, Metric]) -> list[Problem]:
    try:
        document.build(read, version=0, metrics=metrics)
    except BadScorecard as error:
        return [Problem((), error.message)]
    return []
