"""The feature catalogue: which events show the use of which feature, which are logins, and what others mean.

A feature is a `Feature` document; the catalogue file is a list of them with the names of logins and of meanings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from mainstay.common import yaml_text
from mainstay.common.yaml_text import NotYaml
from mainstay.facts.errors import BadCatalogue
from mainstay.facts.meaning import Meaning
from mainstay.facts.models import EventMeaning, Feature, LoginEvent

SHIPPED = Path(__file__).with_name("features.yaml")
type Name = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=200)]


class MeaningDocument(BaseModel):
    """The events that have a meaning, in place of the shipped ones; none: nothing has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    key: Meaning = Field(description="What the events say.")
    events: tuple[Name, ...] = Field(description="Names of the events, in any case of letters.")

    @field_validator("events")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))


class Document(BaseModel):
    """A feature of the product, the events that show its use, and the plans that include it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    key: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$", description="Short and stable: letters, digits, _ and -."
    )
    label: str = Field(default="", max_length=100, description="As people call it; the key unless given.")
    description: str = Field(default="", max_length=500, description="What it is for, in a sentence.")
    events: tuple[Name, ...] = Field(min_length=1, description="Names of the events that are a use of it.")
    core: bool = Field(default=False, strict=True, description="A customer who stops using it is in danger of leaving.")
    premium: bool = Field(default=False, strict=True, description="Only some plans have it.")
    integration: bool = Field(default=False, strict=True, description="It connects the product with another one.")
    plans: tuple[Name, ...] = Field(default=(), description="The plans that include it; all unless given.")
    retired_on: date | None = Field(
        default=None, description="From this day on it is no part of the product and of no measure; the past stays."
    )

    @field_validator("events", "plans")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    @property
    def name(self) -> str:
        """The label, or the key."""
        return self.label or self.key


@dataclass(frozen=True)
class Catalogue:
    """What the file says. `logins` are in lower case; of `meanings`, only those it speaks of."""

    logins: tuple[str, ...]
    features: tuple[Document, ...] = field(default=())
    meanings: Mapping[Meaning, tuple[str, ...]] = field(default_factory=dict)


def parse(text: str) -> Catalogue:
    """Read the catalogue file. Raises BadCatalogue, which names the place, the value and what would be right."""
    given = _yaml(text, "The file")
    if not isinstance(given, dict) or not given.keys() <= {"logins", "meanings", "features"}:
        unknown = f"; it has {', '.join(map(repr, given))}" if isinstance(given, dict) else ""
        raise BadCatalogue(f"The file must hold 'features', 'logins' and 'meanings' and nothing else{unknown}.")
    features = given.get("features") or []
    if not isinstance(features, list):
        raise BadCatalogue("'features' must be a list; start each feature with '- key: …'.")
    declared = tuple(check(one, origin=f"Feature {number}") for number, one in enumerate(features, 1))
    keys = [one.key for one in declared]
    for key in keys:
        if keys.count(key) > 1:
            raise BadCatalogue(f"The feature '{key}' is declared {keys.count(key)} times; give each a key of its own.")
    # A file that says nothing of logins keeps the usual names.
    logins = _names(given, "logins", "The file") or shipped_logins()
    return Catalogue(_lower(logins), declared, _meanings(given.get("meanings") or {}))


def _meanings(given: Any) -> dict[Meaning, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise BadCatalogue(f"'meanings' is {given!r}; give each meaning its events: 'first_value: [Campaign Sent]'.")
    if unknown := given.keys() - set(Meaning):
        names = ", ".join(f"'{name}'" for name in sorted(map(str, unknown)))
        raise BadCatalogue(f"'meanings' has {names}, which nobody reads; use {', '.join(Meaning)}.")
    return {Meaning(name): _names(given, name, "'meanings'") for name in given}


def _lower(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in names))


def read(text: str, *, origin: str) -> Document:
    """Read the YAML of one feature; `origin` names it in errors. Raises BadCatalogue."""
    return check(_yaml(text, origin), origin=origin)


def check(given: Any, *, origin: str) -> Document:
    """Check what YAML or JSON gave for one feature. Raises BadCatalogue."""
    if not isinstance(given, Mapping):
        raise BadCatalogue(f"{origin} is {given!r}; it must have a 'key', a 'label' and 'events'.")
    place = f"Feature '{given['key']}'" if isinstance(given.get("key"), str) else origin
    try:
        return Document.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise BadCatalogue(
                f"{place} has '{name}', which nobody reads; use {', '.join(Document.model_fields)}."
            ) from error
        meaning = Document.model_fields[name].description or ""
        raise BadCatalogue(f"{place} says {name}: {given.get(name)!r}. {first['msg']}. {meaning}") from error


def document_of(feature: Feature) -> Document:
    """The document of a stored feature."""
    return Document(
        key=feature.key,
        label="" if feature.label == feature.key else feature.label,
        description=feature.description,
        events=tuple(feature.events),
        core=feature.is_core,
        premium=feature.is_premium,
        integration=feature.is_integration,
        plans=tuple(feature.plans),
        retired_on=feature.retired_on,
    )


def read_meaning(text: str, *, origin: str) -> MeaningDocument:
    """Read the YAML of one meaning; `origin` names it in errors. Raises BadCatalogue."""
    return check_meaning(_yaml(text, origin), origin=origin)


def check_meaning(given: Any, *, origin: str) -> MeaningDocument:
    """Check what YAML or JSON gave for one meaning. Raises BadCatalogue."""
    try:
        return MeaningDocument.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        raise BadCatalogue(
            f"{origin}: {place}: {first['msg']}. It needs a 'key', one of {', '.join(Meaning)}, and 'events'."
        ) from error


def meaning_document_of(stored: EventMeaning) -> MeaningDocument:
    """The document of declared names of a meaning."""
    return MeaningDocument(key=Meaning(stored.meaning), events=tuple(stored.events))


@cache
def shipped_logins() -> tuple[str, ...]:
    """The names of events that are logins unless somebody declares others."""
    return tuple(yaml.safe_load(SHIPPED.read_text())["logins"])


def login_names() -> list[str]:
    """The names of events that are logins, in lower case."""
    declared = list(LoginEvent.objects.values_list("name", flat=True))
    return declared or [name.lower() for name in shipped_logins()]


@cache
def shipped_meanings() -> Mapping[Meaning, tuple[str, ...]]:
    """The events of each meaning unless somebody declares others."""
    return _meanings(yaml.safe_load(SHIPPED.read_text())["meanings"])


def meanings_as_written() -> dict[Meaning, tuple[str, ...]]:
    """The events of each meaning: those declared, else the shipped ones."""
    declared = EventMeaning.objects.filter(meaning__in=list(Meaning))
    return {**shipped_meanings(), **{Meaning(one.meaning): tuple(one.events) for one in declared}}


def meanings() -> dict[Meaning, tuple[str, ...]]:
    """The events of each meaning, in lower case."""
    return {meaning: _lower(names) for meaning, names in meanings_as_written().items()}


def _yaml(text: str, origin: str) -> Any:
    try:
        return yaml_text.load(text, origin=origin)
    except NotYaml as error:
        raise BadCatalogue(error.message) from error


def _names(given: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    values = given.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise BadCatalogue(f"{place} says {name}: {values!r}; use a list of names, for example [Logged In].")
    return tuple(value.strip() for value in values)
