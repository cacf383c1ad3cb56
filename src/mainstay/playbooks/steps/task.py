"""A task for a person."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from mainstay.playbooks.assigning import LABELS, Role, assigned_text, assignee, check_person
from mainstay.playbooks.commands import Command, OpenTask
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import sentence
from mainstay.playbooks.step import Duration, Group, Line, Maybe, Params, Saying, StepType, Template
from mainstay.playbooks.templates import render


class TaskParams(Params):
    """`assign: nobody` leaves the task for whoever takes it; so does an account without an owner."""

    people: ClassVar[tuple[str, ...]] = ("person",)

    title: Line = Field(description="What is to be done, in a line.")
    why: Template = Field(description="The reason, for whoever does it.")
    due_in: Duration = Field(title="Due in")
    assign: Role = Field(default="owner", title="For", json_schema_extra=hint(labels=LABELS))
    person: Annotated[str, Field(max_length=254)] = Field(
        default="", json_schema_extra=hint(choices="users", goes_with={"assign": ["person"]})
    )
    checklist: Annotated[
        tuple[Annotated[Template, Field(max_length=300)], ...],
        Field(
            max_length=30,
            description="What is to be ticked off on the way.",
            json_schema_extra=hint(section="Checklist and talk track"),
        ),
    ] = ()
    talk_track: Annotated[
        Maybe,
        Field(
            max_length=10_000,
            description="What to say, for whoever calls.",
            json_schema_extra=hint(section="Checklist and talk track"),
        ),
    ] = ""

    @model_validator(mode="after")
    def _person_is_said(self) -> Self:
        check_person(self.assign, self.person)
        return self


def run(params: TaskParams, context: Context) -> list[Command]:
    """One task, due `due_in` after now."""
    owner = assignee(params.assign, params.person, context)
    items = (render(item, context)[:300] for item in params.checklist)
    return [
        OpenTask(
            owner_id=owner.id if owner else None,
            title=render(params.title, context)[:300],
            why=render(params.why, context),
            due_at=params.due_in.after(context.now, context.owner_calendar),
            checklist=tuple(item for item in items if item),
            talk_track=render(params.talk_track, context),
        )
    ]


def says(params: TaskParams, names: Names) -> Saying:
    """For whom, until when, and what helps."""
    due = f"due in {params.due_in.said}" if params.due_in.said else ""
    checklist = f"with a checklist of {len(params.checklist)}" if params.checklist else ""
    return Saying(params.title, sentence(assigned_text(params.assign, params.person, names), due, checklist))


STEP = StepType(
    kind="task",
    label="Task",
    meaning="Opens a task for a person, with the why, a due time, a checklist and what to say.",
    params=TaskParams,
    run=run,
    says=says,
    icon="check-square",
    group=Group.PEOPLE,
)
