"""Scorecards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.scores import document, publishing
from mainstay.scores.arithmetic import LABELS
from mainstay.scores.document import Document
from mainstay.scores.models import Scorecard, ScorecardVersion
from mainstay.scores.preview import Preview, preview


def _stored() -> Mapping[str, BaseModel]:
    return {card.key: publishing.document_of(card) for card in Scorecard.objects.filter(archived_at=None)}


def _as_shipped() -> frozenset[str]:
    newest = {one.scorecard.key: one for one in ScorecardVersion.objects.select_related("scorecard")}
    return frozenset(key for key, version in newest.items() if version.is_shipped)


def _check(content: Any, origin: str) -> BaseModel:
    return document.check(content, origin=origin)


def _save(wanted: BaseModel, author: Author) -> None:
    assert isinstance(wanted, Document)
    publishing.publish(wanted, by=author.user, reason=author.reason, now=author.now)


def _remove(key: str, author: Author) -> None:
    publishing.remove(key, by=author.user, now=author.now)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    wanted = [change.after for change in changes if isinstance(change.after, Document)]
    removed = [change.key for change in changes if change.after is None]
    found = preview(*wanted, removed=removed, now=now)
    numbers = {f"{then}_to_{after}": cell.accounts for (then, after), cell in found.cells.items() if then != after}
    return Effect(
        tuple(_sentences(found)), {"accounts": found.accounts, "changing": found.changing.accounts, **numbers}
    )


def _sentences(found: Preview) -> list[str]:
    said = [f"{found.changing.accounts:,} of {found.accounts:,} accounts change colour."]
    for (then, after), cell in sorted(found.cells.items(), key=lambda pair: -pair[1].accounts):
        if then != after:
            said.append(f"{_word(then)} → {_word(after)}: {cell.accounts:,}")
    return said


def _word(band: str) -> str:
    return LABELS.get(band, "no score")


KIND = Kind(
    name="scorecards",
    label="Scorecard",
    order=40,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    as_shipped=_as_shipped,
    effect=_effect,
)
