"""A change of the account."""

from typing import Annotated

from pydantic import Field

from mainstay.playbooks.commands import ChangeAccount, Command
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Params, StepType, Template
from mainstay.playbooks.templates import render


class ChangeParams(Params):
    """`field`: `stage`, `tier`, or the name of an attribute of one's own."""

    field: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]*$", max_length=60)]
    value: Template


def run(params: ChangeParams, context: Context) -> list[Command]:
    """One change; stages and tiers are at most 50 letters."""
    value = render(params.value, context)
    return [ChangeAccount(field=params.field, value=value[:50] if params.field in ("stage", "tier") else value)]


STEP = StepType(
    kind="change",
    label="Change a field",
    meaning="Moves the account to a lifecycle stage, or gives it another tier or attribute.",
    params=ChangeParams,
    run=run,
)
