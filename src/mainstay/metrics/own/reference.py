"""The reference of all operations as a page of Markdown, made from the documents' models."""

import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from inspect import cleandoc
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mainstay.metrics.own import document
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.expression import FUNCTIONS

_INTRODUCTION = """\
# Operations of declared metrics

What `value` of a metric's document may say ([how to declare one](../how-to/declare-a-metric.md)). Left out, a field has
its default; a field without one must be said. `null` is no value, which is not 0.

This page is made by `mainstay metrics operations`.
"""

# The operations, each with documents' values that use it.
EXAMPLES: Mapping[type[BaseModel], Mapping[str, Any]] = {
    document.Count: {
        "operation": "users",
        "events": ["Report Exported"],
        "where": "format = 'pdf' and pages >= 3 and persona = 'administrator'",
        "properties": {"format": "text", "pages": "number"},
        "days": 28,
    },
    document.Statistic: {
        "operation": "median",
        "events": ["Query Run"],
        "property": "seconds",
        "properties": {"seconds": {"type": "number", "path": "Duration (s)"}},
        "days": 14,
        "today": False,
    },
    document.Share: {"operation": "share_of_seats", "events": ["Dashboard Shared"]},
    document.DaysSince: {"operation": "days_since", "events": ["Backup Finished"], "days": 180},
    document.Change: {
        "operation": "change",
        "of": {"operation": "count", "events": ["Report Exported"]},
        "days": 28,
        "at_least": 20,
    },
    document.Streak: {
        "operation": "streak",
        "of": {"operation": "users", "events": ["Signed In"]},
        "period_days": 7,
        "periods": 8,
        "under": 3,
    },
    document.Trend: {
        "operation": "trend",
        "of": {"operation": "active_days"},
        "periods": 6,
        "result": "slope",
        "minimum_fit": 0.5,
    },
    document.Ratio: {"operation": "ratio", "part": "arr", "whole": "seats"},
    document.Percentile: {"operation": "percentile", "of": "events_28d", "by": "tier", "within": "arr >= 10000"},
    document.Tenure: {"operation": "tenure", "gap_days": 31},
    document.Expression: {
        "operation": "expression",
        "expression": "if(arr >= 50000, 100 * coalesce(power_users, 0) / seats_used, null)",
    },
}


def page() -> str:
    """The page: what all documents have in common, then a section for each operation."""
    parts = [_INTRODUCTION, "## The document\n", _fields(Document, without={"value"}), ""]
    for model, example in EXAMPLES.items():
        parts += [f"## {_title(model)}\n", f"{_lead(model)}\n", _yaml({"value": example}), _fields(model), ""]
    parts += ["## Functions of an expression\n", *(f"* {function.meaning}" for function in FUNCTIONS.values()), ""]
    parts += ["## What `of` counts\n", _lead(document.CountOf), "", _fields(document.CountOf), ""]
    parts += [_lead(document.ValueOf), "", _fields(document.ValueOf), ""]
    parts += ["## A property\n", f"{_lead(document.Property)}\n", _fields(document.Property), ""]
    return "\n".join(parts)


def _title(model: type[BaseModel]) -> str:
    names = get_args(model.model_fields["operation"].annotation)
    return ", ".join(f"`{name}`" for name in names)


def _lead(model: type[BaseModel]) -> str:
    return " ".join(cleandoc(model.__doc__ or "").split())


def _yaml(content: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=100, allow_unicode=True)
    return f"```yaml\n{text}```\n"


def _fields(model: type[BaseModel], *, without: frozenset[str] | set[str] = frozenset()) -> str:
    rows = [
        f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {_cell(field.description or _MEANING[name])} |"
        for name, field in _sorted(model)
        if name not in without
    ]
    return "\n".join(["| | takes | default | |", "| --- | --- | --- | --- |", *rows])


def _sorted(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """The operation first, then in the order of declaration."""
    yield from sorted(model.model_fields.items(), key=lambda item: item[0] != "operation")


# What fields mean that say it by their name.
_MEANING = {
    "operation": "This operation.",
    "unit": "What a value counts: it decides how it is written, and percentages are 0 to 100.",
    "of": "What is counted in each window, without a window: see below.",
    "type": "What its values are.",
    "part": "The metric above the line.",
    "whole": "The metric below the line.",
}


def _type(annotation: Any) -> str:
    if annotation is type(None):
        return "null"
    if isinstance(annotation, type):
        if issubclass(annotation, StrEnum):
            return ", ".join(f"`{one.value}`" for one in annotation)
        if issubclass(annotation, BaseModel):
            return f"a {annotation.__name__.lower()}"
        return {str: "text", int: "whole number", float: "number", bool: "true, false"}[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if origin in (Union, types.UnionType):
        names = [_type(one) for one in arguments]
        return "what is counted" if "a countof" in names else " or ".join(names)
    if origin is tuple:
        return f"list of {_type(arguments[0])}s"
    if origin is dict:
        return "names and their types"
    return _type(annotation.__value__)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "–"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if value in ((), {}, ""):
        return "none"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
