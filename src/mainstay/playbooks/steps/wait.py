"""A pause."""

from mainstay.playbooks.commands import Command, WaitUntil
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Duration, StepType


def run(params: Duration, context: Context) -> list[Command]:
    """Go on `params` after now."""
    return [WaitUntil(context.now + params.length)]


STEP = StepType(
    kind="wait",
    label="Wait",
    meaning="Lets days or hours pass before the next step.",
    params=Duration,
    run=run,
)
