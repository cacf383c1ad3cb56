"""Kinds of signals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.signals import document, effects, publishing, registry, selectors
from mainstay.signals.document import Document
from mainstay.signals.errors import BadDefinition


def _stored() -> Mapping[str, BaseModel]:
    return {key: one.document for key, one in selectors.declared().items()}


def _as_shipped() -> frozenset[str]:
    declared = selectors.declared()
    return frozenset(key for key, one in declared.items() if one.is_shipped and not one.is_changed)


def _check(content: Any, origin: str) -> BaseModel:
    return document.check(content, origin=origin)


def _save(wanted: BaseModel, author: Author) -> None:
    assert isinstance(wanted, Document)
    publishing.save_kind(wanted, by=author.user, now=author.now, reason=author.reason)


def _remove(key: str, author: Author) -> None:
    publishing.remove_kind(key, by=author.user, now=author.now, reason=author.reason)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Signals that would open and close at the next refresh, kind by kind."""
    said, opening, closing = [], 0, 0
    for change in changes:
        wanted = change.after or registry.shipped().get(change.key)
        try:
            found = (
                effects.effect_of(wanted, now=now)
                if isinstance(wanted, Document)
                else effects.effect_of_removal(change.key)
            )
        except BadDefinition as error:
            said.append(f"'{change.key}': not known before what it names is there. {error.message}")
            continue
        opens = found.opens + found.waits
        opening, closing = opening + opens, closing + found.closes
        held = ", once they have held long enough" if found.waits else ""
        said.append(f"'{change.key}': {opens:,} would open{held}, {found.closes:,} open ones would close.")
    return Effect(tuple(said), {"opening": opening, "closing": closing})


KIND = Kind(
    name="signals",
    label="Signal",
    order=50,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    as_shipped=_as_shipped,
    effect=_effect,
)
