"""What pages say of a scorecard's document."""

import pytest

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.document import MeasureDocument
from mainstay.scores.reading import lines_text, reading

STANDARD = document.read((document.SHIPPED / "standard.yaml").read_text(), origin="standard")


@pytest.mark.parametrize(
    ("green", "yellow", "direction", "unit", "said"),
    [
        (70, 50, None, "percent", "Green from 70%, yellow from 50%, red below."),
        (7, 21, None, "days", "Green up to 7 days, yellow up to 21 days, red above."),
        (9, 9, "up", "score", "Green from 9, red below."),
        (0, 0, "down", "count", "Green up to 0, red above."),
        (1, 0, None, "boolean", "Green when yes, yellow when no."),
        (1, 1, "up", "boolean", "Green when yes, red when no."),
        (0, 1, None, "boolean", "Green when no, yellow when yes."),
        (0, 0.5, None, "boolean", "Green when no, red when yes."),
    ],
)
def test_lines_are_a_sentence(green: float, yellow: float, direction: str | None, unit: str, said: str) -> None:
    measure = MeasureDocument(metric="m", green=green, yellow=yellow, direction=direction)
    assert lines_text(measure, unit) == said


def test_the_standard_scorecard_reads_as_people_speak() -> None:
    read = reading(STANDARD, metrics=all_metrics())
    assert (read.bands, read.coverage) == (
        "Healthy from 80, Moderate from 50, At risk below.",
        "No score where less than 10% of the weight has data.",
    )
    assert read.unknown == "Measures without a value are left out."
    usage = read.dimensions[0]
    assert (usage.label, usage.weight, usage.rule) == ("Product usage", 40, "by its worst measure")
    assert (usage.measures[0].label, usage.measures[0].lines) == (
        "Daily active rate", "Green from 70%, yellow from 50%, red below.",
    )  # fmt: skip


def test_what_is_special_is_said() -> None:
    content = STANDARD.model_dump(mode="json") | {"unknown": "last_known", "hold_days": 30}
    content["gates"] = [{"key": "p1", "condition": "open_urgent_tickets > 0", "label": "Urgent open"}]
    content["dimensions"][0] |= {"combine": "average", "points": "linear", "unknown": "red"}
    content["dimensions"][0]["measures"][0]["contract_lines"] = [{"arr_from": 50_000, "green": 80, "yellow": 60}]
    read = reading(document.check(content, origin="test"), metrics=all_metrics())
    assert read.unknown == "Measures without a value keep the band of their last known value, for 30 days at most."
    assert read.gates == [("Urgent open", "yellow", "open_urgent_tickets > 0")]
    usage = read.dimensions[0]
    assert usage.rule == (
        "by the average of its measures, in proportion between the lines; measures without a value count as red"
    )
    assert usage.measures[0].by_contract == ["From 50,000 of ARR: Green from 80%, yellow from 60%, red below."]
