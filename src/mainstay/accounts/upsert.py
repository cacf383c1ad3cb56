"""Bulk writes of keyed records: three statements a chunk, however many rows; a repeat writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db import models

from mainstay.common.upsert import UNSET, UpsertResult

# Below SQLite's limit of bound variables for the widest of our tables.
CHUNK = 800


def upsert(model: type[models.Model], wanted: Mapping[str, Mapping[str, Any]]) -> UpsertResult:
    """Make or change the rows of `model` so that they hold the wanted values.

    `wanted` maps a key to the values of its columns (attribute names, `owner_id` and the like); `UNSET` leaves a column
    alone, a dict is merged into the dict that is there. Runs in the caller's transaction.
    """
    result = UpsertResult()
    for keys in batched(wanted, CHUNK):
        result += _upsert_chunk(model, {key: wanted[key] for key in keys})
    return result


def _upsert_chunk(model: type[models.Model], wanted: Mapping[str, Mapping[str, Any]]) -> UpsertResult:
    manager = model._default_manager
    present = {row.key: row for row in manager.filter(key__in=list(wanted))}  # type: ignore[attr-defined]
    made: list[models.Model] = []
    changed: list[models.Model] = []
    touched: set[str] = set()
    for key, values in wanted.items():
        row = present.get(key)
        if row is None:
            made.append(model(key=key, **{name: value for name, value in values.items() if value is not UNSET}))
            continue
        differing = list(_differing(row, values))
        if differing:
            for name, value in differing:
                setattr(row, name, value)
            changed.append(row)
            touched.update(name for name, _ in differing)
    # Somebody else may have made the same row since we looked: then ours changes it.
    if made:
        columns = [field.name for field in model._meta.concrete_fields if not field.primary_key and field.name != "key"]
        manager.bulk_create(made, update_conflicts=True, unique_fields=["key"], update_fields=columns)
    if changed:
        names = {model._meta.get_field(name).name for name in touched} | _auto_now_names(model)
        manager.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=sorted(names))
    written = frozenset(row.key for row in [*made, *changed])  # type: ignore[attr-defined]
    return UpsertResult(len(made), len(changed), len(wanted) - len(made) - len(changed), written)


def _differing(row: models.Model, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if value is UNSET:
            continue
        present = getattr(row, name)
        target = {**present, **value} if isinstance(value, dict) and isinstance(present, dict) else value
        if present != target:
            yield name, target


def _auto_now_names(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if getattr(field, "auto_now", False)}


def unique_keys(rows: Sequence[Any]) -> dict[str, Any]:
    """The rows by key; of several with one key the last wins, as it would one after the other."""
    return {row.key: row for row in rows}
