"""Rows write the same text that others write by hand, and read it again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.conditions import ConditionError, Field, Type, parse
from mainstay.conditions.builder import OPERATORS, WITHOUT_VALUE, Builder, Group, Operator, Row, rows_of, text_of
from tests.conditions.fields import FIELDS, TYPES

KNOWN = FIELDS | {"today": Field("today", Type.DATE, "Today")}

WRITTEN = [
    (
        "arr >= 50000 and band = 'red'",
        Builder("and", (Row("arr", Operator.AT_LEAST, "50000"), Row("band", value="red"))),
    ),
    ("churned", Builder(rows=(Row("churned", Operator.YES),))),
    ("not churned", Builder(rows=(Row("churned", Operator.NO),))),
    ("score between 10 and 69.5", Builder(rows=(Row("score", Operator.BETWEEN, "10", "69.5"),))),
    ("band in ('red', 'yellow')", Builder(rows=(Row("band", Operator.IN, "red, yellow"),))),
    ("tier not in ('smb')", Builder(rows=(Row("tier", Operator.NOT_IN, "smb"),))),
    ("name like '%O''Brien%'", Builder(rows=(Row("name", Operator.CONTAINS, "O'Brien"),))),
    ("name not like '%50\\%%'", Builder(rows=(Row("name", Operator.LACKS, "50%"),))),
    ("name like 'A\\_b%'", Builder(rows=(Row("name", Operator.BEGINS, "A_b"),))),
    ("signed_on >= today - 30", Builder(rows=(Row("signed_on", Operator.AT_LEAST, "today - 30"),))),
    ("signed_on < '2026-01-01'", Builder(rows=(Row("signed_on", Operator.BELOW, "2026-01-01"),))),
    ("last_review_on is null", Builder(rows=(Row("last_review_on", Operator.UNKNOWN),))),
    ("arr is not null", Builder(rows=(Row("arr", Operator.KNOWN),))),
    (
        "churned or (arr > 1 and score < 5) or (band = 'red' and tier <> 'smb')",
        Builder(
            "or",
            (Row("churned", Operator.YES),),
            (
                Group("and", (Row("arr", Operator.ABOVE, "1"), Row("score", Operator.BELOW, "5"))),
                Group("and", (Row("band", value="red"), Row("tier", Operator.DIFFERS, "smb"))),
            ),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "built"), WRITTEN)
def test_rows_write_what_a_hand_would_write_and_read_it_again(text: str, built: Builder) -> None:
    assert text_of(built, KNOWN) == text
    assert rows_of(parse(text, KNOWN).node) == built


@pytest.mark.parametrize(
    "text",
    [
        "arr / 12 > 100",
        "60 <= score",
        "arr > score",
        "not (churned and arr > 1)",
        "(churned) is true",
        "score not between 1 and 2",
        "score in (1, 2)",
        "name like 'A_b'",
        "name = ' x'",
        "band in ('a,b')",
        "true",
        "today - signed_on > 30",
        "signed_on > last_review_on + 30",
        "churned or (arr > 1 and (score < 5 or band = 'red'))",
        "score > 1e-7",
    ],
)
def test_what_rows_cannot_say_stays_text(text: str) -> None:
    assert rows_of(parse(text, KNOWN).node) is None


def test_an_unfinished_row_says_nothing() -> None:
    rows = (
        Row(),
        Row("arr", Operator.ABOVE, " "),
        Row("score", Operator.BETWEEN, "1"),
        Row("arr", Operator.BELOW, "5"),
    )
    assert text_of(Builder("or", rows, (Group("and", (Row(),)),)), KNOWN) == "arr < 5"
    assert text_of(Builder(), KNOWN) == ""


@pytest.mark.parametrize(("field", "value"), [("arr", "many"), ("arr", "1 or true"), ("signed_on", "soon")])
def test_what_is_no_value_of_its_field_is_refused_where_it_stands(field: str, value: str) -> None:
    text = text_of(Builder(rows=(Row(field, Operator.AT_LEAST, value),)), KNOWN)
    with pytest.raises(ConditionError) as refused:
        parse(text, KNOWN)
    assert refused.value.parts[1] == f"'{value}'"


def _values(kind: Type) -> st.SearchStrategy[str]:
    texts = st.text(alphabet="aé%_\\' x", min_size=1, max_size=6).filter(lambda text: text.strip() == text)
    return {
        Type.NUMBER: st.integers(-500, 500).map(str) | st.sampled_from(["0.5", "-2.5"]),
        Type.DATE: st.dates().map(str) | st.sampled_from(["today", "today + 7", "today - 30"]),
        Type.TEXT: texts,
        Type.BOOLEAN: st.just(""),
    }[kind]


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    name = draw(st.sampled_from(list(TYPES)))
    operator = draw(st.sampled_from(OPERATORS[TYPES[name]]))
    if operator in WITHOUT_VALUE:
        return Row(name, operator)
    value = draw(_values(TYPES[name]))
    return Row(name, operator, value, draw(_values(TYPES[name])) if operator is Operator.BETWEEN else "")


@given(
    joins=st.sampled_from(["and", "or"]),
    rows=st.lists(_rows(), min_size=1, max_size=4),
    groups=st.lists(st.lists(_rows(), min_size=2, max_size=3), max_size=2),
)
def test_what_is_built_written_and_read_is_the_same(joins: str, rows: list[Row], groups: list[list[Row]]) -> None:
    other = "or" if joins == "and" else "and"
    built = Builder(joins, tuple(rows), tuple(Group(other, tuple(group)) for group in groups))
    read = rows_of(parse(text_of(built, KNOWN), KNOWN).node)
    assert read == (built if len(rows) > 1 or groups else Builder("and", built.rows))
