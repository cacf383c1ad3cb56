"""The kinds of signals: each says what it means, and a wrong one is refused with the place."""

from pathlib import Path

import pytest
import yaml

from mainstay.signals import registry
from mainstay.signals.document import Document, check, read, to_yaml
from mainstay.signals.errors import BadDefinition
from mainstay.signals.kind import build

GOOD = """
key: seats
label: Seats
description: Many seats are used.
category: expansion
severity: info
condition: "seat_use >= 80"
summary: "{seat_use.now} of seats, before {seat_use.then}."
evidence:
  - {field: seat_use, days_ago: 28}
"""


@pytest.mark.parametrize("document", registry.shipped().values(), ids=lambda document: document.key)
def test_every_kind_says_what_it_means(document: Document) -> None:
    text = (registry.SHIPPED / f"{document.key}.yaml").read_text()
    assert build(document).fields
    assert document.description.endswith(".")
    assert document.summary.endswith((".", "{cause}"))
    assert "\n# " in text, "why these thresholds?"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("field: seat_use", "field: seat_uses"), "there is no field 'seat_uses'"),
        (("{seat_use.now}", "{arr.now}"), "'{arr}' is not evidence"),
        (("{seat_use.now}", "{seat_use}"), "'{seat_use}' is not evidence"),
        (("severity: info", "severity: mild"), "severity"),
        (("category: expansion", "category: fun"), "category"),
        (("description: Many seats are used.", ""), "description"),
        (("key: seats", "key: Seats!"), "key"),
        (("days_ago: 28", "days_ago: 0"), "evidence"),
        (("label: Seats", "label: 'Seats"), "is not YAML"),
        (("label: Seats", "label: Seats\ncolour: blue"), "colour"),
        (("label: Seats", "label: Seats\nholds_for: {days: 3, periods: 3}"), "holds_for: say either"),
        (("label: Seats", "label: Seats\nholds_for: {days: 91}"), "holds_for, days"),
        (("label: Seats", "label: Seats\nat_stake: {money: arr, percent: 20}"), "`percent` says how much"),
        (("label: Seats", "label: Seats\npause_days: -1"), "pause_days"),
        ((GOOD, "- list"), "seats.yaml"),
    ],
)
def test_a_wrong_definition_is_refused_with_the_place(change: tuple[str, str], said: str) -> None:
    assert read(GOOD, origin="seats.yaml").key == "seats"
    with pytest.raises(BadDefinition) as refused:
        read(GOOD.replace(*change), origin="seats.yaml")
    assert said in refused.value.message


@pytest.mark.parametrize("place", ["condition", "closes"])
def test_a_condition_that_cannot_be_taken_is_refused_with_the_place(place: str) -> None:
    content = yaml.safe_load(GOOD) | {place: "seat_uses >= 80"}
    with pytest.raises(BadDefinition) as refused:
        build(check(content, origin="seats.yaml"), origin="seats.yaml")
    assert f"seats.yaml, {place}: " in refused.value.message
    assert "did you mean seat_use" in refused.value.message
    assert (refused.value.details["field"], refused.value.details["position"]) == (place, 0)


def test_a_key_is_taken_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(GOOD)
    with pytest.raises(BadDefinition, match="'seats' is taken"):
        registry.load(tmp_path)


@pytest.mark.parametrize("document", registry.shipped().values(), ids=lambda document: document.key)
def test_a_document_written_as_yaml_is_read_as_the_same(document: Document) -> None:
    assert read(to_yaml(document), origin="x") == document
    assert "enabled" not in to_yaml(document)
