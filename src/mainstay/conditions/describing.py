"""A condition in words: `ARR is at least 50,000, and health is "red"`."""

from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from mainstay.conditions.tree import (
    And,
    Arithmetic,
    Between,
    Comparison,
    DaysBetween,
    Field,
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
    Type,
    Value,
)

_SIGNS = {"=": "is", "<>": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}
_DATES = {"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}


def describe(node: Node, fields: Mapping[str, Field]) -> str:
    """The condition as a sentence without its full stop. Fields are called by their labels."""
    text = _Words(fields).node(node)
    return text[:1].upper() + text[1:]


class _Words:
    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    def node(self, node: Node, *, is_part: bool = False) -> str:
        """`is_part`: what joins others goes in parentheses."""
        match node:
            case And(nodes):
                return self._joined(nodes, "and", is_part=is_part)
            case Or(nodes):
                return self._joined(nodes, "or", is_part=is_part)
            case Not(inner):
                return self._opposite(inner)
            case Truth() | IsTruth() | IsNull():
                return self._state(node)
            case Comparison() | Between() | In() | Like():
                return self._comparison(node)
            case _:
                assert_never(node)

    def _state(self, node: Truth | IsTruth | IsNull) -> str:
        match node:
            case Truth(Value(name="", literal=literal)):
                return "always" if literal else "never"
            case Truth(value):
                return f"{self.operand(value)}: yes"
            case IsTruth(inner, value):
                return f"({self.node(inner)}) is definitely {'true' if value else 'false'}"
            case IsNull(operand):
                return f"{self.operand(operand)} is unknown"
            case _:
                assert_never(node)

    def _comparison(self, node: Comparison | Between | In | Like) -> str:
        match node:
            case Comparison(operator, left, right):
                sign = _DATES.get(operator, _SIGNS[operator]) if self._is_date(left) else _SIGNS[operator]
                return f"{self.operand(left)} {sign} {self.operand(right)}"
            case Between(operand, low, high):
                return f"{self.operand(operand)} is between {self.operand(low)} and {self.operand(high)}"
            case In(operand, items):
                return f"{self.operand(operand)} is one of {self._list(items)}"
            case Like(field, pattern):
                return f"{self.operand(field)} {_matched(pattern, ends_s=True)}"
            case _:
                assert_never(node)

    def _opposite(self, node: Node) -> str:
        match node:
            case Truth(value) if value.name:
                return f"{self.operand(value)}: no"
            case IsNull(operand):
                return f"{self.operand(operand)} is known"
            case In(operand, items):
                return f"{self.operand(operand)} is none of {self._list(items)}"
            case Between(operand, low, high):
                return f"{self.operand(operand)} is not between {self.operand(low)} and {self.operand(high)}"
            case Like(field, pattern):
                return f"{self.operand(field)} does not {_matched(pattern, ends_s=False)}"
            case _:
                return f"not ({self.node(node)})"

    def operand(self, operand: Operand) -> str:
        """A value in words."""
        match operand:
            case Value(name=""):
                return _literal(operand.literal)
            case Value(name=name):
                # What stands behind a colon explains the values.
                label = (self._fields[name].label if name in self._fields else name).partition(":")[0]
                # The label begins a sentence of its own; "ARR" and "NPS" stay as they are.
                return label[:1].lower() + label[1:] if label[1:2].islower() else label
            case Negative(inner):
                return f"minus {self.operand(inner)}"
            case Arithmetic(sign, left, right):
                return f"({self.operand(left)} {sign} {self.operand(right)})"
            case Shifted(inner, days):
                count = f"{abs(days):,} day{'s' if abs(days) != 1 else ''}"
                return f"{count} {'after' if days >= 0 else 'before'} {self.operand(inner)}"
            case DaysBetween(later, earlier):
                return f"days from {self.operand(earlier)} to {self.operand(later)}"
            case _:
                assert_never(operand)

    def _joined(self, nodes: tuple[Node, ...], word: str, *, is_part: bool) -> str:
        parts = [self.node(node, is_part=True) for node in nodes]
        text = f", {word} ".join(parts) if len(parts) > 2 or not is_part else f" {word} ".join(parts)
        return f"({text})" if is_part else text

    def _list(self, items: tuple[Value, ...]) -> str:
        return ", ".join(_literal(item.literal) for item in items)

    def _is_date(self, operand: Operand) -> bool:
        if isinstance(operand, Shifted):
            return True
        return isinstance(operand, Value) and operand.type is Type.DATE


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, int | float):
        return f"{value:,}"
    return f"“{value}”"


def _matched(pattern: str, *, ends_s: bool) -> str:
    """A pattern in words where it is one of the three everybody writes."""
    inner, s = pattern.strip("%"), "s" if ends_s else ""
    if inner and not set(inner) & set("%_\\"):
        if pattern == f"%{inner}%":
            return f"contain{s} “{inner}”"
        if pattern == f"{inner}%":
            return f"begin{s} with “{inner}”"
        if pattern == f"%{inner}":
            return f"end{s} with “{inner}”"
    return f"match{'es' if ends_s else ''} “{pattern}”"
