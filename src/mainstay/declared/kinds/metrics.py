"""Metrics that people declared. Those that come with Mainstay are code, and in no file."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import yaml
from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.metrics import declaring, registry, stored
from mainstay.metrics.own import reading
from mainstay.metrics.own.building import build_all
from mainstay.metrics.own.document import Document


def _stored() -> Mapping[str, BaseModel]:
    return stored.readable()


def _content(document: BaseModel) -> dict[str, Any]:
    """As people write it: the operation is always said, it tells what the rest means."""
    assert isinstance(document, Document)
    content: dict[str, Any] = yaml.safe_load(reading.as_yaml(document))
    return content


def _check(content: Any, origin: str) -> BaseModel:
    return reading.check(content, origin=origin)


def _save(document: BaseModel, author: Author) -> None:
    assert isinstance(document, Document)
    declaring.save_metric(document, by=author.user, now=author.now)


def _remove(key: str, author: Author) -> None:
    declaring.remove_metric(key, by=author.user, now=author.now)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    declared = [change.key for change in changes if change.after is not None]
    if not declared:
        return Effect()
    names = ", ".join(f"'{key}'" for key in declared)
    return Effect((f"{names}: computed from the next refresh on; the kept past is filled in in the background.",))


def _supposing(documents: Sequence[BaseModel]) -> AbstractContextManager[None]:
    wanted = {one.key: one for one in documents if isinstance(one, Document)}
    others = [one for key, one in _stored().items() if key not in wanted and isinstance(one, Document)]
    return registry.supposing(build_all([*others, *wanted.values()], registry.shipped()).metrics)


KIND = Kind(
    name="metrics",
    label="Metric",
    order=20,
    document=Document,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    content=_content,
    supposing=_supposing,
    effect=_effect,
)
