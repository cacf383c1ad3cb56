"""The tree of an expression as Ibis, by operations that mean the same on every engine."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import assert_never

import ibis
from ibis.expr.types import BooleanValue, NumericValue, Table, Value

from mainstay.metrics.expressions import ratio
from mainstay.metrics.own.expression import (
    Calculation,
    Call,
    Comparison,
    IsNull,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Null,
    Number,
)

# Gives the value of a metric in a row.
Lookup = Callable[[Table, str], Value]


def value(node: Node, row: Table, lookup: Lookup) -> Value:
    """The value of a node over `row`: a floating-point number, or true and false."""
    return _Writer(row, lookup).value(node)


class _Writer:
    def __init__(self, row: Table, lookup: Lookup) -> None:
        self._row, self._lookup = row, lookup

    def value(self, node: Node) -> Value:
        match node:
            case Null():
                return _missing()
            case Number(_, number):
                return ibis.literal(number, "float64")
            case Name(_, key):
                return self._lookup(self._row, key)
            case Negative(_, operand):
                return -self.value(operand)
            case Calculation(_, operator, left, right):
                return _calculated(operator, self.value(left), self.value(right))
            case Call(_, function, arguments):
                return self._called(function, arguments)
            case Comparison() | Logic() | Not() | IsNull():
                return self.truth(node)
            case _:
                assert_never(node)

    def truth(self, node: Node) -> BooleanValue:
        match node:
            case Comparison(_, operator, left, right):
                return _compared(operator, self.value(left), self.value(right))
            case Logic(_, "and", left, right):
                return self.truth(left) & self.truth(right)
            case Logic(_, _, left, right):
                return self.truth(left) | self.truth(right)
            case Not(_, operand):
                return ~self.truth(operand)
            case IsNull(_, operand):
                return self.value(operand).isnull()
            case _:
                return self.value(node) != 0

    def _called(self, function: str, arguments: Sequence[Node]) -> Value:
        if function == "if":
            condition, yes, no = arguments
            return self.truth(condition).ifelse(self.value(yes), self.value(no))
        values = [self.value(one) for one in arguments]
        first = values[0]
        match function:
            case "abs":
                return first.abs()
            case "sqrt":
                return (first >= 0).ifelse(first, _missing()).sqrt()
            case "ln":
                return (first > 0).ifelse(first, _missing()).ln()
            case "least":
                return _extreme(values, lambda a, b: a <= b)
            case "greatest":
                return _extreme(values, lambda a, b: a >= b)
            case "coalesce":
                return ibis.coalesce(*values)
            case "nullif":
                return (first == values[1]).ifelse(_missing(), first)
        raise ValueError(f"The function {function} is parsed but not written.")


def _calculated(operator: str, left: NumericValue, right: NumericValue) -> NumericValue:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return ratio(left, right)


def _compared(operator: str, left: NumericValue, right: NumericValue) -> BooleanValue:
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


def _extreme(values: Sequence[Value], wins: Callable[[Value, Value], BooleanValue]) -> Value:
    """Some engines pass over a missing value in `least`; here one makes the result missing."""
    chosen = reduce(lambda best, other: wins(best, other).ifelse(best, other), values)
    missing = reduce(lambda a, b: a | b, [one.isnull() for one in values])
    return missing.ifelse(_missing(), chosen)


def _missing() -> Value:
    return ibis.null("float64")
