"""A change of the account."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from mainstay.playbooks.commands import ChangeAccount, Command
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType
from mainstay.playbooks.templates import render

CHOSEN = ("stage", "tier")
MOST_LETTERS = 50
"""Of a stage and a tier."""
KEPT = frozenset({
    "id", "key", "name", "domain", "industry", "country", "employees", "tier", "stage", "parent", "owner", "signed_on",
    "churned_on", "attributes", "created_at", "updated_at",
})  # fmt: skip
"""What an account has of its own: an attribute of the same name would only look as if it had changed."""


class ChangeParams(Params):
    """`field`: `stage`, `tier`, or the name of an attribute of one's own."""

    field: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]*$", max_length=60)] = Field(
        description="`stage`, `tier`, or an attribute of your own.", json_schema_extra=hint(suggest="changeable")
    )
    value: Line = Field(title="Becomes")


def run(params: ChangeParams, context: Context) -> list[Command]:
    """One change; stages and tiers are at most 50 letters."""
    value = render(params.value, context)
    return [ChangeAccount(field=params.field, value=value[:MOST_LETTERS] if params.field in CHOSEN else value)]


def objections(params: ChangeParams, playbook: str) -> Mapping[str, str]:
    """Values that no account may take, and fields that a step may not change. A template is filled in later."""
    found: dict[str, str] = {}
    if params.field.lower() in KEPT and params.field not in CHOSEN:
        found["field"] = f"'{params.field}' is not for playbooks; change `stage`, `tier` or an attribute of your own"
    value = params.value
    if not value.strip():
        found["value"] = "it is blank; say what the field is to be"
    elif params.field in CHOSEN and "{" not in value:
        if value != value.strip():
            found["value"] = f"'{value}' begins or ends with a space; write '{value.strip()}'"
        elif len(value) > MOST_LETTERS:
            found["value"] = f"it has {len(value)} letters; a {params.field} has at most {MOST_LETTERS}"
    return found


def says(params: ChangeParams, names: Names) -> Saying:
    """Which field becomes what."""
    return Saying(f"{in_words(params.field).capitalize()} becomes {params.value or '…'}" if params.field else "")


STEP = StepType(
    kind="change",
    label="Change a field",
    meaning="Moves the account to a lifecycle stage, or gives it another tier or attribute.",
    params=ChangeParams,
    run=run,
    says=says,
    objections=objections,
    icon="pencil-line",
    group=Group.ACCOUNT,
)
