"""A condition says the same on a row (`holds`), in the database the tests run on, and in the engine of the lake."""

from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.conditions import Type, parse
from tests.conditions.fields import FIELDS, TYPES
from tests.conditions.generated import conditions
from tests.conditions.test_parsing import ROW, VALID

NUMBERS = st.one_of(
    st.none(), st.integers(-1000, 1000), st.sampled_from([0, 1, -1, 0.1, 0.5, 1e6, 69.0, 1 / 3, 2.5, 100])
)
TEXTS = ["", "red", "Red", "ÉCOLE", "école", "a_b", "50%", "back\\slash", "x'y", "a\nb", "ünlø", "%", "TechCorp"]
DATES = st.integers(-400, 400).map(lambda days: date(2026, 11, 22) + timedelta(days))
BOOLEANS = st.sampled_from([None, True, False])
VALUES = {
    Type.NUMBER: NUMBERS,
    Type.TEXT: st.sampled_from([None, *TEXTS]),
    Type.DATE: st.none() | DATES,
    Type.BOOLEAN: BOOLEANS,
}
KINDS = {Type.NUMBER: "double precision", Type.TEXT: "text", Type.DATE: "date", Type.BOOLEAN: "boolean"}
ROWS = st.lists(st.fixed_dictionaries({name: VALUES[kind] for name, kind in TYPES.items()}), min_size=1, max_size=8)


CONDITIONS = conditions(
    TYPES,
    numbers=st.one_of(st.integers(0, 200), st.sampled_from([0.1, 0.5, 69.0, 2.5])).map(str),
    texts=TEXTS,
    dates=DATES,
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


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _by_the_engine(text: str, rows: list[dict[str, Any]]) -> list[bool | None]:
    sql, parameters = parse(text, FIELDS).to_sql({name: f"t.{name}" for name in FIELDS}, dialect="duckdb")
    line = "(" + ", ".join(["?", *(f"CAST(? AS {KINDS[kind]})" for kind in TYPES.values())]) + ")"
    values = [value for index, row in enumerate(rows) for value in (index, *(row[name] for name in TYPES))]
    table = f"(VALUES {', '.join([line] * len(rows))}) AS t(id, {', '.join(TYPES)})"
    found = _engine().execute(f"SELECT {sql} FROM {table} ORDER BY id", [*parameters, *values]).fetchall()
    return [answer for (answer,) in found]


def _bound(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.slow
@pytest.mark.django_db
@given(text=CONDITIONS, rows=ROWS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_random_condition_holds_for_the_same_rows_wherever_it_is_printed(
    text: str, rows: list[dict[str, Any]]
) -> None:
    expected = [parse(text, FIELDS).holds(row) for row in rows]
    assert _by_the_database(text, rows) == expected
    assert _by_the_engine(text, rows) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("text", [text for text, _ in VALID])
def test_every_example_runs_in_the_database_and_in_the_engine(text: str) -> None:
    rows = [{**ROW, "champion_present": True}]
    expected = [parse(text, FIELDS).holds(rows[0])]
    assert _by_the_database(text, rows) == expected
    assert _by_the_engine(text, rows) == expected
