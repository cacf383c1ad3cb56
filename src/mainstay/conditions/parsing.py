"""From text to a checked tree.

`words` cuts the text and keeps the places; sqlglot is given only place-holders and operators (`p0 >= p1 and p2 = p3`)
and tells how they belong together; the resolver below takes a short list of sqlglot's node types, checks every type,
and refuses the rest. So neither a keyword that sqlglot knows nor one that a later release adds can become a way in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from mainstay.conditions import evaluation, printing
from mainstay.conditions.errors import ConditionError, NoSegment
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
from mainstay.conditions.words import Word, as_date, cut

MAX_PRODUCTS = 8
# Of a condition with the segments it names.
MAX_SIZE = 2_000
# A century.
MAX_DAYS = 36_500

type Operator = Literal["=", "<>", "<", "<=", ">", ">="]

_COMPARISONS: Mapping[type[exp.Expression], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: Mapping[type[exp.Expression], Literal["+", "-", "*", "/"]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
}
_ARTICLES = {Type.NUMBER: "a number", Type.TEXT: "a text", Type.BOOLEAN: "true or false", Type.DATE: "a date"}


@dataclass(frozen=True)
class Condition:
    """A checked condition. Equal texts over equal fields give equal conditions.

    `named` are its fields in the order the text names them first, then those of the segments it names: their keys are
    `segments`, their conditions are part of `node`. `size` counts the words and signs of all of them.
    """

    text: str
    node: Node
    named: tuple[str, ...]
    segments: tuple[str, ...] = ()
    size: int = 0

    @property
    def fields(self) -> frozenset[str]:
        """The fields it names."""
        return frozenset(self.named)

    def to_sql(self, columns: Mapping[str, str], *, dialect: str = "sqlite") -> tuple[str, list[Any]]:
        """SQL with place-holders and their values; `columns` gives the SQL of each field, `dialect` the vendor."""
        return printing.to_sql(self.node, columns, dialect=dialect)

    def holds(self, row: Mapping[str, Any]) -> bool | None:
        """Whether it holds for a row of values; None where SQL would say null. A missing key is null."""
        return evaluation.holds(self.node, row)

    def negated(self) -> "Condition":
        """The condition that it definitely does not hold; null stays null."""
        return replace(self, text=f"not ({self.text})", node=Not(self.node))


type FindSegment = Callable[[str], Condition]


def parse(text: str, fields: Mapping[str, Field], *, find_segment: FindSegment | None = None) -> Condition:
    """Parse and check `text`; raises ConditionError with the position and the reason.

    `find_segment` gives the condition of a segment by its key, or raises NoSegment; without it none can be named.
    """
    words = cut(text, fields)
    resolver = _Resolver(text, words, find_segment)
    try:
        expression = sqlglot.parse_one(resolver.placeholders())
        node = resolver.condition(expression)
    except (SqlglotError, RecursionError):
        reason = "The condition cannot be understood. Put parentheses around its parts to find the culprit."
        raise ConditionError(text, words[0].start, words[-1].end - words[0].start, reason) from None
    own = [word.value.name for word in words if word.value is not None and word.value.name]
    names = dict.fromkeys([*own, *(name for segment in resolver.segments.values() for name in segment.named)])
    return Condition(text, node, tuple(names), segments=tuple(resolver.segments), size=resolver.size)


class _Resolver:
    """Turns sqlglot's tree over place-holders into ours; knows the text only to point at a culprit."""

    def __init__(self, text: str, words: Sequence[Word], find_segment: FindSegment | None) -> None:
        self._text = text
        self._words = words
        self._find_segment = find_segment
        self.segments: dict[str, Condition] = {}
        self.size = len(words)

    def placeholders(self) -> str:
        """The condition with every operand replaced by the number of its word."""
        return " ".join(f"p{index}" if word.value else word.kind for index, word in enumerate(self._words))

    def condition(self, found: exp.Expression) -> Node:
        """A node that is true, false or null."""
        node = self._condition(found)
        # Newer sqlglot marks `not like` on the node itself, older ones wrap it: both come out the same here.
        return Not(node) if found.args.get("negate") else node

    def _condition(self, found: exp.Expression) -> Node:
        if isinstance(found, exp.Paren):
            return self.condition(found.this)
        if isinstance(found, exp.And):
            return And(tuple(self.condition(part) for part in _chain(found, exp.And)))
        if isinstance(found, exp.Or):
            return Or(tuple(self.condition(part) for part in _chain(found, exp.Or)))
        if isinstance(found, exp.Not):
            return Not(self.condition(found.this))
        if type(found) in _COMPARISONS:
            return self._comparison(found, _COMPARISONS[type(found)])
        handlers: dict[type[exp.Expression], Callable[[Any], Node]] = {
            exp.Between: self._between,
            exp.In: self._in,
            exp.Like: self._like,
            exp.Is: self._is,
            exp.Column: self._truth,
        }
        handler = handlers.get(type(found))
        if handler is None:
            if isinstance(found, (exp.Neg, *_ARITHMETIC)):
                self._refuse(found, "This is a number, not something that is true or false. Compare it: … > 0")
            self._refuse(found, "This is not something that is true or false.")
        return handler(found)

    def operand(self, found: exp.Expression) -> tuple[Operand, Type]:
        """A value and its type."""
        if isinstance(found, exp.Paren):
            return self.operand(found.this)
        if isinstance(found, exp.Column):
            word = self._word(found)
            if word.segment:
                self._refuse(found, "A segment is true or false by itself: in_segment('a'), not in_segment('a').")
            assert word.value is not None
            return word.value, word.value.type
        if isinstance(found, exp.Neg):
            inner = self._number(found.this)
            if isinstance(inner, Value) and isinstance(inner.literal, int | float):
                return Value(Type.NUMBER, literal=-inner.literal), Type.NUMBER
            return Negative(inner), Type.NUMBER
        operator = _ARITHMETIC.get(type(found))
        if operator is None:
            self._refuse(found, "A value is needed here: a field, a number, a text or a date.")
        if sum(1 for _ in found.find_all(exp.Mul, exp.Div)) > MAX_PRODUCTS:
            self._refuse(found, f"At most {MAX_PRODUCTS} multiplications and divisions go into one value.")
        (left, left_kind), (right, right_kind) = self.operand(found.this), self.operand(found.expression)
        if Type.DATE in (left_kind, right_kind) and operator == "-" and right_kind is not Type.NUMBER:
            later = self._coerce(left, left_kind, Type.DATE, found.this)
            earlier = self._coerce(right, right_kind, Type.DATE, found.expression)
            return DaysBetween(later, earlier), Type.NUMBER
        if Type.DATE in (left_kind, right_kind) and operator in ("+", "-"):
            days = self._days(found, left_kind, right)
            return self._shifted(left, -days if operator == "-" else days, found), Type.DATE
        self._require_number(left_kind, found.this)
        self._require_number(right_kind, found.expression)
        return Arithmetic(operator, left, right), Type.NUMBER

    def _days(self, found: exp.Expression, left_kind: Type, right: Operand) -> int:
        days = right.literal if isinstance(right, Value) else None
        if left_kind is not Type.DATE or not isinstance(days, int) or isinstance(days, bool) or abs(days) > MAX_DAYS:
            self._refuse(found, f"A date takes whole days, at most {MAX_DAYS:,}: today + 30, signed_on - 7.")
        return days

    def _shifted(self, operand: Operand, days: int, found: exp.Expression) -> Operand:
        if isinstance(operand, Shifted):
            return Shifted(operand.operand, operand.days + days)
        if isinstance(operand, Value) and isinstance(operand.literal, date):
            try:
                return Value(Type.DATE, literal=operand.literal + timedelta(days=days))
            except OverflowError:
                self._refuse(found, "This date lies outside the calendar, which has the years 1 to 9999.")
        return Shifted(operand, days)

    def _number(self, found: exp.Expression) -> Operand:
        operand, kind = self.operand(found)
        self._require_number(kind, found)
        return operand

    def _require_number(self, kind: Type, found: exp.Expression) -> None:
        if kind is not Type.NUMBER:
            self._refuse(found, f"Only numbers can be calculated with; this is {_ARTICLES[kind]}.")

    def _comparison(self, found: exp.Expression, operator: Operator) -> Node:
        left_at, right_at = found.this, found.expression
        for side in (left_at, right_at):
            if type(side) in _COMPARISONS:
                self._refuse(side, "Comparisons cannot be chained. Use `between`, or `and` between two of them.")
        (left, right), kind = self._same_type(left_at, right_at)
        if operator not in ("=", "<>") and kind in (Type.TEXT, Type.BOOLEAN):
            self._refuse(
                found, f"Only numbers and dates have an order; this compares {_ARTICLES[kind]} by `{operator}`."
            )
        return Comparison(operator, left, right)

    def _between(self, found: exp.Between) -> Node:
        (operand, low, high), kind = self._same_type(found.this, found.args["low"], found.args["high"])
        if kind not in (Type.NUMBER, Type.DATE):
            self._refuse(found, f"`between` is for numbers and dates; this is {_ARTICLES[kind]}.")
        return Between(operand, low, high)

    def _in(self, found: exp.In) -> Node:
        items_at = found.args.get("expressions") or []
        if not items_at:
            self._refuse(found, "The list behind `in` is empty.")
        (operand, *items), _ = self._same_type(found.this, *items_at)
        for item, at in zip(items, items_at, strict=True):
            if not (isinstance(item, Value) and item.literal is not None):
                self._refuse(at, "The list behind `in` takes literals only.")
        return In(operand, tuple(item for item in items if isinstance(item, Value)))

    def _like(self, found: exp.Like) -> Node:
        field, kind = self.operand(found.this)
        if not (isinstance(field, Value) and field.name and kind is Type.TEXT):
            self._refuse(found.this, f"`like` is for text fields; this is {_ARTICLES[kind]}.")
        pattern, _ = self.operand(found.expression)
        if not (isinstance(pattern, Value) and isinstance(pattern.literal, str)):
            self._refuse(found.expression, "`like` is followed by a text in quotes: name like 'Acme%'.")
        stripped = pattern.literal.replace("\\\\", "").replace("\\%", "").replace("\\_", "")
        if "\\" in stripped:
            self._refuse(found.expression, "A backslash in a pattern is followed by %, _ or another backslash.")
        return Like(field, pattern.literal)

    def _is(self, found: exp.Is) -> Node:
        right = found.expression
        if isinstance(right, exp.Null):
            operand, _ = self.operand(found.this)
            if isinstance(operand, Value) and not operand.name:
                self._refuse(found.this, "A literal is never null.")
            return IsNull(operand)
        value = self._word(right).value if isinstance(right, exp.Column) else None
        if value is None or not isinstance(value.literal, bool):
            self._refuse(found, "`is` is followed by null, not null, true or false.")
        return IsTruth(self.condition(found.this), value.literal)

    def _segment(self, word: Word) -> Node:
        """The condition of a segment as a part of this one. Who has no answer is no member."""
        length = word.end - word.start
        if self._find_segment is None:
            raise ConditionError(self._text, word.start, length, "Segments cannot be named here.")
        try:
            found = self.segments.setdefault(word.segment, self._find_segment(word.segment))
        except NoSegment as error:
            suggestion = f"in_segment('{error.suggestion}')" if error.suggestion else ""
            raise ConditionError(self._text, word.start, length, error.reason, suggestion=suggestion) from error
        self.size += found.size
        if self.size > MAX_SIZE:
            reason = f"With its segments the condition has more than {MAX_SIZE:,} words and signs. Name fewer of them."
            raise ConditionError(self._text, word.start, length, reason)
        return IsTruth(found.node, value=True)

    def _truth(self, found: exp.Column) -> Node:
        if self._word(found).segment:
            return self._segment(self._word(found))
        value = self._word(found).value
        assert value is not None
        if value.type is not Type.BOOLEAN:
            example = {Type.NUMBER: "> 0", Type.TEXT: "= 'a text'", Type.DATE: "> '2026-01-01'"}[value.type]
            self._refuse(found, f"This is {_ARTICLES[value.type]}, not true or false. Compare it: … {example}")
        return Truth(value)

    def _same_type(self, *places: exp.Expression) -> tuple[list[Operand], Type]:
        """The operands in one type: the type of the first one that is no literal."""
        found = [self.operand(place) for place in places]
        kinds = [kind for operand, kind in found if not _is_literal(operand)]
        if not kinds:
            start, end = self._span(places[0])[0], self._span(places[-1])[1]
            reason = "This compares literals only, which never changes. Name a field."
            raise ConditionError(self._text, start, end - start, reason)
        coerced = [
            self._coerce(operand, kind, kinds[0], place) for (operand, kind), place in zip(found, places, strict=True)
        ]
        return coerced, kinds[0]

    def _coerce(self, operand: Operand, kind: Type, wanted: Type, place: exp.Expression) -> Operand:
        literal = operand.literal if isinstance(operand, Value) and not operand.name else None
        if wanted is Type.DATE and isinstance(literal, str):
            start, end = self._span(place)
            return Value(Type.DATE, literal=as_date(self._text, start, end, literal))
        if wanted is Type.BOOLEAN and kind is Type.NUMBER and literal in (0, 1):
            return Value(Type.BOOLEAN, literal=bool(literal))
        if kind is not wanted:
            self._refuse(place, f"{_ARTICLES[wanted].capitalize()} is needed here; this is {_ARTICLES[kind]}.")
        return operand

    def _word(self, found: exp.Expression) -> Word:
        return self._words[int(found.name[1:])]

    def _span(self, found: exp.Expression) -> tuple[int, int]:
        """From the first to the last operand below a node, in the user's text."""
        words = [self._word(column) for column in found.find_all(exp.Column)] or [self._words[0], self._words[-1]]
        return min(word.start for word in words), max(word.end for word in words)

    def _refuse(self, found: exp.Expression, reason: str) -> NoReturn:
        start, end = self._span(found)
        raise ConditionError(self._text, start, end - start, reason)


def _is_literal(operand: Operand) -> bool:
    return isinstance(operand, Value) and not operand.name


def _chain(found: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    """`a and b and c` as a flat list, so that a long condition is not a deep one."""
    parts: list[exp.Expression] = []
    pending = [found]
    while pending:
        part = pending.pop()
        if type(part) is kind:
            pending += [part.expression, part.this]
        else:
            parts.append(part)
    return parts
