"""Scorecards as YAML: what is shipped, and what is refused with the place and the reason."""

import pytest

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.errors import BadScorecard
from tests.scores.cards import shipped

GOOD = """
key: small
name: Small
dimensions:
  - key: usage
    label: Usage
    weight: 60
    measures:
      - {metric: seat_use, green: 70, yellow: 50}
  - key: support
    label: Support
    weight: 40
    measures:
      - {metric: open_urgent_tickets, green: 0, yellow: 2}
"""


def test_the_shipped_scorecards_have_the_weights_they_promise() -> None:
    weights = {key: [part.weight for part in shipped(key).dimensions] for key in ("standard", "enterprise")}
    assert weights == {"standard": [40, 25, 15, 15, 5], "enterprise": [40, 25, 20, 15]}
    assert {(shipped(key).green, shipped(key).yellow) for key in weights} == {(80, 50)}


@pytest.mark.parametrize("path", sorted(document.SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_scorecard_can_be_built(path: document.Path) -> None:
    read = document.read(path.read_text(), origin=path.name)
    assert read.key == path.stem
    built = document.build(read, version=3, metrics=all_metrics())
    assert built.version == 3
    for measure in built.measures:
        metric = all_metrics()[measure.metric]
        assert measure.direction == str(metric.direction), f"{measure.metric} is measured against its direction"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("weight: 60", "weight: 50"), "add up to 90; they must add up to 100"),
        (("weight: 60", "weight: 0"), "dimension 'usage', weight"),
        (("weight: 60", "weight: heavy"), "dimension 'usage', weight"),
        (("yellow: 50", "yelow: 50"), "dimension 'usage', measure 'seat_use', yellow: Field required"),
        (("green: 70, yellow: 50", "green: 50, yellow: 50"), "same line"),
        (("green: 70, yellow: 50", "green: 70, yellow: 50, direction: down"), "say 'up', not 'down'"),
        (("green: 70, yellow: 50", "green: .nan, yellow: 50"), "measure 'seat_use', green"),
        (("green: 70, yellow: 50", 'green: 70, yellow: 50, says: "{valu}"'), "place-holders"),
        (("green: 70, yellow: 50", "green: 70, yellow: 50, says: {blue: x}"), "says"),
        (("key: support", "key: usage"), "dimension 'usage' stands twice"),
        (("open_urgent_tickets", "seat_use"), "metric 'seat_use' stands twice"),
        (("key: small", "key: Small One"), "key"),
        (("name: Small", "name: Small\ncolour: blue"), "colour"),
        (("name: Small", "name: Small\ngreen: 40"), "must be below green"),
        (("name: Small", 'name: "Small'), "is not YAML"),
        ((GOOD, "just text"), "small.yaml"),
        ((GOOD, ""), "small.yaml"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(change: tuple[str, str], said: str) -> None:
    assert document.read(GOOD, origin="small.yaml").key == "small"
    with pytest.raises(BadScorecard) as refused:
        document.read(GOOD.replace(*change), origin="small.yaml")
    assert said in refused.value.message
    assert refused.value.message.startswith("small.yaml")


def test_an_unknown_metric_is_refused_with_the_ones_there_are() -> None:
    read = document.read(GOOD.replace("seat_use", "seat_usage"), origin="small.yaml")
    with pytest.raises(BadScorecard, match=r"'seat_usage', which is no metric\. Metrics: .*seat_use"):
        document.build(read, version=1, metrics=all_metrics())


GATED = (
    GOOD
    + """
gates:
  - {key: urgent, condition: "open_urgent_tickets > 0", label: "{open_urgent_tickets} urgent open"}
"""
)


def test_what_a_document_leaves_out_has_its_default() -> None:
    read = document.read(GATED, origin="small.yaml")
    built = document.build(read, version=1, metrics=all_metrics())
    assert (read.unknown, read.hold_days, read.roll_up) == ("leave_out", 90, "arr_weighted_mean")
    assert [dimension.unknown for dimension in built.dimensions] == ["leave_out", "leave_out"]
    assert [(gate.key, gate.at_most) for gate in built.gates] == [("urgent", "yellow")]


def test_a_dimension_may_treat_the_unknown_in_its_own_way() -> None:
    text = GOOD.replace("name: Small", "name: Small\nunknown: last_known").replace(
        "weight: 40", "weight: 40\n    unknown: red"
    )
    built = document.build(document.read(text, origin="small.yaml"), version=1, metrics=all_metrics())
    assert [dimension.unknown for dimension in built.dimensions] == ["last_known", "red"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("open_urgent_tickets > 0", "open_urgent_ticket > 0"), "gate 'urgent', condition: There is no field"),
        (("open_urgent_tickets > 0", "score < 50"), "gate 'urgent', condition: There is no field"),
        (("open_urgent_tickets > 0", "open_urgent_tickets is null"), "'open_urgent_tickets' is unknown"),
        (("open_urgent_tickets > 0", "champion_present is not true"), "'champion_present' is unknown"),
        (("open_urgent_tickets > 0", "not (not (csat_90d is null))"), "'csat_90d' is unknown"),
        (("{open_urgent_tickets} urgent", "{csat_90d} urgent"), "'{csat_90d}' is no field of the condition"),
        (("{open_urgent_tickets} urgent", "{open urgent"), "stands in braces"),
        (("key: urgent,", "key: urgent, at_most: green,"), "gate 'urgent', at_most"),
    ],
)
def test_a_wrong_gate_is_refused_with_the_reason(change: tuple[str, str], said: str) -> None:
    with pytest.raises(BadScorecard) as refused:
        document.build(document.read(GATED.replace(*change), origin="small.yaml"), version=1, metrics=all_metrics())
    assert said in refused.value.message


@pytest.mark.parametrize(
    "condition",
    [
        "open_urgent_tickets > 0 and open_urgent_tickets is not null",
        "champion_present is true",
        "tier is null and open_urgent_tickets > 0",
        "not (open_urgent_tickets = 0)",
    ],
)
def test_a_gate_may_ask_for_what_needs_a_value(condition: str) -> None:
    text = GATED.replace("open_urgent_tickets > 0", condition).replace("{open_urgent_tickets} urgent", "Urgent")
    assert document.build(document.read(text, origin="small.yaml"), version=1, metrics=all_metrics()).gates


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[{arr_from: 50000, green: 60, yellow: 40}, {arr_from: 50000, green: 50, yellow: 40}]", "begin higher"),
        ("[{arr_from: 50000, green: 40, yellow: 60}]", "those of the measure 'up'"),
        ("[{arr_from: 0, green: 60, yellow: 40}]", "arr_from"),
    ],
)
def test_lines_by_contract_value_rise_and_agree(lines: str, said: str) -> None:
    good = GOOD.replace("yellow: 50}", "yellow: 50, contract_lines: [{arr_from: 9, green: 60, yellow: 60}]}")
    assert document.read(good, origin="small.yaml").dimensions[0].measures[0].contract_lines[0].green == 60
    with pytest.raises(BadScorecard) as refused:
        document.read(GOOD.replace("yellow: 50}", f"yellow: 50, contract_lines: {lines}}}"), origin="small.yaml")
    assert said in refused.value.message


def _models(model: type[document.BaseModel]) -> dict[str, type[document.BaseModel]]:
    found = {model.__name__: model}
    for field in model.model_fields.values():
        for inner in getattr(field.annotation, "__args__", ()):
            if isinstance(inner, type) and issubclass(inner, document.BaseModel):
                found |= _models(inner)
    return found


def test_every_field_says_what_it_is() -> None:
    silent = [
        f"{name}.{key}"
        for name, model in _models(document.Document).items()
        for key, field in model.model_fields.items()
        if not (field.title and field.description)
    ]
    assert len(_models(document.Document)) == 5
    assert silent == []
