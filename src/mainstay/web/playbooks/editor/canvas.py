"""The steps of a draft as a flow to be drawn: cards, gaps in time, ways side by side, and where steps are added."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mainstay.playbooks import editing
from mainstay.playbooks.editing import Content
from mainstay.playbooks.pointing import Problem
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.wording import told

_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}|\{%-?\s*(else|elsif)?[^%]*%\}")
_SHAPES = {"branch": ("Branch", "workflow"), "split": ("Split", "arrow-down-up")}


@dataclass(frozen=True)
class Piece:
    """A part of a text: written, or a variable that is filled in."""

    text: str
    is_variable: bool


@dataclass(frozen=True)
class Way:
    """A way inside a branch or split; `condition` is shown as such. `number` None: otherwise, which stays the last."""

    row: str
    of: str
    number: int | None
    label: str
    condition: str
    cards: Sequence["Card"]
    end: "Gap"

    @property
    def query(self) -> str:
        """Where its form is, as an address says it."""
        return f"step={self.of}&way={'' if self.number is None else self.number}"


@dataclass(frozen=True)
class Gap:
    """Where a step can be added: its row, before the `at`th step; `where` in words."""

    row: str
    at: int
    where: str

    @property
    def query(self) -> str:
        """The place, as an address says it."""
        return f"{quote(self.row)}:{self.at}"


@dataclass(frozen=True)
class Card:
    """A step. `title`: what it is called, `told`: what else it says, `is_gap`: time that passes."""

    id: str
    label: str
    icon: str
    title: Sequence[Piece]
    told: Sequence[str]
    problems: Sequence[str]
    ways: Sequence[Way]
    before: Gap
    is_wait: bool
    is_chosen: bool


@dataclass(frozen=True)
class Canvas:
    """All steps. `end`: where one is added behind the last."""

    cards: Sequence[Card]
    end: Gap


def canvas_of(content: Content, problems: Sequence[Problem], *, chosen: str = "") -> Canvas:
    """The flow of a draft whose steps can be drawn."""
    wrong: dict[str, list[str]] = {}
    for one in problems:
        if one.step:
            wrong.setdefault(one.step, []).append(_said(one))

    def cards(row: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[Card]:
        for at, step in enumerate(steps):
            where = f"before “{step['id']}”"
            yield card(step, Gap(row, at, where))

    def card(step: Mapping[str, Any], before: Gap) -> Card:
        title, told = said_of(step)
        label, icon = name_of(str(step["type"]))
        return Card(
            id=step["id"],
            label=label,
            icon=icon,
            title=pieces(title),
            told=told,
            problems=wrong.get(step["id"], []),
            ways=[way(step, one, number) for number, one in enumerate(editing.ways_of(step))],
            before=before,
            is_wait=step["type"] == "wait",
            is_chosen=step["id"] == chosen,
        )

    def way(step: Mapping[str, Any], one: editing.Way, number: int) -> Way:
        label, condition = way_label(step, one, number)
        end = Gap(one.row, len(one.steps), f"at the end of “{step['id']}”, {label.lower()}")
        place = None if one.row.endswith(f"/{editing.ELSE}") else number
        return Way(one.row, step["id"], place, label, condition, list(cards(one.row, one.steps)), end)

    steps = content.get("steps", [])
    return Canvas(list(cards("", steps)), Gap("", len(steps), "at the end"))


def name_of(kind: str) -> tuple[str, str]:
    """The label and the icon of a kind of step."""
    if kind in _SHAPES:
        return _SHAPES[kind]
    step = step_types().get(kind)
    return (step.label, step.icon) if step else (f"Unknown: {kind}", "circle-alert")


def said_of(step: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What a raw step is called, and what else it says."""
    params = step.get("with")
    return told(params) if isinstance(params, Mapping) else ("", [])


def way_label(step: Mapping[str, Any], way: editing.Way, number: int) -> tuple[str, str]:
    """`When`, with its condition; `After “answer” came to timed out`; `Otherwise`; `30 %: short`."""
    if step["type"] == "split":
        return f"{way.said.get('share', 0)} %: {way.said.get('name', '')}", ""
    if way.row.endswith(f"/{editing.ELSE}"):
        return "Otherwise", ""
    word = "When" if number == 0 else "Else, when"
    heard = way.said.get("after")
    if isinstance(heard, Mapping):
        return f"{word} “{heard.get('step', '')}” came to {str(heard.get('outcome', '')).replace('_', ' ')}", ""
    return word, str(way.said.get("when") or "…")


def pieces(text: str) -> list[Piece]:
    """A text in Liquid, cut at its variables and at its `or`; what else only steers it is left out."""
    found, last = [], 0
    for match in _VARIABLE.finditer(text):
        found.append(Piece(text[last : match.start()], is_variable=False))
        variable = (match[1] or "").replace("_", " ").replace(".", " ")
        found.append(Piece("or" if match[2] else variable, is_variable=True))
        last = match.end()
    found.append(Piece(text[last:], is_variable=False))
    return [one for one in found if one.text.strip()]


def _said(problem: Problem) -> str:
    place = " ".join(part.replace("_", " ") for part in problem.path if not part.isdecimal() and part != "branches")
    return f"{place}: {problem.reason}" if place else problem.reason
