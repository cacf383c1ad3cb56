"""Every mail to a customer in the gallery: with all that is known, with nothing known, and as it looks."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from mainstay.accounts.models import Contact
from mainstay.deliveries.composing import compose
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policy import SHIPPED
from mainstay.playbooks.context import (
    SAMPLE,
    UNKNOWN,
    Anything,
    CompanyFacts,
    ContactFacts,
    FeatureFacts,
    Figure,
)
from mainstay.playbooks.publishing import shipped
from mainstay.playbooks.steps.email import EmailParams
from mainstay.playbooks.templates import render, render_letter
from mainstay.playbooks.tree import Action
from tests.builders import NOW
from tests.playbooks.gallery.stage import LINKS

CONTACT = ContactFacts(key="carol", name="Carol Diaz", email="carol@acme.example", title="", persona="administrator")
NOTHING_KNOWN = replace(
    SAMPLE,
    owner=None,
    contact=replace(CONTACT, name=""),
    metrics=Anything(UNKNOWN),
    peers=Anything(UNKNOWN),
    company=CompanyFacts(),
    signal=replace(SAMPLE.signal, summary=""),
)
LITTLE = replace(SAMPLE, contact=CONTACT, metrics=Anything(Figure(1, "1")), peers=Anything(Figure(90, "90%")))
MUCH = replace(SAMPLE, contact=CONTACT, metrics=Anything(Figure(97, "97%")), feature=FeatureFacts())
CONTEXTS = (replace(SAMPLE, contact=CONTACT), NOTHING_KNOWN, LITTLE, MUCH)


def mails() -> list[Any]:
    return [
        pytest.param(step.typed_params, id=f"{key}-{step.id}")
        for key, document in shipped().items()
        for step in document.all_steps
        if isinstance(step, Action) and isinstance(step.typed_params, EmailParams)
        if step.typed_params.to in ("contact", "contacts")
    ]


MAILS = mails()


@pytest.mark.parametrize("params", MAILS)
def test_a_mail_reads_well_whatever_is_known(params: EmailParams) -> None:
    for context in CONTEXTS:
        letter = render_letter(params.text, context)
        if not letter.text:
            continue  # it has nothing to say, and is not sent
        subject = render(params.subject, context)
        assert 0 < len(subject) <= 78
        for text in (subject, letter.text):
            assert not re.search(r"\{|\}|unknown|None|  \S", text), text
        assert re.match(r"Hello (Carol|there),\n\n[A-Z0-9]", letter.text)
        assert "\n\n\n" not in letter.text
        assert 150 < len(letter.text) < 1_800
        assert letter.text.splitlines()[-1] in ("Orchard", "Your customer success team")
        assert not re.search(r"\[|\*\*|##", letter.html)


@pytest.mark.parametrize("params", MAILS)
def test_a_mail_arrives_whole_with_a_way_out_and_no_picture(params: EmailParams) -> None:
    """The foot and the headers come with composing; this looks at what arrives, of every text."""
    letter = render_letter(params.text, CONTEXTS[0])
    contact = Contact(pk=1, key=CONTACT.key, name=CONTACT.name, email=CONTACT.email)
    fields = {"channel": "email", "recipient": contact.email, "category": params.category, "subject": "Hello"}
    delivery = Delivery(id=uuid4(), contact=contact, text=letter.text, html=letter.html, **fields)
    category = SHIPPED.category(params.category)
    assert category is not None
    message = compose(delivery, SHIPPED, now=NOW)
    assert message.text.startswith("Hello Carol,")
    assert "Choose what" in message.text
    assert ("List-Unsubscribe" in message.headers) is not category.service
    assert ("Unsubscribe: http" in message.text) is not category.service
    assert "<img" not in message.html
    links = re.findall(r'href="([^"]*)"', message.html)
    assert links
    assert all(re.match(r"https?://", link) for link in links)


def test_the_links_mails_name_are_the_ones_we_tell_people_to_set() -> None:
    named = {link for document in shipped().values() for link in document.asks.links}
    assert named <= set(LINKS)
