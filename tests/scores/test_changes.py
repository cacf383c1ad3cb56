"""What a version changed, as people read it."""

from typing import Any

import pytest
import yaml

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.changes import changes
from mainstay.scores.document import Document

STANDARD = yaml.safe_load((document.SHIPPED / "standard.yaml").read_text())


def _standard(change: Any = None) -> Document:
    content = yaml.safe_load(yaml.safe_dump(STANDARD))
    if change is not None:
        change(content)
    return document.check(content, origin="standard")


def _weights(content: Any) -> None:
    content["dimensions"][0]["weight"], content["dimensions"][1]["weight"] = 35, 30


def _swap(content: Any) -> None:
    content["dimensions"][0:2] = content["dimensions"][1::-1]


def _swap_measures(content: Any) -> None:
    content["dimensions"][1]["measures"].reverse()


def _move(content: Any) -> None:
    content["dimensions"][4]["measures"].append(content["dimensions"][2]["measures"].pop(1))


def _replace(content: Any) -> None:
    content["dimensions"][4] = {
        "key": "money", "label": "Money", "weight": 5, "measures": [{"metric": "seat_use", "green": 60, "yellow": 40}]
    }  # fmt: skip


def _set(**fields: object) -> Any:
    return lambda content: content.update(fields)


def _set_measure(**fields: object) -> Any:
    return lambda content: content["dimensions"][0]["measures"][0].update(fields)


def _set_dimension(**fields: object) -> Any:
    return lambda content: content["dimensions"][0].update(fields)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, []),
        (_weights, ["Product usage: weight 40 → 35", "Engagement: weight 25 → 30"]),
        (_set(green=85, yellow=55), ["Healthy from 80 → 85", "Moderate from 50 → 55"]),
        (_set(name="Default"), ["Name “Standard” → “Default”"]),
        (_set(minimum_coverage=0.3), ["Least coverage for a score 10% → 30%"]),
        (
            _set(condition="tier = 'smb'", position=20),
            [
                "Position 100 → 20",
                "Serves every account that no earlier scorecard serves → accounts where tier = 'smb'",
            ],
        ),
        (_set_measure(green=65), ["Product usage, Daily active rate: green line 70% → 65%"]),
        (_set_measure(label="Actives"), ["Product usage, Actives: called as the metric → “Actives”"]),
        (_set_measure(says="{value} here"), ["Product usage, Daily active rate: the words that pages show"]),
        (
            _set_dimension(combine="average", points="linear"),
            [
                "Product usage: earns points by colour → points in proportion between the lines",
                "Product usage: counts its worst measure → the average of its measures",
            ],
        ),
        (
            _set(unknown="yellow", roll_up="off", hold_days=30),
            [
                "Measures without a value are left out → count as yellow",
                "A last known value holds for 90 days → 30 days",
                "Parent accounts the mean of their children by ARR → no roll-up",
            ],
        ),
        (
            _set_dimension(unknown="red"),
            ["Product usage: measures without a value as in the whole scorecard → count as red"],
        ),
        (
            _set(gates=[{"key": "p1", "condition": "open_urgent_tickets > 0", "label": "Urgent open"}]),
            ["New gate “Urgent open”: at most yellow while open_urgent_tickets > 0"],
        ),
        (
            _set_measure(contract_lines=[{"arr_from": 50_000, "green": 80, "yellow": 60}]),
            ["Product usage, Daily active rate: lines by contract value none → from 50,000 green 80%, yellow 60%"],
        ),
        (_swap, ["Order of the dimensions: Engagement, Product usage, Support, Relationship, Financial"]),
        (_swap_measures, ["Engagement: order of the measures"]),
        (_move, ["CSAT, 90 days moved from Support to Financial"]),
        (
            _replace,
            [
                "New dimension Money, weight 5",
                "Money: Seat use is measured now, green from 60%, yellow from 40%",
                "Financial (weight 5) is gone, with On-time payment, Expansion, 12 months",
            ],
        ),
    ],
)
def test_a_difference_is_a_sentence(change: Any, said: list[str]) -> None:
    assert changes(_standard(), _standard(change), metrics=all_metrics()) == said


def test_a_gate_that_changes_says_how() -> None:
    gate = {"key": "p1", "condition": "open_urgent_tickets > 0", "label": "Urgent open"}
    capped = _standard(_set(gates=[gate]))
    harder = _standard(_set(gates=[gate | {"at_most": "red"}]))
    worded = _standard(_set(gates=[gate | {"needs": "the tickets closed"}]))
    said = "at most yellow while open_urgent_tickets > 0 → at most red while open_urgent_tickets > 0"
    assert changes(capped, harder, metrics=all_metrics()) == [f"Gate “Urgent open”: {said}"]
    assert changes(capped, worded, metrics=all_metrics()) == ["Gate “Urgent open”: the words that pages show"]
    assert changes(capped, _standard(), metrics=all_metrics()) == ["Gate “Urgent open” is gone"]
