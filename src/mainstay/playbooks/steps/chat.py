"""A message in a chat."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from mainstay.playbooks.commands import Command, SendToTarget, Speaks
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import sentence
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType, Template
from mainstay.playbooks.templates import render


class ChatParams(Params):
    """`target` is the key of a chat that an administrator added: of Slack, Mattermost, or Microsoft Teams."""

    targets: ClassVar[Mapping[str, Speaks]] = {"target": Speaks.TEXTS}

    target: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)] = Field(
        title="Chat",
        description="Administrators add chats under Settings, Targets.",
        json_schema_extra=hint(choices="chats"),
    )
    title: Line
    text: Template = Field(description="A link to the account is added. Nobody is called by an @ in it.")


def run(params: ChatParams, context: Context) -> list[Command]:
    """One message."""
    title, text = render(params.title, context)[:300], render(params.text, context)
    return [SendToTarget(params.target, Speaks.TEXTS, subject=title, text=text)]


def says(params: ChatParams, names: Names) -> Saying:
    """To which chat."""
    return Saying(params.title, sentence(f"to the chat “{names.target(params.target)}”" if params.target else ""))


STEP = StepType(
    kind="chat",
    label="Chat message",
    meaning="Writes to a channel of Slack, Mattermost or Microsoft Teams, with a link to the account.",
    params=ChatParams,
    run=run,
    says=says,
    icon="message-square",
    group=Group.MESSAGES,
)
