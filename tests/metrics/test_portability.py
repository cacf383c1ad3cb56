"""The rule book: what the lint lets pass and what it refuses, and that what is declared keeps to it."""

from collections.abc import Callable

import ibis
import ibis.expr.operations as ops
import pytest
from ibis import _
from ibis.expr.types import Expr, Table

from mainstay.metrics import portability
from mainstay.metrics.dialects import DIALECTS
from mainstay.metrics.expressions import active, active_days, bit_or, day_bit, flag, percent, percent_change, total
from mainstay.metrics.plan import plan
from mainstay.metrics.registry import Base, Direction, Kind, Metric, Unit, all_metrics, shipped
from mainstay.metrics.tables import FactTables

ROWS = ibis.table(
    {"account_id": "int64", "age": "int64", "name": "string", "score": "float64", "is_open": "boolean",
     "at": "timestamp('UTC')", "bits": "int8"}, name="rows",
)  # fmt: skip

OTHER = ibis.table({"day": "int64"}, name="other")

REFUSED: list[tuple[str, Callable[[Table], Expr], str]] = [
    ("distinct counts", lambda t: t.age.nunique(), r"CountDistinct\(age\) .* make a base with one row per thing"),
    ("medians", lambda t: t.age.median(), "approximate on another; number the rows"),
    ("quantiles", lambda t: t.score.quantile(0.9), "approximate on another; number the rows"),
    ("the first row", lambda t: t.age.first(), "nulls are kept or skipped"),
    ("the row of the largest", lambda t: t.name.argmax(t.age), "find the largest by a window"),
    ("literal shifts", lambda t: ibis.literal(1, "int64") << t.age, r"use `day_bit\(age\)`"),
    ("narrow shifts", lambda t: t.bits << t.age, "within its own 8 or 32 bits"),
    ("clips", lambda t: t.score.clip(0, 10), "repeats its argument five times"),
    ("least of nulls", lambda t: ibis.least(t.score, 1), "a missing value earns full marks"),
    ("roots of what may be negative", lambda t: t.score.sqrt(), "make that null first"),
    ("rounding", lambda t: t.score.round(2), "results are rounded once"),
    ("fractions cut", lambda t: t.score.cast("int64"), "rounds on some engines and truncates on others"),
    ("numbers from text", lambda t: t.name.cast("int64"), "from string to int64 differs"),
    ("naked division", lambda t: t.score / t.age, r"use `ratio\(\)` or `percent\(\)`"),
    ("division by nothing", lambda t: t.score / 0, "may divide by zero"),
    ("whole-number division", lambda t: t.age / t.age.nullif(0), "drops the fraction"),
    ("naked remainders", lambda t: t.age % t.bits, "may divide by zero"),
    ("the clock", lambda t: ibis.now(), "rows carry ages"),
    ("calendars", lambda t: t["at"].month(), "rows carry ages"),
    ("letter case", lambda t: t.name.lower() == "ä", "letters beyond ASCII"),
    ("sums of conditions", lambda t: t.is_open.sum(), r"use `count\(where=…\)`"),
    ("deviations", lambda t: t.score.std(), "sums of the values and of their squares"),
    ("ranks in percent", lambda t: ibis.percent_rank().over(order_by=t.age), r"divide `.rank\(\)`"),
    ("ranges of values", lambda t: t.age.sum().over(ibis.window(order_by=t.age, range=(-5, 0))), "a number of rows"),
    ("chance", lambda t: ibis.random(), "another answer every time"),
    ("JSON", lambda t: t.name.cast("json")["plan"].str, "promoted to a column"),
    ("asof joins", lambda t: t.asof_join(t.view(), "at", predicates="account_id"), "does not run on every engine"),
    ("unequal joins", lambda t: t.join(OTHER, t.age < OTHER.day), "on anything but equal columns"),
    ("whatever was not tried", lambda t: t.score.sin(), "was not tried on every engine"),
    ("filters by a window", lambda t: t.filter(t["at"] == t["at"].max().over(group_by=t.name)), "make it a column"),
    ("limits", lambda t: t.limit(3), "in no particular order"),
]  # fmt: skip

PASSED: list[tuple[str, Callable[[Table], Expr]]] = [
    ("bitmaps", lambda t: active_days(bit_or(day_bit(t.age)), 1, 28) + flag(active(bit_or(day_bit(t.age)), 0, 7))),
    ("shares", lambda t: percent(t.count(where=t.is_open), t.count())),
    ("changes", lambda t: percent_change(total(t.age), total(t.score, where=t.is_open), at_least=10)),
    (
        "the latest by a window",
        lambda t: t.mutate(newest=t["at"].max().over(group_by=t.name)).filter(_.newest == _["at"]),
    ),
    ("ranks", lambda t: ibis.rank().over(group_by=t.name, order_by=t.score)),
    ("the row before", lambda t: t.age.lag().over(group_by=t.account_id, order_by=t.age)),
    ("running sums", lambda t: t.age.sum().over(ibis.trailing_window(6, group_by=t.name, order_by=t.age))),
    ("cases and lists", lambda t: ibis.cases((t.name.isin(["a", "b"]), 1.0), (t.name.startswith("c"), 2.0))),
    ("distinct rows", lambda t: t.select("account_id", "name").distinct()),
    ("joins", lambda t: t.left_join(t.select(other="account_id", theirs="age"), [("account_id", "other")])),
    ("unions", lambda t: t.select("name").union(t.select("name"), distinct=True)),
    ("whole-number steps", lambda t: (t.age - 1) // 7),
]


@pytest.mark.parametrize(("expression", "says"), [pytest.param(*case[1:], id=case[0]) for case in REFUSED])
def test_what_engines_answer_differently_is_refused_with_what_to_use_instead(
    expression: Callable[[Table], Expr], says: str
) -> None:
    found = portability.problems(expression(ROWS))
    assert found
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(" ".join(found))


@pytest.mark.parametrize("expression", [pytest.param(case[1], id=case[0]) for case in PASSED])
def test_what_every_engine_answers_alike_passes(expression: Callable[[Table], Expr]) -> None:
    assert portability.problems(expression(ROWS)) == []


def test_everything_that_is_declared_keeps_to_the_rule_book() -> None:
    assert portability.all_problems(all_metrics().values()) == []


def test_a_problem_names_the_metric_or_the_base() -> None:
    def rows(tables: FactTables) -> Table:
        return tables.user_days.limit(10)

    base = Base(key="some_days", sources=("product",), rows=rows, spoken=rows, evidence="days")
    metric = Metric(
        key="people",
        label="People",
        description="People.",
        unit=Unit.COUNT,
        direction=Direction.UP,
        kind=Kind.SNAPSHOT,
        window_days=None,
        sources=("product",),
        family="adoption",
        function=lambda rows: rows.contact_id.nunique(),
        base=base,
        evidence="days",
    )
    base_problem, metric_problem = portability.all_problems([metric])
    assert base_problem.startswith("Base 'some_days': Limit takes rows in no particular order")
    assert metric_problem.startswith("Metric 'people': CountDistinct(contact_id) is exact on one engine")


def test_every_operation_the_rule_book_names_is_one_of_ibis() -> None:
    named = {name for names in portability.ALLOWED.values() for name in names.split()} | set(portability.INSTEAD)
    assert {name for name in named if not hasattr(ops, name)} == set()


def test_all_metrics_compile_for_every_engine_that_need_not_be_installed() -> None:
    made = plan(tuple(shipped()), shipped(), minor_per_major=100, is_restricted=True)
    for compiled in DIALECTS.values():
        assert "wanted_accounts" in compiled(made.expression)


def test_tied_rows_get_one_rank_on_clickhouse() -> None:
    ranked = ROWS.select(place=ibis.rank().over(group_by=ROWS.name, order_by=ROWS.score))
    assert "ROWS BETWEEN" not in DIALECTS["clickhouse"](ranked)


def test_a_condition_that_is_unknown_everywhere_counts_0_on_spark() -> None:
    counted = ROWS.group_by("name").aggregate(late=ROWS.count(where=ROWS.age > 7))
    assert "COUNT_IF(" in DIALECTS["spark"](counted)
