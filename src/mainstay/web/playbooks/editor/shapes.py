"""How a field of a pydantic model is asked for in a form. Pure.

Every field has a shape: what no other fits is asked for as YAML, so that a new step type has its form by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Any, Literal, TypeAliasType, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from mainstay.playbooks import templates
from mainstay.playbooks.hints import hints_of
from mainstay.playbooks.step import Params


@dataclass(frozen=True)
class Text:
    """Words; `lines` 1: one line. `is_template`: variables may stand in it."""

    lines: int
    is_template: bool = False


@dataclass(frozen=True)
class Condition:
    """A condition on accounts, written in the condition editor."""


@dataclass(frozen=True)
class Choice:
    """One of a closed set."""

    values: Sequence[str]


@dataclass(frozen=True)
class Check:
    """Yes or no."""


@dataclass(frozen=True)
class Number:
    """A number between `low` and `high`, where there are such ends."""

    is_whole: bool
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Day:
    """A date."""


@dataclass(frozen=True)
class Words:
    """A list of texts, one a line."""


@dataclass(frozen=True)
class Group:
    """The fields of a model; `is_optional`: nothing at all where all of them are left empty."""

    model: type[BaseModel]
    is_optional: bool = False


@dataclass(frozen=True)
class Rows:
    """A list of models."""

    model: type[BaseModel]


@dataclass(frozen=True)
class Named:
    """Values under names of one's own: of a model, else texts."""

    model: type[BaseModel] | None
    is_template: bool = False


@dataclass(frozen=True)
class OneOf:
    """One of several forms, by the word that chooses it; None: the word itself. `tag`: the field that holds it."""

    members: Mapping[str, type[BaseModel] | None]
    tag: str = ""


@dataclass(frozen=True)
class Anything:
    """What has no other shape: a piece of YAML."""


type Shape = Text | Condition | Choice | Check | Number | Day | Words | Group | Rows | Named | OneOf | Anything


def shapes_of(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, Shape]]:
    """The fields of a model with the names they have in documents; those that never change are left out."""
    conditions = model.conditions if issubclass(model, Params) else ()
    for name, field in model.model_fields.items():
        if not _is_fixed(field):
            yield field.alias or name, field, Condition() if name in conditions else shape_of(field)


def _is_fixed(field: FieldInfo) -> bool:
    """The word that tells the members of a union apart."""
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def shape_of(field: FieldInfo) -> Shape:
    """The shape of one field."""
    hints = hints_of(field)
    if hints.get("is_condition"):
        return Condition()
    if field.discriminator:
        return _tagged(_members(field.annotation), str(field.discriminator))
    return _of(field.annotation, field, lines=int(hints.get("lines", 0)))


def _of(annotation: Any, field: FieldInfo, *, lines: int) -> Shape:
    members = _members(annotation)
    if len(members) > 1:
        return _of_union(members, field, lines=lines)
    only = members[0]
    origin = get_origin(only)
    if origin is Literal:
        return Choice([str(value) for value in get_args(only)])
    if only is bool:
        return Check()
    if only in (int, float):
        return Number(only is int, _end(field, "ge", "gt"), _end(field, "le", "lt"))
    if only is str:
        is_template = any(isinstance(one, AfterValidator) and one.func is templates.check for one in field.metadata)
        return Text(lines or (4 if is_template else 1), is_template)
    if only is date:
        return Day()
    if origin in (tuple, list):
        return _of_list(_item(get_args(only)[0]))
    if origin is dict:
        return _of_names(get_args(only)[1])
    return Group(only) if _is_model(only) else Anything()


def _of_union(members: Sequence[Any], field: FieldInfo, *, lines: int) -> Shape:
    rest = [one for one in members if one is not NoneType]
    if len(rest) == 1:
        shape = _of(rest[0], field, lines=lines)
        return Group(shape.model, is_optional=True) if isinstance(shape, Group) else shape
    words: dict[str, type[BaseModel] | None] = {}
    for one in rest:
        if get_origin(one) is Literal:
            words |= dict.fromkeys(str(value) for value in get_args(one))
        elif _is_model(one):
            words[one.__name__] = one
        else:
            return Anything()
    return OneOf(words)


def _tagged(members: Sequence[Any], tag: str) -> Shape:
    found: dict[str, type[BaseModel] | None] = {}
    for one in members:
        found |= dict.fromkeys((str(word) for word in get_args(one.model_fields[tag].annotation)), one)
    return OneOf(found, tag)


def _of_list(item: Any) -> Shape:
    if item is str:
        return Words()
    return Rows(item) if _is_model(item) else Anything()


def _of_names(value: Any) -> Shape:
    item = _item(value)
    if item is str:
        marks = getattr(value, "__metadata__", ())
        return Named(None, any(isinstance(one, AfterValidator) and one.func is templates.check for one in marks))
    return Named(item) if _is_model(item) else Anything()


def _item(annotation: Any) -> Any:
    """Without what `Annotated` and `type` put around it."""
    while isinstance(annotation, TypeAliasType) or hasattr(annotation, "__metadata__"):
        annotation = annotation.__value__ if isinstance(annotation, TypeAliasType) else annotation.__origin__
    return annotation


def _members(annotation: Any) -> list[Any]:
    plain = _item(annotation)
    if get_origin(plain) in (Union, UnionType):
        return [inner for one in get_args(plain) for inner in _members(one)]
    return [plain]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _end(field: FieldInfo, *names: str) -> float | None:
    found = (getattr(one, name, None) for one in field.metadata for name in names)
    return next((float(value) for value in found if value is not None), None)
