"""What was typed into a form of a pydantic model, as values of a document: right or wrong. Pure.

What is left empty, or stays at its default, is left out; what cannot be understood is kept as it was typed, so that the
check of the document says what is wrong with it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, assert_never

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mainstay.playbooks.hints import is_asked_for
from mainstay.web.playbooks.editor.shapes import (
    Anything,
    Check,
    Choice,
    Condition,
    Day,
    Group,
    Named,
    Number,
    OneOf,
    Rows,
    Shape,
    Text,
    Words,
    shape_of,
    shapes_of,
)

MOST_ROWS = 50
_NOTHING = object()


class Posted(Protocol):
    """The fields of a form, as Django has them."""

    def get(self, key: str, default: Any = None) -> Any:
        """The last value of a field."""

    def getlist(self, key: str) -> Sequence[str]:
        """All values of a field."""


def values_of(model: type[BaseModel], posted: Posted, *, prefix: str = "") -> dict[str, Any]:
    """The values of a model's fields, whose names in the form begin with `prefix`; without those that do not go with
    what the others say.
    """
    found: dict[str, Any] = {}
    for name, field, shape in shapes_of(model):
        value = _value(shape, posted, prefix + name)
        if value is not _NOTHING and (field.is_required() or not _is_default(field, value)):
            found[name] = value
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    return {name: value for name, value in found.items() if is_asked_for(fields[name], fields, found)}


def value_of(field: FieldInfo, posted: Posted, name: str) -> Any:
    """The value of one field; None where it is left empty or stays at its default."""
    value = _value(shape_of(field), posted, name)
    is_left_out = value is _NOTHING or (not field.is_required() and _is_default(field, value))
    return None if is_left_out else value


def _is_default(field: FieldInfo, value: Any) -> bool:
    default: Any = field.get_default(call_default_factory=False)
    if isinstance(default, BaseModel):
        return bool(value == {})
    return bool(value == (list(default) if isinstance(default, tuple) else default))


def _value(shape: Shape, posted: Posted, name: str) -> Any:
    text = str(posted.get(name) or "")
    match shape:
        case Text(lines=1) | Choice() | Day():
            return text.strip() or _NOTHING
        case Text() | Condition():
            return text.replace("\r\n", "\n").strip() or _NOTHING
        case Check():
            return bool(text)
        case Number():
            return _number(text.strip(), is_whole=shape.is_whole)
        case Words():
            lines = (line.strip() for one in posted.getlist(name) for line in str(one).splitlines())
            return list(dict.fromkeys(line for line in lines if line)) or _NOTHING
        case Group():
            values = values_of(shape.model, posted, prefix=f"{name}.")
            return values if values or not shape.is_optional else _NOTHING
        case Rows():
            return _rows(shape.model, posted, name) or _NOTHING
        case Named():
            return _named(shape, posted, name) or _NOTHING
        case OneOf():
            return _one_of(shape, posted, name, text)
        case Anything():
            return _yaml(text)
        case _:
            assert_never(shape)


def _number(text: str, *, is_whole: bool) -> Any:
    if not text:
        return _NOTHING
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    if number != number or abs(number) == float("inf"):  # JSON has neither
        return text
    return int(number) if number.is_integer() else text if is_whole else number


def _rows(model: type[BaseModel], posted: Posted, name: str) -> list[dict[str, Any]]:
    """The rows that are filled in: in which something is said that a row cannot be without."""
    needed = [field for field, info, _ in shapes_of(model) if info.is_required()]
    found = []
    for number in range(MOST_ROWS):
        if posted.get(f"{name}.{number}.row") is None:
            break
        values = values_of(model, posted, prefix=f"{name}.{number}.")
        if any(field in values for field in needed) if needed else values:
            found.append(values)
    return found


def _named(shape: Named, posted: Posted, name: str) -> dict[str, Any]:
    """The rows in which a name or a value is filled in."""
    found: dict[str, Any] = {}
    for number in range(MOST_ROWS):
        prefix = f"{name}.{number}."
        if posted.get(f"{prefix}row") is None:
            break
        key = str(posted.get(f"{prefix}key") or "").strip()
        value = (
            _text_of(posted, f"{prefix}text") if shape.model is None else values_of(shape.model, posted, prefix=prefix)
        )
        if key or value:
            found[key] = value
    return found


def _text_of(posted: Posted, name: str) -> str:
    return str(posted.get(name) or "").replace("\r\n", "\n").strip()


def _one_of(shape: OneOf, posted: Posted, name: str, word: str) -> Any:
    if word not in shape.members:
        return _NOTHING
    model = shape.members[word]
    if model is None:
        return word
    values = values_of(model, posted, prefix=f"{name}.{word}.")
    return {shape.tag: word, **values} if shape.tag else values


def _yaml(text: str) -> Any:
    if not text.strip():
        return _NOTHING
    try:
        return json.loads(json.dumps(yaml.safe_load(text), default=str))  # days are texts in what is stored
    except yaml.YAMLError:
        return text


def kept_beside(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in `values` and has no field: an editor leaves it where it is, and the check tells of it."""
    known = {field.alias or name for name, field in model.model_fields.items()}
    return {name: value for name, value in values.items() if name not in known}
