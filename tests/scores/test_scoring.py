"""The arithmetic: cases worked by hand, and laws that hold for every scorecard and every value."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.scores.arithmetic import Scorecard, linear_flags, mark, total
from mainstay.scores.explaining import LastGood, State
from mainstay.scores.scoring import score
from mainstay.scores.sentences import sentence
from tests.scores.cards import HEALTHY, SICK, TECHCORP, card, dimension, measure, shipped

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST = datetime(2026, 11, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Fresh:
    is_late: bool
    age_seconds: float | None = 3600.0


LATE = Fresh(is_late=True, age_seconds=4.5 * 86_400)


def test_techcorp_comes_out_at_69_with_its_plan() -> None:
    result = score(shipped("standard"), TECHCORP, as_of=NOW)
    assert [(part.key, part.points, part.weight, part.band) for part in result.dimensions] == [
        ("product_usage", 20, 40, "yellow"),
        ("engagement", 25, 25, "green"),
        ("support", 15, 15, "green"),
        ("relationship", 7, 15, "yellow"),
        ("financial", 2, 5, "yellow"),
    ]
    assert (result.score, result.band, result.coverage) == (69, "yellow", 1.0)
    plan = result.plan()
    assert [(step.dimension, step.gain, step.needs) for step in plan.steps] == [
        ("product_usage", 20, "70% active, 60% adoption"),
        ("relationship", 8, "a sponsor, NPS 9"),
        ("financial", 3, "an expansion"),
    ]
    assert [step.dimension for step in plan.enough_alone] == ["product_usage"]
    assert plan.smallest == plan.steps[:1]
    assert plan.score_after_smallest == 89


def test_a_published_worked_example_of_the_same_weights_agrees() -> None:
    """Usage yellow 20 of 40, engagement 25 of 25, support 15 of 15, relationship 7 of 15, financial 2 of 5: 69."""
    weights = {"usage": 40, "engagement": 25, "support": 15, "relationship": 15, "financial": 5}
    small = card(*(dimension(key, weight) for key, weight in weights.items()))
    result = score(small, {"usage": 1, "engagement": 2, "support": 2, "relationship": 1, "financial": 1})
    assert (result.score, result.band) == (69, "yellow")
    assert [part.points for part in result.dimensions] == [20, 25, 15, 7, 2]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 2, "b": 2}, (100, "green")),
        ({"a": 1.99, "b": 2}, (70, "yellow")),
        ({"a": 1, "b": 1}, (50, "yellow")),
        ({"a": 0.99, "b": 1}, (20, "red")),
        ({"a": 2, "b": None}, (100, "green")),
        ({"a": 1, "b": None}, (50, "yellow")),
        ({"b": 0}, (0, "red")),
        ({"a": float("nan"), "b": 2}, (100, "green")),
        ({}, (None, "unknown")),
    ],
)
def test_lines_belong_to_the_better_side_and_the_known_rest_is_scaled(
    values: dict[str, float | None], expected: tuple[int | None, str]
) -> None:
    result = score(card(dimension("a", 60), dimension("b", 40)), values)
    assert (result.score, result.band) == expected


def test_half_of_an_odd_weight_is_rounded_down() -> None:
    assert score(card(dimension("a", 15), dimension("b", 85)), {"a": 1, "b": 2}).dimensions[0].points == 7


def test_less_is_better_when_green_lies_below_yellow() -> None:
    down = measure("a", green=10, yellow=20)
    bands = [score(card(dimension("a", 100, down)), {"a": value}).band for value in (10, 10.1, 20, 20.1)]
    assert bands == ["green", "yellow", "yellow", "red"]


def test_equal_lines_leave_no_yellow() -> None:
    only = replace(measure("a", green=1, yellow=1))
    assert [score(card(dimension("a", 100, only)), {"a": value}).score for value in (1, 0.9)] == [100, 0]


def test_a_dimension_is_its_worst_measure() -> None:
    small = card(dimension("d", 100, measure("a"), measure("b"), measure("c")))
    assert score(small, {"a": 2, "b": 2, "c": 1}).score == 50
    assert score(small, {"a": 2, "b": 0, "c": 1}).score == 0
    assert score(small, {"a": 2, "b": None, "c": None}).score == 100


@pytest.mark.parametrize(
    ("values", "points", "band"),
    [((2, 2, 2), 30, "green"), ((2, 2, 1), 30, "green"), ((2, 1, 1), 15, "yellow"), ((2, 0, 0), 15, "yellow"),
     ((1, 0, 0), 0, "red"), ((2, 1, None), 30, "green"), ((1, 0, None), 15, "yellow")],
)  # fmt: skip
def test_a_dimension_can_be_the_average_of_its_measures(
    values: tuple[float | None, ...], points: int, band: str
) -> None:
    names = ("a", "b", "c")
    small = card(dimension("d", 30, *map(measure, names), combine="average"), dimension("e", 70))
    part = score(small, dict(zip(names, values, strict=True)) | {"e": 2}).dimensions[0]
    assert (part.points, part.band) == (points, band)


@pytest.mark.parametrize(
    ("value", "points", "band"),
    [
        (100, 41, "green"),
        (70, 41, "green"),
        (60, 20, "yellow"),
        (50, 0, "yellow"),
        (49, 0, "red"),
        (69.9, 40, "yellow"),
    ],
)
def test_points_can_run_linearly_between_the_lines(value: float, points: int, band: str) -> None:
    small = card(dimension("d", 41, measure("a", 70, 50), points="linear"), dimension("e", 59))
    part = score(small, {"a": value, "e": 2}).dimensions[0]
    assert (part.points, part.band) == (points, band)


def test_coverage_is_the_share_of_the_weight_whose_measures_are_known() -> None:
    small = card(dimension("d", 60, measure("a"), measure("b")), dimension("e", 40), minimum_coverage=0.5)
    assert score(small, {"a": 2, "b": 2, "e": 2}).coverage == 1
    assert score(small, {"a": 2, "e": 2}).coverage == pytest.approx(0.7)
    below = score(small, {"e": 2})
    assert (below.score, below.band, below.coverage) == (None, "unknown", pytest.approx(0.4))
    assert below.dimensions[1].points == 40
    assert score(card(dimension("d", 60), dimension("e", 40), minimum_coverage=0.4), {"e": 2}).score == 100


def test_a_late_source_leaves_its_measures_out_and_says_what_was_last_good() -> None:
    good = {"daily_active_rate": LastGood(65.0, LAST)}
    result = score(shipped("standard"), TECHCORP, {"product": LATE}, last_good=good, as_of=NOW)
    usage = result.dimensions[0]
    assert (usage.points, usage.band) == (None, "unknown")
    assert result.score == 100 * (25 + 15 + 7 + 2) // 60
    assert result.coverage == pytest.approx(0.6)
    active = usage.measures[0]
    assert (active.state, active.value, active.last_good, active.as_of) == (
        State.LATE,
        None,
        LastGood(65.0, LAST),
        LAST,
    )
    assert active.source_age_seconds == LATE.age_seconds
    assert "left out until fresh data comes, last good on 18 Nov 2026" in sentence(result)


def test_a_late_source_turns_no_account_red() -> None:
    values = HEALTHY | {"response_rate": 0.0, "csat_90d": 1.0, "nps_latest": 7.0}
    assert score(shipped("standard"), values).band == "yellow"
    good = {m.metric: LastGood(values[m.metric], LAST) for m in shipped("standard").dimensions[0].measures}
    held = score(shipped("standard"), values, {"product": LATE}, last_good=good)
    assert (held.score, held.band, held.is_held_back) == (None, "unknown", True)
    assert "no score until then" in sentence(held)
    without_history = score(shipped("standard"), values, {"product": LATE})
    assert (without_history.score, without_history.band) == (None, "unknown")


def test_an_account_that_was_red_stays_red_while_a_source_is_late() -> None:
    good = {m.metric: LastGood(SICK[m.metric], LAST) for m in shipped("standard").dimensions[0].measures}
    assert score(shipped("standard"), SICK, {"product": LATE}, last_good=good).band == "red"


def test_a_metric_that_never_had_a_value_is_unknown_and_not_late() -> None:
    result = score(card(dimension("a", 50), dimension("b", 50)), {"b": 2}, {"product": LATE})
    assert [part.measures[0].state for part in result.dimensions] == [State.UNKNOWN, State.LATE]


SCORECARDS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.lists(st.sampled_from([(2, 1), (1, 2), (1, 1), (70, 50), (0.3, 0.1)]), min_size=1, max_size=3),
        st.sampled_from(["bands", "linear"]),
        st.sampled_from(["worst", "average"]),
    ),
    min_size=1,
    max_size=5,
)
VALUES = st.one_of(st.none(), st.floats(-100, 100), st.sampled_from([0.0, 1.0, 2.0, 50.0, 60.0, 70.0]))


def _card(parts: list[tuple[int, list[tuple[float, float]], str, str]]) -> Scorecard:
    return card(
        *(
            dimension(
                f"d{index}",
                weight,
                *(measure(f"m{index}_{at}", green, yellow) for at, (green, yellow) in enumerate(lines)),
                points=points,
                combine=combine,
            )
            for index, (weight, lines, points, combine) in enumerate(parts)
        )
    )


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Scorecard, dict[str, float | None]]:
    small = _card(draw(SCORECARDS))
    return small, {found.metric: draw(VALUES) for found in small.measures}


@given(_cases())
def test_points_never_exceed_weights_and_coverage_is_a_share(case: tuple[Scorecard, dict[str, float | None]]) -> None:
    result = score(*case)
    assert 0 <= result.coverage <= 1
    assert result.score is None or 0 <= result.score <= 100
    for part in result.dimensions:
        assert part.points is None or 0 <= part.points <= part.weight
        assert (part.points is None) == (part.band == "unknown")


@given(_cases(), st.data())
def test_a_better_value_never_lowers_the_score(
    case: tuple[Scorecard, dict[str, float | None]], data: st.DataObject
) -> None:
    small, values = case
    chosen = data.draw(st.sampled_from(small.measures))
    value = values[chosen.metric]
    if value is None:
        return
    step = data.draw(st.floats(0, 100)) * (1 if chosen.direction == "up" else -1)
    before, after = score(small, values), score(small, values | {chosen.metric: value + step})
    assert (after.score or 0) >= (before.score or 0)
    assert after.coverage == before.coverage


@given(_cases(), st.randoms())
def test_the_order_of_dimensions_and_measures_does_not_matter(
    case: tuple[Scorecard, dict[str, float | None]], random: Random
) -> None:
    small, values = case
    parts = [
        replace(part, measures=tuple(random.sample(part.measures, len(part.measures)))) for part in small.dimensions
    ]
    shuffled = card(*random.sample(parts, len(parts)))
    one, other = score(small, values), score(shuffled, values)
    assert (one.score, one.band) == (other.score, other.band)
    assert one.coverage == pytest.approx(other.coverage)


@given(_cases())
def test_the_path_to_green_keeps_what_it_promises(case: tuple[Scorecard, dict[str, float | None]]) -> None:
    small, values = case
    result = score(small, values)
    assert sentence(result)
    plan = result.plan()
    if result.score is None:
        assert plan.steps == ()
        return
    for step in plan.steps:
        part = next(part for part in small.dimensions if part.key == step.dimension)
        healed = values | {found.metric: found.green for found in part.measures if values[found.metric] is not None}
        assert score(small, healed).score == result.score + step.gain == step.score_after
    assert [step.gain for step in plan.steps] == sorted((step.gain for step in plan.steps), reverse=True)
    assert result.band == "green" or plan.score_after_smallest >= plan.target


@given(_cases())
def test_bulk_arithmetic_on_marks_is_the_same(case: tuple[Scorecard, dict[str, float | None]]) -> None:
    small, values = case
    marks = tuple(
        mark(found, values[found.metric], is_linear=flag)
        for found, flag in zip(small.measures, linear_flags(small), strict=True)
    )
    result, totals = score(small, values), total(small, marks)
    assert (result.score, result.band, result.coverage) == (totals.score, totals.band, totals.coverage)
