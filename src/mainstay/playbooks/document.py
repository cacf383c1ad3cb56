"""The document of a playbook: what its YAML file says, checked."""

import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.step import Params
from mainstay.playbooks.steps import step_types

_KEY = r"^[a-z][a-z0-9_]*$"


class Step(BaseModel):
    """One step: its name in the playbook, its type, and what the type is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=_KEY, max_length=60)
    type: str
    params: dict[str, Any] = Field(default_factory=dict, alias="with")

    @field_validator("type")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in step_types():
            raise ValueError(f"there is no step type '{value}'; use one of {', '.join(step_types())}")
        return value

    @model_validator(mode="after")
    def _params_fit(self) -> Self:
        _ = self.typed_params
        return self

    @cached_property
    def typed_params(self) -> Params:
        """The parameters as the step type declares them."""
        params: Params = step_types()[self.type].params.model_validate(self.params)
        return params


class Trigger(BaseModel):
    """What starts the playbook: an open signal of this kind, on an account that `where` (a condition) holds for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    signal: str = Field(pattern=_KEY)
    where: str = ""


class Document(BaseModel):
    """A playbook. `schema_version` names the form of this document, so that a later form can upgrade it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1] = 1
    key: str = Field(pattern=_KEY, max_length=60)
    name: str = Field(min_length=1, max_length=100)
    description: str = ""
    starts_on: Trigger
    exit: Literal["never", "signal_closed"] = "signal_closed"
    again_after_days: int = Field(default=0, ge=0, le=3650)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=50)

    @field_validator("steps")
    @classmethod
    def _names_are_unique(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        names = [step.id for step in steps]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the step '{twice[0]}' is there twice; give each step its own id")
        return steps

    def as_dict(self) -> dict[str, Any]:
        """What is stored as a version: JSON, defaults written out."""
        return self.model_dump(mode="json", by_alias=True)


def parse_document(values: Mapping[str, Any], *, name: str) -> Document:
    """The document in `values`; BadPlaybook names the place and the reason."""
    try:
        return Document.model_validate(values)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise BadPlaybook(f"The playbook {name} cannot be used. {'; '.join(problems)}.") from error


@lru_cache(maxsize=100)
def stored_document(text: str, *, name: str) -> Document:
    """The document in a JSON text that was stored. Remembered: checking tries every template."""
    return parse_document(json.loads(text), name=name)


def load_document(text: str, *, name: str) -> Document:
    """The document in a YAML text."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadPlaybook(f"The playbook {name} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise BadPlaybook(f"The playbook {name} must be a mapping with key, name, starts_on and steps.")
    return parse_document(values, name=name)
