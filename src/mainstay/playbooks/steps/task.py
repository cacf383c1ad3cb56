"""A task for a person."""

from typing import Literal

from mainstay.playbooks.commands import Command, OpenTask
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Duration, Params, StepType, Template
from mainstay.playbooks.templates import render


class TaskParams(Params):
    """`assign: nobody` leaves the task for whoever takes it; so does an account without an owner."""

    title: Template
    why: Template
    due_in: Duration
    assign: Literal["owner", "nobody"] = "owner"


def run(params: TaskParams, context: Context) -> list[Command]:
    """One task, due `due_in` after now."""
    owner = context.owner if params.assign == "owner" else None
    return [
        OpenTask(
            owner_id=owner.id if owner else None,
            title=render(params.title, context)[:300],
            why=render(params.why, context),
            due_at=params.due_in.after(context.now, context.owner_calendar),
        )
    ]


STEP = StepType(
    kind="task",
    label="Task",
    meaning="Opens a task for the owner of the account, with the why and a due time.",
    params=TaskParams,
    run=run,
)
