from decimal import Decimal

import pytest

from mainstay.ingest.files.kinds import FieldSpec, FieldType, kind_of
from mainstay.ingest.files.parsing import Amount, ColumnParser, Style, plain_value


def parsed(spec: FieldSpec, *cells: str, **style: object) -> tuple[list[object], dict[int, str]]:
    return ColumnParser(spec, Style(**style)).parse(list(cells))


def field(kind: str, name: str) -> FieldSpec:
    return kind_of(kind).field(name)


def test_nothing_is_nothing_however_a_program_writes_it() -> None:
    seats = field("subscriptions", "seats")
    assert parsed(seats, "", " ", "NULL", "n/a", "NaN", "-", "7") == ([None] * 6 + [7], {})


def test_a_company_may_be_called_none() -> None:
    assert parsed(field("accounts", "name"), "None", " Zoë\0 ", "") == (["None", "Zoë", None], {})


def test_a_text_that_does_not_fit_is_refused() -> None:
    values, errors = parsed(field("accounts", "key"), "x" * 201, "y")
    assert values == [None, "y"]
    assert errors[0].endswith("has 201 characters; 200 fit")


def test_yes_and_no_are_read_in_their_many_forms() -> None:
    trial = field("subscriptions", "is_trial")
    assert parsed(trial, "True", "YES", "1", "x", "f", "No", "0") == ([True] * 4 + [False] * 3, {})
    assert "is not yes or no" in parsed(trial, "maybe")[1][0]


def test_a_choice_knows_other_words_and_a_map_adds_more() -> None:
    severity = field("tickets", "severity")
    assert parsed(severity, "Medium", "P1", "High")[0] == ["normal", "urgent", "high"]
    assert "is not one of low, normal, high, urgent" in parsed(severity, "dire")[1][0]
    assert parsed(severity, "DIRE", values=(("dire", "urgent"),))[0] == ["urgent"]


def test_a_kind_of_interaction_may_be_a_word_of_the_user() -> None:
    assert parsed(field("interactions", "kind"), "QBR", "Churn notice")[0] == ["business_review", "churn_notice"]


def test_whole_numbers_may_be_written_as_decimals_but_must_be_whole() -> None:
    seats = field("subscriptions", "seats")
    values, errors = parsed(seats, "9.0", "9.5", "-1", "99999999999")
    assert values[0] == 9
    assert "not a whole number" in errors[1]
    assert "out of range: 0 to" in errors[2]
    assert "out of range" in errors[3]


def test_an_amount_keeps_the_currency_of_its_sign() -> None:
    assert parsed(field("invoices", "amount"), "€1,200.50")[0] == [Amount(Decimal("1200.50"), "EUR")]


def test_periods_are_words_or_months() -> None:
    values, errors = parsed(field("subscriptions", "period_months"), "Monthly", "semi-annual", "24", "weekly")
    assert values == [1, 6, 24, None]
    assert "'weekly' is not a period" in errors[3]


def test_roles_are_split_and_named_as_we_name_them() -> None:
    assert parsed(field("contacts", "roles"), "Champion; Executive Sponsor, champion")[0] == [
        ("champion", "executive_sponsor")
    ]


def test_a_default_fills_empty_cells() -> None:
    assert parsed(field("tickets", "severity"), "", "low", default="high")[0] == ["high", "low"]


def test_an_error_is_told_again_in_a_later_chunk() -> None:
    parser = ColumnParser(field("tickets", "csat"), Style())
    assert parser.parse(["9"])[1]
    assert list(parser.parse(["3", "9"])[1]) == [1]


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("-1.5", -1.5), ("01234", "01234"), ("true", True), ("False", False), ("", None), ("1-2", "1-2"),
     ("12345678901234567890", "12345678901234567890"), ("Pro", "Pro")],
)  # fmt: skip
def test_further_columns_keep_numbers_as_numbers_and_codes_as_text(text: str, value: object) -> None:
    assert plain_value(text) == value


def test_every_field_can_be_parsed() -> None:
    for spec in kind_of("tickets").fields + kind_of("contacts").fields + kind_of("subscriptions").fields:
        values, errors = ColumnParser(spec, Style()).parse([""])
        assert (values, errors) == ([None], {})
        assert isinstance(spec.type, FieldType)


def test_what_is_no_address_is_refused_and_an_address_stays_as_it_is() -> None:
    values, errors = parsed(field("contacts", "email"), "Ada@Acme.example", "not an email", "ada@acme", "n/a")
    assert values == ["Ada@Acme.example", None, None, None]
    assert "'not an email' is not an e-mail address" in errors[1]
    assert sorted(errors) == [1, 2]


def test_the_address_of_a_website_is_its_domain() -> None:
    written = ("https://www.Acme.example/about?x=1", "acme.example", "http://acme.example:8080", "ada@acme.example")
    assert parsed(field("accounts", "domain"), *written)[0] == ["acme.example"] * 4
