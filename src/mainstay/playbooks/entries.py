"""What lets an account into a playbook: a tagged union, told apart by `by`."""

from datetime import date
from typing import Annotated, Literal, Self, assert_never

from pydantic import Field, model_validator

from mainstay.metrics.own.document import EventName, Events, Property, Word
from mainstay.playbooks.hints import hint
from mainstay.playbooks.step import still_needed
from mainstay.playbooks.tree import KEY, Strict


class OnSignal(Strict):
    """A signal of this kind is open; closed and snoozed ones let nobody in."""

    by: Literal["signal"] = "signal"
    kind: str = Field(pattern=KEY, max_length=60, title="Signal", json_schema_extra=hint(choices="signal_kinds"))


class OnSegment(Strict):
    """The account enters a shared segment. `present`: those that are in it already enter too."""

    by: Literal["segment"] = "segment"
    segment: str = Field(pattern=KEY, max_length=60, json_schema_extra=hint(choices="segments"))
    present: bool = Field(default=False, title="Also those that are in it already")


class OnStage(Strict):
    """The account enters a lifecycle stage."""

    by: Literal["stage"] = "stage"
    stage: str = Field(min_length=1, max_length=50, json_schema_extra=hint(suggest="stages"))


class OnDate(Strict):
    """So many days before or after a date of the account; neither: the day itself. An anniversary is each year."""

    by: Literal["date"] = "date"
    of: Literal["renewal", "signed", "anniversary"] = Field(
        title="Which date",
        json_schema_extra=hint(
            labels={"renewal": "Its renewal", "signed": "The day it signed", "anniversary": "Its anniversary"}
        ),
    )
    days_before: int = Field(default=0, ge=0, le=730)
    days_after: int = Field(default=0, ge=0, le=730)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.days_before and self.days_after:
            raise ValueError("say either `days_before` or `days_after`")
        return self

    @property
    def offset(self) -> int:
        """Days after the date; negative before it."""
        return self.days_after - self.days_before


class OnRhythm(Strict):
    """Again and again: each week (day 1 is Monday), each month or each quarter (of its first month), on a day of it.

    Who churned has no rhythm.
    """

    by: Literal["rhythm"] = "rhythm"
    every: Literal["week", "month", "quarter"]
    day: int = Field(default=1, ge=1, le=28, description="Of the week 1 to 7, of the month or quarter 1 to 28.")

    @model_validator(mode="after")
    def _day_is_of_it(self) -> Self:
        if self.every == "week" and self.day > 7:
            raise ValueError("a week has the days 1 (Monday) to 7")
        return self

    def falls_on(self, day: date) -> bool:
        """Whether this is one of its days."""
        match self.every:
            case "week":
                return day.isoweekday() == self.day
            case "month":
                return day.day == self.day
            case "quarter":
                return day.day == self.day and day.month % 3 == 1
            case _:
                assert_never(self.every)


class OnEvent(Events):
    """A product event comes: one of `events`, for which `where` (over `properties`) holds."""

    by: Literal["event"] = "event"
    events: tuple[EventName, ...] = Field(
        default=(),
        max_length=50,
        title="One of these events",
        json_schema_extra=hint(suggest="events"),
    )
    properties: dict[Word, Property] = Field(
        default_factory=dict,
        max_length=12,
        title="Properties it asks for",
        description="Each property that stands in the condition above, with what it is.",
    )

    @model_validator(mode="after")
    def _names_an_event(self) -> Self:
        if not self.events:
            raise still_needed("at least one event (`events`)")
        return self


class OnAnswer(Strict):
    """A survey is answered, with a score in a range (both ends included)."""

    by: Literal["answer"] = "answer"
    survey: Literal["nps", "csat", "ces"] = Field(
        json_schema_extra=hint(labels={"nps": "NPS", "csat": "CSAT", "ces": "CES"})
    )
    at_least: float | None = Field(default=None, title="Score from")
    at_most: float | None = Field(default=None, title="Score to")


class ByHand(Strict):
    """Only people and the API start it."""

    by: Literal["hand"] = "hand"


Entry = Annotated[
    OnSignal | OnSegment | OnStage | OnDate | OnRhythm | OnEvent | OnAnswer | ByHand,
    Field(
        discriminator="by",
        title="Starts when",
        json_schema_extra=hint(
            labels={
                "signal": "A signal is open",
                "segment": "The account enters a segment",
                "stage": "The account enters a stage",
                "date": "A date comes",
                "rhythm": "Again and again",
                "event": "A product event comes",
                "answer": "A survey is answered",
                "hand": "Somebody starts it",
            }
        ),
    ),
]
