"""Small pieces of sentences, for whatever tells in words what a step does. Pure."""

from collections.abc import Sequence


def counted(number: float, noun: str) -> str:
    """`1 working day`, `2.5 hours`."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def listed(words: Sequence[str], *, word: str) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {word} {words[-1]}"


def in_words(key: str) -> str:
    """`economic_buyer`: `economic buyer`."""
    return key.replace("_", " ")


def sentence(*parts: str) -> str:
    """The parts that say something, with commas between them, as a sentence; empty where none does."""
    said = ", ".join(part for part in parts if part)
    return f"{said[0].upper()}{said[1:]}." if said else ""
