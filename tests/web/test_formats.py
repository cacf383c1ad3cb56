"""How numbers, money and times are written."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.web import formats

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"), [(7, "+7"), (-20, "−20"), (0, "–"), (None, "–"), (-0.5, "−0.5"), (1234, "+1,234")]
)
def test_a_change_has_a_sign(value: float | None, text: str) -> None:
    assert formats.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (4.0, "4"), (4.25, "4.2"), (1204, "1,204"), (99.96, "100"), (-3, "−3")]
)
def test_a_number_has_one_decimal_at_most(value: float | None, text: str) -> None:
    assert formats.plain(value) == text


def test_percent_and_money() -> None:
    assert formats.percent(64.6) == "65%"
    assert formats.percent(None) == "–"
    assert formats.money(14_800_000, "USD") == "$148,000"
    assert formats.money_short(14_800_000, "USD") == "$148k"
    assert formats.money_short(None, "USD") == "–"
    assert formats.major_to_minor(12.5, "JPY") == 13
    assert formats.major_to_minor(None, "USD") is None


@pytest.mark.parametrize(
    ("days", "text"),
    [(27, "in 27 days"), (1, "tomorrow"), (0, "today"), (-1, "yesterday"), (-3, "3 days ago"), (None, "–")],
)
def test_days_are_relative(days: float | None, text: str) -> None:
    assert formats.days_away(days) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "never"),
        (5, "just now"),
        (720, "12 min"),
        (5 * 3600, "5 h"),
        (47 * 3600, "47 h"),
        (90 * 86400, "90 days"),
    ],
)
def test_an_age_has_one_unit(seconds: float | None, text: str) -> None:
    assert formats.age(seconds) == text


def test_an_instant_is_ago_or_to_come() -> None:
    assert formats.ago(NOW - timedelta(minutes=12), NOW) == "12 min ago"
    assert formats.ago(NOW + timedelta(hours=5), NOW) == "in 5 h"
    assert formats.ago(NOW, NOW) == "just now"
    assert formats.ago(None, NOW) == "never"


def test_days_are_those_of_the_calendar() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert formats.day_distance(datetime(2026, 11, 24, 0, 30, tzinfo=UTC), late) == 1
    assert formats.day_distance(date(2026, 11, 20), late) == -3


def test_one_and_many() -> None:
    assert formats.plural(1, "account") == "1 account"
    assert formats.plural(1204, "account") == "1,204 accounts"
    assert formats.plural(2, "company", "companies") == "2 companies"


@pytest.mark.parametrize(
    ("band", "name"), [("green", "Healthy"), ("unknown", "Unknown"), (None, "Unknown"), ("x", "Unknown")]
)
def test_bands_have_names(band: str | None, name: str) -> None:
    assert formats.band_name(band) == name
