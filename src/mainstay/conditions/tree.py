"""The resolved tree: small frozen nodes of our own, and the `Condition` that carries them.

Everything a condition can say is one of these nodes. The parser makes them, `printing` writes them as SQL and
`evaluation` runs them on a row. No node holds text of the user except as a literal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal


class Type(StrEnum):
    """What a value is."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True)
class Field:
    """A field that conditions may name."""

    name: str
    type: Type
    label: str = ""


@dataclass(frozen=True)
class Value:
    """A field (`name` set) or a literal (`name` empty)."""

    type: Type
    name: str = ""
    literal: int | float | str | bool | date | None = None


@dataclass(frozen=True)
class Arithmetic:
    """Two numbers put together. Division by zero gives null."""

    operator: Literal["+", "-", "*", "/"]
    left: "Operand"
    right: "Operand"


@dataclass(frozen=True)
class Negative:
    """A number with its sign turned."""

    operand: "Operand"


@dataclass(frozen=True)
class Shifted:
    """A date some whole days later, or earlier when negative."""

    operand: "Operand"
    days: int


@dataclass(frozen=True)
class DaysBetween:
    """`later - earlier`, both dates: a number of days."""

    later: "Operand"
    earlier: "Operand"


type Operand = Value | Arithmetic | Negative | Shifted | DaysBetween


@dataclass(frozen=True)
class Comparison:
    """`left operator right`, both of one type."""

    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Between:
    """`low <= operand <= high`."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True)
class In:
    """The operand is one of the literals."""

    operand: Operand
    items: tuple[Value, ...]


@dataclass(frozen=True)
class Like:
    """A text field matches a pattern: `%` any run, `_` any character, `\\` escapes; A–Z equal a–z."""

    field: Value
    pattern: str


@dataclass(frozen=True)
class IsNull:
    """The operand has no value. Never null itself."""

    operand: Operand


@dataclass(frozen=True)
class IsTruth:
    """The node is definitely `value`. Never null itself."""

    node: "Node"
    value: bool


@dataclass(frozen=True)
class Truth:
    """A boolean field by itself, or the constants `true` and `false`."""

    value: Value


@dataclass(frozen=True)
class Not:
    """Null stays null."""

    node: "Node"


@dataclass(frozen=True)
class And:
    """False wins over null, null over true."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    """True wins over null, null over false."""

    nodes: tuple["Node", ...]


type Node = Comparison | Between | In | Like | IsNull | IsTruth | Truth | Not | And | Or

type Row = Mapping[str, Any]
