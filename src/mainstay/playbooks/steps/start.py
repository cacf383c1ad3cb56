"""Another playbook on the same account."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from mainstay.playbooks.commands import Command, StartPlaybook
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.step import Group, Params, Saying, StepType


class StartParams(Params):
    """The key of the playbook. Its own rules say whether the account enters."""

    playbook: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)] = Field(
        description="Its own rules say whether the account enters.", json_schema_extra=hint(choices="playbooks")
    )


def run(params: StartParams, context: Context) -> list[Command]:
    """One start."""
    return [StartPlaybook(params.playbook)]


def objections(params: StartParams, playbook: str) -> Mapping[str, str]:
    """A playbook that starts itself would never end."""
    if params.playbook != playbook:
        return {}
    return {"playbook": f"'{playbook}' would start itself and never end; name another playbook, or set `reentry`"}


def says(params: StartParams, names: Names) -> Saying:
    """Which playbook."""
    return Saying(names.playbook(params.playbook))


STEP = StepType(
    kind="start",
    label="Start a playbook",
    meaning="Starts another playbook on the same account, by that playbook's own rules.",
    params=StartParams,
    run=run,
    says=says,
    objections=objections,
    icon="zap",
    group=Group.WAY,
)
