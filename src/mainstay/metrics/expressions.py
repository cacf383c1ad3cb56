"""The few operations definitions are made of, written so that every engine gives the same answer.

Rules behind them: one is cast to 64 bits before it is shifted (some engines shift a small literal within its own
width), a divisor of zero becomes null, sums start at zero, and integers are turned to floats before they are divided.
"""

from functools import reduce

import ibis
from ibis.expr.types import BooleanValue, Column, FloatingValue, IntegerValue, NumericValue, Value

# A bitmap holds one bit a day, today first. 62 bits fit a signed 64-bit integer on every engine.
BITMAP_DAYS = 62


@ibis.udf.agg.builtin  # type: ignore[untyped-decorator]
def bit_or(bits: int) -> int:  # type: ignore[empty-body]
    """Every bit that is set in any row. Ibis' own `bit_or` does not compile for Spark."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def bit_count(bits: int) -> int:  # type: ignore[empty-body]
    """How many bits are set."""


def day_bit(age: IntegerValue) -> IntegerValue:
    """The bit of one day in a bitmap; `age` must be 0 to 61."""
    return ibis.literal(1, "int8").cast("int64") << age


def days(first: int, last: int) -> int:
    """The mask of the days of age `first` to `last`, both included."""
    if not 0 <= first <= last < BITMAP_DAYS:
        raise ValueError(f"A bitmap holds ages 0 to {BITMAP_DAYS - 1}, not {first} to {last}.")
    return (1 << (last + 1)) - (1 << first)


def active(bitmap: IntegerValue, first: int, last: int) -> BooleanValue:
    """Whether any day of age `first` to `last` is set."""
    return (bitmap & days(first, last)) != 0


def active_days(bitmap: IntegerValue, first: int, last: int) -> IntegerValue:
    """How many days of age `first` to `last` are set."""
    return bit_count(bitmap & days(first, last))


def total(column: Column, *, where: BooleanValue | None = None) -> NumericValue:
    """The sum, 0 of no rows."""
    return column.sum(where=where).coalesce(0)


def ratio(part: NumericValue, whole: NumericValue) -> FloatingValue:
    """`part / whole`; null where the whole is 0."""
    return part.cast("float64") / whole.cast("float64").nullif(0)


def percent(part: NumericValue, whole: NumericValue) -> FloatingValue:
    """`part` as a percentage of `whole`, 0 to 100; null where the whole is 0."""
    return part.cast("float64") * 100 / whole.cast("float64").nullif(0)


def percent_change(now: NumericValue, before: NumericValue, *, at_least: int = 0) -> FloatingValue:
    """By how many percent `now` is above (or below: negative) `before`; null where there was nothing before.

    Null too where both together are fewer than `at_least`: too few for a change to be told from chance.
    """
    change = percent(now - before, before)
    return (now + before >= at_least).ifelse(change, ibis.null("float64")) if at_least else change


def highest(*values: NumericValue) -> NumericValue:
    """The highest of the values that are known; null where none is."""
    return reduce(lambda high, value: (high.isnull() | (value > high)).ifelse(value, high), values)


def flag(condition: BooleanValue) -> Value:
    """1 where the condition holds, 0 where not, null where it is unknown."""
    return condition.cast("int64")


def unless(condition: BooleanValue, value: NumericValue) -> NumericValue:
    """The value, or null where the condition holds."""
    return condition.ifelse(ibis.null("float64"), value.cast("float64"))
