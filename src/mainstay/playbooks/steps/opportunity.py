"""A record with an owner and a state: a chance to expand, a renewal at risk, a hand-over."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mainstay.opportunities.states import DECISIONS, KIND_NAMES, Kind
from mainstay.playbooks.assigning import LABELS, Role, assigned_text, assignee, check_person
from mainstay.playbooks.commands import TIMED_OUT, Awaited, Command, OpenOpportunity, WaitFor
from mainstay.playbooks.context import Context
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import sentence
from mainstay.playbooks.step import Duration, Group, Line, Maybe, Params, Saying, StepType, Template
from mainstay.playbooks.templates import render

# A number as people and texts write it: 12000, 12,000.50, $148,000.
_AMOUNT = re.compile(r"[^\d.,+-]{0,5}(\d{1,3}(?:,\d{3})+|\d{1,13})(\.\d{1,4})?")


class OpportunityParams(Params):
    """`kind`: `expansion` and `renewal_risk` are won or lost, a `handover` is accepted or declined.

    `amount` is in major units of `currency` (that of the reports when it is left out); `unknown` and nothing are none.
    With `wait` the run goes on when it is decided, or when `time_out` (90 days when it is left out) is over.
    """

    people: ClassVar[tuple[str, ...]] = ("person",)

    kind: Literal["expansion", "renewal_risk", "handover"] = Field(
        json_schema_extra=hint(labels={kind.value: name for kind, name in KIND_NAMES.items()})
    )
    title: Line = Field(description="What it is about, in a line.")
    why: Template = Field(description="The reason, for whoever works on it.")
    amount: Annotated[Maybe, Field(max_length=200)] = Field(
        default="", description="A number, or a text that gives one.", json_schema_extra=hint(lines=1)
    )
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = Field(
        default="", description="ISO 4217, as EUR; that of the reports when it is left out."
    )
    assign: Role = Field(default="owner", title="For", json_schema_extra=hint(labels=LABELS))
    person: Annotated[str, Field(max_length=254)] = Field(
        default="", json_schema_extra=hint(choices="users", goes_with={"assign": ["person"]})
    )
    wait: bool = Field(default=False, title="Wait until it is decided")
    time_out: Duration | None = Field(
        default=None, title="Wait at most", json_schema_extra=hint(goes_with={"wait": [True]})
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_person(self.assign, self.person)
        if self.time_out is not None and not self.wait:
            raise ValueError("`time_out` belongs to `wait: true`")
        return self


def run(params: OpportunityParams, context: Context) -> list[Command]:
    """One opportunity, and perhaps the wait for its decision."""
    owner = assignee(params.assign, params.person, context)
    opened = OpenOpportunity(
        kind=Kind(params.kind),
        title=render(params.title, context)[:300],
        why=render(params.why, context),
        owner_id=owner.id if owner else None,
        amount=amount_of(render(params.amount, context)),
        currency=params.currency,
    )
    if not params.wait:
        return [opened]
    until = (params.time_out or Duration(days=90)).after(context.now, context.calendar)
    return [opened, WaitFor(Awaited.DECISION, until)]


def amount_of(text: str) -> Decimal | None:
    """The number of a text, None where it is empty or unknown. Raises StepFailed."""
    if not text or text == "unknown":
        return None
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise StepFailed(f"The amount came out as '{text[:60]}', which is no number from 0 up, like 12000 or $12,000.")
    return Decimal(found[1].replace(",", "") + (found[2] or ""))


def objections(params: OpportunityParams, playbook: str) -> Mapping[str, str]:
    """An amount that is no number whatever the account. A template is filled in later."""
    if "{" in params.amount:
        return {}
    try:
        amount_of(params.amount.strip())
    except StepFailed:
        return {
            "amount": f"'{params.amount}' is no number from 0 up; write 12000, or a text such as {{{{ metric.arr }}}}"
        }
    return {}


def says(params: OpportunityParams, names: Names) -> Saying:
    """What kind, for whom, over how much, and whether it is waited for."""
    kind = KIND_NAMES[Kind(params.kind)] if params.kind else ""
    amount = f"over {params.amount} {params.currency}".strip() if params.amount else ""
    opened = sentence(kind, assigned_text(params.assign, params.person, names), amount)
    time = (params.time_out and params.time_out.said) or "90 days"
    waits = sentence("waits until it is decided", f"at most {time}") if params.wait else ""
    return Saying(params.title, " ".join(part for part in (opened, waits) if part))


STEP = StepType(
    kind="opportunity",
    label="Opportunity",
    meaning="Opens an opportunity, a renewal at risk or a hand-over, with an owner, and may wait until it is decided.",
    params=OpportunityParams,
    run=run,
    outcomes=(*dict.fromkeys(one.value for ways in DECISIONS.values() for one in ways), TIMED_OUT),
    outcome_words={TIMED_OUT: "not decided in time"},
    objections=objections,
    says=says,
    icon="target",
    group=Group.PEOPLE,
)
