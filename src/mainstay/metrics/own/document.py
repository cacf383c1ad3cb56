"""A metric as people declare it: the document and its operations.

It says only what can be seen in the document itself; what needs the other metrics (their names, the words of a
condition) is checked when the metric is built. The reference of all operations is made from here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mainstay.metrics.registry import Direction, Unit

# As far back as the days of use are kept ready to be read.
LONGEST_DAYS = 400
MOST_PERIODS = 26

Key = Annotated[str, Field(pattern=r"^[a-z](_?[a-z0-9])*$", max_length=50)]
EventName = Annotated[str, Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
PropertyType = Literal["text", "number", "boolean"]
Condition = Annotated[str, Field(max_length=4000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Property(_Strict):
    """A property of events: where it stands in them, when that is not its name here, and what it is.

    A value of another type counts as missing: `number` takes numbers and texts that are one.
    """

    type: PropertyType
    path: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=8, description="The name in the event, or the names down to it: `[address, city]`."
    )

    @field_validator("path", mode="before")
    @classmethod
    def _one_name_is_a_path(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Events(_Strict):
    """Which events are meant."""

    events: tuple[EventName, ...] = Field(
        default=(), max_length=50, description="Names of the events that count. Left out: every event."
    )
    where: Condition = Field(
        default="",
        description="A condition on each event: on `event`, on `persona` (of the contact who caused it) and on "
        "`properties`. An event for which it is unknown does not count.",
    )
    properties: dict[Word, Property] = Field(
        default_factory=dict,
        max_length=12,
        description="The properties used, each with its type: `pages: number`, or `plan: {path: Plan Type, type: text}`"
        " where its name is no word.",
    )

    @field_validator("properties", mode="before")
    @classmethod
    def _a_type_is_enough(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: {"type": given} if isinstance(given, str) else given for name, given in value.items()}

    @model_validator(mode="after")
    def _words_are_free(self) -> Self:
        for name in ("event", "persona"):
            if name in self.properties:
                raise ValueError(f"'{name}' is a word of its own; give the property another name and its `path`")
        return self


class CountOf(Events):
    """How many: events, distinct users, or days with such an event."""

    operation: Literal["count", "users", "active_days"] = Field(
        description="`count`: events. `users`: distinct contacts who caused one. `active_days`: days with one."
    )


class ValueOf(Events):
    """A number made from a property of the events."""

    operation: Literal["sum", "mean", "median", "minimum", "maximum", "last"] = Field(
        description="What is made of the values: `last` is the value of the latest event."
    )
    property: Word = Field(description="The property, one of `properties` with the type `number`.")

    @model_validator(mode="after")
    def _the_property_is_a_number(self) -> Self:
        declared = self.properties.get(self.property)
        if declared is None or declared.type != "number":
            raise ValueError(f"say `properties: {{{self.property}: number}}`: the values must be numbers")
        return self


Counted = Annotated[CountOf | ValueOf, Field(discriminator="operation")]


class Window(_Strict):
    """Which days are looked at."""

    days: int = Field(default=28, ge=1, le=LONGEST_DAYS, description="How many complete days.")
    ends_days_ago: int = Field(
        default=0, ge=0, le=LONGEST_DAYS, description="How many days before the last complete day the window ends."
    )
    today: bool = Field(
        default=True,
        description="Whether the day that goes on counts too, so that an event sent now shows at once. A window that "
        "ended earlier has none.",
    )
    edge: Literal["start", "end"] = Field(
        default="start",
        description="Which of the two midnights at its edges belongs to the window: `start` is `[start, end)`, `end` "
        "is `(start, end]`.",
    )

    @property
    def first_age(self) -> int:
        """The age of its youngest day."""
        return 0 if self.today and self.ends_days_ago == 0 else self.ends_days_ago + 1

    @property
    def last_age(self) -> int:
        """The age of its oldest day."""
        return self.ends_days_ago + self.days

    @model_validator(mode="after")
    def _lies_within_reach(self) -> Self:
        if self.last_age > LONGEST_DAYS:
            raise ValueError(f"the window begins {self.last_age} days ago; at most {LONGEST_DAYS} can be read")
        return self


class Count(CountOf, Window):
    """How many events, distinct users, or days with such an event, in a window."""

    empty: Number | None = Field(
        default=0, description="The value of an account without such an event; null: no value."
    )


class Statistic(ValueOf, Window):
    """A sum, mean, median, smallest, largest or latest value of a property, in a window."""

    empty: Number | None = Field(
        default=None, description="The value of an account without such an event; null: no value. A sum: 0 if left out."
    )

    @model_validator(mode="before")
    @classmethod
    def _the_sum_of_nothing_is_0(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("operation") == "sum" and "empty" not in given:
            return {**given, "empty": 0}
        return given


class Share(Events, Window):
    """Distinct users who caused such an event, as a percentage of the licensed seats or of all active users."""

    operation: Literal["share_of_seats", "share_of_active_users"] = Field(
        description="Of what: the seats of the subscriptions in force, or the users active in the same window."
    )


class DaysSince(Events):
    """Days since the latest such event."""

    operation: Literal["days_since"]
    days: int = Field(default=90, ge=1, le=LONGEST_DAYS, description="How far back it is looked for; then no value.")
    counted_to: Literal["today", "last_day"] = Field(
        default="today",
        description="`today`: an event of the last complete day was 1 day ago. `last_day`: days to the last day of "
        "which anything is known; as of a midnight that is the day that just ended, and an event of it was 0 days ago.",
    )


class Change(_Strict):
    """A window against the window of the same length right before it."""

    operation: Literal["change"]
    of: Counted
    days: int = Field(default=28, ge=1, le=LONGEST_DAYS // 2, description="Complete days of each of the two windows.")
    result: Literal["percent", "difference"] = Field(
        default="percent", description="By how many percent, or by how much, the later window is above the earlier."
    )
    at_least: Number = Field(
        default=0, ge=0, description="No value where both windows together are less: too little to tell from chance."
    )
    zero_before: Number | None = Field(
        default=None, description="`percent` only: the value where the earlier window is 0; null: no value."
    )


class _Periods(_Strict):
    of: Counted
    period_days: int = Field(default=7, ge=1, le=92, description="Length of a period. The latest ended yesterday.")

    def _check_reach(self, periods: int) -> None:
        if periods * self.period_days > LONGEST_DAYS:
            raise ValueError(
                f"{periods} periods of {self.period_days} days are more than the {LONGEST_DAYS} that can be read"
            )


class Streak(_Periods):
    """How many periods in a row, up to the latest complete one, something held. Say exactly one of what."""

    operation: Literal["streak"]
    periods: int = Field(default=8, ge=1, le=MOST_PERIODS, description="The longest streak that is looked for.")
    under: Number | None = Field(default=None, description="The value of the period is below this.")
    over: Number | None = Field(default=None, description="The value of the period is above this.")
    falls_by_percent: Number | None = Field(
        default=None, gt=0, le=100, description="It is at least so many percent below the period before."
    )
    rises_by_percent: Number | None = Field(
        default=None, gt=0, description="It is at least so many percent above the period before."
    )
    at_least: Number = Field(
        default=0, ge=0, description="Falls and rises: the period before must have been at least this."
    )

    @property
    def compares(self) -> bool:
        """Whether each period is compared with the one before."""
        return self.falls_by_percent is not None or self.rises_by_percent is not None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        names = ("under", "over", "falls_by_percent", "rises_by_percent")
        said = [name for name in names if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(names)}; it says {' and '.join(said) or 'none'}")
        self._check_reach(self.periods + (1 if self.compares else 0))
        return self


class Trend(_Periods):
    """The straight line through the values of the latest complete periods, by least squares."""

    operation: Literal["trend"]
    periods: int = Field(default=8, ge=3, le=MOST_PERIODS, description="How many periods the line goes through.")
    result: Literal["slope", "percent", "fit"] = Field(
        default="slope",
        description="`slope`: how much it grows a period. `percent`: the slope as a percentage of the mean. `fit`: how "
        "much of the ups and downs the line explains, 0 to 1 (R²).",
    )
    minimum_fit: float = Field(default=0, ge=0, le=1, description="No value where the line explains less (R²).")

    @model_validator(mode="after")
    def _is_within_reach(self) -> Self:
        self._check_reach(self.periods)
        return self


class Ratio(_Strict):
    """One metric over another; as a percentage when the unit is `percent`."""

    operation: Literal["ratio"]
    part: Key
    whole: Key
    zero: Number | None = Field(default=None, description="The value where the whole is 0; null: no value.")
    missing_part: Number | None = Field(
        default=None, description="What counts for the part where it has no value; null: no value."
    )


class Percentile(_Strict):
    """How many percent of the other accounts have a lower value of a metric: 0 for the lowest, 100 for the highest."""

    operation: Literal["percentile"]
    of: Key = Field(description="The metric that is compared.")
    by: Literal["tier", "stage", "industry", "country"] | None = Field(
        default=None, description="Compare only with accounts that have the same."
    )
    within: Condition = Field(
        default="",
        description="Compare only with accounts for which this condition holds, on `tier`, `stage`, `industry`, "
        "`country`, `employees` and metrics; others have no value. Churned accounts are never compared.",
    )


class Tenure(_Strict):
    """Days since the present run of subscriptions began."""

    operation: Literal["tenure"]
    gap_days: int = Field(
        default=31, ge=0, le=400, description="A gap between subscriptions of so many days does not end the run."
    )
    counted_to: Literal["today", "last_day"] = Field(
        default="today",
        description="As for `days_since`: days to today, or to the last day of which anything is known.",
    )


class Expression(_Strict):
    """A calculation with other metrics."""

    operation: Literal["expression"]
    expression: str = Field(
        min_length=1,
        max_length=2000,
        description="Names of metrics, numbers, + - * / and parentheses, and the functions of the reference.",
    )


Operation = Annotated[
    Count | Statistic | Share | DaysSince | Change | Streak | Trend | Ratio | Percentile | Tenure | Expression,
    Field(discriminator="operation"),
]


class Document(_Strict):
    """A metric of one's own."""

    key: Key = Field(description="Its name in conditions, scorecards, expressions and the API.")
    label: str = Field(min_length=1, max_length=60, description="Its name on pages.")
    description: str = Field(min_length=1, max_length=300, description="What it measures, in one sentence.")
    unit: Unit = Unit.COUNT
    direction: Direction = Field(default=Direction.NONE, description="Whether more is better, worse or neither.")
    value: Operation = Field(description="What it is made of; `operation` says how.")

    @model_validator(mode="after")
    def _shares_are_percentages(self) -> Self:
        if isinstance(self.value, Share | Percentile) and self.unit is not Unit.PERCENT:
            raise ValueError(f"the operation {self.value.operation} gives a percentage: say `unit: percent`")
        return self

    def as_dict(self) -> dict[str, Any]:
        """As it is stored: JSON, defaults written out."""
        return self.model_dump(mode="json")
