"""What changed from one version of a playbook to the next, in sentences. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from mainstay.playbooks.document import Document
from mainstay.playbooks.naming import NO_NAMES, Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.reading import content_of
from mainstay.playbooks.tree import Action, AnyStep, Branch, Split, walk
from mainstay.playbooks.wording import audience_text, entry_text, reentry_text, subject_text

_LABELS: Mapping[str, str] = {
    "name": "Name",
    "description": "Description",
    "purpose": "Purpose",
    "expects": "Expects",
    "owner": "Answers for it",
    "for": "For",
    "entry": "Starts when",
    "subject": "About",
    "reentry": "Again",
    "apart": "Apart from others",
    "exit": "Ends",
    "goal": "Goal",
    "holdout": "Held out, percent",
    "caps": "Caps",
}
_LONGEST = 120


def changes(former: Document, present: Document, names: Names = NO_NAMES) -> list[str]:
    """`Step 'welcome', title: Hello → Welcome`: what differs, in the order of the document; steps by their ids."""
    before, after = content_of(former), content_of(present)
    words_before, words_after = _in_words(former, names), _in_words(present, names)
    found = []
    for name, label in _LABELS.items():
        if before.get(name) == after.get(name):
            continue
        # A sentence leaves out what it has no word for: then the values themselves are told.
        are_words_enough = words_before.get(name) != words_after.get(name)
        one, other = (words_before, words_after) if are_words_enough else (before, after)
        found.append(f"{label}: {_text(one.get(name))} → {_text(other.get(name))}")
    return [*found, *_of_steps(former, present)]


def _in_words(document: Document, names: Names) -> dict[str, str]:
    """What a sentence says better than its fields."""
    audience = document.audience
    return {
        "for": ": ".join(part for part in (audience_text(audience, names), audience.where.strip()) if part),
        "entry": entry_text(document.entry, names),
        "subject": subject_text(document),
        "reentry": reentry_text(document),
    }


def _of_steps(former: Document, present: Document) -> Iterator[str]:
    before = {step.id: step for step, _ in walk(former.steps)}
    after = {step.id: step for step, _ in walk(present.steps)}
    for name, step in after.items():
        if name not in before:
            yield f"Step '{name}' ({step.type}): new"
        else:
            yield from _of_step(step, _content(before[name]), _content(step))
            yield from _of_parts(before[name], step)
    for name, step in before.items():
        if name not in after:
            yield f"Step '{name}' ({step.type}): taken out"
    common_before = [name for name in before if name in after]
    common_after = [name for name in after if name in before]
    if common_before != common_after:
        yield f"Order of steps: {', '.join(common_before)} → {', '.join(common_after)}"
    elif _ways(former, common_after) != _ways(present, common_after):
        yield "What follows what: changed"


def _of_step(step: AnyStep, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    fields = step.step_type.params.model_fields if isinstance(step, Action) else {}
    for place in dict.fromkeys([*before, *after]):
        if before.get(place) != after.get(place):
            label = (fields[place].title or "").lower() if place in fields else ""
            said = f"{_text(before.get(place))} → {_text(after.get(place))}"
            yield f"Step '{step.id}', {label or in_words(place)}: {said}"


def _of_parts(before: AnyStep, after: AnyStep) -> Iterator[str]:
    """The order of shares decides who is in which: it is told even where nothing else is said."""
    if isinstance(before, Split) and isinstance(after, Split):
        former, present = ([part.name for part in step.parts] for step in (before, after))
        if former != present and sorted(former) == sorted(present):
            yield f"Step '{after.id}', order of its ways: {', '.join(former)} → {', '.join(present)}"


def _content(step: AnyStep) -> dict[str, Any]:
    """What a step says by itself, without the steps inside it."""
    match step:
        case Action():
            return {"type": step.type, **step.params}
        case Branch():
            arms = {f"arm {number}": arm.when or f"after {arm.after}" for number, arm in enumerate(step.branches, 1)}
            return {"type": step.type, **arms}
        case Split():
            return {"type": step.type, **{f"part {part.name}": f"{part.share} %" for part in step.parts}}


def _ways(document: Document, names: list[str]) -> dict[str, str]:
    return {name: document.flow.nexts[name] for name in names if document.flow.nexts[name] in names}


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, Mapping):
        said = ", ".join(f"{in_words(str(name))} {_text(one)}" for name, one in value.items())
    elif isinstance(value, list):
        said = "; ".join(_text(one) for one in value)
    else:
        said = str(value)
    said = " ".join(said.split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
