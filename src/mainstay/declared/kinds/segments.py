"""Segments that everybody sees. What a person keeps to herself is no configuration."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.conditions import ConditionError
from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.segments import document, selectors, services
from mainstay.segments.document import Document
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Membership, Segment


def _stored() -> Mapping[str, BaseModel]:
    return {segment.key: selectors.document_of(segment) for segment in Segment.objects.filter(is_shared=True)}


def _as_shipped() -> frozenset[str]:
    return frozenset(Segment.objects.filter(is_shipped=True).values_list("key", flat=True))


def _check(content: Any, origin: str) -> BaseModel:
    found = document.check(content, origin=origin)
    if not found.shared:
        raise BadSegment(
            f"{origin}, shared: what stands in files is for everybody. Take the line out, or leave it out of the files."
        )
    return found


def _save(wanted: BaseModel, author: Author) -> None:
    assert isinstance(wanted, Document)
    services.save(wanted, by=author.user, now=author.now)


def _remove(key: str, author: Author) -> None:
    """A segment that came with the product is as it came; others are removed."""
    shipped = services.shipped().get(key)
    if shipped is not None:
        services.save(shipped, by=author.user, now=author.now)
    else:
        services.remove(key, by=author.user, now=author.now)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Who would enter and leave, segment by segment."""
    said, entering, leaving = [], 0, 0
    for change in changes:
        wanted = change.after or services.shipped().get(change.key)
        present = set(_members(change.key))
        try:
            after = set(_matching(wanted)) if isinstance(wanted, Document) else set()
        except ConditionError as error:
            said.append(f"'{change.key}': not known before what it names is there. {error.reason}")
            continue
        came, left = len(after - present), len(present - after)
        entering, leaving = entering + came, leaving + left
        said.append(f"'{change.key}': {came:,} accounts would enter, {left:,} would leave.")
    return Effect(tuple(said), {"entering": entering, "leaving": leaving})


def _members(key: str) -> list[int]:
    found = Membership.objects.filter(segment__key=key, left_at=None)
    return list(found.values_list("account_id", flat=True))


def _matching(wanted: Document) -> list[int]:
    return list(selectors.matching(selectors.condition(wanted.condition)).values_list("pk", flat=True))


KIND = Kind(
    name="segments",
    label="Segment",
    order=30,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    as_shipped=_as_shipped,
    effect=_effect,
)
