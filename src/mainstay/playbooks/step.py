"""What a step type is. Each file in `steps/` declares one as `STEP`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mainstay.playbooks.commands import Command
from mainstay.playbooks.context import Context
from mainstay.playbooks.templates import check

Template = Annotated[str, Field(min_length=1), AfterValidator(check)]
"""A text in Liquid, tried when the playbook is published."""


class Params(BaseModel):
    """What a step can be told. The form, the JSON schema and the docs come from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Duration(Params):
    """Days and hours, added up."""

    days: float = Field(default=0, ge=0, le=3650)
    hours: float = Field(default=0, ge=0, le=87_600)

    @property
    def length(self) -> timedelta:
        """The sum."""
        return timedelta(days=self.days, hours=self.hours)


@dataclass(frozen=True)
class StepType[P: Params]:
    """A kind of step. `run` touches nothing: values in, commands out."""

    kind: str
    label: str
    meaning: str
    params: type[P]
    run: Callable[[P, Context], list[Command]]
