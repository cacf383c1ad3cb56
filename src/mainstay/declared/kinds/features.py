"""Features of the product."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.facts import catalogue
from mainstay.facts.catalogue import Document
from mainstay.facts.models import EventType, Feature
from mainstay.facts.services import remove_feature, save_feature


def _stored() -> Mapping[str, BaseModel]:
    return {feature.key: catalogue.document_of(feature) for feature in Feature.objects.all()}


def _check(content: Any, origin: str) -> BaseModel:
    return catalogue.check(content, origin=origin)


def _save(document: BaseModel, author: Author) -> None:
    assert isinstance(document, Document)
    save_feature(document, by=author.user)


def _remove(key: str, author: Author) -> None:
    remove_feature(key, by=author.user)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Events that never came: a feature that nobody can be seen to use."""
    known = set(EventType.objects.values_list("name", flat=True))
    named = {
        name: change.key for change in changes if isinstance(change.after, Document) for name in change.after.events
    }
    missing = sorted(set(named) - known) if known else []
    said = [f"No event '{name}' has come yet: '{named[name]}' is not seen to be used by it." for name in missing]
    return Effect(("Adoption is counted anew, the past included.", *said), {"events_never_seen": len(missing)})


KIND = Kind(
    name="features",
    label="Feature",
    order=10,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    effect=_effect,
)
