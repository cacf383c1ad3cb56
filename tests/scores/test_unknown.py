"""What counts for a measure without a value: left out, as yellow, as red, or as its last known band."""

from datetime import UTC, datetime

import pytest

from mainstay.scores.arithmetic import Scorecard, Unknown
from mainstay.scores.explaining import LastGood, State
from mainstay.scores.scoring import score
from mainstay.scores.sentences import coverage_text, sentence
from tests.scores.anything import Source
from tests.scores.cards import card, dimension, measure

LAST = datetime(2026, 11, 4, tzinfo=UTC)
GOOD = {"a": LastGood(2.0, LAST)}
MIDDLING = {"a": LastGood(1.0, LAST)}
BAD = {"a": LastGood(0.0, LAST)}


def _card(unknown: Unknown, **options: object) -> Scorecard:
    return card(dimension("a", 60, unknown=unknown, **options), dimension("b", 40))


@pytest.mark.parametrize(
    ("unknown", "last", "points", "total", "band"),
    [
        ("leave_out", {}, None, 100, "green"),
        ("leave_out", BAD, None, 100, "green"),
        ("yellow", {}, 30, 70, "yellow"),
        ("red", {}, 0, 40, "red"),
        ("red", GOOD, 0, 40, "red"),
        ("last_known", {}, None, 100, "green"),
        ("last_known", GOOD, 60, 100, "green"),
        ("last_known", MIDDLING, 30, 70, "yellow"),
        ("last_known", BAD, 0, 40, "red"),
    ],
)
def test_a_measure_without_a_value_counts_as_declared(
    unknown: Unknown, last: dict[str, LastGood], points: int | None, total: int, band: str
) -> None:
    result = score(_card(unknown), {"b": 2}, last_good=last)
    assert (result.dimensions[0].points, result.score, result.band) == (points, total, band)
    assert result.coverage == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("unknown", "last", "total", "band", "counts_as"),
    [
        ("leave_out", BAD, 100, "green", "unknown"),
        ("yellow", BAD, 100, "green", "unknown"),
        ("red", GOOD, 100, "green", "unknown"),
        ("red", {}, None, "unknown", "red"),
        ("last_known", GOOD, 100, "green", "green"),
        ("last_known", BAD, 40, "red", "red"),
    ],
)
def test_a_late_source_never_counts_as_worse(
    unknown: Unknown, last: dict[str, LastGood], total: int | None, band: str, counts_as: str
) -> None:
    """Its measures are left out or keep their band; what had no value before counts as it did, and never as red."""
    late = {"product": Source(is_late=True)}
    small = card(dimension("a", 60, unknown=unknown), dimension("b", 40, measure("b", source="support")))
    result = score(small, {"b": 2}, late, last_good=last)
    assert (result.score, result.band) == (total, band)
    assert result.dimensions[0].measures[0].counts_as == counts_as


def test_yellow_is_half_the_weight_also_where_points_are_linear() -> None:
    assert score(_card("yellow", points="linear"), {"b": 2}).dimensions[0].points == 30
    assert score(_card("yellow", combine="average"), {"b": 2}).dimensions[0].points == 30


def test_with_nothing_measured_there_is_no_score_whatever_is_assumed() -> None:
    for unknown in ("yellow", "red"):
        both = card(dimension("a", 60, unknown=unknown), dimension("b", 40, unknown=unknown))
        result = score(both, {})
        assert (result.score, result.band, result.coverage) == (None, "unknown", 0)


def test_a_held_band_counts_towards_the_minimum_and_an_assumed_one_does_not() -> None:
    held = card(dimension("a", 60, unknown="last_known"), dimension("b", 40), minimum_coverage=0.5)
    assumed = card(dimension("a", 60, unknown="yellow"), dimension("b", 40), minimum_coverage=0.5)
    assert score(held, {"b": 2}, last_good=GOOD).score == 100
    assert score(assumed, {"b": 2}).score is None


def test_what_stands_in_is_said() -> None:
    held = score(_card("last_known"), {"b": 2}, last_good=MIDDLING)
    found = held.dimensions[0].measures[0]
    assert (found.state, found.value, found.counts_as, found.last_good) == (State.HELD, None, "yellow", MIDDLING["a"])
    assert found.says == "A 1 (of 4 Nov 2026)"
    assert coverage_text(held) == "A: known in part; A by the last known band"
    assert held.dimensions[0].needs == "A 2 or more"
    assumed = score(_card("red"), {"b": 2})
    assert assumed.dimensions[0].measures[0].says == "A: no value, counts as At risk"
    assert coverage_text(assumed) == "A: no data; without a value A as At risk"
    assert "Bringing it back is enough: 40 + 60 makes 100" in sentence(assumed)


def test_a_late_measure_that_keeps_its_band_says_so() -> None:
    result = score(_card("last_known"), {"a": 2, "b": 2}, {"product": Source(is_late=True)}, last_good=MIDDLING)
    assert result.dimensions[0].measures[0].state is State.LATE
    assert "A counted by the last known band until fresh data comes, last good on 4 Nov 2026." in sentence(result)
