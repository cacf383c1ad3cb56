"""From the text of a cell to a value, or to the reason why it is none. Pure.

A column is parsed by its distinct values: a date that stands in ten thousand rows is read once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, assert_never

from mainstay.ingest.files.dates import BadDate, DateStyle, parse_day, parse_instant
from mainstay.ingest.files.kinds import FieldSpec, FieldType
from mainstay.ingest.files.numbers import BadNumber, parse_number

# What programs write for "nothing" in columns that are not text.
_NOTHING = frozenset({"null", "none", "nil", "n/a", "na", "nan", "nat", "-", "–", "\\n", "#n/a", "undefined"})
_TRUE = frozenset({"true", "t", "yes", "y", "1", "on", "x", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off", "0.0"})
_PERIODS = {
    "month": 1, "monthly": 1, "quarter": 3, "quarterly": 3, "semiannual": 6, "semiannually": 6, "halfyearly": 6,
    "year": 12, "yearly": 12, "annual": 12, "annually": 12, "biennial": 24, "biennially": 24,
}  # fmt: skip
_CACHE_LIMIT = 200_000


class BadValue(ValueError):
    """The text is not a value of the field; the message says why and what would be one."""


@dataclass(frozen=True)
class Amount:
    """An amount in major units and the currency its sign told, if any."""

    value: Decimal
    currency: str


@dataclass(frozen=True)
class Style:
    """How the values of one column are written."""

    dates: DateStyle = field(default_factory=DateStyle)
    decimal: str = "."
    values: tuple[tuple[str, str], ...] = ()
    default: str = ""


@dataclass(frozen=True)
class _Bad:
    reason: str


class ColumnParser:
    """Parses the cells of one field. Keeps what it has read, so give it a whole file's columns one after the other."""

    def __init__(self, spec: FieldSpec, style: Style) -> None:
        self._parse = _parser(spec, style)
        self._style = style
        self._values = {text.casefold(): value for text, value in style.values}
        self._is_text = spec.type in (FieldType.TEXT, FieldType.KEY, FieldType.WORDS)
        self._is_plain = spec.type in (FieldType.TEXT, FieldType.KEY) and not style.values and not style.default
        self._max_length = spec.max_length
        self._cache: dict[str, Any] = {}
        self._has_bad = False

    def parse(self, cells: list[str]) -> tuple[list[Any], dict[int, str]]:
        """The values (None for an empty cell) and, by index, the reasons of the cells that are none."""
        if self._is_plain and (plain := _plain_texts(cells, self._max_length)) is not None:
            return plain, {}
        cache = self._cache
        if len(cache) > _CACHE_LIMIT:
            cache.clear()
        for text in set(cells).difference(cache):
            value = cache[text] = self._read(text)
            self._has_bad = self._has_bad or type(value) is _Bad
        values = [cache[text] for text in cells]
        if not self._has_bad:
            return values, {}
        errors = {index: value.reason for index, value in enumerate(values) if type(value) is _Bad}
        for index in errors:
            values[index] = None
        return values, errors

    def _read(self, text: str) -> Any:
        clean = text.replace("\0", "").strip() if "\0" in text else text.strip()
        if self._values:
            clean = self._values.get(clean.casefold(), clean)
        if clean == "" or clean == "\\N" or (not self._is_text and len(clean) < 10 and clean.casefold() in _NOTHING):
            clean = self._style.default
        if clean == "":
            return None
        try:
            return self._parse(clean)
        except (BadValue, BadDate, BadNumber) as error:
            return _Bad(str(error))


def _plain_texts(cells: list[str], max_length: int) -> list[Any] | None:
    """The texts of a column with nothing odd in it; None when they have to be looked at one by one."""
    together = "".join(cells)
    if "\0" in together or "\\N" in together or max(map(len, cells), default=0) > max_length:
        return None
    return [cell.strip() or None for cell in cells]


def _parser(spec: FieldSpec, style: Style) -> Callable[[str], Any]:
    match spec.type:
        case FieldType.TEXT | FieldType.KEY:
            return partial(_text, spec=spec)
        case FieldType.INTEGER:
            return partial(_integer, spec=spec, decimal=style.decimal)
        case FieldType.NUMBER:
            return partial(_number, spec=spec, decimal=style.decimal)
        case FieldType.MONEY:
            return partial(_amount, decimal=style.decimal)
        case FieldType.BOOLEAN:
            return _boolean
        case FieldType.DATE:
            return partial(parse_day, style=style.dates)
        case FieldType.INSTANT:
            return partial(parse_instant, style=style.dates)
        case FieldType.CHOICE:
            return partial(_choice, spec=spec)
        case FieldType.PERIOD:
            return _period
        case FieldType.WORDS:
            return partial(_words, spec=spec)
        case FieldType.EMAIL | FieldType.DOMAIN:
            return partial(_email if spec.type is FieldType.EMAIL else _domain, spec=spec)
        case _:
            assert_never(spec.type)


def _text(text: str, spec: FieldSpec) -> str:
    if len(text) > spec.max_length:
        raise BadValue(f"'{text[:30]}…' has {len(text):,} characters; {spec.max_length:,} fit")
    return text


def _number(text: str, spec: FieldSpec, decimal: str) -> float:
    value = float(parse_number(dict(spec.aliases).get(snake(text), text), decimal)[0])
    if (spec.minimum is not None and value < spec.minimum) or value > spec.maximum:
        raise BadValue(f"{text} is out of range: {spec.minimum or 0} to {spec.maximum}")
    return value


def _integer(text: str, spec: FieldSpec, decimal: str) -> int:
    value = parse_number(text, decimal)[0]
    if value != value.to_integral_value():
        raise BadValue(f"'{text}' is not a whole number")
    lowest = -spec.maximum if spec.minimum is None else spec.minimum
    if not lowest <= value <= spec.maximum:
        raise BadValue(f"{text} is out of range: {lowest} to {spec.maximum}")
    return int(value)


def _amount(text: str, decimal: str) -> Amount:
    value, currency = parse_number(text, decimal)
    if abs(value) >= 10**15:
        raise BadValue(f"'{text}' is too large for an amount")
    return Amount(value, currency)


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValue(f"'{text}' is not yes or no; write true or false, or map it: `values: {{…: {{{text}: true}}}}`")


def _choice(text: str, spec: FieldSpec) -> str:
    word = snake(text)
    word = dict(spec.aliases).get(word, word)
    if word in spec.choices:
        return word
    if spec.is_open and 0 < len(word) <= spec.max_length:
        return word
    raise BadValue(
        f"'{text}' is not one of {', '.join(spec.choices)}; "
        f"map it: `values: {{{spec.name}: {{{text[:20]}: {spec.choices[0]}}}}}`"
    )


def _period(text: str) -> int:
    if months := _PERIODS.get(re.sub(r"[^a-z]", "", text.casefold())):
        return months
    months = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= months <= 120:
        raise BadValue(f"'{text}' is not a period; write 1 to 120 months, or monthly, quarterly, yearly")
    return months


def _words(text: str, spec: FieldSpec) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(snake(word) for word in re.split(r"[;,|/]", text) if word.strip()))
    for word in words:
        _text(word, spec)
    return words


def _email(text: str, spec: FieldSpec) -> str:
    if not _EMAIL.fullmatch(text):
        raise BadValue(f"'{text[:60]}' is not an e-mail address; write one like ada@example.com, or leave it empty")
    return _text(text, spec)


def _domain(text: str, spec: FieldSpec) -> str:
    """`https://www.Acme.com/about` is `acme.com`."""
    host = re.split(r"[/?#]", re.sub(r"^[a-z][a-z0-9+.\-]*://", "", text, flags=re.IGNORECASE))[0]
    return _text(host.rpartition("@")[2].partition(":")[0].lower().removeprefix("www."), spec)


def snake(text: str) -> str:
    """`Executive Sponsor` is `executive_sponsor`."""
    return re.sub(r"[^\w]+", "_", text.strip().casefold()).strip("_")


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of a further column (attribute, property): numbers and true/false as such, all else as text."""
    if text == "":
        return None
    if text[0] in "-0123456789" and len(text) <= 17 and _INTEGER.fullmatch(text):
        return int(text) if "." not in text else float(text)
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    return text.replace("\0", "") if "\0" in text else text


# What surely is none is refused; whether a mailbox is there only a mail tells.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
# No leading zeros: 01234 is a postal code.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
