"""What a form cannot tell from the type of a field: hints that stand in its declaration. None of them is needed.

    sender: Literal["company", "owner"] = Field(default="company", json_schema_extra=hint(labels={"owner": "The CSM"}))

A form calls a field by its `title`, else by its name, and explains it by its `description`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

KEY = "x-form"


def hint(
    *,
    lines: int = 0,
    choices: str = "",
    suggest: str = "",
    labels: Mapping[str, str] | None = None,
    section: str = "",
    is_condition: bool = False,
    goes_with: Mapping[str, Sequence[object]] | None = None,
) -> dict[str, Any]:
    """The hints of one field.

    `lines`: how tall a text begins. `choices`: one of what there is of this kind (`playbooks`, `segments`,
    `signal_kinds`…), `suggest`: the same, and anything else too. `labels`: the words of a closed set.
    `section`: fields that follow one another stand together behind this heading.
    `is_condition`: it is written in the condition editor. `goes_with`: it is asked for only where another field of the
    same model has one of these values (`{"to": ["contacts"]}`).
    """
    said = {
        "lines": lines,
        "choices": choices,
        "suggest": suggest,
        "labels": dict(labels or {}),
        "section": section,
        "is_condition": is_condition,
        "goes_with": {name: list(values) for name, values in (goes_with or {}).items()},
    }
    return {KEY: {name: value for name, value in said.items() if value}}


def hints_of(field: FieldInfo) -> Mapping[str, Any]:
    """The hints a field was declared with; none of them: empty."""
    extra = field.json_schema_extra
    found = extra.get(KEY) if isinstance(extra, dict) else None
    return found if isinstance(found, dict) else {}


def is_asked_for(field: FieldInfo, fields: Mapping[str, FieldInfo], values: Mapping[str, Any]) -> bool:
    """Whether a field goes with what the others of its model say (`values`; what is left out is at its default)."""
    wanted: Mapping[str, Sequence[object]] = hints_of(field).get("goes_with", {})
    return all(
        values.get(name, None if fields[name].is_required() else fields[name].get_default()) in values_
        for name, values_ in wanted.items()
    )


def decides(name: str, fields: Mapping[str, FieldInfo]) -> bool:
    """Whether other fields of the model are asked for or not by what this one says."""
    return any(name in hints_of(field).get("goes_with", {}) for field in fields.values())
