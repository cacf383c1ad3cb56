"""Words for values, measures and gates: a few of them, as people say it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mainstay.scores.arithmetic import LABELS, UNKNOWN, BandName, Measure
from mainstay.scores.gates import Gate

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def value_text(value: float, unit: str) -> str:
    """A value as people write it: `65%`, `4.2`, `12 days`. One decimal at most, none where there is none."""
    rounded = round(value, 1)
    number = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    number = number.replace("-", "−") if rounded else "0"
    if unit == "percent":
        return f"{number}%"
    if unit == "days":
        return f"{number} day" if number == "1" else f"{number} days"
    if unit == "hours":
        return f"{number} hour" if number == "1" else f"{number} hours"
    return number


def day_text(at: date | datetime) -> str:
    """`18 Nov 2026`."""
    return f"{at.day} {at:%b} {at.year}"


def words_for(measure: Measure, value: float | None, band: BandName) -> str:
    """What we see of a measure; empty without a value."""
    template = measure.says.get(band)
    if value is None:
        return ""
    if template is None:
        return f"{measure.label} {value_text(value, measure.unit)}"
    signed = value_text(value, measure.unit)
    return template.format(value=signed, signed=signed if value <= 0 else f"+{signed}")


def words_without_value(measure: Measure, counts_as: BandName, last: tuple[float, datetime] | None) -> str:
    """What we say of a measure for whose value something stands in; empty when it is left out."""
    if counts_as == UNKNOWN:
        return ""
    if last is None:
        return f"{measure.label}: no value, counts as {LABELS[counts_as]}"
    value, at = last
    said = words_for(measure, value, counts_as) or f"{measure.label} {value_text(value, measure.unit)}"
    return f"{said} (of {day_text(at)})"


def needs_for(measure: Measure) -> str:
    """What a measure needs to be green."""
    line = value_text(measure.green, measure.unit)
    if measure.needs:
        return measure.needs.format(green=line)
    return f"{measure.label} {line} or {'more' if measure.direction == 'up' else 'less'}"


def gate_words(gate: Gate, values: Mapping[str, Any]) -> str:
    """What a gate says of an account with these values: `2 urgent open`."""
    return gate.label.format(**{name: _field_text(values.get(name)) for name in gate.condition.fields})


def listed(names: Sequence[str], *, word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _field_text(value: Any) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value_text(value, "") if isinstance(value, int | float) else str(value)
