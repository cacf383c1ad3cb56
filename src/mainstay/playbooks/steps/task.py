"""A task for a person."""

from typing import Annotated, ClassVar, Literal, Self, assert_never

from pydantic import Field, model_validator

from mainstay.playbooks.commands import Command, OpenTask
from mainstay.playbooks.context import Context, Person
from mainstay.playbooks.hints import hint
from mainstay.playbooks.step import Duration, Group, Line, Maybe, Params, StepType, Template
from mainstay.playbooks.templates import render


class TaskParams(Params):
    """`assign: nobody` leaves the task for whoever takes it; so does an account without an owner.

    `onboarding_specialist` and `technical_account_manager` are attributes of the account with the e-mail of a user;
    where nobody has the role, the owner gets the task. `manager`: the manager, where there is one. `person`: an e-mail.
    """

    people: ClassVar[tuple[str, ...]] = ("person",)

    title: Line = Field(description="What is to be done, in a line.")
    why: Template = Field(description="The reason, for whoever does it.")
    due_in: Duration = Field(title="Due in")
    assign: Literal["owner", "onboarding_specialist", "technical_account_manager", "manager", "person", "nobody"] = (
        Field(
            default="owner",
            title="For",
            json_schema_extra=hint(
                labels={
                    "owner": "The owner of the account",
                    "manager": "The manager",
                    "person": "A person",
                    "nobody": "Whoever takes it",
                }
            ),
        )
    )
    person: Annotated[str, Field(max_length=254, description="Where it is for a person: the e-mail of a user.")] = (
        Field(default="", json_schema_extra=hint(choices="users"))
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
        if (self.assign == "person") != bool(self.person.strip()):
            raise ValueError("`person` (an e-mail) says who it is with `assign: person`, and with no other")
        return self


def run(params: TaskParams, context: Context) -> list[Command]:
    """One task, due `due_in` after now. A person who left since the playbook was published leaves it to whoever takes
    it.
    """
    owner = _assignee(params, context)
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


def _assignee(params: TaskParams, context: Context) -> Person | None:
    match params.assign:
        case "owner":
            return context.owner
        case "onboarding_specialist" | "technical_account_manager":
            return context.member(params.assign) or context.owner
        case "manager":
            return context.only_manager
        case "person":
            return context.colleague(params.person)
        case "nobody":
            return None
        case _:
            assert_never(params.assign)


STEP = StepType(
    kind="task",
    label="Task",
    meaning="Opens a task for a person, with the why, a due time, a checklist and what to say.",
    params=TaskParams,
    run=run,
    icon="check-square",
    group=Group.PEOPLE,
)
