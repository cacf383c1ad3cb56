"""Every operation the rule book allows, as an expression over rows with nulls, zeroes, negatives, ties and umlauts.

Many share a statement: a cluster takes as long to plan a small one as to run it.
"""

from collections.abc import Callable
from random import Random

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr.types import Table, Value

from mainstay.metrics.expressions import active_days, bit_count, bit_or, day_bit

ROWS = 500
SCHEMA = pa.schema([
    ("key", pa.int64()), ("name", pa.string()), ("whole", pa.int64()), ("small", pa.int64()), ("age", pa.int64()),
    ("fraction", pa.float64()), ("is_open", pa.bool_()), ("at", pa.timestamp("us")),
])  # fmt: skip
_t = ibis.table(
    {"key": "int64", "name": "string", "whole": "int64", "small": "int64", "age": "int64", "fraction": "float64",
     "is_open": "boolean", "at": "timestamp('UTC')"}, name="trials",
)  # fmt: skip
_by_age = {"group_by": _t.name, "order_by": [_t.age, _t.key]}


def rows() -> pa.Table:
    """The table `trials`."""
    dice = Random(3)
    choices = {
        "name": ["a", "b", "Äpfel", "", "a b", None],
        "whole": [None, -7, -3, -1, 0, 1, 2, 5, 62, 2**40, -(2**40)],
        "small": [None, 0, 1, 3, -2],
        "age": [0, 1, 5, 30, 31, 32, 61],
        "fraction": [None, 0.0, -0.5, 2.5, 0.0078125, 1e12, -3.75, 1 / 3],
        "is_open": [None, True, False],
        "at": [None, *(1_790_000_000_000_000 + step for step in (0, 1, 999_999, 86_400_000_000))],
    }
    columns = {name: [dice.choice(values) for _ in range(ROWS)] for name, values in choices.items()}
    return pa.table({"key": list(range(ROWS)), **columns}, schema=SCHEMA)


def _latest() -> Table:
    newest = _t.mutate(newest=_t["at"].max().over(group_by=_t.name)).filter(_["at"] == _.newest)
    return newest.group_by("name").aggregate(value=newest.whole.max().cast("float64"))


def _joined(kind: str) -> Table:
    other = _t.filter(_t.is_open).select(other="key", theirs="fraction")
    mine = _t.filter(_t.age < 31).select("key")
    joined = mine.join(other, [("key", "other")], how=kind)
    key = joined.key.coalesce(joined.other) if kind == "outer" else joined.key
    return joined.select(key=key, value=joined.theirs)


def _union(*, distinct: bool) -> Table:
    both = _t.select("name", "small").union(_t.filter(_t.is_open).select("name", "small"), distinct=distinct)
    return both.group_by("name").aggregate(value=_.count().cast("float64"))


def _of_itself() -> Table:
    other = _t.view()
    joined = _t.inner_join(other, [_t.key == other.age]).select(_t.key, other.whole)
    return joined.group_by("key").aggregate(value=_.whole.max().cast("float64"))


_OPEN_KEYS = _t.filter(_t.is_open).select("key")

# A value for each row of the trials.
VALUES: dict[str, Callable[[], Value]] = {
    "add": lambda: _t.whole + _t.small,
    "subtract": lambda: _t.whole - _t.small,
    "multiply": lambda: _t.small * _t.age,
    "divide": lambda: _t.whole.cast("float64") / _t.small.cast("float64").nullif(0),
    "whole-number steps": lambda: (_t.whole - 1) // 7,
    "remainder": lambda: _t.whole % 7,
    "remainder by a column": lambda: _t.whole % _t.small.nullif(0),
    "negate": lambda: -_t.whole,
    "absolute": lambda: _t.fraction.abs() + _t.whole.abs(),
    "bits": lambda: (_t.age & 12) | 3,
    "bit of a day": lambda: bit_count(day_bit(_t.age) - 1),
    "floor": lambda: _t.fraction.floor(),
    "ceil": lambda: _t.fraction.ceil(),
    "square root": lambda: (_t.fraction >= 0).ifelse(_t.fraction, ibis.null("float64")).sqrt(),
    "logarithm": lambda: (_t.fraction > 0).ifelse(_t.fraction, ibis.null("float64")).ln(),
    "coalesce": lambda: ibis.coalesce(_t.fraction, _t.whole.cast("float64"), 0),
    "fill null": lambda: _t.is_open.fill_null(True),
    "null if": lambda: _t.fraction.nullif(0),
    "is null": lambda: _t.fraction.isnull() | _t.name.isnull(),
    "not null": lambda: _t.fraction.notnull() & _t.name.notnull(),
    "if else": lambda: (_t.fraction > 0).ifelse(_t.fraction, -1.0),
    "if else null": lambda: (_t.fraction > 0).ifelse(ibis.null("float64"), _t.fraction),
    "simple case": lambda: _t.age.cases((0, 10), (5, 20), else_=30),
    "searched case": lambda: ibis.cases((_t.age == 0, 1.0), (_t.fraction > 0, 2.0)),
    "casts": lambda: _t.is_open.cast("int64") + _t.small.cast("float64"),
    "equals": lambda: (_t.whole == _t.small) | (_t.name == "a"),
    "differs": lambda: (_t.whole != _t.small) & (_t.name != "a"),
    "not distinct": lambda: _t.whole.identical_to(_t.small),
    "order": lambda: (_t.fraction < _t.whole) | (_t.small >= _t.age),
    "order too": lambda: (_t.fraction > _t.whole) & (_t.small <= _t.age),
    "order of texts": lambda: _t.name > "a",
    "between": lambda: _t.whole.between(0, 5),
    "in a list": lambda: _t.name.isin(["a", "Äpfel"]) | _t.whole.isin([1, 2]),
    "not in a list": lambda: _t.name.notin(["a", "Äpfel"]),
    "and, or, not": lambda: ((_t.fraction > 0) & _t.is_open) | ~(_t.small == 1),
    "starts with": lambda: _t.name.startswith("a"),
    "ends with": lambda: _t.name.endswith("b"),
    "contains": lambda: _t.name.contains("pf"),
    "like": lambda: _t.name.like("a%"),
    "matches": lambda: _t.name.re_search(r"(?s)^[aA].*$"),
    "matches an umlaut": lambda: _t.name.re_search(r"(?s)^.[pP]fel\ ?$"),
    "row before, never null": lambda: _t.whole.coalesce(7).lag().over(**_by_age),
    "minimum of earlier rows, never null": lambda: _t.whole.coalesce(7).min().over(
        ibis.window(**_by_age, preceding=(None, 1))
    ),
    "row number": lambda: ibis.row_number().over(**_by_age),
    "rank with ties": lambda: ibis.rank().over(group_by=_t.name, order_by=_t.age),
    "rank with nulls": lambda: ibis.rank().over(group_by=_t.name, order_by=ibis.desc(_t.small)),
    "dense rank": lambda: ibis.dense_rank().over(group_by=_t.name, order_by=_t.small),
    "row before": lambda: _t.whole.lag(2, -1).over(**_by_age),
    "row after": lambda: _t.whole.lead().over(**_by_age),
    "maximum of the group": lambda: _t.age.max(where=_t.is_open).over(group_by=_t.name),
    "sum of all": lambda: _t.small.sum().over(ibis.window()),
    "running sum": lambda: _t.small.sum().over(ibis.cumulative_window(**_by_age)),
    "sum of three rows": lambda: _t.small.sum().over(ibis.trailing_window(2, **_by_age)),
    "minimum of earlier rows": lambda: _t.whole.min().over(ibis.window(**_by_age, preceding=(None, 1))),
}  # fmt: skip

# A value for each name.
AGGREGATES: dict[str, Callable[[], Value]] = {
    "days of a bitmap": lambda: active_days(bit_or(day_bit(_t.age), where=_t.is_open), 1, 31),
    "no bits": lambda: bit_or(_t.age, where=_t.age > 1000),
    "sum": lambda: _t.whole.sum(),
    "sum of fractions": lambda: _t.fraction.sum(where=_t.is_open),
    "sum of nothing": lambda: _t.whole.sum(where=_t.age > 1000),
    "sum or 0": lambda: _t.whole.sum(where=_t.age > 1000).coalesce(0),
    "mean": lambda: _t.fraction.mean(),
    "mean of nothing": lambda: _t.small.mean(where=_t.age > 1000),
    "minimum": lambda: _t.whole.min(where=_t.is_open),
    "maximum": lambda: _t.fraction.max(),
    "maximum of nothing": lambda: _t.whole.max(where=_t.age > 1000),
    "maximum of nothing, never null": lambda: _t.whole.coalesce(7).max(where=_t.age > 1000),
    "mean of nothing, never null": lambda: _t.fraction.coalesce(7).mean(where=_t.age > 1000),
    "count of values": lambda: _t.fraction.count(where=_t.is_open),
    "count of rows": lambda: _t.count(where=_t.fraction > 0),
}  # fmt: skip

# A table of its own: one key and one `value`.
TABLES: dict[str, Callable[[], Table]] = {
    "the latest rows": _latest,
    "join with itself": _of_itself,
    "count of the unknown": lambda: _t.filter(_t.fraction.isnull()).group_by("name").aggregate(
        value=_.count(where=_.fraction > 0).cast("float64")
    ),
    "distinct": lambda: _t.select("name", "small").distinct().group_by("name").aggregate(
        value=_.count().cast("float64")
    ),
    "drop": lambda: _t.select("key", value=_t.whole.cast("float64"), other=_t.age).drop("other"),
    "union": lambda: _union(distinct=False),
    "union of distinct rows": lambda: _union(distinct=True),
    "inner join": lambda: _joined("inner"),
    "left join": lambda: _joined("left"),
    "outer join": lambda: _joined("outer"),
    "semi join": lambda: _t.semi_join(_OPEN_KEYS, "key").select("key", value="fraction"),
    "anti join": lambda: _t.anti_join(_OPEN_KEYS, "key").select("key", value="fraction"),
    "cross join": lambda: _t.select("key").cross_join(_t.filter(_t.key < 3).select(theirs="fraction")).group_by(
        "key"
    ).aggregate(value=_.theirs.max()),
    "join on null": lambda: _t.select("name").inner_join(
        _t.select(other="name").distinct(), [("name", "other")]
    ).group_by("name").aggregate(value=_.count().cast("float64")),
}  # fmt: skip


def statements() -> dict[str, Table]:
    """The trials as few expressions: a key column, and one column of floats for each operation."""
    values = {name: _number(make()) for name, make in VALUES.items()}
    aggregates = {name: _number(make()) for name, make in AGGREGATES.items()}
    return {
        "values": _t.select("key", **values),
        "aggregates": _t.group_by("name").aggregate(**aggregates),
        **{name: make().rename({name: "value"}) for name, make in TABLES.items()},
    }


def _number(value: Value) -> Value:
    """As a float; conditions are 0 and 1."""
    whole = value.cast("int64") if value.type().is_boolean() else value
    return whole.cast("float64")
