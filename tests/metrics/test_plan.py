"""What is computed in one pass, and that the statement suits more engines than one."""

import duckdb
import ibis
import pytest
from ibis.backends.sql.compilers import DuckDBCompiler

from mainstay.metrics import expressions, tables
from mainstay.metrics.dialects import to_duckdb
from mainstay.metrics.engine import compiled, fingerprint, run
from mainstay.metrics.plan import plan
from mainstay.metrics.registry import all_metrics
from tests.metrics import facts
from tests.metrics.test_oracle import _random_facts


def test_each_base_is_aggregated_once_however_many_metrics_it_has() -> None:
    metrics = all_metrics()
    of_users = [key for key, metric in metrics.items() if metric.base and metric.base.key == "user_activity"]
    assert len(of_users) > 3
    statement = to_duckdb(plan(of_users, metrics, minor_per_major=100).expression)
    assert statement.count("BIT_OR") == 2, "one pass: the bitmap of days and that of weekdays"


def test_only_what_is_asked_for_and_its_parents_is_read() -> None:
    statement = compiled(all_metrics(), ("seat_use",), minor_per_major=100, is_restricted=False)
    assert "subscriptions" in statement
    assert "user_days" in statement
    assert "tickets" not in statement


@pytest.fixture(scope="module")
def cursor():
    with facts.engine() as made:
        facts.fill(made, _random_facts(3))
        yield made


def test_a_metric_alone_has_the_value_it_has_among_all(cursor: duckdb.DuckDBPyConnection) -> None:
    everything = run(cursor)
    for key in ("seat_use", "csat_90d", "login_drop_streak", "expansion_12m", "feature_coverage"):
        assert run(cursor, keys=[key]).to_pylist() == everything.select(["account_id", key]).to_pylist()


def test_an_account_alone_has_the_values_it_has_among_all(cursor: duckdb.DuckDBPyConnection) -> None:
    everything = {row["account_id"]: row for row in run(cursor).to_pylist()}
    assert run(cursor, account_ids=[7, 21]).to_pylist() == [everything[7], everything[21]]


def test_money_comes_out_in_major_units(cursor: duckdb.DuckDBPyConnection) -> None:
    metrics = all_metrics()
    cents, yen = (
        cursor.sql(
            to_duckdb(plan(["arr"], metrics, minor_per_major=minor).expression.order_by("account_id"))
        ).fetchall()
        for minor in (100, 1)
    )
    assert [row[1] for row in yen] == [pytest.approx(row[1] * 100) for row in cents]


def test_the_fingerprint_is_that_of_the_definitions() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 16


def test_a_bitmap_is_shifted_in_64_bits() -> None:
    rows = ibis.table(tables.columns("user_days"), name="user_days")
    statement = DuckDBCompiler().to_sqlglot(rows.select(bit=expressions.day_bit(rows.age))).sql("duckdb")
    assert "CAST(1 AS BIGINT)" in statement


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (4, 3), (0, 62)])
def test_a_mask_beyond_the_bitmap_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="holds ages 0 to 61"):
        expressions.days(first, last)
