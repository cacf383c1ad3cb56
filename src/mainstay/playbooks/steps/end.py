"""The end of the run, before the last step."""

from pydantic import Field

from mainstay.playbooks.commands import Command, End, Ending
from mainstay.playbooks.context import Context
from mainstay.playbooks.naming import Names
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType
from mainstay.playbooks.templates import render


class EndParams(Params):
    """The reason, in a few words: it stands with the run. Its open tasks stay."""

    reason: Line = Field(description="In a few words: it stands with the run.")


def run(params: EndParams, context: Context) -> list[Command]:
    """The end; a very long reason is cut where it is written."""
    return [End(Ending.EXITED, render(params.reason, context))]


def says(params: EndParams, names: Names) -> Saying:
    """The reason."""
    return Saying(params.reason)


STEP = StepType(
    kind="end",
    label="End",
    meaning="Ends the run with a reason; the steps after it are left out.",
    params=EndParams,
    run=run,
    says=says,
    icon="log-out",
    group=Group.WAY,
)
