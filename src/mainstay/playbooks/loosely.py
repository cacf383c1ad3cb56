"""What a step is told, as far as it can be understood: drafts are put in words right or wrong. Pure."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mainstay.playbooks.step import Params


def loosely[P: Params](model: type[P], told: Mapping[str, Any]) -> P:
    """The parameters: what cannot be understood is at its default, or empty where it has none."""
    return model.model_construct(**{name: _value(model, name, told) for name in model.model_fields})


def _value(model: type[Params], name: str, told: Mapping[str, Any]) -> Any:
    if name in told:
        try:
            return _readers(model)[name].validate_python(told[name])
        except ValidationError:
            pass
    field = model.model_fields[name]
    if not field.is_required():
        return field.get_default(call_default_factory=True, validated_data={})
    return field.annotation() if isinstance(field.annotation, type) else ""


@cache
def _readers(model: type[Params]) -> Mapping[str, TypeAdapter[Any]]:
    """Of each field by its type alone: what else is asked of it makes it wrong, but not unclear."""
    annotations: Mapping[str, Any] = {name: field.annotation for name, field in model.model_fields.items()}
    return {name: TypeAdapter(annotation) for name, annotation in annotations.items()}
