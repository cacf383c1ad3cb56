"""The rule book of portable expressions, as a lint: what every engine answers alike, and what to write instead.

The same Ibis expression runs on DuckDB, Spark and ClickHouse, and several operations differ there in silence. So an
expression is made of the operations of ALLOWED and no others; each of them is executed on every engine by the equality
job. `docs/contributing/portable-metrics.md` tells the reasons. Nothing here executes anything.
"""

from collections.abc import Callable, Iterable, Mapping

import ibis
import ibis.expr.operations as ops
from ibis.expr.types import Expr

from mainstay.metrics import tables
from mainstay.metrics.registry import Base, Metric

# Operations that mean the same everywhere, by the names of their classes in `ibis.expr.operations`.
ALLOWED: Mapping[str, str] = {
    "tables": "UnboundTable Field Project Filter Aggregate Union Distinct DropColumns SelfReference "
    "JoinChain JoinLink JoinReference",
    "values": "Literal Cast IfElse SimpleCase SearchedCase Coalesce NullIf IsNull NotNull",
    "comparisons": "Equals NotEquals Less LessEqual Greater GreaterEqual Between InValues IdenticalTo And Or Not",
    "texts": "StartsWith EndsWith StringContains StringSQLLike RegexSearch",
    "arithmetic": "Add Subtract Multiply Divide FloorDivide Modulus Negate Abs Floor Ceil Sqrt Ln BitwiseAnd BitwiseOr "
    "BitwiseLeftShift",
    "aggregates": "Sum Mean Min Max Count CountStar",
    "windows": "WindowFunction WindowBoundary SortKey RowNumber MinRank DenseRank Lag Lead",
}
_ALLOWED = frozenset(name for names in ALLOWED.values() for name in names.split())
# Functions of the engines that `expressions` declares: found under the same name, or renamed, on each of them.
_FUNCTIONS = frozenset({"bit_or", "bit_count"})

_NO_CLOCK = "is the clock or a calendar, which engines read differently; rows carry ages in days before `as_of`"
_NO_APPROXIMATION = "is exact on one engine and approximate on another"
_NO_ORDER = "depends on the order of rows, and nulls are kept or skipped depending on the engine"
_NO_JSON = "does not run on every engine; have the value promoted to a column of a fact table"
_NO_TEXT = "treats letters beyond ASCII differently; compare texts as they are, or prepare them in the fact table"

# What people reach for first: why not, and what instead. Any other operation gets the general answer.
INSTEAD: Mapping[str, str] = {
    "CountDistinct": f"{_NO_APPROXIMATION}; make a base with one row per thing (`.distinct()`) and count its rows",
    "CountDistinctStar": f"{_NO_APPROXIMATION}; use `.distinct()` in a base and count its rows",
    "ApproxCountDistinct": f"{_NO_APPROXIMATION}; use `.distinct()` in a base and count its rows",
    "Median": f"{_NO_APPROXIMATION}; number the rows (`ibis.row_number()`) and take the mean of the middle",
    "Quantile": f"{_NO_APPROXIMATION}; number the rows (`ibis.row_number()`) and filter on the number",
    "First": f"{_NO_ORDER}; use `max` or `min`, or a window with `==` (see `bases.latest_nps`)",
    "Last": f"{_NO_ORDER}; use `max` or `min`, or a window with `==` (see `bases.latest_nps`)",
    "Arbitrary": f"{_NO_ORDER}; use `max` or `min`",
    "ArgMax": f"{_NO_ORDER}; find the largest by a window with `==`, then aggregate what is left",
    "ArgMin": f"{_NO_ORDER}; find the smallest by a window with `==`, then aggregate what is left",
    "NthValue": f"{_NO_ORDER}; number the rows and filter on the number",
    "Sort": "has no meaning inside a metric; aggregate, or number the rows in a window",
    "Limit": "takes rows in no particular order; number the rows in a window and filter on the number",
    "Greatest": "ignores a null, on some versions of some engines, where others give null; compare with `.ifelse()`",
    "Least": "ignores a null, on some versions of some engines, so that a missing value earns full marks; "
    "compare with `.ifelse()`",
    "Clip": "repeats its argument five times in the statement; compare with `.ifelse()`",
    "Round": "takes halves up or to the even one, depending on the engine; leave it out: results are rounded once, "
    "after they were computed",
    "PercentRank": "does not run on every engine; divide `.rank()` by a count over the same window",
    "CumeDist": "does not run on every engine; divide `.rank()` by a count over the same window",
    "NTile": "deals ties differently; divide `.rank()` by a count over the same window",
    "StandardDev": "loses digits in different ways; compute it from sums of the values and of their squares",
    "Variance": "loses digits in different ways; compute it from sums of the values and of their squares",
    "Covariance": "loses digits in different ways; compute it from sums of the values and of their products",
    "Correlation": "loses digits in different ways; compute it from sums of the values and of their products",
    "Mode": f"{_NO_ORDER}; count by value, then find the largest count by a window with `==`",
    "BitOr": "does not compile for Spark; use `expressions.bit_or`",
    "Any": "is null or false without rows, depending on the engine; use `count(where=…) > 0`",
    "All": "is null or true without rows, depending on the engine; use `count(where=…) == 0`",
    "InMemoryTable": "ships rows of this process with the statement; declare a fact table",
    "InSubquery": "treats nulls differently; use `semi_join` or `anti_join`",
    "Lowercase": _NO_TEXT,
    "Uppercase": _NO_TEXT,
    "StringLength": _NO_TEXT,
    "JSONGetItem": _NO_JSON,
}  # fmt: skip
_FAMILIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Date", "Time", "Timestamp", "Extract", "DayOfWeek", "Interval", "Strftime"), _NO_CLOCK),
    (("Approx", "MultiQuantile"), f"{_NO_APPROXIMATION}; number the rows in a window instead"),
    (("JSON", "UnwrapJSON", "Array", "Map", "Struct", "Unnest"), _NO_JSON),
    (("Random", "Sample"), "gives another answer every time"),
)
_UNKNOWN = "was not tried on every engine; build it from the allowed operations, or add it to the equality job first"
_JOINS = ("inner", "left", "outer", "semi", "anti", "cross")


def problems(expression: Expr) -> list[str]:
    """What keeps an expression from meaning the same on every engine, a sentence each; empty when nothing does."""
    found: dict[str, None] = {}
    for node in expression.op().find(ops.Node):
        reason = _reason(node)
        if reason:
            found[f"{_named(node)} {reason}."] = None
    return list(found)


def metric_problems(metric: Metric) -> list[str]:
    """`problems` of a metric's own function (not of its base), each named after the metric."""
    if metric.base is None:
        expression: Expr = metric.function(ibis.table(_row(metric), name="profiles"))
    else:
        # Without what the base is made of: that is told once, with the base.
        shape = metric.base.rows(tables.unbound()).schema()
        rows = ibis.table(shape, name=metric.base.key)
        expression = rows.group_by("account_id").aggregate(value=metric.function(rows))
    return [f"Metric '{metric.key}': {problem}" for problem in problems(expression)]


def _row(metric: Metric) -> dict[str, str]:
    """What a derived metric finds in its row."""
    values = [*metric.parents, *(part.key for part in metric.parts), *(f"{key}__major" for key in metric.money)]
    accounts = tables.columns("accounts")
    fields = {f"account__{name}": accounts[name] for name in metric.account_fields}
    return {**dict.fromkeys(values, "float64"), **fields}


def base_problems(base: Base) -> list[str]:
    """`problems` of a base and of its proof that the source has spoken, each named after the base."""
    everything = tables.unbound()
    found = [*problems(base.rows(everything)), *problems(base.spoken(everything))]
    return [f"Base '{base.key}': {problem}" for problem in dict.fromkeys(found)]


def all_problems(metrics: Iterable[Metric]) -> list[str]:
    """The problems of these metrics and of every base they are counted over."""
    declared = list(metrics)
    declared += [part for metric in declared for part in metric.parts]
    bases = {metric.base.key: metric.base for metric in declared if metric.base is not None}
    found = [problem for base in bases.values() for problem in base_problems(base)]
    return [*found, *(problem for metric in declared for problem in metric_problems(metric))]


def _reason(node: ops.Node) -> str | None:
    name = type(node).__name__
    if isinstance(node, ops.ScalarUDF | ops.AggUDF):
        return None if node.__func_name__ in _FUNCTIONS else _UNKNOWN
    if name in _ALLOWED:
        check = _CHECKS.get(name)
        return check(node) if check else None
    if name in INSTEAD:
        return INSTEAD[name]
    return next((reason for prefixes, reason in _FAMILIES if name.startswith(prefixes)), _UNKNOWN)


def _named(node: ops.Node) -> str:
    """The operation and what it stands for: `CountDistinct(contact_id)`."""
    if isinstance(node, ops.ScalarUDF | ops.AggUDF):
        return f"{node.__func_name__}()"
    name = type(node).__name__
    label = node.name if isinstance(node, ops.Value) else ""
    return label if label.startswith(f"{name}(") and len(label) <= 80 else name


def _division(node: ops.Divide | ops.FloorDivide | ops.Modulus) -> str | None:
    divisor = node.right
    while isinstance(divisor, ops.Cast):
        divisor = divisor.arg
    is_safe = isinstance(divisor, ops.NullIf) or (isinstance(divisor, ops.Literal) and divisor.value)
    if not is_safe:
        return "may divide by zero: an error, a null or infinity, depending on the engine; use `ratio()` or `percent()`"
    if type(node) is ops.Divide and not _is_fraction(node.left) and not _is_fraction(node.right):
        return "of whole numbers drops the fraction on some engines; use `ratio()` or `percent()`"
    if isinstance(node, ops.FloorDivide) and (_is_fraction(node.left) or _is_fraction(node.right)):
        return "of fractions turns large values into an error; use `ratio()`"
    return None


def _is_fraction(value: ops.Value) -> bool:
    return bool(value.dtype.is_floating())


def _domain(node: ops.Sqrt | ops.Ln) -> str | None:
    if isinstance(node.arg, ops.IfElse | ops.SearchedCase | ops.NullIf):
        return None
    return (
        "of a number it is not defined for is an error, a null or NaN, depending on the engine; make that null first, "
        "with `.ifelse()`"
    )


def _shift(node: ops.BitwiseLeftShift) -> str | None:
    shifted = node.left
    is_wide = isinstance(shifted, ops.Cast) and shifted.to.is_int64() and not isinstance(shifted, ops.Literal)
    if is_wide or (isinstance(shifted, ops.Field) and shifted.dtype.is_int64()):
        return None
    return (
        "shifts a small literal within its own 8 or 32 bits on some engines; use `day_bit(age)` and `days(first, last)`"
    )


def _cast(node: ops.Cast) -> str | None:
    source, target = node.arg.dtype, node.to
    if source == target or source.is_null():
        return None
    if target.is_floating() and source.is_numeric():
        return None
    if target.is_integer() and (source.is_integer() or source.is_boolean()):
        return None
    if target.is_integer() and source.is_floating():
        return "from a fraction to a whole number rounds on some engines and truncates on others; keep the fraction"
    return f"from {source} to {target} differs between engines; keep the type the fact table has"


def _join(node: ops.JoinLink) -> str | None:
    if node.how not in _JOINS:
        return f"of kind '{node.how}' does not run on every engine; use {', '.join(_JOINS[:-1])} or {_JOINS[-1]}"
    if any(not isinstance(predicate, ops.Equals) for predicate in node.predicates):
        return "on anything but equal columns does not run on every engine; filter after joining"
    return None


def _sum(node: ops.Sum) -> str | None:
    return (
        "of a condition has another type on each engine; use `count(where=…)`" if node.arg.dtype.is_boolean() else None
    )


def _window(node: ops.WindowFunction) -> str | None:
    if node.how != "rows" and (node.start is not None or node.end is not None):
        return "over a range of values does not run on every engine; use a whole group, or a number of rows"
    return None


def _filter(node: ops.Filter) -> str | None:
    if any(predicate.find(ops.WindowFunction, filter=ops.Value) for predicate in node.predicates):
        return "with a window inside does not run on Spark; make it a column first, with `.mutate()`"
    return None


_CHECKS: Mapping[str, Callable[..., str | None]] = {
    "Divide": _division,
    "FloorDivide": _division,
    "Modulus": _division,
    "Sqrt": _domain,
    "Ln": _domain,
    "BitwiseLeftShift": _shift,
    "Cast": _cast,
    "Filter": _filter,
    "JoinLink": _join,
    "Sum": _sum,
    "WindowFunction": _window,
}
