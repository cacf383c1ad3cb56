"""An e-mail to our own people."""

from typing import Literal

from mainstay.playbooks.commands import Command, RequestDelivery
from mainstay.playbooks.context import Context
from mainstay.playbooks.step import Params, StepType, Template
from mainstay.playbooks.templates import as_html, render


class EmailParams(Params):
    """`to: owner` goes to the managers when nobody owns the account."""

    to: Literal["owner", "managers"] = "owner"
    subject: Template
    text: Template


def run(params: EmailParams, context: Context) -> list[Command]:
    """One message per recipient; none when there is nobody."""
    people = context.managers if params.to == "managers" or context.owner is None else (context.owner,)
    text = render(params.text, context)
    return [
        RequestDelivery(
            channel="email",
            recipient=person.email,
            subject=render(params.subject, context),
            text=text,
            html=as_html(text),
        )
        for person in people
    ]


STEP = StepType(
    kind="email",
    label="E-mail",
    meaning="Writes to the owner of the account, or to the managers.",
    params=EmailParams,
    run=run,
)
