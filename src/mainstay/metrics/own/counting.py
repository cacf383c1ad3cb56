"""Numbers made from events in a window of days: what every operation on events comes down to.

Numbers that can be added up share one pass over the rows of their table; distinct users, days, medians and latest
values prepare rows of their own.
"""

from collections.abc import Callable

import ibis
from ibis.expr.types import BooleanValue, Column, Table, Value

from mainstay.metrics.expressions import active, active_days, bit_or, day_bit, total
from mainstay.metrics.own.document import Counted, ValueOf
from mainstay.metrics.own.sources import SHORT, Source, Span, counted_source
from mainstay.metrics.registry import Base, Direction, Kind, Metric, Unit

# The number, and how many events (or rows) are behind it.
type _Number = Callable[[Table], tuple[Value, Value]]


def metric_of(key: str, of: Counted, span: Span, *, empty: float | None) -> Metric:
    """One number from the events of one window. Raises ConditionError.

    `empty` is its value where no event counts; null: none.
    """
    source = counted_source(of, is_end_closed=span.is_end_closed)
    base, number = _made(source, of, span)

    def function(rows: Table) -> Value:
        value, behind = number(rows)
        return (behind > 0).ifelse(value.cast("float64"), ibis.literal(empty, "float64"))

    return Metric(
        key=key,
        label=key,
        description=key,
        unit=Unit.COUNT,
        direction=Direction.NONE,
        kind=Kind.SIMPLE,
        window_days=span.last,
        sources=("product",),
        family="own",
        function=function,
        base=base,
        empty=empty,
        spoken=source.spoken(span.last, is_about_users=of.operation == "users"),
        evidence="own",
        reach=source.reach(span.last),
        tally=source.tally,
    )


def _made(source: Source, of: Counted, span: Span) -> tuple[Base, _Number]:
    match of.operation:
        case "count":
            return source.base(span), lambda rows: _twice(total(rows.n, where=source.within(rows, span)))
        case "users":
            return _users(source, span)
        case "active_days":
            return _active_days(source, span)
        case "median":
            return _median(source, of, span)
        case "last":
            return _last(source, of, span)
        case "sum" | "mean" | "minimum" | "maximum" as operation:
            return source.base(span), _STATISTICS[operation](source, of, span)
    raise AssertionError(of.operation)


def _users(source: Source, span: Span) -> tuple[Base, _Number]:
    if not span.is_short:
        base = source.prepared(
            f"users_{_name(span)}",
            span,
            lambda rows: (
                rows.filter(rows.contact_id.notnull(), source.within(rows, span))
                .select("account_id", "contact_id")
                .distinct()
            ),
        )
        return base, lambda rows: _twice(rows.count())

    def days_of_users(rows: Table) -> Table:
        rows = rows.filter(rows.contact_id.notnull(), source.holds(rows))
        return rows.group_by("account_id", "contact_id").aggregate(days=bit_or(day_bit(rows.age)))

    # One bitmap of days for each user serves every window.
    base = source.prepared("users", Span(0, SHORT), days_of_users)
    return base, lambda rows: _twice(rows.count(where=active(rows.days, span.first, span.last)))


def _active_days(source: Source, span: Span) -> tuple[Base, _Number]:
    if not span.is_short:
        base = source.prepared(
            f"days_{_name(span)}",
            span,
            lambda rows: rows.filter(source.within(rows, span)).select("account_id", "age").distinct(),
        )
        return base, lambda rows: _twice(rows.count())

    def number(rows: Table) -> tuple[Value, Value]:
        bits = bit_or(day_bit(rows.age), where=source.holds(rows)).coalesce(0)
        return _twice(active_days(bits, span.first, span.last))

    return source.base(span), number


def _sum(source: Source, of: Counted, span: Span) -> _Number:
    def number(rows: Table) -> tuple[Value, Value]:
        value, where = _value(rows, source, of, span)
        return total(value * rows.n, where=where), total(rows.n, where=where)

    return number


def _mean(source: Source, of: Counted, span: Span) -> _Number:
    def number(rows: Table) -> tuple[Value, Value]:
        value, where = _value(rows, source, of, span)
        times = total(rows.n, where=where)
        return total(value * rows.n, where=where) / times.cast("float64").nullif(0), times

    return number


def _minimum(source: Source, of: Counted, span: Span) -> _Number:
    def number(rows: Table) -> tuple[Value, Value]:
        value, where = _value(rows, source, of, span)
        return value.min(where=where), total(rows.n, where=where)

    return number


def _maximum(source: Source, of: Counted, span: Span) -> _Number:
    def number(rows: Table) -> tuple[Value, Value]:
        value, where = _value(rows, source, of, span)
        return value.max(where=where), total(rows.n, where=where)

    return number


_STATISTICS: dict[str, Callable[[Source, Counted, Span], _Number]] = {
    "sum": _sum,
    "mean": _mean,
    "minimum": _minimum,
    "maximum": _maximum,
}


def _median(source: Source, of: Counted, span: Span) -> tuple[Base, _Number]:
    def ranked(rows: Table) -> Table:
        value, where = _value(rows, source, of, span)
        rows = rows.filter(where).select("account_id", "n", value=value)
        found = rows.group_by("account_id", "value").aggregate(n=rows.n.sum())
        so_far = found.n.sum().over(ibis.cumulative_window(group_by="account_id", order_by="value"))
        return found.mutate(so_far=so_far, all=found.n.sum().over(group_by="account_id"))

    def number(rows: Table) -> tuple[Value, Value]:
        # The value in the middle; of an even number of values, the mean of the two in the middle.
        lower = rows["value"].min(where=rows.so_far * 2 >= rows["all"])
        upper = rows["value"].min(where=rows.so_far * 2 > rows["all"])
        return (lower + upper) / 2, rows.n.sum()

    return source.prepared(f"median_{_property(of)}_{_name(span)}", span, ranked), number


def _last(source: Source, of: Counted, span: Span) -> tuple[Base, _Number]:
    def latest(rows: Table) -> Table:
        value, where = _value(rows, source, of, span)
        rows = rows.filter(where).select("account_id", "last_at", "n", value=value)
        newest = rows.mutate(newest=rows.last_at.max().over(group_by="account_id"))
        return newest.filter(newest.last_at == newest.newest)

    # Several values of one instant: the largest, so that the answer is the same every time.
    base = source.prepared(f"last_{_property(of)}_{_name(span)}", span, latest)
    return base, lambda rows: (rows["value"].max(), rows.n.sum())


def _value(rows: Table, source: Source, of: Counted, span: Span) -> tuple[Column, BooleanValue]:
    """The values of the property, and whether a row counts: one without a value does not."""
    value = source.column(rows, _property(of))
    return value, source.within(rows, span) & value.notnull()


def _property(of: Counted) -> str:
    return of.property if isinstance(of, ValueOf) else ""


def _name(span: Span) -> str:
    return f"{span.first}_{span.last}"


def _twice(number: Value) -> tuple[Value, Value]:
    return number, number
