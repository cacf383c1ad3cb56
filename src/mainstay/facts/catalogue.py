"""The feature catalogue: a YAML file that says which events show the use of which feature, and which are logins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mainstay.facts.errors import BadCatalogue
from mainstay.facts.models import LoginEvent

SHIPPED = Path(__file__).with_name("features.yaml")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_FIELDS = {"key", "label", "events", "core", "premium", "integration", "plans"}


@dataclass(frozen=True)
class DeclaredFeature:
    """One feature of the file."""

    key: str
    label: str
    events: tuple[str, ...]
    core: bool = False
    premium: bool = False
    integration: bool = False
    plans: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """What the file says. `logins` are in lower case."""

    logins: tuple[str, ...]
    features: tuple[DeclaredFeature, ...] = field(default=())


def parse(text: str) -> Catalogue:
    """Read the file. Raises BadCatalogue, which names the place, the value and what would be right."""
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadCatalogue(f"The file is not YAML: {error}") from error
    if not isinstance(given, dict) or not given.keys() <= {"logins", "features"}:
        unknown = f"; it has {', '.join(map(repr, given))}" if isinstance(given, dict) else ""
        raise BadCatalogue(f"The file must hold 'features' and 'logins' and nothing else{unknown}.")
    features = given.get("features") or []
    if not isinstance(features, list):
        raise BadCatalogue("'features' must be a list; start each feature with '- key: …'.")
    declared = tuple(_feature(one, number) for number, one in enumerate(features, 1))
    keys = [one.key for one in declared]
    for key in keys:
        if keys.count(key) > 1:
            raise BadCatalogue(f"The feature '{key}' is declared {keys.count(key)} times; give each a key of its own.")
    # A file that says nothing of logins keeps the usual names.
    logins = _names(given, "logins", "The file") or shipped_logins()
    return Catalogue(tuple(dict.fromkeys(name.lower() for name in logins)), declared)


def _feature(given: Any, number: int) -> DeclaredFeature:
    place = f"Feature {number}"
    if not isinstance(given, dict):
        raise BadCatalogue(f"{place} is {given!r}; it must have a 'key', a 'label' and 'events'.")
    key = given.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadCatalogue(f"{place} has the key {key!r}; use 1 to 60 letters, digits, _ or -, for example 'reports'.")
    place = f"Feature '{key}'"
    if unknown := given.keys() - _FIELDS:
        names = ", ".join(f"'{name}'" for name in sorted(map(str, unknown)))
        raise BadCatalogue(f"{place} has {names}, which nobody reads; use {', '.join(sorted(_FIELDS))}.")
    label = given.get("label", key)
    if not isinstance(label, str) or not 0 < len(label) <= 100:
        raise BadCatalogue(f"{place} has the label {label!r}; use a text of 1 to 100 characters.")
    events = _names(given, "events", place)
    if not events:
        raise BadCatalogue(f"{place} has no 'events'; name at least one event that is a use of it.")
    flags = {name: given.get(name, False) for name in ("core", "premium", "integration")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise BadCatalogue(f"{place} says {name}: {value!r}; use true or false.")
    return DeclaredFeature(key, label, events, **flags, plans=_names(given, "plans", place))


def _names(given: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    values = given.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise BadCatalogue(f"{place} says {name}: {values!r}; use a list of names, for example [Report Viewed].")
    return tuple(dict.fromkeys(value.strip() for value in values))


@cache
def shipped_logins() -> tuple[str, ...]:
    """The names of events that are logins unless somebody declares others."""
    return tuple(yaml.safe_load(SHIPPED.read_text())["logins"])


def login_names() -> list[str]:
    """The names of events that are logins, in lower case."""
    declared = list(LoginEvent.objects.values_list("name", flat=True))
    return declared or [name.lower() for name in shipped_logins()]
