"""The tree of steps, flattened: what comes first, and what comes after each step. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainstay.playbooks.tree import AnyStep, below

END = ""
"""The position behind the last step."""


@dataclass(frozen=True)
class Flow:
    """Positions are ids of steps; END lies behind the last one.

    `nexts` says what comes when a step is over; `ways` where each outcome of a branch or split leads.
    """

    first: str
    steps: Mapping[str, AnyStep]
    nexts: Mapping[str, str]
    ways: Mapping[str, Mapping[str, str]]


def flow_of(steps: Sequence[AnyStep]) -> Flow:
    """The flow of a tree whose steps each have an id of their own."""
    found: dict[str, AnyStep] = {}
    nexts: dict[str, str] = {}
    ways: dict[str, Mapping[str, str]] = {}

    def lay(row: Sequence[AnyStep], then: str) -> str:
        """Lay out a row of steps that leads on to `then`; where the row begins."""
        for step in reversed(row):
            found[step.id], nexts[step.id] = step, then
            inner = {outcome: lay(inside, then) for outcome, inside in below(step)}
            if inner:
                ways[step.id] = inner
            then = step.id
        return then

    first = lay(steps, END)
    return Flow(first, found, nexts, ways)
