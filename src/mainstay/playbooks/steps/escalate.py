"""The managers are told, and given the task."""

from typing import Annotated

from pydantic import Field

from mainstay.common.working_time import add_working_hours
from mainstay.playbooks.commands import Command, OpenTask, RequestDelivery
from mainstay.playbooks.context import Context
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import counted, sentence
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType, Template
from mainstay.playbooks.templates import as_html, render


class EscalateParams(Params):
    """Due `within_working_hours`, counted where the contact or the account is. Where there are several managers, the
    task belongs to whoever takes it; the mail goes to each.
    """

    title: Line
    reason: Template
    within_working_hours: Annotated[float, Field(gt=0, le=400)] = Field(
        default=8, description="Until when, counted from 9 to 17 on working days."
    )


def run(params: EscalateParams, context: Context) -> list[Command]:
    """One task with the reason, and one mail to each manager; only the task when there is nobody."""
    title, reason = render(params.title, context)[:300], render(params.reason, context)
    due_at = add_working_hours(context.now, params.within_working_hours, context.calendar)
    manager = context.only_manager
    due = f"{due_at.astimezone(context.calendar.zone):%Y-%m-%d, %H:%M} ({context.calendar.zone.key})"
    text = f"{reason}\n\nDue {due}.\n{context.account.link}"
    return [
        OpenTask(owner_id=manager.id if manager else None, title=title, why=reason, due_at=due_at),
        *(
            RequestDelivery(channel="email", recipient=one.email, subject=title, text=text, html=as_html(text))
            for one in context.managers
        ),
    ]


def says(params: EscalateParams, names: Names) -> Saying:
    """To whom, and until when."""
    return Saying(
        params.title, sentence("for the managers", f"due within {counted(params.within_working_hours, 'working hour')}")
    )


STEP = StepType(
    kind="escalate",
    label="Escalation",
    meaning="Gives the managers a task with the reason, due in working hours, and writes to each of them.",
    params=EscalateParams,
    run=run,
    says=says,
    icon="flag",
    group=Group.PEOPLE,
)
