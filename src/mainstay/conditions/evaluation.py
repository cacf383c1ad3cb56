"""Runs the resolved tree on one row of values, with SQL's three values: True, False, None."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, assert_never

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
    Row,
    Shifted,
    Truth,
    Type,
    Value,
)

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def holds(node: Node, row: Row) -> bool | None:
    """Whether `node` holds for `row`; None where SQL would say null."""
    match node:
        case And(nodes):
            return _all([holds(part, row) for part in nodes])
        case Or(nodes):
            return _not(_all([_not(holds(part, row)) for part in nodes]))
        case Not(inner):
            return _not(holds(inner, row))
        case Truth(value):
            found = _operand(value, row)
            return None if found is None else bool(found)
        case IsTruth(inner, value):
            return holds(inner, row) is value
        case IsNull(operand):
            return _operand(operand, row) is None
        case Comparison(sign, left, right):
            return _compare(sign, _operand(left, row), _operand(right, row))
        case Between(operand, low, high):
            found = _operand(operand, row)
            return _all([_compare(">=", found, _operand(low, row)), _compare("<=", found, _operand(high, row))])
        case In(operand, items):
            found = _operand(operand, row)
            return None if found is None else found in [item.literal for item in items]
        case Like(field, pattern):
            found = _operand(field, row)
            return None if found is None else _pattern(pattern).fullmatch(found.translate(_SMALL)) is not None
        case _:
            assert_never(node)


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - three values, not an option
    return None if value is None else not value


def _compare(sign: str, left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else _COMPARE[sign](left, right)


def _operand(operand: Operand, row: Row) -> Any:
    match operand:
        case Value(name=""):
            return operand.literal
        case Value():
            return _field(operand, row)
        case Negative(inner):
            found = _operand(inner, row)
            return None if found is None else -float(found)
        case Shifted(inner, days):
            return _shift(_operand(inner, row), days)
        case DaysBetween(later, earlier):
            end, start = _operand(later, row), _operand(earlier, row)
            return None if end is None or start is None else float((end - start).days)
        case Arithmetic(sign, left, right):
            return _calculate(sign, _operand(left, row), _operand(right, row))
        case _:
            assert_never(operand)


def _field(value: Value, row: Row) -> Any:
    found = row.get(value.name)
    if found is None or found != found:  # not a number: there is no value
        return None
    if value.type is Type.BOOLEAN:
        return bool(found)
    if value.type is Type.DATE and isinstance(found, str):
        return date.fromisoformat(found)
    return found


def _shift(day: date | None, days: int) -> date | None:
    try:
        return None if day is None else day + timedelta(days=days)
    except OverflowError:  # behind the year 9999
        return None


def _calculate(sign: str, left: Any, right: Any) -> float | None:
    if left is None or right is None:
        return None
    first, second = float(left), float(right)
    if sign == "+":
        return first + second
    if sign == "-":
        return first - second
    if sign == "*":
        return first * second
    return None if second == 0 else first / second


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    """The pattern of `like`. The pieces between two `%` are matched once, leftmost: no text makes it slow."""
    pieces = [""]
    for part in re.findall(r"\\.|.", pattern.translate(_SMALL), re.DOTALL):
        if part == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if part == "_" else re.escape(part.removeprefix("\\") or "\\")
    first, *middle = pieces
    if not middle:
        return re.compile(first, re.DOTALL)
    *inner, last = middle
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in inner) + ".*" + last, re.DOTALL)
