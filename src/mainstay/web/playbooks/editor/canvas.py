"""The steps of a draft as a flow to be drawn: cards, gaps in time, ways side by side, and where steps are added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mainstay.playbooks import editing
from mainstay.playbooks.calling import Piece, called, name_of, pieces, said_of
from mainstay.playbooks.editing import Content
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.pointing import Problem
from mainstay.playbooks.steps import step_types
from mainstay.playbooks.wording import outcome_text
from mainstay.web.playbooks.editor.fields import in_labels, label_at


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
    """A step. `title`: what it is called, `told`: what else it says, `is_wait`: time that passes.

    `problems`: what is wrong; `needs`: what is only not said yet, by its label.
    """

    id: str
    label: str
    icon: str
    title: Sequence[Piece]
    told: Sequence[Piece]
    problems: Sequence[str]
    needs: Sequence[str]
    ways: Sequence[Way]
    before: Gap
    is_wait: bool
    is_chosen: bool


@dataclass(frozen=True)
class Canvas:
    """All steps. `end`: where one is added behind the last."""

    cards: Sequence[Card]
    end: Gap


def canvas_of(content: Content, problems: Sequence[Problem], names: Names, *, chosen: str = "") -> Canvas:
    """The flow of a draft whose steps can be drawn."""
    by_id = {str(step["id"]): step for step in editing.all_steps(content)}
    own: dict[str, list[Problem]] = {}
    for one in problems:
        own.setdefault(one.step, []).append(one)

    def cards(row: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[Card]:
        for at, step in enumerate(steps):
            where = f"before “{step['id']}”"
            yield card(step, Gap(row, at, where))

    def card(step: Mapping[str, Any], before: Gap) -> Card:
        said = said_of(step, names)
        label, icon = name_of(str(step["type"]))
        found = own.get(step["id"], [])
        return Card(
            id=step["id"],
            label=label,
            icon=icon,
            title=pieces(said.title, names),
            told=pieces(said.rest, names),
            problems=list(dict.fromkeys(problem_text(step, one) for one in found if not one.is_needed)),
            needs=list(dict.fromkeys(need_text(step, one) for one in found if one.is_needed)),
            ways=[way(step, one, number) for number, one in enumerate(editing.ways_of(step))],
            before=before,
            is_wait=step["type"] == "wait",
            is_chosen=step["id"] == chosen,
        )

    def way(step: Mapping[str, Any], one: editing.Way, number: int) -> Way:
        label, condition = way_label(step, one, number, by_id, names)
        end = Gap(one.row, len(one.steps), f"at the end of “{step['id']}”, {label.lower()}")
        place = None if one.row.endswith(f"/{editing.ELSE}") else number
        return Way(one.row, step["id"], place, label, condition, list(cards(one.row, one.steps)), end)

    steps = content.get("steps", [])
    return Canvas(list(cards("", steps)), Gap("", len(steps), "at the end"))


def heard_text(word: str, name: str, kind: str, outcome: str) -> str:
    """What a way asks of an earlier step that is called `name`: `When approved (Approval “A discount?”)`."""
    return f"{word} {outcome_text(kind, outcome)} ({name})"


def way_label(
    step: Mapping[str, Any], way: editing.Way, number: int, by_id: Mapping[str, Mapping[str, Any]], names: Names
) -> tuple[str, str]:
    """`When`, with its condition; `When approved (Approval “…”)`; `Otherwise`; `30 %: short`.

    `by_id`: every step of the draft.
    """
    if step["type"] == "split":
        return f"{way.said.get('share', 0)} %: {in_words(str(way.said.get('name', '')))}", ""
    if way.row.endswith(f"/{editing.ELSE}"):
        return "Otherwise", ""
    word = "When" if number == 0 else "Else, when"
    heard = way.said.get("after")
    if isinstance(heard, Mapping):
        asked = by_id.get(str(heard.get("step", "")), {"id": heard.get("step", ""), "type": ""})
        return heard_text(word, called(asked, names), str(asked["type"]), str(heard.get("outcome", ""))), ""
    return word, str(way.said.get("when") or "…")


def problem_text(step: Mapping[str, Any], problem: Problem) -> str:
    """What is wrong with a step, with the label of its field: `Due in: …`."""
    label = _label(step, problem)
    return f"{label}: {in_labels(problem.reason)}" if label else in_labels(problem.reason)


def need_text(step: Mapping[str, Any], problem: Problem) -> str:
    """What a step still needs, by the label of its field."""
    return _label(step, problem) or in_labels(problem.reason).removeprefix("still needed: ")


def _label(step: Mapping[str, Any], problem: Problem) -> str:
    found = step_types().get(str(step["type"]))
    return label_at(found.params, problem.path) if found else ""
