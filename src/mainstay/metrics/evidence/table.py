"""The shape of evidence: a table with a column for each thing worth knowing, and the way on to the raw events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from mainstay.common.time import midnight
from mainstay.metrics.registry import Metric

Cell = str | int | float | bool | date | datetime | None


class Shape(StrEnum):
    """How the cells of a column are written."""

    TEXT = "text"
    COUNT = "count"
    SCORE = "score"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """One column: `key` for machines, `label` for people."""

    key: str
    label: str
    shape: Shape


@dataclass(frozen=True)
class EventQuery:
    """Which raw events a row stands for: those in `[start, end)`, of these names (none: all), of this contact."""

    start: datetime
    end: datetime
    names: tuple[str, ...] = ()
    contact_id: int | None = None


@dataclass(frozen=True)
class Row:
    """One row; `key` is the external key of a record, `events` the raw events behind it."""

    cells: tuple[Cell, ...]
    key: str | None = None
    events: EventQuery | None = None


@dataclass(frozen=True)
class Evidence:
    """The rows a value was counted from, to be read once, and one sentence that says what they are.

    Rows of which there may be a hundred thousand (`made_of_many`) are put into words as they are read.
    """

    counted_from: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    total: int


@dataclass(frozen=True)
class Question:
    """Whose evidence is asked for: an account, an instant, and how many days the metric looks back.

    `metric` is what is asked about, `values` are those of the account's metrics: of those it is made of, at least.
    """

    account_id: int
    as_of: datetime
    window_days: int | None
    metric: Metric | None = None
    values: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day whose age is 0."""
        return self.as_of.date()

    @property
    def last_day(self) -> date:
        """The day of the last instant that was known: at midnight, yesterday."""
        return (self.as_of - timedelta(microseconds=1)).date()

    @property
    def days(self) -> int:
        """How many days back, for a metric that has a window."""
        return self.window_days or 0

    @property
    def start(self) -> datetime:
        """The first instant of the window."""
        return self.first(self.days)

    def first(self, age: int) -> datetime:
        """The first instant of the day of this age."""
        return midnight(self.today - timedelta(days=age))

    def end(self, age: int) -> datetime:
        """The instant at which the day of this age was over, `as_of` at the latest."""
        return min(self.first(age - 1), self.as_of)


Builder = Callable[[Question], Evidence]


def made(counted_from: str, columns: tuple[Column, ...], rows: Sequence[Row]) -> Evidence:
    """Evidence of rows that are there."""
    return Evidence(counted_from=counted_from, columns=columns, rows=rows, total=len(rows))


def made_of_many(counted_from: str, columns: tuple[Column, ...], rows: Iterable[Row], *, total: int) -> Evidence:
    """Evidence of rows that come when they are read."""
    return Evidence(counted_from=counted_from, columns=columns, rows=rows, total=total)


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 ticket`, `2,000 tickets`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def between(start: datetime | date, end: datetime | date) -> str:
    """`from 26 Oct to 22 Nov 2026`; both days included."""
    return f"from {start.day} {start:%b} {start.year} to {end.day} {end:%b} {end.year}"


def span(question: Question) -> str:
    """The days of the window, in words; today included."""
    return between(question.start, question.last_day)
