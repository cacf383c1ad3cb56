"""What a step type is. Each file in `steps/` declares one as `STEP`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mainstay.common.working_time import Calendar, add_working_days
from mainstay.playbooks.commands import Command, Speaks
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.templates import check

Template = Annotated[str, Field(min_length=1), AfterValidator(check)]
"""A text in Liquid, tried when the playbook is published."""

Maybe = Annotated[str, AfterValidator(check)]
"""The same, and may be empty."""

Line = Annotated[Template, Field(json_schema_extra=hint(lines=1))]
"""The same, of one line: a title, a subject."""


class Group(StrEnum):
    """Under which heading an editor offers a step type."""

    PEOPLE = "Work for people"
    MESSAGES = "Messages"
    ACCOUNT = "The account"
    WAY = "Time and ways"
    OTHER = "More"


class Params(BaseModel):
    """What a step can be told. The form, the JSON schema and the docs come from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    conditions: ClassVar[tuple[str, ...]] = ()
    """The names of those that are conditions on the account: checked when the playbook is published."""
    people: ClassVar[tuple[str, ...]] = ()
    """The names of those that are the e-mail of a user who can be given work; empty ones name nobody."""
    targets: ClassVar[Mapping[str, Speaks]] = {}
    """The names of those that are the key of a target, and what it must take."""


class Duration(Params):
    """Days and hours, added up; then working days of whoever it is about, without weekends and public holidays."""

    days: float = Field(default=0, ge=0, le=3650, title="days")
    hours: float = Field(default=0, ge=0, le=87_600, title="hours")
    working_days: int = Field(default=0, ge=0, le=365, title="working days")

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """The instant this much later."""
        later = start + timedelta(days=self.days, hours=self.hours)
        return add_working_days(later, self.working_days, calendar) if self.working_days else later


def go_on(params: Params, context: Context, outcome: str) -> list[Command]:
    """What most steps do when what they waited for came: nothing more."""
    return []


def no_objections(params: Params, playbook: str) -> Mapping[str, str]:
    """What most steps have against what they are told: nothing that the parameters do not say."""
    return {}


def never(params: Params) -> bool:
    """Most steps are as good for an account as for a contact."""
    return False


@dataclass(frozen=True)
class StepType[P: Params]:
    """A kind of step. `run` touches nothing: values in, commands out.

    A step that gave `WaitFor` is asked again by `resume`, with the outcome: what happened (`happened`, `done`,
    `dismissed`) or `timed_out`. `outcomes` are the words a branch may ask for `after` it.
    `icon` is one of the sprite's, `group` the heading under which an editor offers it.
    `objections` gives the reason by the name of each parameter that cannot be published in the playbook of this key;
    what was published earlier still runs. `needs_contact`: what it is told asks for a run about a contact.
    """

    kind: str
    label: str
    meaning: str
    params: type[P]
    run: Callable[[P, Context], list[Command]]
    resume: Callable[[P, Context, str], list[Command]] = go_on
    outcomes: tuple[str, ...] = ()
    objections: Callable[[P, str], Mapping[str, str]] = no_objections
    needs_contact: Callable[[P], bool] = never
    icon: str = "sparkles"
    group: Group = Group.OTHER
