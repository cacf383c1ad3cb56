from dataclasses import replace

import pytest

from mainstay.playbooks.commands import RequestDelivery
from mainstay.playbooks.context import SAMPLE, Context, Person
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.steps.email import STEP, EmailParams

PARAMS = EmailParams(to="owner", subject="{{ account.name }} is at risk", text="<b> {{ signal.summary }}")
MANAGERS = (Person(7, "Mary", "mary@x.example"), Person(8, "Max", "max@x.example"))


def recipients(params: EmailParams, context: Context) -> list[str]:
    return [command.recipient for command in STEP.run(params, context) if isinstance(command, RequestDelivery)]


def test_the_mail_says_why_and_is_escaped() -> None:
    (mail,) = STEP.run(PARAMS, SAMPLE)
    assert isinstance(mail, RequestDelivery)
    assert (mail.channel, mail.subject) == ("email", "Acme is at risk")
    assert mail.text == "<b> The score fell from 71 to 42."
    assert mail.html == "<p>&lt;b&gt; The score fell from 71 to 42.</p>"


def test_the_owner_is_written_to() -> None:
    assert recipients(PARAMS, replace(SAMPLE, managers=MANAGERS)) == ["alice@example.com"]


def test_without_an_owner_the_managers_are_written_to() -> None:
    assert recipients(PARAMS, replace(SAMPLE, owner=None, managers=MANAGERS)) == ["mary@x.example", "max@x.example"]


def test_the_managers_are_written_to_when_asked_for() -> None:
    asked = PARAMS.model_copy(update={"to": "managers"})
    assert recipients(asked, replace(SAMPLE, managers=MANAGERS)) == ["mary@x.example", "max@x.example"]


def test_where_there_is_nobody_nothing_is_sent() -> None:
    assert STEP.run(PARAMS, replace(SAMPLE, owner=None)) == []


def test_the_contact_is_written_to_in_a_category_from_whoever_is_chosen() -> None:
    about = replace(SAMPLE, contact_id=9)
    params = PARAMS.model_copy(update={"to": "contact", "sender": "owner", "category": "onboarding"})
    (mail,) = STEP.run(params, about)
    assert isinstance(mail, RequestDelivery)
    assert (mail.contact_id, mail.recipient, mail.category, mail.sender_id) == (
        9,
        "carol@acme.example",
        "onboarding",
        1,
    )


def test_a_run_about_the_account_has_no_contact_to_write_to() -> None:
    with pytest.raises(StepFailed, match="subject"):
        STEP.run(PARAMS.model_copy(update={"to": "contact"}), replace(SAMPLE, contact=None))
