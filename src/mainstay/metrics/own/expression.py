"""Calculations with metrics: text, to a checked tree, to Ibis.

    100 * coalesce(exports_28d, 0) / monthly_active_users
    if(arr >= 50000 and seat_use < 30, 1, 0)

A calculation with a missing value is missing; so is a division by 0. Every number is a floating-point number, money is
in major units; results are rounded to a millionth when all is computed. Each node keeps its place in the text, to point
at when its type is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from mainstay.metrics.errors import ExpressionError
from mainstay.metrics.registry import Metric, Unit

MAX_WORDS = 300
MAX_DEPTH = 24

_WORD = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<symbol><=|>=|<>|!=|[-+*/(),<>=])
    """,
    re.VERBOSE,
)
_KEYWORDS = frozenset({"and", "or", "not", "is", "null", "if"})


@dataclass(frozen=True)
class Function:
    """A function of the language: how many arguments it takes (None: any number from `least`), and its meaning."""

    least: int
    most: int | None
    meaning: str


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(1, 1, "`abs(x)`: without its sign."),
    "sqrt": Function(1, 1, "`sqrt(x)`: the square root; of a negative number no value."),
    "ln": Function(1, 1, "`ln(x)`: the natural logarithm; of 0 and below no value."),
    "least": Function(2, None, "`least(a, b, …)`: the smallest; no value where one is missing."),
    "greatest": Function(2, None, "`greatest(a, b, …)`: the largest; no value where one is missing."),
    "coalesce": Function(2, None, "`coalesce(a, b, …)`: the first that has a value."),
    "nullif": Function(2, 2, "`nullif(a, b)`: a, or no value where it equals b."),
    "if": Function(
        3, 3, "`if(condition, a, b)`: a where the condition holds, b where it does not or is unknown; `null`: no value."
    ),
}


@dataclass(frozen=True)
class Number:
    """A number as written."""

    at: tuple[int, int]
    value: float


@dataclass(frozen=True)
class Name:
    """The value of a metric."""

    at: tuple[int, int]
    key: str


@dataclass(frozen=True)
class Negative:
    """A number with its sign turned."""

    at: tuple[int, int]
    operand: "Node"


@dataclass(frozen=True)
class Calculation:
    """Two numbers put together."""

    at: tuple[int, int]
    operator: Literal["+", "-", "*", "/"]
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Call:
    """A function of numbers (the first argument of `if` is a condition)."""

    at: tuple[int, int]
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Comparison:
    """A condition on two numbers."""

    at: tuple[int, int]
    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Logic:
    """Two conditions put together."""

    at: tuple[int, int]
    operator: Literal["and", "or"]
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    at: tuple[int, int]
    operand: "Node"


@dataclass(frozen=True)
class IsNull:
    """Whether a number has no value."""

    at: tuple[int, int]
    operand: "Node"


@dataclass(frozen=True)
class Null:
    """No value."""

    at: tuple[int, int]


type Node = Null | Number | Name | Negative | Calculation | Call | Comparison | Logic | Not | IsNull


@dataclass(frozen=True)
class Expression:
    """A checked calculation and the metrics it names, in the order of their first mention."""

    text: str
    node: Node
    metrics: tuple[str, ...]


def parse(text: str, metrics: Mapping[str, Metric]) -> Expression:
    """Parse and check a calculation. Raises ExpressionError with the place and the reason."""
    parser = _Parser(text, metrics)
    node = parser.whole()
    return Expression(text, node, tuple(dict.fromkeys(parser.named)))


def names_in(text: str) -> frozenset[str]:
    """Every word of a text that may be the name of a metric, whether the text can be taken or not."""
    found = frozenset(match.group() for match in _WORD.finditer(text) if match.lastgroup == "name")
    return found - _KEYWORDS - FUNCTIONS.keys()


def unknown(name: str, metrics: Mapping[str, Metric]) -> str:
    """What to say of a name that is no metric."""
    close = get_close_matches(name.lower(), metrics, n=1, cutoff=0.6)
    hint = f"; did you mean {close[0]}?" if close else ". `mainstay metrics list` shows them all."
    return f"There is no metric '{name[:60]}'{hint}"


@dataclass(frozen=True)
class _Word:
    kind: str  # number, name, or the keyword or symbol itself
    text: str
    start: int
    end: int


_PRECEDENCE = {
    "or": 1, "and": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "is": 4, "+": 5, "-": 5, "*": 6, "/": 6,
}  # fmt: skip
_NOT, _SIGN = 3, 7


class _Parser:
    """A parser by precedence: a few rules, and every error has its place."""

    def __init__(self, text: str, metrics: Mapping[str, Metric]) -> None:
        self._text = text
        self._metrics = metrics
        self._words = self._cut()
        self._next = 0
        self._depth = 0
        self.named: list[str] = []

    def whole(self) -> Node:
        if not self._words:
            raise ExpressionError(
                self._text, 0, 1, "The expression is empty. Write one such as: 100 * seats_used / seats"
            )
        node = self._number(self._expression(0))
        left = self._peek()
        if left is not None:
            raise self._stop(left, "This parenthesis closes nothing." if left.kind == ")" else self._stray(left))
        return node

    def _cut(self) -> list[_Word]:
        words, position = list[_Word](), 0
        while position < len(self._text):
            match = _WORD.match(self._text, position)
            if match is None:
                raise ExpressionError(self._text, position, 1, self._stray_character(self._text[position]))
            position, written = match.end(), match.group()
            if match.lastgroup == "space":
                continue
            kind = match.lastgroup or ""
            if kind == "symbol":
                kind = "<>" if written == "!=" else written
            elif kind == "name" and written.lower() in _KEYWORDS:
                kind = written.lower()
            words.append(_Word(kind, written, match.start(), match.end()))
        if len(words) > MAX_WORDS:
            place = words[MAX_WORDS]
            raise self._stop(place, f"The expression has {len(words)} words and signs; at most {MAX_WORDS} are taken.")
        return words

    def _expression(self, binding: int) -> Node:
        """What stands here, up to an operator that binds no tighter than `binding`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._stop(
                self._words[min(self._next, len(self._words) - 1)], f"This is nested more than {MAX_DEPTH} deep."
            )
        left = self._prefix()
        while (word := self._peek()) is not None and _PRECEDENCE.get(word.kind, 0) > binding:
            self._next += 1
            left = self._infix(left, word)
        self._depth -= 1
        return left

    def _prefix(self) -> Node:
        word = self._take("A number, a metric or a function is needed here.")
        at = (word.start, word.end)
        if word.kind == "number":
            return Number(at, float(word.text))
        if word.kind == "null":
            return Null(at)
        if word.kind in ("+", "-"):
            inner = self._number(self._expression(_SIGN))
            return Negative((word.start, inner.at[1]), inner) if word.kind == "-" else inner
        if word.kind == "not":
            inner = self._truth(self._expression(_NOT))
            return Not((word.start, inner.at[1]), inner)
        if word.kind == "(":
            inner = self._expression(0)
            self._close(word)
            return inner
        following = self._peek()
        if word.kind in ("name", "if") and following is not None and following.kind == "(":
            return self._call(word)
        if word.kind == "name":
            return self._name(word)
        raise self._stop(word, "A number, a metric or a function is needed here.")

    def _name(self, word: _Word) -> Node:
        key = word.text if word.text in self._metrics else word.text.lower()
        if key not in self._metrics:
            raise self._stop(word, unknown(word.text, self._metrics))
        self.named.append(key)
        return Name((word.start, word.end), key)

    def _call(self, word: _Word) -> Node:
        name = word.text.lower()
        function = FUNCTIONS.get(name)
        if function is None:
            close = get_close_matches(name, FUNCTIONS, n=1, cutoff=0.6)
            known = f"did you mean {close[0]}?" if close else f"there are {', '.join(FUNCTIONS)}."
            raise self._stop(word, f"There is no function '{word.text[:60]}'; {known}")
        opening = self._take("")
        arguments: list[Node] = []
        if (following := self._peek()) is not None and following.kind != ")":
            arguments.append(self._expression(0))
            while (following := self._peek()) is not None and following.kind == ",":
                self._next += 1
                arguments.append(self._expression(0))
        end = self._close(opening).end
        if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
            raise self._stop(word, f"{name} was given {_count(len(arguments))}. {function.meaning}")
        checked = [
            self._truth(one) if name == "if" and index == 0 else self._number(one)
            for index, one in enumerate(arguments)
        ]
        return Call((word.start, end), name, tuple(checked))

    def _infix(self, left: Node, word: _Word) -> Node:
        kind = word.kind
        if kind == "is":
            return self._is_null(left, word)
        right = self._expression(_PRECEDENCE[kind])
        at = (left.at[0], right.at[1])
        match kind:
            case "and" | "or":
                return Logic(at, kind, self._truth(left), self._truth(right))
            case "+" | "-" | "*" | "/":
                return Calculation(at, kind, self._number(left), self._number(right))
            case "=" | "<>" | "<" | "<=" | ">" | ">=":
                if isinstance(left, Null) or isinstance(right, Null):
                    raise self._stop(word, "Nothing equals null. Write `is null` or `is not null`.")
                if isinstance(left, Comparison):
                    raise self._stop(word, "Comparisons cannot be chained; write `and` between two of them.")
                return Comparison(at, kind, self._number(left), self._number(right))
            case _:
                raise self._stop(word, self._stray(word))

    def _is_null(self, left: Node, word: _Word) -> Node:
        following = self._take("`is` is followed by null or not null.")
        negated = following.kind == "not"
        if negated:
            following = self._take("`is not` is followed by null.")
        if following.kind != "null":
            raise self._stop(following, "`is` is followed by null or not null.")
        at = (left.at[0], following.end)
        found = IsNull(at, self._number(left))
        return Not(at, found) if negated else found

    def _close(self, opening: _Word) -> _Word:
        word = self._peek()
        if word is None:
            raise self._stop(opening, "This parenthesis is not closed.")
        if word.kind != ")":
            raise self._stop(word, self._stray(word))
        self._next += 1
        return word

    def _number(self, node: Node) -> Node:
        if isinstance(node, Comparison | Logic | Not | IsNull):
            raise self._wrong(node, "A number is needed here; this is a condition. Write: if(condition, 1, 0)")
        if isinstance(node, Name) and self._metrics[node.key].unit is Unit.BOOLEAN:
            raise self._wrong(
                node, f"A number is needed here; {node.key} is true or false. Write: if({node.key}, 1, 0)"
            )
        return node

    def _truth(self, node: Node) -> Node:
        if isinstance(node, Comparison | Logic | Not | IsNull):
            return node
        if isinstance(node, Name) and self._metrics[node.key].unit is Unit.BOOLEAN:
            return node
        raise self._wrong(node, "A condition is needed here; this is a number. Compare it: … > 0")

    def _peek(self) -> _Word | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def _take(self, missing: str) -> _Word:
        word = self._peek()
        if word is None:
            last = self._words[-1]
            raise ExpressionError(
                self._text, last.end, 1, f"Something is missing at the end, after '{last.text}'. {missing}"
            )
        self._next += 1
        return word

    def _stray(self, word: _Word) -> str:
        if word.kind == ",":
            return "A comma only stands between the arguments of a function; numbers are written without: 50000."
        return "An operator is missing before this: + - * / …"

    def _stray_character(self, char: str) -> str:
        shown = char if char.isprintable() else f"U+{ord(char):04X}"
        if char in "'\"":
            return "There are no texts in a calculation, only numbers and metrics."
        return f"The character {shown} does not belong in a calculation; the operators are + - * /."

    def _stop(self, word: _Word, reason: str) -> ExpressionError:
        return ExpressionError(self._text, word.start, word.end - word.start, reason)

    def _wrong(self, node: Node, reason: str) -> ExpressionError:
        return ExpressionError(self._text, node.at[0], node.at[1] - node.at[0], reason)


def _count(arguments: int) -> str:
    return "nothing" if arguments == 0 else "one argument" if arguments == 1 else f"{arguments} arguments"
