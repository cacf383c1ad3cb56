"""Where in a draft a problem stands: at which step or which field of the playbook. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mainstay.playbooks.editing import all_steps


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: at the step `step`, else at the field `field` of the playbook; neither: as a whole.

    `path` goes on from there: `("due_in", "days")` of what a step is told, `("branches", "0", "when")` of a branch.
    `is_needed`: it is no mistake, something is only not said yet.
    """

    reason: str
    step: str = ""
    field: str = ""
    path: tuple[str, ...] = ()
    is_needed: bool = False


def pointed(content: Mapping[str, Any], problems: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """The problems of a draft (`place` as `steps.0.with.title`, `reason`), each with its step or field."""
    found = ((one, _pointed(content, str(one["place"]).split("."), str(one["reason"]))) for one in problems)
    return [replace(problem, is_needed=bool(one.get("is_needed"))) for one, problem in found]


def _pointed(content: Mapping[str, Any], parts: Sequence[str], reason: str) -> Problem:
    if parts[0] != "steps":
        return Problem(reason) if parts == ["document"] else Problem(reason, field=parts[0], path=tuple(parts[1:]))
    current: Any = content
    step = ""
    path: list[str] = []
    for part in parts:
        current = _inside(content, current, part)
        if isinstance(current, dict) and isinstance(current.get("id"), str) and "type" in current:
            step, path = current["id"], []
        else:
            path.append(part)
    return Problem(
        reason, step=step, field="" if step else "steps", path=tuple(path[1:] if path[:1] == ["with"] else path)
    )


def _inside(content: Mapping[str, Any], current: Any, part: str) -> Any:
    """What `part` names in `current`; of the steps of the playbook also by id."""
    if isinstance(current, list) and part.isdecimal():
        return current[int(part)] if int(part) < len(current) else None
    if isinstance(current, list) and current is content.get("steps"):
        return next((step for step in all_steps(content) if step["id"] == part), None)
    return current.get(part) if isinstance(current, dict) else None
