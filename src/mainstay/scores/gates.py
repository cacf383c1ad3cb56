"""Gates: conditions that cap the band of an account while they hold. Pure.

A gate never holds because something is unknown. Conditions have three answers, and only a definite yes counts; what
could turn "no value" into a yes (`is null`, `is not true`) is refused for metrics when a scorecard is checked. So a
gate that holds without some values would hold whatever these were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal, assert_never

from mainstay.conditions import Condition, Field, Type
from mainstay.conditions.tree import (
    And,
    Arithmetic,
    Between,
    Comparison,
    DaysBetween,
    In,
    IsNull,
    IsTruth,
    Like,
    Negative,
    Node,
    Not,
    Operand,
    Or,
    Shifted,
    Truth,
    Value,
)
from mainstay.metrics.registry import Metric, Unit
from mainstay.scores import account_fields


@dataclass(frozen=True)
class Gate:
    """A condition and the best band it leaves. `label` and `needs` are a few words; `label` may name `{fields}`.

    `sources`: the metrics the condition names, each with the source it comes from.
    """

    key: str
    label: str
    needs: str
    at_most: Literal["yellow", "red"]
    condition: Condition
    sources: Mapping[str, str]

    @property
    def account_fields(self) -> frozenset[str]:
        """The fields of the account that the condition names."""
        return self.condition.fields - self.sources.keys()

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether it caps an account with these values; never on what is unknown."""
        return self.condition.holds(row) is True


def fields(metrics: Mapping[str, Metric]) -> Mapping[str, Field]:
    """What the condition of a gate may name: account fields and metrics; not the score, which it is a part of."""
    named = {
        metric.key: Field(metric.key, Type.BOOLEAN if metric.unit is Unit.BOOLEAN else Type.NUMBER, metric.label)
        for metric in metrics.values()
    }
    return {**account_fields.FIELDS, **named}


def placeholders(label: str) -> Sequence[str]:
    """The fields a label names, in order."""
    return [name for _, name, _, _ in Formatter().parse(label) if name is not None]


def asked_to_be_unknown(condition: Condition) -> frozenset[str]:
    """The fields whose having no value could make the condition hold."""
    return frozenset(_unknown_in(condition.node, wanted=True))


def _unknown_in(node: Node, *, wanted: bool) -> set[str]:
    """Fields that speak for `node` being `wanted` by having no value."""
    match node:
        case And(nodes) | Or(nodes):
            return set[str]().union(*(_unknown_in(part, wanted=wanted) for part in nodes))
        case Not(inner):
            return _unknown_in(inner, wanted=not wanted)
        case IsNull(operand):
            return _fields_of(operand) if wanted else set()
        case IsTruth(inner, value):
            # "Is definitely so" needs knowledge; "is not definitely so" also holds without.
            return _unknown_in(inner, wanted=value) if wanted else _fields_in(inner)
        case Comparison() | Between() | In() | Like() | Truth():
            return set()
        case _:
            assert_never(node)


def _fields_in(node: Node) -> set[str]:
    match node:
        case And(nodes) | Or(nodes):
            return set[str]().union(*(_fields_in(part) for part in nodes))
        case Not(inner) | IsTruth(inner, _):
            return _fields_in(inner)
        case IsNull(operand) | In(operand, _):
            return _fields_of(operand)
        case Comparison(_, left, right):
            return _fields_of(left) | _fields_of(right)
        case Between(operand, low, high):
            return _fields_of(operand) | _fields_of(low) | _fields_of(high)
        case Like(value, _) | Truth(value):
            return _fields_of(value)
        case _:
            assert_never(node)


def _fields_of(operand: Operand) -> set[str]:
    match operand:
        case Value():
            return {operand.name} - {""}
        case Negative(inner):
            return _fields_of(inner)
        case Shifted(inner, _):
            return _fields_of(inner)
        case Arithmetic(_, left, right) | DaysBetween(left, right):
            return _fields_of(left) | _fields_of(right)
        case _:
            assert_never(operand)
