"""Reads documents of metrics from YAML, JSON or a form; says of each problem where it is and what would be right."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mainstay.common import yaml_text
from mainstay.common.yaml_text import YamlText
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.own import document
from mainstay.metrics.own.document import Document


def read(text: str, *, origin: str) -> Document:
    """Read and check YAML; `origin` names it in errors. Raises NotYaml, BadMetric."""
    given = yaml_text.read(text, origin=origin)
    return check(given.content, origin=origin, text=given)


def as_yaml(document: Document) -> str:
    """A document as people would write it: nothing that is said anyway. `read` gives the same document again."""
    content = document.model_dump(mode="json", exclude_defaults=True)
    value = content["value"]
    for part in (value, value.get("of")):
        if isinstance(part, dict) and "properties" in part:
            part["properties"] = {
                name: one["type"] if one.keys() == {"type"} else one for name, one in part["properties"].items()
            }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def check(content: Any, *, origin: str, text: YamlText | None = None) -> Document:
    """Check what YAML, JSON or a form gave. Raises BadMetric with every problem and its place."""
    if not isinstance(content, Mapping):
        raise BadMetric(f"{origin} must say what a metric is: `key`, `label`, `description`, `unit`, `value`.")
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        problems = [_problem(one, text) for one in error.errors(include_url=False)]
        problems.sort(key=lambda one: one.get("line", 0))
        raise BadMetric(f"{origin}, {problems[0]['message']}", problems=problems) from error


def _problem(error: ErrorDetails, text: YamlText | None) -> dict[str, Any]:
    path = _as_written(error["loc"])
    names = ".".join(str(step) for step in path)
    message = f"{names}: {_said(error)}" if names else _said(error)
    problem: dict[str, Any] = {"path": names, "message": message}
    if text is not None:
        problem["line"], problem["column"] = text.place(path)
        problem["message"] = f"line {problem['line']}, {message}"
    return problem


def _as_written(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The place without the members of unions that pydantic puts into it: nobody wrote those."""
    steps, before = list[int | str](), None
    for index, step in enumerate(location):
        if not ((before == "value" and index == 1) or (before == "of" and index == 3)):
            steps.append(step)
        before = step
    return tuple(steps)


def _said(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            name = str(error["loc"][-1])
            close = get_close_matches(name, _known_names(), n=1, cutoff=0.7)
            return "nobody reads this here" + (f"; did you mean `{close[0]}`?" if close else ". Leave it out.")
        case "union_tag_invalid":
            given, known = str(error["ctx"]["tag"]), str(error["ctx"]["expected_tags"]).replace("'", "").split(", ")
            close = get_close_matches(given, known, n=1, cutoff=0.5)
            return f"there is no operation '{given}'" + (
                f"; did you mean `{close[0]}`?" if close else f"; there are {', '.join(known)}."
            )
        case "union_tag_not_found":
            return "say its `operation`, such as `operation: count`."
        case "string_pattern_mismatch":
            return f"use letters, digits and single underscores, a letter first; it is {error['input']!r:.60}."
        case "missing":
            return "this is missing; it must be said."
        case _:
            return f"{error['msg'].removeprefix('Value error, ').rstrip('.')}; it is {error['input']!r:.60}."


@cache
def _known_names() -> tuple[str, ...]:
    models = [found for found in vars(document).values() if isinstance(found, type) and issubclass(found, BaseModel)]
    return tuple(sorted({name for model in models for name in model.model_fields}))
