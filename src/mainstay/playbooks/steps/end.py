"""The end of the run, before the last step."""

from mainstay.playbooks.commands import Command, End, Ending
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Params, StepType, Template
from mainstay.playbooks.templates import render


class EndParams(Params):
    """The reason, in a few words: it stands with the run. Its open tasks stay."""

    reason: Template


def run(params: EndParams, context: Context) -> list[Command]:
    """The end; a very long reason is cut where it is written."""
    return [End(Ending.EXITED, render(params.reason, context))]


STEP = StepType(
    kind="end",
    label="End",
    meaning="Ends the run with a reason; the steps after it are left out.",
    params=EndParams,
    run=run,
)
