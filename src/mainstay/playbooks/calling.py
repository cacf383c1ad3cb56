"""What people call a step: by its kind and what it says, its variables in words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.step import Saying
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.tree import Action, AnyStep, Branch, Split
from mainstay.playbooks.variables import variable_text
from mainstay.playbooks.wording import saying_of

_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}|\{%-?\s*(else|elsif)?[^%]*%\}")
_MOST_CALLED = 50
_SHAPES = {"branch": ("Branch", "workflow"), "split": ("Split", "arrow-down-up")}


@dataclass(frozen=True)
class Piece:
    """A part of a text: written, or a variable that is filled in."""

    text: str
    is_variable: bool


def name_of(kind: str) -> tuple[str, str]:
    """The label and the icon of a kind of step."""
    if kind in _SHAPES:
        return _SHAPES[kind]
    step = step_types().get(kind)
    return (step.label, step.icon) if step else (f"Unknown: {kind}", "circle-alert")


def said_of(step: Mapping[str, Any], names: Names) -> Saying:
    """What a raw step says."""
    told = step.get("with")
    return saying_of(str(step["type"]), told if isinstance(told, Mapping) else {}, names)


def called(step: Mapping[str, Any], names: Names) -> str:
    """What people call a step: `Task “Call account name”`, `Wait “7 days”`; by its id where nobody knows its kind."""
    if step["type"] not in step_types() and step["type"] not in _SHAPES:
        return f"“{step['id']}”"
    title = plainly(said_of(step, names).title, names)
    title = title.replace("“", "‘").replace("”", "’")
    label = name_of(step["type"])[0]
    return f"{label} “{title if len(title) <= _MOST_CALLED else title[:_MOST_CALLED] + '…'}”" if title else label


def step_called(step: AnyStep | None, names: Names, *, id: str) -> str:
    """What people call a step of a document; for None, one it does not have, its id in words."""
    match step:
        case None:
            return f"“{in_words(id)}”" if id else "the end"
        case Action():
            return called({"id": step.id, "type": step.type, "with": step.params}, names)
        case Branch() | Split():
            return called({"id": step.id, "type": step.type}, names)


def plainly(text: str, names: Names) -> str:
    """A text in Liquid as one that is read: its variables in words."""
    return "".join(piece.text for piece in pieces(text, names)).strip()


def pieces(text: str, names: Names) -> list[Piece]:
    """A text in Liquid, cut at its variables, in words, and at its `or`; what else only steers it is left out."""
    found, last = [], 0
    for match in _VARIABLE.finditer(text):
        found.append(Piece(text[last : match.start()], is_variable=False))
        found.append(Piece("or" if match[2] else variable_text(match[1] or "", names), is_variable=True))
        last = match.end()
    found.append(Piece(text[last:], is_variable=False))
    return [one for one in found if one.text.strip()]
