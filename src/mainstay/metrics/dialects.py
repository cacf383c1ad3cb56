"""The SQL of an expression for each engine, by Ibis' compilers alone: none of the engines needs to be installed."""

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers import ClickHouseCompiler, DuckDBCompiler, PySparkCompiler
from ibis.expr.types import Table

# ClickHouse knows `bit_or`, and this one only under its own name.
_CLICKHOUSE_NAMES = {"bit_count": "bitCount"}


class _SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    def visit_CountStar(  # noqa: N802 - the name of the operation
        self, op: ops.CountStar, *, arg: sge.Expression, where: sge.Expression | None
    ) -> sge.Expression:
        # Ibis sums the condition: null instead of 0 where it is unknown in every row, and where there is no row.
        return self.f.count(sge.Star()) if where is None else self.f.count_if(where)


class _SparkOptions(ibis.config.Config):  # type: ignore[misc]
    """What Ibis' own Spark backend would register; its compiler reads it."""

    treat_nan_as_null: bool = False


def to_duckdb(expression: Table) -> str:
    """The statement for DuckDB. The compiler itself: `ibis.to_sql` gives the same, prettier and three times slower."""
    return str(DuckDBCompiler().to_sqlglot(expression).sql(dialect="duckdb"))


def to_spark(expression: Table) -> str:
    """The statement for Spark 4, in ANSI mode (its default)."""
    if ibis.options.pyspark is None:
        ibis.options.pyspark = _SparkOptions()
    return str(_SparkCompiler().to_sqlglot(expression).sql(dialect="spark"))


def to_clickhouse(expression: Table) -> str:
    """The statement for ClickHouse, which must run with the settings of `engines.clickhouse`."""
    return str(ClickHouseCompiler().to_sqlglot(expression).transform(_mended).sql(dialect="clickhouse"))


def _mended(node: sge.Expression) -> sge.Expression:
    if isinstance(node, sge.Window) and isinstance(node.this, sge.Rank | sge.DenseRank):
        # A rank has no frame. Ibis writes one over rows, and ClickHouse then gives tied rows different ranks.
        node.set("spec", None)
    if isinstance(node, sge.Anonymous) and node.name in ("lagInFrame", "leadInFrame"):
        # Before the first and after the last row there is nothing, also of a column that is never null.
        first, *others = node.expressions
        node.set("expressions", [sge.Anonymous(this="toNullable", expressions=[first]), *others])
    if isinstance(node, sge.Anonymous) and node.name in _CLICKHOUSE_NAMES:
        node.set("this", _CLICKHOUSE_NAMES[node.name])
    return node


DIALECTS: Mapping[str, Callable[[Table], str]] = {
    "duckdb": to_duckdb,
    "spark": to_spark,
    "clickhouse": to_clickhouse,
}
