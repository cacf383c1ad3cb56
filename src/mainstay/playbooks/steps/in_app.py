"""A message people see while they use the product: a banner, a modal, a tooltip, a checklist, an announcement."""

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mainstay.deliveries.content import IN_APP, Button, Content, Item, Kind, is_safe_link
from mainstay.playbooks.commands import Command, RequestDelivery
from mainstay.playbooks.context import SAMPLE, Context
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.hints import hint
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import in_words, listed, sentence
from mainstay.playbooks.step import Duration, Group, Line, Maybe, Params, Saying, StepType, still_needed
from mainstay.playbooks.templates import render


def _leads_somewhere(template: str) -> str:
    """The template itself. ValueError for pydantic when a browser must not follow what it gives."""
    try:
        _link(template, SAMPLE)
    except StepFailed as error:
        raise ValueError(error.message) from None
    return template


Link = Annotated[Maybe, Field(max_length=2_000, json_schema_extra=hint(lines=1)), AfterValidator(_leads_somewhere)]


class ButtonParams(Params):
    """What it says; where it leads (`https://…`, or `/path` in the product). Without a link it closes the message."""

    label: Annotated[Line, Field(max_length=60, title="It says")]
    link: Annotated[Link, Field(title="It leads to", description="https://… or a path of your product: /projects.")] = (
        ""
    )


class ItemParams(Params):
    """A line of a checklist, perhaps with a link; ticked by the `event` of the reader, else by herself."""

    text: Annotated[Line, Field(max_length=200, title="What to do")]
    link: Annotated[Link, Field(title="Where")] = ""
    event: str = Field(
        default="",
        max_length=200,
        title="Ticked by the event",
        description="Empty: the reader ticks it herself.",
        json_schema_extra=hint(suggest="events"),
    )


class InAppParams(Params):
    """`to: contact` needs a playbook about contacts; with `account` everybody there sees it, or who has a `persona`.

    `selector` is the element a tooltip points at, in CSS; `items` are the lines of a checklist; `at` where a banner
    stands. `category` says what it is about (consent and caps go by it; there are no quiet hours in the app). It is of
    use for `until` after this step, 30 days when it is left out.
    """

    kind: Literal["banner", "modal", "tooltip", "checklist", "announcement"] = Field(
        title="What it is",
        json_schema_extra=hint(
            labels={
                "banner": "A banner across the page",
                "modal": "A window that asks for an answer",
                "tooltip": "A note at an element of the page",
                "checklist": "A checklist",
                "announcement": "A card in the corner",
            }
        ),
    )
    title: Annotated[Line, Field(max_length=300)]
    text: Annotated[Maybe, Field(max_length=4_000, json_schema_extra=hint(lines=3))] = ""
    button: ButtonParams | None = None
    selector: str = Field(
        default="",
        max_length=500,
        title="Points at",
        description="The element, in CSS: #export. Where a page does not have it, the note waits.",
        json_schema_extra=hint(goes_with={"kind": ["tooltip"]}),
    )
    items: Annotated[
        tuple[ItemParams, ...],
        Field(max_length=12, title="Lines", json_schema_extra=hint(goes_with={"kind": ["checklist"]})),
    ] = ()
    at: Literal["top", "bottom"] = Field(
        default="top",
        title="Stands",
        json_schema_extra=hint(
            goes_with={"kind": ["banner"]}, labels={"top": "At the top of the page", "bottom": "At the bottom"}
        ),
    )
    to: Literal["contact", "account"] = Field(
        default="contact",
        json_schema_extra=hint(labels={"contact": "The contact", "account": "Everybody at the account"}),
    )
    persona: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        title="With one of these personas",
        json_schema_extra=hint(suggest="personas", goes_with={"to": ["account"]}),
    )
    category: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)] = Field(
        default="success",
        title="It is about",
        description="Consent and caps go by it. There are no quiet hours in the app.",
        json_schema_extra=hint(choices="categories"),
    )
    until: Duration | None = Field(default=None, title="Of use for", description="30 days when it is left out.")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "tooltip" and not self.selector.strip():
            raise still_needed("the element it points at, as #export (`selector`)")
        if self.kind == "checklist" and not self.items:
            raise still_needed("at least one line (`items`)")
        if self.kind != "tooltip" and self.selector.strip():
            raise ValueError("`selector` says at which element a `tooltip` points (`#export`), and belongs to no other")
        if self.kind != "checklist" and self.items:
            raise ValueError("`items` are the lines of a `checklist`, and belong to no other")
        if self.persona and self.to != "account":
            raise ValueError("`persona` chooses among the people of an account: say `to: account`")
        if self.until is not None and not (self.until.days or self.until.hours or self.until.working_days):
            raise ValueError("say how long it is of use: `days`, `hours` or `working_days`")
        return self


def run(params: InAppParams, context: Context) -> list[Command]:
    """One message: of the contact, or of everybody at the account."""
    until = params.until or Duration(days=30)
    message = RequestDelivery(
        channel=IN_APP,
        recipient=f"everybody at {context.account.name}",
        subject=render(params.title, context)[:300],
        text=render(params.text, context),
        html="",
        category=params.category,
        content=_content(params, context),
        not_after=until.after(context.now, context.calendar),
        everybody=params.to == "account",
        personas=params.persona,
    )
    return [message if message.everybody else _to_contact(message, context)]


def _to_contact(message: RequestDelivery, context: Context) -> RequestDelivery:
    if context.contact is None or context.contact_id is None:
        raise StepFailed(
            "A message to the contact needs a run about one: say `subject: {contacts: …}` in the playbook, or "
            "`to: account` in the step."
        )
    return replace(message, recipient=context.contact.key, contact_id=context.contact_id)


def _content(params: InAppParams, context: Context) -> Content:
    button = params.button
    return Content(
        kind=Kind(params.kind),
        button=Button(render(button.label, context), _link(button.link, context)) if button else None,
        selector=params.selector.strip(),
        items=tuple(
            Item(render(item.text, context), _link(item.link, context), item.event.strip()) for item in params.items
        ),
        at=params.at,
    )


def _link(template: str, context: Context) -> str:
    """The address, filled in. StepFailed for what a browser must not follow."""
    link = render(template, context)
    if link and not is_safe_link(link):
        raise StepFailed(f"'{link[:100]}' leads nowhere; use an address that begins with https://, mailto: or /.")
    return link


def says(params: InAppParams, names: Names) -> Saying:
    """What it looks like, who sees it, and for how long."""
    until = params.until.said if params.until else ""
    return Saying(params.title, sentence(_looks(params), _for_whom(params), f"of use for {until or '30 days'}"))


def _looks(params: InAppParams) -> str:
    match params.kind:
        case "banner":
            return f"a banner at the {params.at} of the page"
        case "modal":
            return "a window that asks for an answer"
        case "tooltip":
            return f"a note at {params.selector or 'an element of the page'}"
        case "checklist":
            return f"a checklist of {len(params.items)}" if params.items else "a checklist"
        case "announcement":
            return "a card in the corner"
        case _:  # not said yet
            return ""


def _for_whom(params: InAppParams) -> str:
    if params.to == "contact":
        return "for the contact"
    who = listed([in_words(one) for one in params.persona], word="or")
    return f"for everybody at the account{f' who is {who}' if who else ''}"


STEP = StepType(
    kind="in_app",
    label="In-app message",
    meaning="Shows a banner, a modal, a tooltip, a checklist or an announcement to people while they use the product.",
    params=InAppParams,
    run=run,
    says=says,
    needs_contact=lambda params: params.to == "contact",
    writes_over=lambda params: IN_APP,
    icon="megaphone",
    group=Group.MESSAGES,
)
