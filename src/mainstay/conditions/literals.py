"""The texts in quotes of a condition, each with the field it is compared with and its place: `tier in ('smb', …)`."""

from collections.abc import Mapping
from dataclasses import dataclass

from mainstay.conditions.tree import Field
from mainstay.conditions.words import Word, cut


@dataclass(frozen=True)
class Literal:
    """A text compared with a field, from `start` to `end` of the condition, quotes included."""

    field: str
    text: str
    start: int
    end: int


def compared_texts(text: str, fields: Mapping[str, Field]) -> list[Literal]:
    """The texts that `=`, `<>` or `in` compare with a field before them. Raises ConditionError."""
    found = []
    words = cut(text, fields)
    for at, word in enumerate(words):
        field = _field_before(words, at) if word.value is not None and not word.value.name else ""
        if field and word.value is not None and isinstance(word.value.literal, str):
            found.append(Literal(field, word.value.literal, word.start, word.end))
    return found


def _field_before(words: list[Word], at: int) -> str:
    """The field the literal at this place is compared with; empty when it is not by a sign or a list."""
    at -= 1
    if at > 0 and words[at].kind in ("=", "<>"):
        return _name(words[at - 1])
    while at > 0 and (words[at].kind == "," or (words[at].value is not None and not _name(words[at]))):
        at -= 1
    if at > 1 and words[at].kind == "(" and words[at - 1].kind == "in":
        at -= 3 if words[at - 2].kind == "not" else 2
        return _name(words[at]) if at >= 0 else ""
    return ""


def _name(word: Word) -> str:
    return word.value.name if word.value is not None else ""
