"""A condition says the same on a row (`holds`) and in the database the tests run on."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.conditions import Type, parse
from tests.conditions.fields import FIELDS, TYPES
from tests.conditions.test_parsing import ROW, VALID

NUMBERS = st.one_of(
    st.none(), st.integers(-1000, 1000), st.sampled_from([0, 1, -1, 0.1, 0.5, 1e6, 69.0, 1 / 3, 2.5, 100])
)
TEXTS = st.sampled_from(
    [None, "", "red", "Red", "ÉCOLE", "école", "a_b", "50%", "back\\slash", "x'y", "a\nb", "ünlø", "%", "TechCorp"]
)
DATES = st.one_of(st.none(), st.integers(-400, 400).map(lambda days: date(2026, 11, 22) + timedelta(days)))
BOOLEANS = st.sampled_from([None, True, False])
VALUES = {Type.NUMBER: NUMBERS, Type.TEXT: TEXTS, Type.DATE: DATES, Type.BOOLEAN: BOOLEANS}
KINDS = {Type.NUMBER: "double precision", Type.TEXT: "text", Type.DATE: "date", Type.BOOLEAN: "boolean"}
ROWS = st.lists(st.fixed_dictionaries({name: VALUES[kind] for name, kind in TYPES.items()}), min_size=1, max_size=8)


def _names(kind: Type) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name, found in TYPES.items() if found is kind])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


NUMBER_LITERALS = st.one_of(st.integers(0, 200), st.sampled_from([0.1, 0.5, 69.0, 2.5])).map(str)
TEXT_LITERALS = TEXTS.filter(lambda text: text is not None).map(_quoted)
DATE_LITERALS = DATES.filter(lambda day: day is not None).map(lambda day: _quoted(day.isoformat()))
PATTERNS = st.text(alphabet="aAeErRdDéÉ%_x5", max_size=6).map(_quoted) | st.sampled_from(
    [r"'a\_b'", r"'%\\%'", r"'50\%'"]
)
NUMERIC = st.recursive(
    _names(Type.NUMBER) | NUMBER_LITERALS,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})")
        | inner.map(lambda part: f"(- {part})")
    ),
    max_leaves=4,
)
SIGNS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
EQUALS = st.sampled_from(["=", "<>", "!="])
NEGATED = st.sampled_from(["", "not "])


def _joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


def _list(literals: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(literals, min_size=1, max_size=3).map(lambda items: f"({', '.join(items)})")


ATOMS = st.one_of(
    _joined(_names(Type.NUMBER), SIGNS, NUMERIC),
    _joined(NUMERIC, SIGNS, _names(Type.NUMBER)),
    _joined(_names(Type.NUMBER), NEGATED, "between", NUMERIC, "and", NUMERIC),
    _joined(_names(Type.NUMBER), NEGATED, "in", _list(NUMBER_LITERALS)),
    _joined(_names(Type.TEXT), EQUALS, TEXT_LITERALS | _names(Type.TEXT)),
    _joined(_names(Type.TEXT), NEGATED, "in", _list(TEXT_LITERALS)),
    _joined(_names(Type.TEXT), NEGATED, "like", PATTERNS),
    _joined(_names(Type.DATE), SIGNS, DATE_LITERALS | _names(Type.DATE)),
    _joined(_names(Type.DATE), NEGATED, "between", DATE_LITERALS, "and", DATE_LITERALS),
    _joined(_names(Type.BOOLEAN), EQUALS, st.sampled_from(["true", "false", "1", "0"])),
    _joined(_names(Type.BOOLEAN)),
    _joined(st.sampled_from(list(TYPES)), "is", NEGATED, "null"),
    st.sampled_from(["true", "false"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        _joined("(", inner, st.sampled_from(["and", "or"]), inner, ")"),
        _joined("not (", inner, ")"),
        _joined("(", inner, ") is", NEGATED, st.sampled_from(["true", "false"])),
    ),
    max_leaves=6,
)


def _by_the_database(text: str, rows: list[dict[str, Any]]) -> list[bool | None]:
    sql, parameters = parse(text, FIELDS).to_sql({name: f"t.{name}" for name in FIELDS}, dialect=connection.vendor)
    kinds = [KINDS[kind] for kind in TYPES.values()]
    line = (
        "("
        + ", ".join(["%s", *(f"CAST(%s AS {kind})" if connection.vendor == "postgresql" else "%s" for kind in kinds)])
        + ")"
    )
    values = [value for index, row in enumerate(rows) for value in (index, *(_bound(row[name]) for name in TYPES))]
    table = f"t(id, {', '.join(TYPES)}) AS (VALUES {', '.join([line] * len(rows))})"
    with connection.cursor() as cursor:
        # The condition's place-holders stand behind those of the rows.
        cursor.execute(f"WITH {table} SELECT id, {sql} FROM t ORDER BY id", [*values, *parameters])
        return [None if answer is None else bool(answer) for _, answer in cursor.fetchall()]


def _bound(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.slow
@pytest.mark.django_db
@given(text=CONDITIONS, rows=ROWS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_random_condition_holds_for_the_same_rows_here_and_in_the_database(
    text: str, rows: list[dict[str, Any]]
) -> None:
    condition = parse(text, FIELDS)
    assert _by_the_database(text, rows) == [condition.holds(row) for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("text", [text for text, _ in VALID])
def test_every_example_runs_in_the_database(text: str) -> None:
    rows = [{**ROW, "champion_present": True}]
    assert _by_the_database(text, rows) == [parse(text, FIELDS).holds(rows[0])]
