"""A person is asked to approve what comes next."""

from typing import Literal

from pydantic import Field, field_validator

from mainstay.playbooks.commands import (
    DISMISSED,
    DONE,
    TIMED_OUT,
    Awaited,
    Command,
    OpenTask,
    RequestDelivery,
    WaitFor,
)
from mainstay.playbooks.context import Context, Person
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import sentence
from mainstay.playbooks.step import Duration, Group, Line, Params, Saying, StepType, Template, still_needed
from mainstay.playbooks.templates import as_html, render


class ApproveParams(Params):
    """`ask: owner` asks the managers when nobody owns the account. After `time_out` the run goes on unapproved.

    Nobody but who was asked, or a manager, can answer. The task is due at the time-out. One that several managers may
    take belongs to none of them, and is mailed to each.
    """

    title: Line
    why: Template
    time_out: Duration = Field(title="Wait at most", description="Then the run goes on without an answer.")
    ask: Literal["owner", "managers"] = Field(
        default="owner",
        json_schema_extra=hint(labels={"owner": "The owner of the account", "managers": "The managers"}),
    )

    @field_validator("time_out")
    @classmethod
    def _leaves_time(cls, value: Duration) -> Duration:
        if not (value.days or value.hours or value.working_days):
            raise still_needed("how long to wait for the answer (`days`, `hours`, `working_days`)")
        return value


def run(params: ApproveParams, context: Context) -> list[Command]:
    """One task, and the run waits until it is closed or due."""
    is_for_owner = params.ask == "owner" and context.owner is not None
    person = context.owner if is_for_owner else context.only_manager
    calendar = context.owner_calendar if is_for_owner else context.calendar
    until = params.time_out.after(context.now, calendar)
    title, why = render(params.title, context)[:300], render(params.why, context)
    mailed = context.managers if person is None else ()
    return [
        OpenTask(owner_id=person.id if person else None, title=title, why=why, due_at=until, is_approval=True),
        *(_mail(one, title, f"{why}\n\n{context.account.link}") for one in mailed),
        WaitFor(Awaited.TASKS, until),
    ]


def _mail(person: Person, subject: str, text: str) -> RequestDelivery:
    return RequestDelivery(channel="email", recipient=person.email, subject=subject, text=text, html=as_html(text))


def says(params: ApproveParams, names: Names) -> Saying:
    """Who is asked, and how long."""
    who = "asks the managers" if params.ask == "managers" else "asks the owner of the account"
    time = params.time_out.said
    return Saying(params.title, sentence(who, f"and goes on without an answer after {time}" if time else ""))


STEP = StepType(
    kind="approve",
    label="Approval",
    meaning="Asks the owner or the managers to approve what comes next, and waits for the answer.",
    params=ApproveParams,
    run=run,
    outcomes=(DONE, DISMISSED, TIMED_OUT),
    outcome_words={DONE: "approved", DISMISSED: "declined", TIMED_OUT: "no answer in time"},
    says=says,
    icon="user-round-check",
    group=Group.PEOPLE,
)
