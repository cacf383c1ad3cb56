"""Calculations with metrics: what is taken, what is refused and where, and that the engine calculates as people do."""

import math
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.metrics.dialects import to_duckdb
from mainstay.metrics.errors import ExpressionError
from mainstay.metrics.own import calculating
from mainstay.metrics.own.expression import FUNCTIONS, names_in, parse
from mainstay.metrics.registry import shipped

NUMBERS = ("a", "b", "c")
METRICS = {
    **{key: replace(shipped()["seats"], key=key) for key in NUMBERS},
    "open": replace(shipped()["champion_present"], key="open"),
}
ROW = ibis.table(dict.fromkeys(METRICS, "float64"), name="profiles")


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as made:
        made.execute(f"CREATE TABLE profiles ({', '.join(f'{key} DOUBLE' for key in METRICS)})")
        yield made


def calculate(cursor: duckdb.DuckDBPyConnection, text: str, **values: float | None) -> float | None:
    """The value of an expression for a row of these values."""
    cursor.execute("DELETE FROM profiles")
    cursor.execute("INSERT INTO profiles VALUES (?, ?, ?, ?)", [values.get(key) for key in METRICS])
    found = calculating.value(parse(text, METRICS).node, ROW, lambda row, key: row[key])
    return cursor.execute(to_duckdb(ROW.select(value=found.cast("float64")))).fetchall()[0][0]


CALCULATED = [
    ("1 + 2 * 3 - 4 / 2", 5), ("(1 + 2) * 3", 9), ("2 - 3 - 4", -5), ("12 / 3 / 2", 2), ("-a * -2", 6), ("- - 3", 3),
    ("+a", 3), ("-a - -a", 0), ("2 * -3", -6), ("1.5e2 + .5", 150.5), ("A + a", 6), ("a / 0", None), ("a / b", None),
("nullif(a, 3)", None), ("nullif(a, 4)", 3), ("coalesce(c, b, 7)", 0), ("abs(-a)", 3),
    ("least(a, 5, 1)", 1), ("least(a, c)", None), ("greatest(a, 5, 1)", 5), ("greatest(c, a)", None), ("sqrt(9)", 3),
    ("sqrt(-a)", None), ("ln(1)", 0), ("ln(b)", None), ("if(a > 2, 1, 2)", 1), ("if(c > 2, 1, 2)", 2),
    ("if(a > 2, null, 2)", None), ("if(not a > 2, 1, 2)", 2), ("if(a = 3 and b = 0, 1, 2)", 1),
    ("if(a = 1 or b = 0, 1, 2)", 1), ("if(c is null, 1, 2)", 1), ("if(c is not null, 1, 2)", 2),
    ("if(a + 1 is null, 1, 2)", 2), ("if(a <> 3, 1, 2)", 2), ("if(a != 3, 1, 2)", 2), ("if(a <= 3, 1, 2)", 1),
    ("if(a >= 4, 1, 2)", 2), ("if(a < 3, 1, 2)", 2), ("if(open, 1, 2)", 1), ("if(not open, 1, 2)", 2),
    ("if((a > 2) and (b < 1), 1, 2)", 1), ("if(a > 2 or b > 2 and b > 3, 1, 2)", 1), ("IF(a > 2, 1, 2)", 1),
    ("Least(a,\n  4)", 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CALCULATED)
def test_it_is_calculated_as_people_do(cursor: duckdb.DuckDBPyConnection, text: str, value: float | None) -> None:
    assert calculate(cursor, text, a=3, b=0, open=1) == value


REFUSED = [
    ("", 0, "The expression is empty"),
    ("a +", 3, "Something is missing at the end, after '+'"),
    ("a b", 2, "An operator is missing before this"),
    ("a + d", 4, "There is no metric 'd'"),
    ("seat + 1", 0, "There is no metric 'seat'"),
    ("if(opn, 1, 2)", 3, "did you mean open?"),
    ("(a + 1", 0, "This parenthesis is not closed"),
    ("a + 1)", 5, "This parenthesis closes nothing"),
    ("max(a, b)", 0, "There is no function 'max'"),
    ("gretest(a, b)", 0, "did you mean greatest?"),
    ("abs()", 0, "abs was given nothing"),
    ("abs(a, b)", 0, "abs was given 2 arguments"),
    ("if(a > 1, 2)", 0, "if was given 2 arguments"),
    ("nullif(a)", 0, "nullif was given one argument"),
    ("a, b", 1, "A comma only stands between the arguments"),
    ("50,000 * a", 2, "A comma only stands"),
    ("a = 1", 0, "A number is needed here; this is a condition. Write: if(condition, 1, 0)"),
    ("1 + (a > 2)", 5, "A number is needed here; this is a condition"),
    ("open + 1", 0, "open is true or false. Write: if(open, 1, 0)"),
    ("if(a, 1, 2)", 3, "A condition is needed here; this is a number"),
    ("if(a > 1 and b, 1, 2)", 13, "A condition is needed here"),
    ("if(1 < a < 2, 1, 2)", 9, "Comparisons cannot be chained"),
    ("if(a = null, 1, 2)", 5, "Nothing equals null"),
    ("if(a is 3, 1, 2)", 8, "`is` is followed by null"),
    ("if(a is not 3, 1, 2)", 12, "`is` is followed by null"),
    ("a ^ 2", 2, "The character ^ does not belong in a calculation"),
    ("a % 2", 2, "the operators are + - * /"),
    ("'x' + a", 0, "There are no texts in a calculation"),
    ("* a", 0, "A number, a metric or a function is needed here"),
    ("a * / b", 4, "A number, a metric or a function is needed here"),
    ("\x00a", 0, "The character U+0000"),
    ("(" * 30 + "a" + ")" * 30, 24, "nested more than 24 deep"),
    ("a + " * 200 + "a", 600, "has 401 words and signs; at most 300"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "says"), REFUSED)
def test_what_cannot_be_calculated_is_refused_at_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, METRICS)
    assert says in caught.value.reason
    assert caught.value.position == position
    assert "^" in caught.value.excerpt


def test_metrics_are_named_once_each_in_their_order() -> None:
    assert parse("b + if(open, a, b) / b", METRICS).metrics == ("b", "open", "a")
    assert names_in("b + if(open, A1, null) and not is greatest(x_2, 5e3)") == {"b", "open", "A1", "x_2"}
    assert names_in("'half a ( text") == {"half", "a", "text"}, "also of what cannot be taken"


def test_every_function_tells_its_meaning() -> None:
    for name, function in FUNCTIONS.items():
        assert function.meaning.startswith(f"`{name}(")


# Trees of calculations as (text, what it should give): built together, so that one checks the other.
_number = st.integers(-20, 20)


def _leaf(values: dict[str, float | None]) -> st.SearchStrategy[tuple[str, float | None]]:
    constant = _number.map(lambda number: (str(number) if number >= 0 else f"({number})", float(number)))
    return st.one_of(constant, st.sampled_from(NUMBERS).map(lambda key: (key, values[key])))


def _joined(inner: st.SearchStrategy[tuple[str, float | None]]) -> st.SearchStrategy[tuple[str, float | None]]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(_calculated),
        st.tuples(st.sampled_from(["least", "greatest", "coalesce"]), inner, inner).map(_called),
        st.tuples(inner, inner, inner, inner).map(_chosen),
    )


def _calculated(parts: tuple[tuple[str, float | None], str, tuple[str, float | None]]) -> tuple[str, float | None]:
    (left, a), operator, (right, b) = parts
    text = f"({left} {operator} {right})"
    if a is None or b is None or (operator == "/" and b == 0):
        return text, None
    return text, {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else None}[operator]


def _called(parts: tuple[str, tuple[str, float | None], tuple[str, float | None]]) -> tuple[str, float | None]:
    name, (left, a), (right, b) = parts
    text = f"{name}({left}, {right})"
    if name == "coalesce":
        return text, b if a is None else a
    if a is None or b is None:
        return text, None
    return text, min(a, b) if name == "least" else max(a, b)


def _chosen(parts: tuple[tuple[str, float | None], ...]) -> tuple[str, float | None]:
    (left, a), (right, b), (yes, c), (no, d) = parts
    holds = a is not None and b is not None and a < b
    return f"if({left} < {right}, {yes}, {no})", c if holds else d


@settings(max_examples=60, deadline=None)
@given(data=st.data(), values=st.tuples(*[st.one_of(st.none(), _number.map(float))] * 3))
def test_any_calculation_gives_what_python_gives(
    cursor: duckdb.DuckDBPyConnection, data: st.DataObject, values: tuple[float | None, ...]
) -> None:
    named = dict(zip(NUMBERS, values, strict=True))
    text, expected = data.draw(st.recursive(_leaf(named), _joined, max_leaves=8))
    found = calculate(cursor, text, **named)
    if expected is None:
        assert found is None, text
    else:
        assert found is not None, text
        assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9), text


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ab (),+-*/<>=!1.\n'openifnulcs_", max_size=30))
def test_any_text_is_taken_or_refused_with_a_place(text: str) -> None:
    position = _refused_at(text)
    assert position is None or 0 <= position <= len(text)


def _refused_at(text: str) -> int | None:
    try:
        parse(text, METRICS)
    except ExpressionError as error:
        return error.position
    return None
