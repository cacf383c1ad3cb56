"""The look of mails to contacts: the company, its colour, and that a button can be read on any of them."""

import re

import pytest

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries.composing import as_seen, compose
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.policy import SHIPPED
from tests.builders import NOW, Cast

BUTTON = '<p><a class="btn" href="https://app.example/up">Add seats</a></p>'


@pytest.fixture
def mail(cast: Cast) -> Delivery:
    ann = Contact.objects.create(key="ann", name="Ann Lee", email="ann@acme.example", account=cast.acme)
    fields = {"channel": "email", "recipient": ann.email, "category": "success", "subject": "Seats"}
    return Delivery(id=derived_id("mail"), contact=ann, text="Add seats", html=BUTTON, **fields)


def styles_of_button(html: str) -> set[str]:
    button = re.search(r"<a [^>]*>Add seats", html)
    assert button is not None
    styles = re.search(r'style="([^"]*)"', button[0])
    assert styles is not None
    return {one.strip() for one in styles[1].split(";")}


def test_a_mail_says_who_writes_and_its_button_has_their_colour(mail: Delivery) -> None:
    policy = SHIPPED.model_copy(update={"company": "Orchard & Sons", "accent": "#2f55c8"})
    html = as_seen(mail, policy)
    assert html.count("Orchard &amp; Sons") == 2
    assert {"background: #2f55c8", "color: #ffffff"} <= styles_of_button(html)
    assert "prefers-color-scheme: dark" in html
    assert compose(mail, policy, now=NOW).html.count("<img") == 0


@pytest.mark.parametrize(
    ("accent", "label"),
    [("#000000", "#ffffff"), ("#ffe14d", "#16171b"), ("#2f55c8", "#ffffff"), ("#7a7d85", "#16171b")],
)
def test_the_label_of_a_button_can_be_read_on_any_colour(mail: Delivery, accent: str, label: str) -> None:
    html = as_seen(mail, SHIPPED.model_copy(update={"accent": accent}))
    assert f"color: {label}" in styles_of_button(html)


def test_without_a_colour_or_a_name_it_is_plain(mail: Delivery) -> None:
    html = as_seen(mail, SHIPPED)
    assert 'class="head"' not in html
    assert {"background: #24262c", "color: #ffffff"} <= styles_of_button(html)
