"""What a step type is. Each file in `steps/` declares one as `STEP`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from mainstay.common.working_time import Calendar, add_working_days
from mainstay.playbooks.commands import Command, Speaks
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import counted, in_words, listed
from mainstay.playbooks.templates import check

NEEDED = "needed"

Template = Annotated[str, Field(min_length=1), AfterValidator(check)]
"""A text in Liquid, tried when the playbook is published."""

Maybe = Annotated[str, AfterValidator(check)]
"""The same, and may be empty."""

Line = Annotated[Template, Field(json_schema_extra=hint(lines=1))]
"""The same, of one line: a title, a subject."""


def still_needed(what: str) -> PydanticCustomError:
    """For validators to raise where something (`a person`) is not said yet: no mistake while a draft is written."""
    return PydanticCustomError(NEEDED, "still needed: {what}", {"what": what})


class Group(StrEnum):
    """Under which heading an editor offers a step type."""

    PEOPLE = "Work for people"
    MESSAGES = "Messages"
    ACCOUNT = "The account"
    WAY = "Time and ways"
    OTHER = "More"


class Params(BaseModel):
    """What a step can be told. The form, the JSON schema and the docs come from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
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

    @property
    def said(self) -> str:
        """`2 working days and 4 hours`; empty for no time at all."""
        parts = ((self.days, "day"), (self.working_days, "working day"), (self.hours, "hour"))
        return listed([counted(number, noun) for number, noun in parts if number], word="and")


@dataclass(frozen=True)
class Saying:
    """What a step does, in words: what it is called (its title or subject, as it was written), and a sentence with the
    rest of it. Either may be empty.
    """

    title: str = ""
    rest: str = ""


def title_only(params: Params, names: Names) -> Saying:
    """What a step says that has no words of its own: its title."""
    titles = (getattr(params, name, "") for name in ("title", "subject", "text"))
    return Saying(next((title for title in titles if isinstance(title, str) and title), ""))


def go_on(params: Params, context: Context, outcome: str) -> list[Command]:
    """What most steps do when what they waited for came: nothing more."""
    return []


def no_objections(params: Params, playbook: str) -> Mapping[str, str]:
    """What most steps have against what they are told: nothing that the parameters do not say."""
    return {}


def never(params: Params) -> bool:
    """Most steps are as good for an account as for a contact."""
    return False


def to_nobody(params: Params) -> str:
    """Most steps write to no contact."""
    return ""


@dataclass(frozen=True)
class StepType[P: Params]:
    """A kind of step. `run` touches nothing: values in, commands out.

    A step that gave `WaitFor` is asked again by `resume`, with the outcome: what happened (`happened`, `done`,
    `dismissed`) or `timed_out`. `outcomes` are the words a branch may ask for `after` it.
    `icon` is one of the sprite's, `group` the heading under which an editor offers it.
    `objections` gives the reason by the name of each parameter that cannot be published in the playbook of this key;
    what was published earlier still runs. `needs_contact`: what it is told asks for a run about a contact.
    `writes_over`: the channel over which it writes to contacts, so that receipts come back; empty where it does not.
    `says` puts it in words, also what is not finished yet: what is missing then is empty. `outcome_words`: what its
    outcomes are called, where the word itself would not be understood.
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
    writes_over: Callable[[P], str] = to_nobody
    icon: str = "sparkles"
    group: Group = Group.OTHER
    says: Callable[[P, Names], Saying] = title_only
    outcome_words: Mapping[str, str] = field(default_factory=dict)

    def came_to(self, outcome: str) -> str:
        """What an outcome is called."""
        return self.outcome_words.get(outcome, in_words(outcome))
