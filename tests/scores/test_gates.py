"""Gates: what caps the band, what does not, and how it is said."""

import pytest

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.arithmetic import Scorecard
from mainstay.scores.explaining import LastGood
from mainstay.scores.scoring import score
from mainstay.scores.sentences import sentence
from tests.scores.anything import AT, Source

CARD = """
key: gated
name: Gated
dimensions:
  - {key: usage, label: Usage, weight: 60, measures: [{metric: seat_use, green: 70, yellow: 50}]}
  - {key: support, label: Support, weight: 40, measures: [{metric: csat_90d, green: 4, yellow: 3}]}
gates:
  - key: urgent
    condition: "open_urgent_tickets > 0"
    label: "{open_urgent_tickets} urgent open"
    needs: "the urgent tickets closed"
"""
WELL = {"seat_use": 80.0, "csat_90d": 5.0, "open_urgent_tickets": 0.0}


def _card(**changed: str) -> Scorecard:
    text = CARD
    for old, new in changed.items():
        text = text.replace(old, new)
    return document.build(document.read(text, origin="gated"), version=1, metrics=all_metrics())


RED = '"{open_urgent_tickets} urgent open"\n    at_most: red'


@pytest.mark.parametrize(
    ("values", "at_most", "total", "band"),
    [
        ({}, "yellow", 100, "green"),
        ({"open_urgent_tickets": 1.0}, "yellow", 100, "yellow"),
        ({"open_urgent_tickets": 1.0}, "red", 100, "red"),
        ({"open_urgent_tickets": None}, "yellow", 100, "green"),
        ({"open_urgent_tickets": float("nan")}, "yellow", 100, "green"),
        ({"open_urgent_tickets": 1.0, "seat_use": 60.0}, "yellow", 70, "yellow"),
        ({"open_urgent_tickets": 1.0, "seat_use": 0.0, "csat_90d": 1.0}, "yellow", 0, "red"),
        ({"open_urgent_tickets": 1.0, "seat_use": None, "csat_90d": None}, "yellow", None, "unknown"),
    ],
)
def test_a_gate_caps_the_band_and_leaves_the_score(
    values: dict[str, float | None], at_most: str, total: int | None, band: str
) -> None:
    card = _card(**({'"{open_urgent_tickets} urgent open"': RED} if at_most == "red" else {}))
    result = score(card, WELL | values)
    assert (result.score, result.band) == (total, band)


@pytest.mark.parametrize(
    ("now", "last", "band", "holds"),
    [
        (3.0, None, "green", None),
        (3.0, 0.0, "green", False),
        (0.0, 2.0, "yellow", True),
        (None, 2.0, "yellow", True),
        (None, None, "green", None),
    ],
)
def test_over_a_late_value_a_gate_stays_as_it_was(
    now: float | None, last: float | None, band: str, holds: bool | None
) -> None:
    """Nobody measured that the ticket was closed, and nobody that one was opened."""
    values = WELL | {"open_urgent_tickets": now, "csat_90d": 5.0}
    good = {"csat_90d": LastGood(5.0, AT)}
    if last is not None:
        good["open_urgent_tickets"] = LastGood(last, AT)
    result = score(_card(), values, {"support": Source(is_late=True)}, last_good=good)
    assert (result.band, result.gates[0].holds) == (band, holds)


def test_a_gate_may_ask_for_account_fields_too() -> None:
    card = _card(**{'"open_urgent_tickets > 0"': "\"open_urgent_tickets > 0 and tier = 'enterprise'\""})
    values = WELL | {"open_urgent_tickets": 1.0}
    assert card.account_fields == {"tier"}
    assert score(card, values, fields={"tier": "enterprise"}).band == "yellow"
    assert score(card, values, fields={"tier": "smb"}).band == "green"
    assert score(card, values, fields={}).band == "green"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"open_urgent_tickets": 2.0},
            "Capped at Moderate: 2 urgent open; the score alone, 100, would be Healthy. "
            "It needs the urgent tickets closed.",
        ),
        (
            {"open_urgent_tickets": 2.0, "seat_use": 60.0},
            "Usage is under its green line. "
            "Bringing it back is enough: 70 + 30 makes 100, Healthy with the urgent tickets closed.",
        ),
    ],
)
def test_the_sentence_names_the_gate(values: dict[str, float], said: str) -> None:
    assert sentence(score(_card(), WELL | values)) == said


def test_a_cap_below_what_the_score_alone_would_be_says_both() -> None:
    card = _card(**{'"{open_urgent_tickets} urgent open"': RED})
    assert sentence(score(card, WELL | {"open_urgent_tickets": 2.0, "seat_use": 60.0})) == (
        "Capped at At risk: 2 urgent open; the score alone, 70, would be Moderate. Usage is under its green line. "
        "Bringing it back is enough: 70 + 30 makes 100, Healthy with the urgent tickets closed."
    )


def test_the_path_to_the_next_band_opens_the_gate_too() -> None:
    path = score(_card(), WELL | {"open_urgent_tickets": 2.0, "seat_use": 60.0}).path()
    assert path is not None
    assert [(fix.kind, fix.label, fix.dimension, fix.needs, fix.gain) for fix in path.smallest] == [
        ("measure", "Seat use", "Usage", "Seat use 70% or more", 30),
        ("gate", "2 urgent open", "", "the urgent tickets closed", 0),
    ]
    assert path.climb == (100, 100)
    assert not any(fix.is_enough for fix in path.fixes)


def test_a_fix_that_opens_its_own_gate_counts_once() -> None:
    measured = "measures: [{metric: csat_90d, green: 4, yellow: 3}, {metric: open_urgent_tickets, green: 0, yellow: 5}]"
    card = _card(**{"measures: [{metric: csat_90d, green: 4, yellow: 3}]": measured})
    path = score(card, WELL | {"open_urgent_tickets": 2.0, "seat_use": 60.0}).path()
    assert path is not None
    assert [(fix.kind, fix.key) for fix in path.smallest] == [
        ("measure", "seat_use"),
        ("measure", "open_urgent_tickets"),
    ]
    assert path.climb == (80, 100)


TIERED = CARD.replace(
    "yellow: 50}", "yellow: 50, contract_lines: [{arr_from: 50000, green: 60, yellow: 40}, "
    "{arr_from: 100000, green: 50, yellow: 50}]}"
)  # fmt: skip


@pytest.mark.parametrize(
    ("arr", "seat_use", "points", "green"),
    [
        (None, 60.0, 30, 70.0),
        (49_999.0, 60.0, 30, 70.0),
        (50_000.0, 60.0, 60, 60.0),
        (50_000.0, 59.0, 30, 60.0),
        (100_000.0, 50.0, 60, 50.0),
        (100_000.0, 49.0, 0, 50.0),
    ],
)
def test_larger_contracts_may_have_other_lines(arr: float | None, seat_use: float, points: int, green: float) -> None:
    card = document.build(document.read(TIERED, origin="tiered"), version=1, metrics=all_metrics())
    result = score(card, WELL | {"arr": arr, "seat_use": seat_use})
    assert (result.dimensions[0].points, result.dimensions[0].measures[0].green) == (points, green)


def test_a_silent_source_of_contracts_moves_no_lines() -> None:
    card = document.build(document.read(TIERED, origin="tiered"), version=1, metrics=all_metrics())
    late = {"contracts": Source(is_late=True)}
    values = WELL | {"seat_use": 60.0}
    was_large = {"arr": LastGood(60_000.0, AT)}
    assert score(card, values | {"arr": 0.0}, late, last_good=was_large).dimensions[0].points == 60
    assert score(card, values | {"arr": 60_000.0}, late).dimensions[0].points == 60
