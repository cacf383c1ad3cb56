"""Where the ways of playbooks lead: steps that no run comes to, and playbooks that start one another for ever. Pure."""

from collections.abc import Iterator, Mapping

from mainstay.playbooks.document import Document
from mainstay.playbooks.flow import END
from mainstay.playbooks.steps.end import EndParams
from mainstay.playbooks.steps.start import StartParams
from mainstay.playbooks.tree import Action


def unreachable(document: Document) -> list[str]:
    """The first step of each stretch that no run comes to, since every way to it ends before; as they are read."""
    flow, reached, ahead = document.flow, set[str](), [document.flow.first]
    while ahead:
        position = ahead.pop()
        if position == END or position in reached:
            continue
        reached.add(position)
        step = flow.steps[position]
        if isinstance(step, Action):
            ahead += [] if isinstance(step.typed_params, EndParams) else [flow.nexts[position]]
        else:
            ahead += flow.ways[position].values()
    missed = [step.id for step in document.all_steps if step.id not in reached]
    behind = {flow.nexts[step] for step in missed} | {
        way for step in missed for way in flow.ways.get(step, {}).values()
    }
    return [step for step in missed if step not in behind]


def starts(document: Document) -> Iterator[tuple[str, str]]:
    """Each step that starts another playbook, with its key."""
    for step in document.all_steps:
        if isinstance(step, Action) and isinstance(step.typed_params, StartParams):
            yield step.id, step.typed_params.playbook


def circle(document: Document, first: str, started: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The shortest way from the playbook `first`, which this one starts, back to it; empty where there is none.

    `started`: what each of the others starts, by key.
    """
    ways: list[tuple[str, ...]] = [(first,)]
    seen = {first}
    for way in ways:  # grows while it is walked
        for key in sorted(started.get(way[-1], frozenset())):
            if key == document.key:
                return way
            if key not in seen:
                seen.add(key)
                ways.append((*way, key))
    return ()
