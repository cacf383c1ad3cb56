"""A pause: for a time, until a date, or until something happens."""

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from mainstay.common.working_time import next_working_time
from mainstay.playbooks.commands import TIMED_OUT, Awaited, Command, End, Ending, WaitFor, WaitUntil
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import counted, listed, sentence
from mainstay.playbooks.step import Duration, Group, Saying, StepType

UNTIL = "Until something else"
_DATES = {"renewal": "its renewal", "signed": "the day it signed", "anniversary": "its anniversary"}


class WaitParams(Duration):
    """For `days`, `hours` and `working_days`; or `until` a day, a `date_of` the account, a `condition`, an `event`.

    `days_before` a date of the account. What may never happen is waited for no longer than `time_out` (30 days when it
    is left out), then `on_time_out` says whether the run goes on. `working_hours`: go on only while the contact, or
    else the account, works.
    """

    conditions: ClassVar[tuple[str, ...]] = ("condition",)

    until: date | None = Field(default=None, title="Until the day", json_schema_extra=hint(section=UNTIL))
    date_of: Literal["renewal", "signed", "anniversary"] | None = Field(
        default=None,
        title="Until a date of the account",
        json_schema_extra=hint(
            labels={"renewal": "Its renewal", "signed": "The day it signed", "anniversary": "Its anniversary"},
            section=UNTIL,
        ),
    )
    days_before: int = Field(
        default=0,
        ge=0,
        le=730,
        description="So many days before that date.",
        json_schema_extra=hint(section=UNTIL, goes_with={"date_of": list(_DATES)}),
    )
    condition: str = Field(
        default="", max_length=4_000, title="Until a condition holds", json_schema_extra=hint(section=UNTIL)
    )
    event: tuple[str, ...] = Field(
        default=(), max_length=20, title="Until an event comes", json_schema_extra=hint(suggest="events", section=UNTIL)
    )
    messages: Literal["own", "any"] = Field(
        default="own",
        title="What became of which messages",
        description="For events such as Email Link Clicked, where this playbook writes to contacts itself.",
        json_schema_extra=hint(
            labels={"own": "Those that this run sent", "any": "Those of other playbooks too"}, section=UNTIL
        ),
    )
    time_out: Duration | None = Field(
        default=None,
        title="At most",
        description="For a condition or an event; 30 days when it is left out.",
        json_schema_extra=hint(section=UNTIL),
    )
    on_time_out: Literal["go_on", "exit"] = Field(
        default="go_on",
        title="When the time is over",
        json_schema_extra=hint(labels={"go_on": "Go on", "exit": "End the run"}, section=UNTIL),
    )
    working_hours: bool = Field(
        default=False, title="Go on only in working hours", description="From 9 to 17 on working days."
    )

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> Self:
        asked = [
            bool(self.days or self.hours or self.working_days),
            self.until is not None,
            self.date_of is not None,
            bool(self.condition.strip()),
            bool(self.event),
        ]
        if sum(asked) > 1:
            raise ValueError("wait for one thing: a time, `until` a day, a `date_of`, a `condition` or an `event`")
        if self.days_before and self.date_of is None:
            raise ValueError("`days_before` belongs to `date_of`")
        if self.messages == "any" and not self.event:
            raise ValueError("`messages` belongs to an `event`")
        if (self.time_out or self.on_time_out == "exit") and not (self.condition.strip() or self.event):
            raise ValueError("`time_out` belongs to a `condition` or an `event`")
        return self


def run(params: WaitParams, context: Context) -> list[Command]:
    """Until then; a date that is over, or is not known, is not waited for."""
    if params.condition.strip() or params.event:
        until = (params.time_out or Duration(days=30)).after(context.now, context.calendar)
        what = Awaited.CONDITION if params.condition.strip() else Awaited.EVENT
        return [WaitFor(what, until, name=params.condition or "\n".join(params.event))]
    until = _until(params, context)
    if params.working_hours:
        until = next_working_time(until, context.calendar)
    return [WaitUntil(until)]


def resume(params: WaitParams, context: Context, outcome: str) -> list[Command]:
    """After a time-out the run may end."""
    commands: list[Command] = []
    if outcome == TIMED_OUT and params.on_time_out == "exit":
        commands.append(End(Ending.EXITED, "What it waited for did not happen"))
    elif params.working_hours:
        commands.append(WaitUntil(next_working_time(context.now, context.calendar)))
    return commands


def _until(params: WaitParams, context: Context) -> datetime:
    if params.until is not None:
        return _begin_of(params.until, context)
    if params.date_of is not None:
        day = _date_of(params, context)
        return context.now if day is None else max(_begin_of(day, context), context.now)
    return params.after(context.now, context.calendar)


def _date_of(params: WaitParams, context: Context) -> date | None:
    before = timedelta(days=params.days_before)
    match params.date_of:
        case "renewal":
            return context.renews_on and context.renews_on - before
        case "signed":
            return context.signed_on and context.signed_on - before
        case _:
            today = context.now.astimezone(context.calendar.zone).date()
            return context.signed_on and next_anniversary(context.signed_on, today + before) - before


def next_anniversary(first: date, day: date) -> date:
    """The first anniversary on or after `day`; of a February 29, the 28th where the year has no other."""
    return next(one for year in (day.year, day.year + 1) if (one := _in_year(first, year)) >= day)


def _in_year(first: date, year: int) -> date:
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _begin_of(day: date, context: Context) -> datetime:
    """When the day begins, where the contact or the account is."""
    return datetime.combine(day, time.min, tzinfo=context.calendar.zone).astimezone(UTC)


def says(params: WaitParams, names: Names) -> Saying:
    """What is waited for; of what may never come also how long, and what then."""
    at_most = ""
    if params.condition.strip() or params.event:
        time = (params.time_out and params.time_out.said) or "30 days"
        at_most = f"at most {time}, then {'the run ends' if params.on_time_out == 'exit' else 'it goes on'}"
    hours = sentence("goes on only in working hours") if params.working_hours else ""
    whose = sentence("messages of other playbooks count too") if params.messages == "any" else ""
    awaited = _awaited_text(params)
    rest = " ".join(part for part in (sentence(at_most), whose, hours) if part)
    return Saying(awaited, rest or ("" if awaited else "For no time yet."))


def _awaited_text(params: WaitParams) -> str:
    """`7 days`, `Until 30 days before its renewal`; empty for no time at all."""
    if params.event:
        names = listed([f"“{one}”" for one in params.event], word="or")
        return f"Until the event {names} comes"
    if condition := params.condition.strip():
        return f"Until this holds: {condition}"
    if params.date_of is not None:
        before = f"{counted(params.days_before, 'day')} before " if params.days_before else ""
        return f"Until {before}{_DATES[params.date_of]}"
    return f"Until {params.until:%-d %B %Y}" if params.until is not None else params.said


STEP = StepType(
    kind="wait",
    label="Wait",
    meaning="Lets time pass: so long, until a date, or until a condition holds or an event comes.",
    params=WaitParams,
    run=run,
    resume=resume,
    outcomes=("happened", "timed_out"),
    outcome_words={"happened": "it happened in time", "timed_out": "the time was over"},
    says=says,
    icon="clock",
    group=Group.WAY,
)
