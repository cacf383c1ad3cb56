"""What stands around the steps of a draft: how it is called, who enters and when, what ends and measures it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from mainstay.playbooks.document import Audience, Caps, Document, Exit, Goal, Reentry, Subject
from mainstay.playbooks.editing import Content
from mainstay.playbooks.entries import Entry
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.pointing import Problem
from mainstay.playbooks.wording import about_text, again_text, audience_text, entry_text, exit_text
from mainstay.web.playbooks.editor.fields import Field, field_of, in_labels, label_at
from mainstay.web.playbooks.editor.shapes import shapes_of

PARTS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "name": ("Name and owner", "file-text", ("name", "description", "purpose", "owner", "key", "expects")),
    "start": ("Who enters, and when", "zap", ("entry", "for", "subject", "reentry", "apart")),
    "end": ("Goal and ends", "target", ("goal", "exit", "holdout", "caps")),
}
"""Title, icon and fields of each."""

_ENTRY: TypeAdapter[Any] = TypeAdapter(Entry)
_REENTRY: TypeAdapter[Any] = TypeAdapter(Reentry)


@dataclass(frozen=True)
class Said:
    """A line of a part: what it is about, and what is said; `is_code`: a condition. Empty: nothing yet."""

    about: str
    text: str
    is_code: bool = False


@dataclass(frozen=True)
class Part:
    """A card beside the steps; `problems` and `needs` as those of a step."""

    name: str
    title: str
    icon: str
    said: Sequence[Said]
    problems: Sequence[str]
    needs: Sequence[str]
    is_chosen: bool


def part_of(content: Content, name: str, problems: Sequence[Problem], names: Names, *, chosen: str = "") -> Part:
    """A card with what is said so far."""
    title, icon, fields = PARTS[name]
    said = _start(content, names) if name == "start" else _end(content)
    own = [one for one in problems if one.field in fields]
    wrong = [f"{place_text(one)}: {in_labels(one.reason)}" for one in own if not one.is_needed]
    needs = [place_text(one) for one in own if one.is_needed]
    return Part(name, title, icon, said, wrong, needs, is_chosen=name == chosen)


def fields_of_part(content: Content, name: str, problems: Sequence[Problem], *, is_key_free: bool) -> list[Field]:
    """The form of a part. The key of a playbook that was published stays."""
    wanted = PARTS[name][2]
    shapes = {field: (info, shape) for field, info, shape in shapes_of(Document) if field in wanted}
    found = []
    for field in wanted:
        if field == "key" and not is_key_free:
            continue
        info, shape = shapes[field]
        here = [replace(one, path=(field, *one.path)) for one in problems if one.field == field]
        found.append(field_of(field, info, shape, content.get(field), problems=here, path=(field,)))
    return found


def place_text(problem: Problem) -> str:
    """What a field of the playbook is called, with what it is inside of: `Starts when, segment`."""
    inside = [in_words(part) for part in problem.path if not part.isdecimal()]
    return ", ".join([label_at(Document, (problem.field,)) or in_words(problem.field), *inside])


def _start(content: Content, names: Names) -> list[Said]:
    entry = _read(_ENTRY, content.get("entry"))
    audience = _model(Audience, content.get("for"))
    subject = _model(Subject, content.get("subject"))
    again = _read(_REENTRY, content.get("reentry", "after_exit"))
    return [
        Said("Starts when", entry_text(entry, names) if entry else ""),
        *_whom(audience or Audience(), names),
        Said("About", about_text(subject or "account")),
        Said("Runs", again_text(again) if again else ""),
    ]


def _whom(audience: Audience, names: Names) -> list[Said]:
    """In words, and the condition as it is."""
    who = audience_text(audience, names)
    found = [Said("For", who)] if who else []
    return (
        [*found, Said("And where" if who else "For", audience.where, is_code=True)] if audience.where.strip() else found
    )


def _end(content: Content) -> list[Said]:
    goal, caps = _model(Goal, content.get("goal")), _model(Caps, content.get("caps")) or Caps()
    ends = content.get("exit", [])
    exits = [found for one in (ends if isinstance(ends, list) else []) if (found := _model(Exit, one))]
    holdout = content.get("holdout")
    room = [(caps.starts_a_day, "a day"), (caps.under_way, "under way")]
    said = [
        Said("Goal", f"{goal.where} within {goal.within_days} days", is_code=True) if goal else Said("Goal", "none"),
        *(Said("Ends early", f"when {exit_text(one)}") for one in exits),
    ]
    if holdout:
        said.append(Said("Held out", f"{holdout} % of the accounts"))
    return [*said, *(Said("At most", f"{number} {word}") for number, word in room if number)]


def _model[M: BaseModel](model: type[M], value: Any) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _read(adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None
