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
