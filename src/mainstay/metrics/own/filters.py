"""A checked condition as an Ibis expression: the third way to run the one tree, beside SQL and a row in memory."""

import re
from collections.abc import Callable
from functools import reduce
from typing import assert_never

import ibis
from ibis.expr.types import BooleanValue
from ibis.expr.types import Value as IbisValue

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
from mainstay.metrics.expressions import ratio

# Gives the column of a field.
Columns = Callable[[str], IbisValue]


def matches(node: Node, columns: Columns) -> BooleanValue:
    """True, false or null, as SQL has it."""
    match node:
        case And(nodes):
            return reduce(lambda a, b: a & b, [matches(one, columns) for one in nodes])
        case Or(nodes):
            return reduce(lambda a, b: a | b, [matches(one, columns) for one in nodes])
        case Not(inner):
            return ~matches(inner, columns)
        case Truth(value):
            return columns(value.name) if value.name else ibis.literal(bool(value.literal))
        case IsTruth(inner, wanted):
            found = matches(inner, columns).coalesce(ibis.literal(not wanted))
            return found if wanted else ~found
        case IsNull(operand):
            return _operand(operand, columns).isnull()
        case Comparison(operator, left, right):
            return _compared(operator, _operand(left, columns), _operand(right, columns))
        case Between(operand, low, high):
            return _operand(operand, columns).between(_operand(low, columns), _operand(high, columns))
        case In(operand, items):
            found = _operand(operand, columns)
            return reduce(lambda a, b: a | b, [found == _operand(item, columns) for item in items])
        case Like(field, pattern):
            return columns(field.name).re_search(_as_regex(pattern))
        case _:
            assert_never(node)


def _operand(operand: Operand, columns: Columns) -> IbisValue:
    match operand:
        case Value(name=name) if name:
            return columns(name)
        case Value(literal=literal):
            if isinstance(literal, int | float) and not isinstance(literal, bool):
                return ibis.literal(float(literal), "float64")
            return ibis.literal(literal)
        case Negative(inner):
            return -_operand(inner, columns)
        case Arithmetic("/", left, right):
            return ratio(_operand(left, columns), _operand(right, columns))
        case Arithmetic(operator, left, right):
            first, second = _operand(left, columns), _operand(right, columns)
            return first + second if operator == "+" else first - second if operator == "-" else first * second
        case Shifted() | DaysBetween():
            raise TypeError("No field of an event or of an account among others is a date.")
        case _:
            assert_never(operand)


def _compared(operator: str, left: IbisValue, right: IbisValue) -> BooleanValue:
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _as_regex(pattern: str) -> str:
    """Engines have their own escapes for `like`; regular expressions of this simple kind they share."""
    parts: list[str] = []
    for piece in re.findall(r"\\.|%|_|[^\\%_]+", pattern, re.DOTALL):
        if piece == "%":
            parts.append(".*")
        elif piece == "_":
            parts.append(".")
        else:
            text = piece[1:] if piece.startswith("\\") else piece
            parts.append("".join(_letter(char) for char in text))
    return f"(?s)^{''.join(parts)}$"


def _letter(char: str) -> str:
    """A–Z equal a–z, as everywhere in conditions; other letters only themselves."""
    if char.isascii() and char.isalpha():
        return f"[{char.lower()}{char.upper()}]"
    return re.escape(char)
