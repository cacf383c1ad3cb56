"""What events mean beyond the use of a feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.facts import catalogue
from mainstay.facts.catalogue import MeaningDocument
from mainstay.facts.models import EventMeaning, EventType
from mainstay.facts.services import remove_meaning, save_meaning


def _stored() -> Mapping[str, BaseModel]:
    return {str(key): MeaningDocument(key=key, events=names) for key, names in catalogue.meanings_as_written().items()}


def _as_shipped() -> frozenset[str]:
    return frozenset(_stored()) - frozenset(EventMeaning.objects.values_list("meaning", flat=True))


def _check(content: Any, origin: str) -> BaseModel:
    return catalogue.check_meaning(content, origin=origin)


def _save(document: BaseModel, author: Author) -> None:
    assert isinstance(document, MeaningDocument)
    save_meaning(document, by=author.user)


def _remove(key: str, author: Author) -> None:
    """A meaning goes back to the events it came with."""
    remove_meaning(key, by=author.user)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Events that never came: a meaning that nothing is seen to have."""
    known = {name.lower() for name in EventType.objects.values_list("name", flat=True)}
    said = [
        f"No event of '{change.key}' has come yet: {', '.join(change.after.events)}."
        for change in changes
        if known and isinstance(change.after, MeaningDocument) and known.isdisjoint(map(str.lower, change.after.events))
    ]
    return Effect(("The days are counted anew, the past included.", *said), {"meanings_never_seen": len(said)})


KIND = Kind(
    name="meanings",
    label="Meaning",
    order=12,
    document=MeaningDocument,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    as_shipped=_as_shipped,
    is_always_there=True,
    effect=_effect,
)
