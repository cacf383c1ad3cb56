"""What is said about a score."""

import pytest

from mainstay.scores.scoring import score
from mainstay.scores.sentences import coverage_text, sentence
from mainstay.scores.wording import value_text
from tests.scores.cards import HEALTHY, TECHCORP, card, dimension, measure, shipped


def test_techcorp_is_explained_in_one_breath() -> None:
    result = score(shipped("standard"), TECHCORP)
    enough = "Bringing it back is enough: 69 + 20 makes 89, Healthy. No other single fix reaches 80."
    assert sentence(result, slipped=["product_usage"]) == f"Product usage slipped under its green line. {enough}"
    assert sentence(result) == f"Product usage is under its green line. {enough}"
    assert coverage_text(result) == "all five dimensions have fresh data"
    assert [part.says for part in result.dimensions] == [
        "65% active daily · 55% adoption",
        "review attended · trained · replies well",
        "ticket volume stable · CSAT 4.2 of 5",
        "strong champion · no sponsor · NPS 8",
        "paid on time · no expansion",
    ]
    assert [part.needs for part in result.dimensions] == [
        "70% active, 60% adoption", "", "", "a sponsor, NPS 9", "an expansion",
    ]  # fmt: skip


FOUR = [("a", 40), ("b", 30), ("c", 20), ("d", 10)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((2, 2, 2, 2), "Every dimension is green."),
        ((2, 2, 2, None), "Every dimension with data is green."),
        ((2, 2, 1, 2), "C is under its green line. Bringing it back adds 10: 90 would be 100."),
        (
            (1, 1, 2, 2),
            "A is under its green line. Bringing it back is enough: 65 + 20 makes 85, Healthy. So would B (+15) alone.",
        ),
        (
            (0, 0, 1, 2),
            "A and B are under their green lines. No single fix reaches 80; "
            "together they make 90, Healthy: 20 + 40 + 30.",
        ),
        (
            (2, 2, 0, 0),
            "C is under its green line. Bringing it back is enough: 70 + 20 makes 90, Healthy. So would D (+10) alone.",
        ),
        ((0, 2, 2, 2), "A is under its green line. Bringing it back is enough: 60 + 40 makes 100, Healthy."),
        ((None, None, None, None), "No score: nothing the scorecard asks for has been sent yet."),
        ((None, None, None, 2), "No score: 10% of the scorecard has data, 20% is the least it asks for."),
    ],
)
def test_a_sentence_says_why_and_what_would_be_enough(values: tuple[float | None, ...], said: str) -> None:
    small = card(*(dimension(key, weight) for key, weight in FOUR), minimum_coverage=0.2)
    assert sentence(score(small, dict(zip("abcd", values, strict=True)))) == said


def test_coverage_names_what_is_missing() -> None:
    small = card(dimension("a", 50), dimension("b", 30, measure("b"), measure("x")), dimension("c", 20))
    assert coverage_text(score(small, {"a": 2, "b": 2, "c": 2})) == "B: known in part"
    assert coverage_text(score(small, {"a": 2})) == "B and C: no data"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(65.0, "percent", "65%"), (69.64, "percent", "69.6%"), (-40.0, "percent", "−40%"), (4.25, "score", "4.2"),
     (1.0, "days", "1 day"), (12.0, "days", "12 days"), (148_000.0, "count", "148,000"), (-0.01, "percent", "0%")],
)  # fmt: skip
def test_values_are_written_as_people_write_them(value: float, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


def test_a_result_as_data_names_every_part() -> None:
    data = score(shipped("standard"), HEALTHY).as_dict()
    assert {"score", "band", "coverage", "scorecard", "version", "dimensions", "gates", "rolled_up"} == set(data)
    first = data["dimensions"][0]
    assert {"key", "points", "weight", "band", "measures"} <= set(first)
    assert {"metric", "value", "band", "as_of", "source_age_seconds"} <= set(first["measures"][0])
