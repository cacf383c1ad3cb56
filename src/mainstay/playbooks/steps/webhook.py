"""An event to another system."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from mainstay.playbooks.commands import Command, SendToTarget, Speaks
from mainstay.playbooks.context import Context
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import counted, sentence
from mainstay.playbooks.step import Group, Params, Saying, StepType, Template
from mainstay.playbooks.templates import render

_MOST_LETTERS = 10_000


class WebhookParams(Params):
    """`target` is the key of one that an administrator added. `data`: texts of your own, each under its name."""

    targets: ClassVar[Mapping[str, Speaks]] = {"target": Speaks.EVENTS}

    target: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)] = Field(
        description="Administrators add targets under Settings, Targets.", json_schema_extra=hint(choices="webhooks")
    )
    event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=100)] = Field(
        description="Its type, as the receiver knows it: account.at_risk."
    )
    data: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)], Template] = Field(
        default_factory=dict, max_length=30, description="Texts of your own, each under its name."
    )


def run(params: WebhookParams, context: Context) -> list[Command]:
    """One event. Its body is made now and stays the same over attempts."""
    event = {
        "type": params.event,
        "timestamp": context.now.isoformat().replace("+00:00", "Z"),
        "data": {
            "account": vars(context.account),
            "contact": _contact(context),
            "signal": _signal(context),
            "run": {"id": context.run.id, "playbook": context.run.key, "name": context.run.playbook},
            "why": context.run.why,
            "values": {name: render(text, context)[:_MOST_LETTERS] for name, text in params.data.items()},
        },
    }
    text = json.dumps(event, ensure_ascii=False)
    return [SendToTarget(params.target, Speaks.EVENTS, subject=params.event, text=text)]


def _contact(context: Context) -> Mapping[str, Any] | None:
    return vars(context.contact) if context.contact is not None else None


def _signal(context: Context) -> Mapping[str, Any] | None:
    signal = context.signal
    if not signal.kind:
        return None
    opened_at = signal.opened_at.isoformat().replace("+00:00", "Z")
    return {**vars(signal), "evidence": list(signal.evidence), "opened_at": opened_at}


def says(params: WebhookParams, names: Names) -> Saying:
    """Which event, and to whom."""
    to = f"to “{names.target(params.target)}”" if params.target else ""
    own = f"with {counted(len(params.data), 'text')} of your own" if params.data else ""
    return Saying(params.event, sentence(to, own))


STEP = StepType(
    kind="webhook",
    label="Webhook",
    meaning="Sends an event about the account to another system, signed.",
    params=WebhookParams,
    run=run,
    says=says,
    icon="plug",
    group=Group.MESSAGES,
)
