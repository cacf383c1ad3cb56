"""Reads documents of playbooks: from YAML, from what is stored. An error names the file, the place and the reason."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml
from pydantic import ValidationError

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml, YamlText
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.tree import is_needed, said_of
from mainstay.playbooks.upgrading import upgraded

type Place = tuple[int | str, ...]


def check(content: Any, *, origin: str, text: YamlText | None = None) -> Document:
    """The document in what YAML, JSON or a form gave. Raises BadPlaybook with everything that is wrong.

    `details["problems"]`: `place` (`steps.0.with.title`), `reason`, where the `text` is known, `line`, and `is_needed`:
    whether it is only not said yet.
    """
    if not isinstance(content, Mapping):
        raise BadPlaybook(f"{origin}: a playbook is a mapping with key, name, entry and steps.")
    values = upgraded(content)
    try:
        return Document.model_validate(values)
    except ValidationError as error:
        problems = list(_problems(error, values))
    needed = [(place, reason) for place, reason, is_missing in problems if is_missing]
    raise bad_playbook([one[:2] for one in problems], needed=needed, origin=origin, text=text)


def bad_playbook(
    problems: Sequence[tuple[Place, str]],
    *,
    origin: str,
    needed: Collection[tuple[Place, str]] = (),
    text: YamlText | None = None,
) -> BadPlaybook:
    """The one error that says all of these. `needed`: those of them that are only not said yet."""
    said, details = [], []
    for place, reason in problems:
        line = text.place(place)[0] if text is not None else None
        dotted = ".".join(str(part) for part in place) or "document"
        said.append(f"{f'line {line}, ' if line else ''}{dotted}: {reason}")
        details.append({"place": dotted, "reason": reason, "line": line, "is_needed": (place, reason) in needed})
    return BadPlaybook(f"{origin}, {'; '.join(said)}. Correct it and load it again.", details={"problems": details})


def read(text: str, *, origin: str) -> Document:
    """Parse and check YAML; `origin` names it in errors. Raises BadPlaybook."""
    try:
        found = yaml_text.read(text, origin=origin)
    except NotYaml as error:
        raise BadPlaybook(error.message) from error
    return check(found.content, origin=origin, text=found)


def stored_document(values: Mapping[str, Any], *, key: str) -> Document:
    """The document of what was stored. Remembered: checking tries every template."""
    return _stored(json.dumps(values, sort_keys=True), key)


@lru_cache(maxsize=500)
def _stored(text: str, key: str) -> Document:
    return check(json.loads(text), origin=f"The stored playbook '{key}'")


def content_of(document: Document) -> dict[str, Any]:
    """A document as people write it: what is left at its default is left out, but never what tells kinds apart."""
    content = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content["entry"] = {"by": document.entry.by, **content.get("entry", {})}
    return content


def to_yaml(document: Document) -> str:
    """The document as YAML, in the order of its fields."""
    return yaml.safe_dump(content_of(document), sort_keys=False, allow_unicode=True, width=110)


def _problems(error: ValidationError, values: Mapping[str, Any]) -> Iterator[tuple[Place, str, bool]]:
    """Place, reason, and whether it is only not said yet."""
    found = error.errors()
    for one in found:
        inside = (other for other in found if other is not one and other["loc"][: len(one["loc"])] == one["loc"])
        if one["type"] == "too_short" and any(inside):
            continue  # only because what is inside is wrong
        if one["type"] == "params":
            place = _place(one["loc"], values)
            yield from ((place + inside, said, needed) for inside, said, needed in one["ctx"]["problems"])
        else:
            yield _place(one["loc"], values, is_missing=one["type"] == "missing"), said_of(one), is_needed(one)


def _place(location: Place, values: Any, *, is_missing: bool = False) -> Place:
    """Where something stands in the document: pydantic's location without the names of the members of unions."""
    found: list[int | str] = []
    current = values
    for number, part in enumerate(location):
        is_item = isinstance(current, list | tuple) and isinstance(part, int) and part < len(current)
        if is_item or (isinstance(current, Mapping) and part in current):
            current = current[part]
        elif number < len(location) - 1 or not is_missing:
            continue  # a member of a union, no place
        found.append(part)
    return tuple(found)
