"""Cuts a condition into words, and refuses here whatever is not a word of the language.

What passes is a flat list of operands (fields, literals) and operators, each with its place in the text, in an order
that can make sense. So the parser behind it sees no text of the user at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import pairwise

from mainstay.conditions.errors import ConditionError
from mainstay.conditions.tree import Field, Type, Value

MAX_CHARACTERS = 4_000
MAX_WORDS = 400
MAX_DEPTH = 24
MAX_NUMBER = 1e15
MIN_NUMBER = 1e-9

_WORD = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>--|/\*|\#)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^']|'')*')
    | (?P<name>[^\W\d]\w*)
    | (?P<symbol><=|>=|<>|!=|[-=<>+*/(),])
    """,
    re.VERBOSE,
)
IN_SEGMENT = "in_segment"
_KEYWORDS = frozenset({"and", "or", "not", "in", "between", "is", "null", "like", "true", "false"})
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_FOREIGN = {
    "select": "subqueries",
    "exists": "subqueries",
    "union": "unions",
    "intersect": "unions",
    "except": "unions",
    "case": "case expressions",
    "cast": "casts",
    "ilike": "`ilike` (`like` already takes capital and small letters alike)",
    "similar": "regular expressions",
    "interval": "intervals (compare with a date, or use a field that counts days)",
    "escape": "`escape` (a backslash escapes `%` and `_`)",
}
_SYMBOLS = {
    ";": "A condition is one expression: `;` does not belong in it.",
    '"': "Text is written in single quotes: 'like this'. Fields are written without quotes.",
    "`": "Fields are written without quotes.",
    ".": "Fields are written without a table: `band`, not `health.band`.",
    "%": "The remainder `%` is not supported; the operators are + - * /.",
    ":": "Casts and parameters are not supported.",
    "|": "Joining texts with `||` is not supported.",
    "[": "Lists are written in parentheses: tier in ('enterprise', 'smb').",
    "!": "Use `not`, or `<>` for 'is different from'.",
}


@dataclass(frozen=True)
class Word:
    """One word: `kind` is `operand`, a keyword in small letters or a symbol.

    `segment` is the key in `in_segment('…')`, which is one operand.
    """

    kind: str
    start: int
    end: int
    value: Value | None = None
    segment: str = ""


def cut(text: str, fields: Mapping[str, Field]) -> list[Word]:
    """The words of `text`, checked one by one and in their order; raises ConditionError."""
    if len(text) > MAX_CHARACTERS:
        reason = f"The condition has {len(text):,} characters; at most {MAX_CHARACTERS:,} are taken. Split it in two."
        raise ConditionError(text, MAX_CHARACTERS, 1, reason)
    words = _join_segments(text, _join_dates(text, [_word(text, match, fields) for match in _matches(text)]))
    if not words:
        raise ConditionError(text, 0, 1, "The condition is empty. Write one such as: band = 'red'")
    if len(words) > MAX_WORDS:
        place = words[MAX_WORDS]
        reason = f"The condition has {len(words)} words and signs; at most {MAX_WORDS} are taken. Split it in two."
        raise ConditionError(text, place.start, place.end - place.start, reason)
    _check_parentheses(text, words)
    _check_order(text, words)
    return words


def _matches(text: str) -> list[re.Match[str]]:
    found, position = [], 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise ConditionError(text, position, 1, _stray(text, position))
        if match.lastgroup == "comment":
            raise ConditionError(text, position, match.end() - position, "Comments are not allowed in a condition.")
        if match.lastgroup == "number" and re.match(r"\w", text[match.end() : match.end() + 1]):
            raise ConditionError(text, position, match.end() + 1 - position, "This is neither a number nor a field.")
        if match.lastgroup != "space":
            found.append(match)
        position = match.end()
    return found


def _stray(text: str, position: int) -> str:
    char = text[position]
    if char == "'":
        return "This text is not closed: a single quote is missing at its end."
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return _SYMBOLS.get(char, f"The character {shown} does not belong in a condition.")


def _word(text: str, match: re.Match[str], fields: Mapping[str, Field]) -> Word:
    start, end, written = match.start(), match.end(), match.group()
    if match.lastgroup == "number":
        return Word("operand", start, end, Value(Type.NUMBER, literal=_number(text, match)))
    if match.lastgroup == "text":
        content = written[1:-1].replace("''", "'")
        if "\x00" in content:
            raise ConditionError(text, start, end - start, "A text cannot hold the character U+0000.")
        return Word("operand", start, end, Value(Type.TEXT, literal=content))
    if match.lastgroup == "symbol":
        return Word("<>" if written == "!=" else written, start, end)
    lower = written.lower()
    if lower in ("true", "false"):
        return Word("operand", start, end, Value(Type.BOOLEAN, literal=lower == "true"))
    if lower in _KEYWORDS:
        return Word(lower, start, end)
    field = fields.get(written) or fields.get(lower)
    if field is not None:
        return Word("operand", start, end, Value(field.type, name=field.name))
    if lower == IN_SEGMENT and text[end:].lstrip().startswith("("):
        return Word(IN_SEGMENT, start, end)
    if lower == "date" and text[end:].lstrip().startswith("'"):
        return Word("date", start, end)
    raise _unknown(text, start, end, fields)


def _number(text: str, match: re.Match[str]) -> int | float:
    written = match.group()
    value = float(written)
    if abs(value) > MAX_NUMBER or 0 < abs(value) < MIN_NUMBER:
        reason = f"The number is out of range: between {MIN_NUMBER:g} and {MAX_NUMBER:g}, or 0."
        raise ConditionError(text, match.start(), match.end() - match.start(), reason)
    return int(value) if value.is_integer() else value


def _unknown(text: str, start: int, end: int, fields: Mapping[str, Field]) -> ConditionError:
    written, suggestion = text[start:end], ""
    foreign = _FOREIGN.get(written.lower())
    if foreign:
        reason = f"No {foreign}." if foreign[0] == "`" else f"{foreign[0].upper()}{foreign[1:]} are not supported."
    elif text[end:].lstrip().startswith("("):
        reason = f"Functions are not supported: `{written[:60]}(`."
    else:
        suggestion = next(iter(get_close_matches(written.lower(), fields, n=1, cutoff=0.6)), "")
        hint = f"; did you mean {suggestion}?" if suggestion else ". The reference lists the fields."
        reason = f"There is no field '{written[:60]}'{hint}"
    return ConditionError(text, start, end - start, reason, suggestion=suggestion)


def _join_dates(text: str, words: list[Word]) -> list[Word]:
    """`date '2026-11-22'` becomes one operand."""
    joined: list[Word] = []
    for word in words:
        if joined and joined[-1].kind == "date" and word.value is not None:
            opening = joined.pop()
            literal = as_date(text, opening.start, word.end, str(word.value.literal))
            word = Word("operand", opening.start, word.end, Value(Type.DATE, literal=literal))
        joined.append(word)
    return joined


def _join_segments(text: str, words: list[Word]) -> list[Word]:
    """`in_segment('at_risk')` becomes one operand, true or false."""
    joined: list[Word] = []
    rest = iter(words)
    for word in rest:
        if word.kind == IN_SEGMENT:
            parts = [next(rest, None) for _ in range(3)]
            value = parts[1].value if parts[1] else None
            kinds = [part.kind if part else "" for part in parts]
            if kinds != ["(", "operand", ")"] or value is None or not isinstance(value.literal, str):
                reason = "`in_segment` is followed by the key of one segment: in_segment('at_risk')."
                raise ConditionError(text, word.start, word.end - word.start, reason)
            end = parts[2].end if parts[2] else word.end
            word = Word("operand", word.start, end, Value(Type.BOOLEAN, literal=True), segment=value.literal)
        joined.append(word)
    return joined


def as_date(text: str, start: int, end: int, written: str) -> date:
    """A literal date; raises ConditionError when it is none."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        try:
            return date.fromisoformat(written)
        except ValueError:
            pass
    raise ConditionError(text, start, end - start, f"'{written[:40]}' is not a date. Write it as '2026-11-22'.")


def _check_parentheses(text: str, words: list[Word]) -> None:
    open_at: list[Word] = []
    lists = {word for before, word in pairwise(words) if before.kind == "in"}
    prefixes = 0
    for word in words:
        prefixes = prefixes + 1 if word.kind in ("not", "-", "+") else 0 if word.kind != "(" else prefixes
        if word.kind == "(":
            open_at.append(word)
        elif word.kind == "," and not (open_at and open_at[-1] in lists):
            reason = "A comma only stands between the items of an `in` list; numbers are written without: 50000."
            raise ConditionError(text, word.start, 1, reason)
        elif word.kind == ")":
            if not open_at:
                raise ConditionError(text, word.start, 1, "This parenthesis closes nothing.")
            open_at.pop()
        if len(open_at) + prefixes > MAX_DEPTH:
            reason = f"The condition is nested more than {MAX_DEPTH} deep. Simplify it."
            raise ConditionError(text, word.start, word.end - word.start, reason)
    if open_at:
        raise ConditionError(text, open_at[-1].start, 1, "This parenthesis is not closed.")


def _check_order(text: str, words: list[Word]) -> None:
    """Two operands need an operator between them, an operator needs an operand behind it: said here, at the place."""
    earlier, before = "", ""
    for word in words:
        complaint = _complaint(earlier, before, word)
        if complaint:
            raise ConditionError(text, word.start, word.end - word.start, complaint)
        earlier, before = before, word.kind
    last = words[-1]
    if last.kind not in ("operand", ")", "null"):
        written = text[last.start : last.end]
        raise ConditionError(text, last.end, 1, f"Something is missing at the end, after '{written}'.")


def _complaint(earlier: str, before: str, word: Word) -> str | None:
    """What is wrong with `word` behind the kinds of the two words before it."""
    ended = before in ("operand", ")", "null")
    if before == "is" and word.kind not in ("not", "null") and not _is_truth(word):
        return "`is` is followed by null, not null, true or false."
    if before == "in" and word.kind != "(":
        return "`in` is followed by a list in parentheses: in ('enterprise', 'smb')."
    if word.kind == "null" and before != "is" and (earlier, before) != ("is", "not"):
        return "Nothing equals null. Write `is null` or `is not null`."
    if word.kind in _COMPARISONS and before in _COMPARISONS:
        return "Signs of comparison are written once and without a space: =, <>, <=, >=."
    if word.kind in ("operand", "(") and ended:
        return "An operator is missing before this: and, or, =, <, in …"
    if word.kind == ")" and before == "(":
        return "The parentheses are empty."
    starts = word.kind in ("operand", "(", "not", "null", "-", "+")
    negates = before == "not" and earlier in ("operand", ")", "null") and word.kind in ("in", "between", "like")
    return None if ended or starts or negates else "Something is missing before this."


def _is_truth(word: Word) -> bool:
    return word.value is not None and isinstance(word.value.literal, bool)
