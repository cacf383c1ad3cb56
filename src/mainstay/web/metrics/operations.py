"""The operations a metric can be made of, as forms: fields, types and help come from the documents themselves."""

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from django import forms
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mainstay.metrics.own import document
from mainstay.metrics.own.document import Property

LABELS = {
    "count": "How many events",
    "users": "How many distinct users",
    "active_days": "On how many days",
    "sum": "Sum of a property",
    "mean": "Mean of a property",
    "median": "Median of a property",
    "minimum": "Smallest value of a property",
    "maximum": "Largest value of a property",
    "last": "Latest value of a property",
    "share_of_seats": "Users as a share of the seats",
    "share_of_active_users": "Users as a share of the active users",
    "days_since": "Days since the latest event",
    "change": "Change against the window before",
    "streak": "Periods in a row",
    "trend": "Trend over periods",
    "ratio": "One metric over another",
    "percentile": "Percentile among accounts",
    "tenure": "Days as a customer",
    "expression": "A calculation with other metrics",
}
_LARGE = ("where", "within", "expression")


class NameLines(forms.CharField):
    """Names, one on each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}), **options)

    def prepare_value(self, value: Any) -> Any:
        """Lists as lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """The names that were typed."""
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]


class PropertyLines(forms.CharField):
    """Properties with their types, one on each line: `pages: number`, `plan: text from Plan Type`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}), **options)

    def prepare_value(self, value: Any) -> Any:
        """Mappings as lines."""
        if not isinstance(value, Mapping):
            return value
        return "\n".join(_property_line(name, Property.model_validate(one)) for name, one in value.items())

    def clean(self, value: Any) -> dict[str, Any]:
        """As the document has them. What a line cannot mean is left to the document to refuse, with its reason."""
        found: dict[str, Any] = {}
        for line in filter(None, (line.strip() for line in str(super().clean(value)).splitlines())):
            name, _, rest = line.partition(":")
            kind, _, path = rest.strip().partition(" from ")
            steps = [step.strip() for step in path.split(">") if step.strip()]
            found[name.strip()] = {"type": kind.strip(), "path": steps} if steps else {"type": kind.strip()}
        return found


def _property_line(name: str, one: Property) -> str:
    return f"{name}: {one.type}" + (f" from {' > '.join(one.path)}" if one.path else "")


@cache
def models() -> Mapping[str, type[BaseModel]]:
    """The document of each operation, in the order in which people look for them."""
    found: dict[str, type[BaseModel]] = {}
    for model in _members(document.Operation):
        for name in get_args(model.model_fields["operation"].annotation):
            found[name] = model
    return {name: found[name] for name in LABELS if name in found}


@cache
def counted() -> Mapping[str, type[BaseModel]]:
    """The same for what changes, streaks and trends look at."""
    return {
        name: model
        for model in _members(document.Counted)
        for name in get_args(model.model_fields["operation"].annotation)
    }


def fields_of(operation: str, *, of: str = "count") -> dict[str, forms.Field]:
    """The form fields of an operation, by the path of their value: `days`, `of.events`."""
    return dict(_fields(models()[operation], of=of))


def _fields(model: type[BaseModel], *, of: str, prefix: str = "") -> Iterator[tuple[str, forms.Field]]:
    for name, info in model.model_fields.items():
        if name == "operation":
            continue
        if name == "of" and not _is_key(info):
            yield (
                f"{prefix}of.operation",
                forms.ChoiceField(label="Of", choices=[(key, LABELS[key]) for key in counted()], initial=of),
            )
            yield from _fields(counted()[of], of=of, prefix="of.")
            continue
        yield f"{prefix}{name}", _field(name, info)


def _field(name: str, info: FieldInfo) -> forms.Field:
    kind = _plain(info.annotation)
    is_required = info.is_required()
    common: dict[str, Any] = {
        "label": name.replace("_", " ").capitalize(),
        "help_text": (info.description or "").replace("`", ""),
        "required": is_required,
        "initial": None if is_required else info.get_default(call_default_factory=True),
    }
    if get_origin(kind) is Literal:
        choices = [(value, str(value).replace("_", " ")) for value in get_args(kind)]
        return forms.ChoiceField(
            choices=choices if is_required or common["initial"] else [("", "–"), *choices], **common
        )
    if kind is bool:
        return forms.BooleanField(**{**common, "required": False})
    if kind is int:
        return forms.IntegerField(**common)
    if kind is float:
        return forms.FloatField(widget=forms.NumberInput(attrs={"step": "any"}), **common)
    if get_origin(kind) is tuple:
        return NameLines(**common)
    if get_origin(kind) is dict:
        return PropertyLines(**common)
    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}) if name in _LARGE else forms.TextInput()
    return forms.CharField(widget=widget, **common)


def _is_key(info: FieldInfo) -> bool:
    return _plain(info.annotation) is str


def _members(annotation: Any) -> list[type[BaseModel]]:
    """The models of an annotated union."""
    return list(get_args(get_args(annotation)[0]))


def _plain(annotation: Any) -> Any:
    """A type without what is said about it, and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(members[0]) if len(members) == 1 else annotation
    return annotation
