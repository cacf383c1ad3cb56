"""A kind may ask its condition to hold for days, or on days in a row; and rest for a while after it closed."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.signals import services
from mainstay.signals.models import Pending, Signal
from tests.builders import Cast
from tests.scores.profiles import write
from tests.signals.kinds import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _look(cast: Cast, seat_use: float | None, now: datetime) -> bool:
    """Whether the signal is open after a look at this value."""
    write({cast.globex: {"seat_use": seat_use}})
    services.detect(now)
    return Signal.objects.filter(account=cast.globex, kind="busy", closed_at=None).exists()


def _looks(cast: Cast, values: list[tuple[float, float | None]]) -> list[bool]:
    return [_look(cast, value, NOW + days * DAY) for days, value in values]


@pytest.mark.parametrize(
    ("hold", "values", "expected"),
    [
        ({"days": 2}, [(0, 85), (1, 85), (1.99, 85), (2, 85)], "---X"),
        ({"days": 2}, [(0, 85), (1, 70), (2, 85), (3, 85), (4, 85)], "----X"),
        ({"days": 2}, [(0, 85), (1, None), (2, 85), (4, 85)], "----"),  # unknown in between, then a day not looked at
        ({"days": 1}, [(0, 85), (0.5, 85), (0.9, 85), (1, 85)], "---X"),
        ({"periods": 3}, [(0, 85), (0.1, 85), (1, 85), (1.1, 85), (2, 85)], "----X"),
        ({"periods": 2}, [(0, 85), (1, 70), (2, 85), (3, 85)], "---X"),
        ({"periods": 2}, [(0, 85), (0.2, 70), (0.3, 85), (1, 85)], "---X"),
        (None, [(0, 85), (1, 70)], "X-"),
    ],
)
def test_the_condition_must_hold_long_enough(
    cast: Cast, hold: dict[str, int] | None, values: list[tuple[float, float | None]], expected: str
) -> None:
    services.save_kind(document(holds_for=hold), by=cast.mary, now=NOW)
    assert "".join("X" if opened else "-" for opened in _looks(cast, values)) == expected


def test_what_waits_says_since_when_and_is_gone_when_it_opens_or_stops(cast: Cast) -> None:
    services.save_kind(document(holds_for={"days": 2}), by=cast.mary, now=NOW)
    _looks(cast, [(0, 85), (1, 85)])
    wait = Pending.objects.get(account=cast.globex)
    assert (wait.since, wait.days, wait.seen_on) == (NOW, 2, (NOW + DAY).date())
    assert _look(cast, 85, NOW + 2 * DAY)
    assert not Pending.objects.exists()
    _looks(cast, [(3, 70), (4, 85), (4.1, 70)])
    assert not Pending.objects.exists()


def test_an_account_that_churned_waits_for_nothing(cast: Cast) -> None:
    services.save_kind(document(holds_for={"days": 2}), by=cast.mary, now=NOW)
    _look(cast, 85, NOW)
    cast.globex.churned_on = (NOW + DAY).date()
    cast.globex.save(update_fields=["churned_on"])
    _look(cast, 85, NOW + DAY)
    assert not Pending.objects.exists()


def test_after_closing_it_rests_for_its_pause(cast: Cast) -> None:
    services.save_kind(document(pause_days=3), by=cast.mary, now=NOW)
    assert _looks(cast, [(0, 85), (1, 70), (2, 85), (3.99, 85), (4, 85)]) == [True, False, False, False, True]


def test_between_the_lines_nothing_flaps(cast: Cast) -> None:
    services.save_kind(document(closes="seat_use < 75"), by=cast.mary, now=NOW)
    assert _looks(cast, [(0, 80), (1, 79), (2, 76), (3, 74), (4, 79), (5, 80)]) == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]
