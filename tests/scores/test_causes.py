"""What moved a score, in a few words."""

import pytest

from mainstay.scores.arithmetic import mark, total
from mainstay.scores.causes import cause
from tests.scores.cards import HEALTHY, TECHCORP, shipped


def _cause(then: dict[str, float | None], now: dict[str, float | None]) -> str:
    card = shipped("standard")
    sides = []
    for values in (then, now):
        row = tuple(values.get(measure.metric) for measure in card.measures)
        marks = tuple(mark(measure, value) for measure, value in zip(card.measures, row, strict=True))
        sides.append((total(card, marks), marks, row))
    return cause(card, then=sides[0], now=sides[1])


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ({}, {}, ""),
        ({"daily_active_rate": 71.0}, {"daily_active_rate": 65.0}, "Daily active rate 71% → 65%, under the 70% line"),
        ({"daily_active_rate": 71.0}, {"daily_active_rate": 12.0}, "Daily active rate 71% → 12%, under the 50% line"),
        ({"daily_active_rate": 9.0}, {"daily_active_rate": 55.0}, "Daily active rate 9% → 55%, back over the 50% line"),
        ({"csat_90d": 3.2}, {"csat_90d": 4.4}, "CSAT, 90 days 3.2 → 4.4, back over the 4 line"),
        ({"tickets_trend": 0.0}, {"tickets_trend": 60.0}, "Tickets, change 0% → 60%, over the 25% line"),
        ({"tickets_trend": 60.0}, {"tickets_trend": 0.0}, "Tickets, change 60% → 0%, back under the 25% line"),
        ({"executive_sponsor_present": 1.0}, {"executive_sponsor_present": 0.0}, "No sponsor"),
        ({"nps_latest": None}, {"nps_latest": 3.0}, "NPS, latest 3, under the 7 line"),
        ({"nps_latest": 3.0}, {"nps_latest": None}, "NPS, latest has no value any more"),
        ({"csat_90d": 4.4, "nps_latest": 9.0}, {"csat_90d": 1.0, "nps_latest": 8.0},
         "CSAT, 90 days 4.4 → 1, under the 3 line"),
        ({"nps_latest": 9.0, "expansion_12m": 0.0}, {"nps_latest": 3.0, "expansion_12m": 5.0},
         "NPS, latest 9 → 3, under the 7 line"),
    ],
)  # fmt: skip
def test_the_measure_that_moved_the_score_most_is_named_with_its_values(
    then: dict[str, float | None], now: dict[str, float | None], said: str
) -> None:
    assert _cause(HEALTHY | then, HEALTHY | now) == said


def test_a_dimension_that_lost_its_data_is_named_when_nothing_else_moved() -> None:
    gone = dict.fromkeys(("tickets_trend", "csat_90d", "open_urgent_tickets"))
    assert _cause(TECHCORP, TECHCORP | gone) == "Support has no data any more"
    assert _cause(TECHCORP | gone, TECHCORP) == "Support has data now"


def test_nothing_is_said_where_there_was_no_score() -> None:
    assert _cause({}, TECHCORP) == ""
