from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.ingest.files.numbers import BadNumber, NumberEvidence, parse_number


@pytest.mark.parametrize(
    ("text", "decimal", "value", "currency"),
    [
        ("1234.5", ".", "1234.5", ""),
        ("1,234.56", ".", "1234.56", ""),
        ("1.234,56", ",", "1234.56", ""),
        ("1 234,5", ",", "1234.5", ""),
        ("1\u00a0234\u00a0567", ".", "1234567", ""),
        ("1'234.50", ".", "1234.50", ""),
        ("10,00,000", ".", "1000000", ""),
        ("$1,234", ".", "1234", ""),
        ("€ 1.234,50", ",", "1234.50", "EUR"),
        ("12.50 CHF", ".", "12.50", "CHF"),
        ("USD 12", ".", "12", "USD"),
        ("(12.5)", ".", "-12.5", ""),
        ("12.5-", ".", "-12.5", ""),
        ("−£5", ".", "-5", "GBP"),
        ("65 %", ".", "65", ""),
        ("1e5", ".", "1E+5", ""),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, decimal: str, value: str, currency: str) -> None:
    assert parse_number(text, decimal) == (Decimal(value), currency)


@pytest.mark.parametrize("text", ["abc", "1,5", "1,2,3", "1.2.3", "--5", "12 EUR USD", "", "1e9999", "१२"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadNumber, match="is not a number"):
        parse_number(text, ".")


@given(st.decimals(-(10**9), 10**9, places=2))
def test_both_ways_of_writing_an_amount_read_the_same(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english, ".")[0] == amount
    assert parse_number(german, ",")[0] == amount


@pytest.mark.parametrize(
    ("values", "likely", "decimal"),
    [
        (["12", "5"], True, "."),
        (["1,234.5"], True, "."),
        (["1.234,5"], False, ","),
        (["12,5", "1.234"], True, ","),
        (["1,234"], False, "."),
        (["1.234"], False, "."),
        (["1,234"], True, ""),
        (["12,5", "12.5"], False, ""),
        (["1,234,567", "1,234"], True, "."),
        (["1.234.567", "1.234"], False, ","),
        (["0,125"], False, ","),
    ],
)
def test_the_decimal_mark_is_concluded_or_asked_about(values: list[str], likely: bool, decimal: str) -> None:
    evidence = NumberEvidence()
    evidence.feed(values)
    assert evidence.decimal(comma_is_likely=likely) == decimal
