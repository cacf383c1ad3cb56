"""What import-linter cannot see: foreign keys by string must point down the house too."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field

ROOT = Path(__file__).resolve().parent.parent


def _heights() -> dict[str, int]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(contract for contract in contracts if contract.get("exhaustive"))["layers"]
    return {room.strip(): -index for index, floor in enumerate(floors) for room in floor.split("|")}


def _relations_across_rooms() -> list[tuple[str, str, Field]]:
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("mainstay."):
            continue
        for field in model._meta.local_fields + model._meta.local_many_to_many:
            other = field.related_model
            if (
                other is not None
                and other.__module__.startswith("mainstay.")
                and other._meta.app_label != model._meta.app_label
            ):
                found.append((model._meta.app_label, other._meta.app_label, field))
    return found


def test_there_are_relations_to_check() -> None:
    assert _relations_across_rooms()


@pytest.mark.parametrize("relation", _relations_across_rooms(), ids=lambda relation: str(relation[2]))
def test_a_foreign_key_points_to_a_lower_room_and_leaves_no_trace_there(
    relation: tuple[str, str, Field],
) -> None:
    room, other, field = relation
    heights = _heights()
    assert heights[other] < heights[room], f"{field}: {room} -> {other} goes up"
    assert field.remote_field.hidden, f"{field} needs related_name='+': {other} must not know {room}"
