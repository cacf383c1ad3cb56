import pytest

from mainstay.common.money import Money, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("19.995", "EUR", 2000),
        ("-0.005", "USD", -1),
        (148000, "USD", 14800000),
        ("12", "JPY", 12),
        ("1.2345", "KWD", 1235),
    ],
)
def test_an_amount_in_minor_units(amount: str | int, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("money", "exact", "short"),
    [
        (Money(14800000, "USD"), "$148,000", "$148k"),
        (Money(1999, "EUR"), "€19.99", "€20"),
        (Money(579000000, "USD"), "$5,790,000", "$5.79M"),
        (Money(-250000, "GBP"), "−£2,500", "−£2k"),
        (Money(1250, "CHF"), "CHF 12.50", "CHF 12"),
        (Money(12_345_678, "JPY"), "¥12,345,678", "¥12.35M"),
    ],
)
def test_money_in_words(money: Money, exact: str, short: str) -> None:
    assert str(money) == exact
    assert money.short() == short
