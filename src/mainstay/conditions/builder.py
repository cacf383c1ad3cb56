"""Conditions as rows of field, operator and value: for people who do not write SQL. Pure.

`text_of` writes the text of rows, `rows_of` gives the rows of a condition, or None where rows cannot say it: then it
stays text. Rows are joined by one word; groups, one level deep, have a word of their own. What was built, written and
read again is the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from mainstay.conditions.tree import (
    And,
    Between,
    Comparison,
    Field,
    In,
    IsNull,
    Like,
    Node,
    Not,
    Operand,
    Or,
    Shifted,
    Truth,
    Type,
    Value,
)

type Joins = Literal["and", "or"]

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|today(\s*[-+]\s*\d{1,5})?", re.ASCII)


class Operator(StrEnum):
    """What a row says of its field."""

    EQUALS = "="
    DIFFERS = "<>"
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    BETWEEN = "between"
    IN = "in"
    NOT_IN = "not in"
    CONTAINS = "contains"
    LACKS = "lacks"
    BEGINS = "begins"
    YES = "yes"
    NO = "no"
    UNKNOWN = "is null"
    KNOWN = "is not null"


# Those that need no value, and the signs a comparison has in the text.
WITHOUT_VALUE = frozenset({Operator.YES, Operator.NO, Operator.UNKNOWN, Operator.KNOWN})
_SIGNS = frozenset(
    {Operator.EQUALS, Operator.DIFFERS, Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW}
)
_NULLS = (Operator.UNKNOWN, Operator.KNOWN)
_ORDERED = (
    Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUALS, Operator.DIFFERS, Operator.ABOVE, Operator.BELOW,
    Operator.BETWEEN, *_NULLS,
)  # fmt: skip
OPERATORS: Mapping[Type, Sequence[Operator]] = {
    Type.NUMBER: _ORDERED,
    Type.DATE: _ORDERED,
    Type.TEXT: (
        Operator.EQUALS, Operator.DIFFERS, Operator.IN, Operator.NOT_IN, Operator.CONTAINS, Operator.LACKS,
        Operator.BEGINS, *_NULLS,
    ),
    Type.BOOLEAN: (Operator.YES, Operator.NO, *_NULLS),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One statement about one field.

    Values are as a person writes them: `50000`, `2026-01-01`, `today - 30`, `red, yellow`. A row without a field, or
    without a value that its operator needs, is not finished and says nothing.
    """

    field: str = ""
    operator: Operator = Operator.EQUALS
    value: str = ""
    high: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether it says something."""
        if not self.field or self.operator in WITHOUT_VALUE:
            return bool(self.field)
        return bool(self.value.strip()) and (self.operator is not Operator.BETWEEN or bool(self.high.strip()))


@dataclass(frozen=True)
class Group:
    """Rows joined by one word."""

    joins: Joins = "and"
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Builder:
    """Rows and groups joined by one word."""

    joins: Joins = "and"
    rows: tuple[Row, ...] = ()
    groups: tuple[Group, ...] = ()


def text_of(built: Builder, fields: Mapping[str, Field]) -> str:
    """The condition, empty when no row is finished. What is no value of its field's type is told by parsing it."""
    parts = _rows(built.rows, fields)
    for group in built.groups:
        rows = _rows(group.rows, fields)
        # One row needs no parentheses, and a group of the same word would be lost in its neighbours.
        parts.append(rows[0] if len(rows) == 1 else f"({f' {group.joins} '.join(rows)})" if rows else "")
    return f" {built.joins} ".join(part for part in parts if part)


def rows_of(node: Node) -> Builder | None:
    """The rows of a condition, None when they cannot say it."""
    match node:
        case And(nodes):
            return _built("and", nodes)
        case Or(nodes):
            return _built("or", nodes)
        case _:
            return _built("and", (node,))


def _built(joins: Joins, nodes: Sequence[Node]) -> Builder | None:
    rows: list[Row] = []
    groups: list[Group] = []
    for node in nodes:
        if isinstance(node, And | Or):
            inner = [_row(part) for part in node.nodes]
            known = tuple(row for row in inner if row is not None)
            if len(known) < len(inner):
                return None
            groups.append(Group("and" if isinstance(node, And) else "or", known))
        else:
            row = _row(node)
            if row is None:
                return None
            rows.append(row)
    return Builder(joins, tuple(rows), tuple(groups))


def _row(node: Node) -> Row | None:
    match node:
        case Truth(Value(name=name)) if name:
            return Row(name, Operator.YES)
        case Comparison(sign, Value(name=name, type=Type.BOOLEAN), Value(literal=bool(wanted))) if name and sign == "=":
            return Row(name, Operator.YES if wanted else Operator.NO)
        case Comparison(sign, Value(name=name), right) if name:
            value = _shown(right)
            return None if value is None else Row(name, Operator(sign), value)
        case Between(Value(name=name), low, high) if name:
            ends = _shown(low), _shown(high)
            return None if ends[0] is None or ends[1] is None else Row(name, Operator.BETWEEN, ends[0], ends[1])
        case In(Value(name=name, type=Type.TEXT), items) if name:
            return _list(name, Operator.IN, items)
        case Like(Value(name=name), pattern):
            return _like(name, pattern)
        case IsNull(Value(name=name)):
            return Row(name, Operator.UNKNOWN)
        case Not(inner):
            return _opposite(inner)
        case _:
            return None


def _opposite(node: Node) -> Row | None:
    match node:
        case Truth(Value(name=name)) if name:
            return Row(name, Operator.NO)
        case In(Value(name=name, type=Type.TEXT), items) if name:
            return _list(name, Operator.NOT_IN, items)
        case Like(Value(name=name), pattern):
            row = _like(name, pattern)
            return Row(name, Operator.LACKS, row.value) if row and row.operator is Operator.CONTAINS else None
        case IsNull(Value(name=name)):
            return Row(name, Operator.KNOWN)
        case _:
            return None


def _shown(operand: Operand) -> str | None:
    """A literal, or today and some days, as a person writes it. None for what a row has no place for."""
    match operand:
        case Value(name="today"):
            return "today"
        case Shifted(Value(name="today"), days):
            return f"today {'-' if days < 0 else '+'} {abs(days)}"
        case Value(name="", literal=literal) if isinstance(literal, date):
            return literal.isoformat()
        case Value(name="", literal=literal) if isinstance(literal, str):
            return literal if literal.strip() == literal and literal else None
        case Value(name="", literal=literal) if isinstance(literal, int | float) and not isinstance(literal, bool):
            return f"{literal}" if _NUMBER.fullmatch(f"{literal}") else None
        case _:
            return None


def _list(name: str, operator: Operator, items: Sequence[Value]) -> Row | None:
    texts = [str(item.literal) for item in items]
    if any("," in text or text.strip() != text or not text for text in texts):
        return None
    return Row(name, operator, ", ".join(texts))


def _like(name: str, pattern: str) -> Row | None:
    is_inside = pattern.startswith("%")
    inner = pattern[1:-1] if is_inside else pattern[:-1]
    plain = re.sub(r"\\([%_\\])", r"\1", inner)
    # Holds only where every other sign of a pattern is escaped, the last one too.
    if not pattern.endswith("%") or not plain or plain.strip() != plain or _escaped(plain) != inner:
        return None
    return Row(name, Operator.CONTAINS if is_inside else Operator.BEGINS, plain)


def _rows(rows: Sequence[Row], fields: Mapping[str, Field]) -> list[str]:
    return [_written(row, fields) for row in rows if row.is_finished]


def _written(row: Row, fields: Mapping[str, Field]) -> str:
    kind = fields[row.field].type if row.field in fields else Type.TEXT
    name, value = row.field, row.value.strip()
    if row.operator is Operator.YES:
        return name
    if row.operator is Operator.NO:
        return f"not {name}"
    if row.operator in _NULLS:
        return f"{name} {row.operator}"
    if row.operator in _SIGNS:
        return f"{name} {row.operator} {_literal(value, kind)}"
    if row.operator is Operator.BETWEEN:
        return f"{name} between {_literal(value, kind)} and {_literal(row.high.strip(), kind)}"
    if row.operator in (Operator.IN, Operator.NOT_IN):
        items = ", ".join(_literal(item.strip(), kind) for item in value.split(",") if item.strip())
        return f"{name} {row.operator} ({items})"
    pattern = f"{_escaped(value)}%" if row.operator is Operator.BEGINS else f"%{_escaped(value)}%"
    return f"{name} {'not like' if row.operator is Operator.LACKS else 'like'} {_quoted(pattern)}"


def _literal(value: str, kind: Type) -> str:
    """As the text has it. What is no number or date is quoted, so that it is refused where it stands."""
    if kind is Type.NUMBER and _NUMBER.fullmatch(value):
        return value
    if kind is Type.DATE and _DATE.fullmatch(value) and value.startswith("today"):
        return value
    return _quoted(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)
