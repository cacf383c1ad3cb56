"""The form of a pydantic model as a page shows it: each field with its label, its value, its choices, its problems."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, assert_never

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mainstay.playbooks.hints import decides, hints_of, is_asked_for
from mainstay.playbooks.pointing import Problem
from mainstay.playbooks.step import Duration
from mainstay.web.playbooks.editor.choices import choices_of
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
    shapes_of,
)

MOST_BOXES = 12
_NAME = re.compile(r"\s*\(`[^)]*\)")
_PLAINLY = ("it is missing", "it is empty")

type Values = Mapping[str, Any]
type Problems = Sequence[Problem]


@dataclass(frozen=True)
class Option:
    """One of the values to choose."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Field:
    """A field of a form; `control` names its template. `fields` are inside a group, `rows` those of a list.

    `place`: where its problems point; `problems`: what is wrong;
    `needs`: what is only not said yet. `decides`: other fields come and go with it.
    """

    name: str
    label: str
    help: str
    control: str
    value: str = ""
    place: tuple[str, ...] = ()
    is_required: bool = False
    lines: int = 1
    low: str = ""
    high: str = ""
    step: str = ""
    options: Sequence[Option] = ()
    suggestions: Sequence[tuple[str, str]] = ()
    fields: Sequence["Field"] = ()
    rows: Sequence[Sequence["Field"]] = ()
    problems: Sequence[str] = ()
    needs: Sequence[str] = ()
    decides: bool = False
    section: str = ""
    default: str = ""
    others: str = ""

    @property
    def id(self) -> str:
        """The id of its control."""
        return f"f-{self.name.replace('.', '-')}"

    @property
    def problems_id(self) -> str:
        """The id of where its problems stand."""
        return f"p-{self.id}"

    @property
    def all(self) -> Iterator["Field"]:
        """It and every field inside it."""
        yield self
        for inner in (*self.fields, *(one for row in self.rows for one in row)):
            yield from inner.all


def fields_of(
    model: type[BaseModel], values: Values, *, problems: Problems = (), prefix: str = "", path: tuple[str, ...] = ()
) -> list[Field]:
    """The fields of a model filled with `values`; problems at `path` and below stand beside them."""
    known = {info.alias or name: info for name, info in model.model_fields.items()}
    found = [
        replace(
            field_of(name, info, shape, values.get(name), problems=problems, prefix=prefix, path=(*path, name)),
            decides=decides(name, known),
        )
        for name, info, shape in shapes_of(model)
        if name in values or is_asked_for(info, known, values)
    ]
    if model is Duration or not issubclass(model, Duration):
        return found
    parts = {f"{prefix}{name}" for name in Duration.model_fields}
    length = Field(f"{prefix}length", "For", "", "numbers", fields=[one for one in found if one.name in parts])
    return [length, *(one for one in found if one.name not in parts)]


@dataclass(frozen=True)
class Section:
    """Fields that stand together: behind a heading to be opened, where there is one."""

    title: str
    fields: Sequence[Field]

    @property
    def is_open(self) -> bool:
        """Whether something is said or wrong in it."""
        return any(one.problems or (one.value and one.value != one.default) for two in self.fields for one in two.all)


def sections_of(fields: Sequence[Field]) -> list[Section]:
    """The fields by their sections, in order."""
    return [Section(title, list(found)) for title, found in groupby(fields, key=lambda one: one.section)]


def field_of(
    name: str,
    info: FieldInfo,
    shape: Shape,
    value: Any,
    *,
    problems: Problems = (),
    prefix: str = "",
    path: tuple[str, ...] = (),
) -> Field:
    """One field. What stands in a group or row that is not there yet is at its default."""
    if value is None and not isinstance(shape, Group | Rows | OneOf):
        value = None if info.is_required() else info.get_default(call_default_factory=True)
    common: dict[str, Any] = {
        "name": prefix + name,
        "place": path,
        "label": label_of(name, info),
        "help": (info.description or "").replace("`", ""),
        "is_required": info.is_required(),
        "problems": [in_labels(one.reason) for one in problems if one.path == path and not one.is_needed],
        "needs": [need_of(one) for one in problems if one.path == path and one.is_needed],
        "section": hints_of(info).get("section", ""),
        "default": "" if info.is_required() else _plain(info.get_default(call_default_factory=True)),
    }
    return Field(**common, **_shown(shape, info, value, problems=problems, name=prefix + name, path=path))


def in_labels(reason: str) -> str:
    """A reason without the names that only YAML uses: `say who it is (`person`)`."""
    return _NAME.sub("", reason)


def need_of(problem: Problem) -> str:
    """What is still needed, where it is asked for."""
    said = "still needed" if problem.reason in _PLAINLY else in_labels(problem.reason)
    return said[:1].upper() + said[1:]


def label_at(model: type[BaseModel], path: Sequence[str]) -> str:
    """What a form calls the field at this place, the outermost first: `Due in`; empty for no field."""
    name = next((part for part in path if not part.isdecimal()), "")
    fields = {info.alias or field: info for field, info in model.model_fields.items()}
    return label_of(name, fields[name]) if name in fields else ""


def label_of(name: str, info: FieldInfo) -> str:
    """What a form calls a field."""
    return info.title or name.replace("_", " ").capitalize()


def _shown(
    shape: Shape, info: FieldInfo, value: Any, *, problems: Problems, name: str, path: tuple[str, ...]
) -> dict[str, Any]:
    match shape:
        case Text():
            return _text(shape, info, value)
        case Condition():
            return {"control": "condition", "value": _plain(value)}
        case Choice():
            return _choice(shape, info, value)
        case Check():
            return {"control": "check", "value": "1" if value is True else ""}
        case Number():
            ends = {"low": _plain(shape.low), "high": _plain(shape.high), "step": "1" if shape.is_whole else "any"}
            return {
                "control": "number",
                "value": "" if value in (None, 0) and not info.is_required() else _plain(value),
            } | ends
        case Day():
            return {"control": "day", "value": _plain(value)}
        case Words():
            return _list(info, value)
        case Group() | Rows() | Named() | OneOf():
            return _with_fields(shape, info, value, problems=problems, name=name, path=path)
        case Anything():
            return {"control": "yaml", "value": _as_yaml(value)}
        case _:
            assert_never(shape)


def _with_fields(
    shape: Group | Rows | Named | OneOf,
    info: FieldInfo,
    value: Any,
    *,
    problems: Problems,
    name: str,
    path: tuple[str, ...],
) -> dict[str, Any]:
    """Of what has fields inside it."""
    match shape:
        case Group():
            inner = value if isinstance(value, Mapping) else {}
            fields = fields_of(shape.model, inner, problems=problems, prefix=f"{name}.", path=path)
            is_row = all(one.control == "number" for one in fields)
            return {"control": "numbers" if is_row else "group", "fields": fields}
        case Rows():
            return {"control": "rows", "rows": _rows(shape.model, value, problems=problems, name=name, path=path)}
        case Named():
            return {"control": "rows", "rows": _named(shape, value, problems=problems, name=name, path=path)}
        case OneOf():
            return _one_of(shape, info, value, problems=problems, name=name, path=path)
        case _:
            assert_never(shape)


def _choice(shape: Choice, info: FieldInfo, value: Any) -> dict[str, Any]:
    said, chosen = hints_of(info).get("labels", {}), _plain(value)
    options = [(word, said.get(word, _words(word))) for word in shape.values]
    return {"control": "choice", "value": chosen, "options": _options(options, chosen, may_be_empty=value is None)}


def _text(shape: Text, info: FieldInfo, value: Any) -> dict[str, Any]:
    hints, text = hints_of(info), _plain(value)
    if kind := hints.get("choices"):
        known = choices_of(kind)
        if text and text not in dict(known):
            known = [*known, (text, f"{text} (not there)")]
        return {
            "control": "choice",
            "value": text,
            "options": _options(known, text, may_be_empty=not text or not info.is_required()),
        }
    control = ("template" if shape.is_template else "text") + ("" if shape.lines > 1 else "_line")
    found = choices_of(hints["suggest"]) if hints.get("suggest") else ()
    return {"control": control, "value": text, "lines": shape.lines, "suggestions": found}


def _list(info: FieldInfo, value: Any) -> dict[str, Any]:
    """Boxes to tick where few are known, and lines for the others; where many are, lines that complete themselves."""
    lines = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)] if value else []
    known = choices_of(hints_of(info).get("suggest", ""))
    if len(known) > MOST_BOXES:
        picked = [Option(one, one, is_chosen=True) for one in [*lines, ""]]
        return {"control": "picks", "value": "\n".join(lines), "options": picked, "suggestions": known}
    others = [one for one in lines if one not in dict(known)]
    boxes = [Option(word, label, word in lines) for word, label in known]
    return {"control": "words", "value": "\n".join(lines), "others": "\n".join(others), "options": boxes}


def _rows(
    model: type[BaseModel], value: Any, *, problems: Problems, name: str, path: tuple[str, ...]
) -> list[list[Field]]:
    """One row for each item, and an empty one to fill in."""
    items = [one if isinstance(one, Mapping) else {} for one in value] if isinstance(value, list | tuple) else []
    return [
        fields_of(model, item, problems=problems, prefix=f"{name}.{number}.", path=(*path, str(number)))
        for number, item in enumerate([*items, {}])
    ]


def _named(shape: Named, value: Any, *, problems: Problems, name: str, path: tuple[str, ...]) -> list[list[Field]]:
    """One row for each name, and an empty one to fill in."""
    items = list(value.items()) if isinstance(value, Mapping) else []
    found = []
    for number, (key, item) in enumerate([*items, ("", None)]):
        prefix, place = f"{name}.{number}.", (*path, str(key))
        called = Field(f"{prefix}key", "Name", "", "text_line", str(key))
        if shape.model is not None:
            rest = fields_of(shape.model, in_full(shape.model, item), problems=problems, prefix=prefix, path=place)
        else:
            control = "template" if shape.is_template else "text"
            wrong = [in_labels(one.reason) for one in problems if key and one.path == place]
            rest = [Field(f"{prefix}text", "Text", "", control, _plain(item), place=place, lines=2, problems=wrong)]
        found.append([called, *rest])
    return found


def in_full(model: type[BaseModel], item: Any) -> Values:
    """The values of a model that may be written in short, as its first field alone: `number`."""
    if isinstance(item, Mapping):
        return item
    return {} if item is None else {next(iter(model.model_fields)): item}


def _one_of(
    shape: OneOf, info: FieldInfo, value: Any, *, problems: Problems, name: str, path: tuple[str, ...]
) -> dict[str, Any]:
    said = hints_of(info).get("labels", {})
    word = chosen_word(shape, value)
    if word is None and not info.is_required():
        word = chosen_word(shape, info.get_default(call_default_factory=True))
    model = shape.members.get(word or "")
    inner = value if isinstance(value, Mapping) else {}
    fields = fields_of(model, inner, problems=problems, prefix=f"{name}.{word}.", path=path) if model else []
    options = [(one, said.get(one, _words(one))) for one in shape.members]
    return {"control": "one_of", "options": _options(options, word or "", may_be_empty=word is None), "fields": fields}


def chosen_word(shape: OneOf, value: Any) -> str | None:
    """Which form a value has; None: it has none of them."""
    if isinstance(value, str):
        return value if value in shape.members else None
    if not isinstance(value, Mapping):
        return None
    if shape.tag:
        word = value.get(shape.tag)
        return word if isinstance(word, str) and word in shape.members else None
    return next((word for word, model in shape.members.items() if model is not None), None)


def _options(known: Sequence[tuple[str, str]], chosen: str, *, may_be_empty: bool) -> list[Option]:
    empty = [("", "–")] if may_be_empty and "" not in dict(known) else []
    return [Option(value, label, value == chosen) for value, label in [*empty, *known]]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize() or "–"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _as_yaml(value: Any) -> str:
    if value in (None, {}, [], ()) or isinstance(value, str):
        return value or ""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).removesuffix("...\n").strip()
