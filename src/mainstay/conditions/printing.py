"""Prints the resolved tree as SQL: columns as given, every literal as a parameter, never a text of the user.

The same text runs on SQLite, PostgreSQL and DuckDB, `like` apart: SQLite's takes A–Z as a–z by itself, PostgreSQL is
told to by the rules of the "C" collation, DuckDB (which knows É) by naming the letters, so that all agree. Numbers are
calculated in double precision everywhere.
"""

from collections.abc import Mapping
from datetime import date
from string import ascii_lowercase, ascii_uppercase
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
    Shifted,
    Truth,
    Value,
)

_LETTERS = f"'{ascii_uppercase}', '{ascii_lowercase}'"
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def to_sql(node: Node, columns: Mapping[str, str], *, dialect: str) -> tuple[str, list[Any]]:
    """The SQL and its parameters. A field without a column is a programmer's error: KeyError.

    `dialect` is `sqlite`, `postgresql` (place-holders `%s`, as Django takes them) or `duckdb` (`?`).
    """
    printer = _Printer(columns, dialect=dialect)
    return printer.node(node), printer.parameters


class _Printer:
    def __init__(self, columns: Mapping[str, str], *, dialect: str) -> None:
        self._columns = columns
        self._dialect = dialect
        self._mark = "?" if dialect == "duckdb" else "%s"
        self.parameters: list[Any] = []

    def node(self, node: Node) -> str:
        match node:
            case And(nodes):
                return "(" + " AND ".join([self.node(part) for part in nodes]) + ")"
            case Or(nodes):
                return "(" + " OR ".join([self.node(part) for part in nodes]) + ")"
            case Not(inner):
                return f"(NOT {self.node(inner)})"
            case Truth(value) if not value.name:
                return "(1 = 1)" if value.literal else "(1 = 0)"
            case Truth(value):
                return f"({self._columns[value.name]})"
            case IsTruth(inner, value):
                return f"({self.node(inner)} IS {'TRUE' if value else 'FALSE'})"
            case IsNull(operand):
                return f"({self._operand(operand)} IS NULL)"
            case Comparison(operator, left, right):
                return f"({self._operand(left)} {operator} {self._operand(right)})"
            case Between(operand, low, high):
                return f"({self._operand(operand)} BETWEEN {self._operand(low)} AND {self._operand(high)})"
            case In(operand, items):
                return f"({self._operand(operand)} IN ({', '.join([self._operand(item) for item in items])}))"
            case Like(field, pattern):
                return self._like(field, pattern)
            case _:
                assert_never(node)

    def _like(self, field: Value, pattern: str) -> str:
        self.parameters.append(pattern.translate(_SMALL))
        column = self._columns[field.name]
        if self._dialect == "postgresql":
            column = f'LOWER({column} COLLATE "C")'
        elif self._dialect == "duckdb":
            column = f"translate({column}, {_LETTERS})"
        return f"({column} LIKE {self._mark} ESCAPE '\\')"

    def _operand(self, operand: Operand) -> str:
        match operand:
            case Value():
                return self._value(operand)
            case Negative(inner):
                return f"(- {self._double(inner)})"
            case Shifted(inner, days):
                printed = self._operand(inner)
                return f"date({printed}, '{days:+d} days')" if self._dialect == "sqlite" else f"({printed} + {days})"
            case DaysBetween(later, earlier):
                return self._days_between(later, earlier)
            case Arithmetic("/", left, right):
                return f"({self._double(left)} / NULLIF({self._double(right)}, 0))"
            case Arithmetic(operator, left, right):
                return f"({self._double(left)} {operator} {self._double(right)})"
            case _:
                assert_never(operand)

    def _days_between(self, later: Operand, earlier: Operand) -> str:
        ends = []
        for operand in (later, earlier):
            is_literal = isinstance(operand, Value) and not operand.name
            printed = self._operand(operand)
            # A place-holder has no type of its own there.
            ends.append(f"CAST({printed} AS date)" if is_literal and self._dialect == "postgresql" else printed)
        if self._dialect == "sqlite":
            ends = [f"julianday({end})" for end in ends]
        return f"CAST(({ends[0]} - {ends[1]}) AS DOUBLE PRECISION)"

    def _double(self, operand: Operand) -> str:
        # Whole numbers would be divided as whole numbers, and decimals without rounding: neither is what `holds` does.
        # A column that is compared as it stands is not cast, so that its index serves.
        printed = self._operand(operand)
        return f"CAST({printed} AS DOUBLE PRECISION)" if isinstance(operand, Value) else printed

    def _value(self, value: Value) -> str:
        if value.name:
            return self._columns[value.name]
        literal = value.literal
        if isinstance(literal, bool):
            return "(1 = 1)" if literal else "(1 = 0)"
        is_text = isinstance(literal, date) and self._dialect != "duckdb"
        self.parameters.append(str(literal) if is_text else literal)
        return self._mark
