"""What changed from one version to the next, in sentences."""

from mainstay.signals.differences import changes
from tests.signals.kinds import document


def test_each_field_that_differs_is_told_in_order() -> None:
    former = document()
    present = document(
        enabled=False,
        condition="seat_use >= 90",
        closes="seat_use < 70",
        holds_for={"periods": 3},
        pause_days=7,
        at_stake={"money": "expansion", "percent": 20},
        evidence=[{"field": "seat_use", "days_ago": 28}, {"field": "seats"}],
    )
    assert changes(former, present) == [
        "Switched: on → off",
        "Opens when: seat_use >= 80 → seat_use >= 90",
        "Closes when: that no longer holds → seat_use < 70",
        "Must hold: at once → on 3 days in a row",
        "Pause after closing: none → 7 days",
        "At stake: ARR → 20 % of the ARR",
        "Evidence: seat_use → seat_use (28 days ago), seats",
    ]
    assert changes(former, former) == []
