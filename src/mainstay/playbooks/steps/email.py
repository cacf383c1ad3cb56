"""An e-mail: to our own people, to the contact the run is about, or to chosen contacts of the account."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mainstay.playbooks.commands import Command, RequestDelivery
from mainstay.playbooks.context import SAMPLE, Context, Person
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.hints import hint
from mainstay.playbooks.letters import Letter, relative_links
from mainstay.playbooks.naming import Names
from mainstay.playbooks.phrases import counted, in_words, listed, sentence
from mainstay.playbooks.step import Group, Line, Params, Saying, StepType, Template, still_needed
from mainstay.playbooks.templates import render, render_letter

CHOSEN = {"to": ["contacts"]}
OUTSIDE = {"to": ["contact", "contacts"]}


class EmailParams(Params):
    """`to: owner` goes to the managers when nobody owns the account; `to: contact` needs a playbook about contacts.

    `to: contacts` goes to `most` contacts of the account with one of `persona` and one of the buying roles `role`.
    To contacts: `category` says what it is about (consent, caps and quiet hours go by it), `sender` who writes.
    A text that comes out empty is not sent: so a mail can say when it has something to say.
    """

    to: Literal["owner", "managers", "contact", "contacts"] = Field(
        default="owner",
        json_schema_extra=hint(
            labels={
                "owner": "The owner of the account",
                "managers": "The managers",
                "contact": "The contact",
                "contacts": "Chosen contacts",
            }
        ),
    )
    persona: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        title="With one of these personas",
        json_schema_extra=hint(suggest="personas", goes_with=CHOSEN),
    )
    role: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        title="With one of these buying roles",
        json_schema_extra=hint(suggest="buying_roles", goes_with=CHOSEN),
    )
    most: int = Field(
        default=1,
        ge=1,
        le=20,
        title="At most",
        description="Chosen contacts, the first by name.",
        json_schema_extra=hint(goes_with=CHOSEN),
    )
    subject: Line
    text: Template = Field(description="A blank line makes a paragraph; addresses become links.")
    category: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=30)] = Field(
        default="success",
        title="It is about",
        description="Consent, caps and quiet hours go by it.",
        json_schema_extra=hint(choices="categories", goes_with=OUTSIDE),
    )
    sender: Literal["company", "owner"] = Field(
        default="company",
        title="From",
        json_schema_extra=hint(
            labels={"company": "The company", "owner": "The owner of the account"}, goes_with=OUTSIDE
        ),
    )

    @model_validator(mode="after")
    def _says_whom(self) -> Self:
        is_chosen = bool(self.persona or self.role)
        if self.to == "contacts" and not is_chosen:
            raise still_needed("at least one persona or buying role to choose contacts by (`persona`, `role`)")
        if is_chosen and self.to != "contacts":
            raise ValueError(
                "`persona` and `role` are only for chosen contacts: say `to: contacts`, or leave them empty"
            )
        return self


def run(params: EmailParams, context: Context) -> list[Command]:
    """One message per recipient; none when there is nobody, or nothing to say."""
    if params.to == "contacts":
        chosen = context.chosen(persona=params.persona, role=params.role, most=params.most)
        return [mail for one in chosen for mail in _to_contact(params, one)]
    if params.to == "contact":
        return _to_contact(params, context)
    subject, letter = _filled_in(params, context)
    if not letter.text:
        return []
    return [
        RequestDelivery(channel="email", recipient=person.email, subject=subject, text=letter.text, html=letter.html)
        for person in _people(params, context)
    ]


def _people(params: EmailParams, context: Context) -> tuple[Person, ...]:
    return context.managers if params.to == "managers" or context.owner is None else (context.owner,)


def _filled_in(params: EmailParams, context: Context) -> tuple[str, Letter]:
    return render(params.subject, context), render_letter(params.text, context)


def _to_contact(params: EmailParams, context: Context) -> list[Command]:
    if context.contact is None or context.contact_id is None:
        raise StepFailed("A mail to the contact needs a run about one: say `subject: {contacts: …}` in the playbook.")
    subject, letter = _filled_in(params, context)
    if not letter.text:
        return []
    mail = RequestDelivery(
        channel="email",
        recipient=context.contact.email,
        subject=subject,
        text=letter.text,
        html=letter.html,
        contact_id=context.contact_id,
        category=params.category,
        sender_id=context.owner.id if params.sender == "owner" and context.owner else None,
    )
    return [mail]


def objections(params: EmailParams, playbook: str) -> Mapping[str, str]:
    """Links that lead nowhere from a mail."""
    bad = relative_links(render(params.text, SAMPLE))
    if not bad:
        return {}
    return {"text": f"the link to '{bad[0]}' leads nowhere from a mail; begin it with https:// or use links.<name>"}


def says(params: EmailParams, names: Names) -> Saying:
    """To whom; to a contact also from whom, and what about."""
    if params.to in ("owner", "managers"):
        return Saying(
            params.subject, sentence(f"to {'the managers' if params.to == 'managers' else 'the owner of the account'}")
        )
    sender = "from the owner of the account" if params.sender == "owner" else "from the company"
    return Saying(params.subject, sentence(_to_whom(params), sender, f"about “{names.category(params.category)}”"))


def _to_whom(params: EmailParams) -> str:
    """`to at most 2 contacts of the account (administrator or executive; champion)`."""
    if params.to == "contact":
        return "to the contact"
    chosen = [listed([in_words(one) for one in some], word="or") for some in (params.persona, params.role) if some]
    who = f" ({'; '.join(chosen)})" if chosen else ""
    return f"to {'' if params.most == 1 else 'at most '}{counted(params.most, 'contact')} of the account{who}"


STEP = StepType(
    kind="email",
    label="E-mail",
    meaning="Writes to the owner of the account, the managers, the contact the run is about, or chosen contacts.",
    params=EmailParams,
    run=run,
    says=says,
    needs_contact=lambda params: params.to == "contact",
    writes_over=lambda params: "email" if params.to in ("contact", "contacts") else "",
    icon="mail",
    group=Group.MESSAGES,
    objections=objections,
)
