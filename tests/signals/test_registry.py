"""The kinds of signals: each says what it means, and a wrong one is refused with the place."""

import pytest

from mainstay.signals import registry
from mainstay.signals.errors import BadDefinition

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


def test_the_shipped_kinds_are_the_ones_that_were_promised() -> None:
    assert set(registry.kinds()) == {
        "health_red",
        "score_drop",
        "logins_drop",
        "core_down_tickets_up",
        "renewal_at_risk",
        "seats_filling",
        "promoter",
    }


@pytest.mark.parametrize("kind", registry.kinds().values(), ids=lambda kind: kind.key)
def test_every_kind_says_what_it_means(kind: registry.Kind) -> None:
    assert kind.description.endswith(".")
    assert kind.label
    assert (registry.SHIPPED / f"{kind.key}.yaml").exists()
    assert kind.document.summary.endswith((".", "{cause}"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seat_use >= 80", "seat_uses >= 80"), "did you mean seat_use"),
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
        ((GOOD, "- list"), "seats.yaml"),
    ],
)
def test_a_wrong_definition_is_refused_with_the_place(change: tuple[str, str], said: str) -> None:
    assert registry.read(GOOD, origin="seats.yaml").key == "seats"
    with pytest.raises(BadDefinition) as refused:
        registry.read(GOOD.replace(*change), origin="seats.yaml")
    assert said in refused.value.message


def test_a_key_is_taken_once(tmp_path: registry.Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(GOOD)
    with pytest.raises(BadDefinition, match="'seats' is taken"):
        registry.load(tmp_path)
