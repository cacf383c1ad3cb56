"""Mails of a run about an account to chosen contacts of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.deliveries.models import Delivery
from mainstay.playbooks import services
from mainstay.playbooks.errors import BadPlaybook
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import play, publish, refresh, signal


def mail(**params: Any) -> dict[str, Any]:
    told = {"to": "contacts", "subject": "Hello {{ contact.first_name }}", "text": "{{ account.name }}", **params}
    return {"id": "mail", "type": "email", "with": told}


def contact(at: Account, name: str, persona: str = "administrator", *roles: str, **fields: Any) -> Contact:
    key = name.lower().replace(" ", ".")
    fields = {"email": f"{key}@{at.key}.example"} | fields
    made = Contact.objects.create(key=f"{at.key}/{key}", name=name, persona=persona, account=at, **fields)
    for role in roles:
        ContactRole.objects.create(contact=made, role=role, since=(NOW - timedelta(days=30)).date())
    return made


@pytest.mark.parametrize(
    ("params", "chosen"),
    [
        ({"persona": ["administrator"]}, ["Ann"]),
        ({"persona": ["administrator"], "most": 5}, ["Ann", "Bea"]),
        ({"persona": ["administrator", "executive"], "most": 5}, ["Ann", "Bea", "Eve"]),
        ({"role": ["champion"], "most": 5}, ["Cem"]),
        ({"persona": ["administrator"], "role": ["champion"], "most": 5}, []),
    ],
)
def test_those_with_the_persona_and_the_role_are_written_to_by_name(
    cast: Cast, params: dict[str, Any], chosen: list[str]
) -> None:
    for one in (("Bea",), ("Ann",), ("Eve", "executive"), ("Cem", "end_user", "champion")):
        contact(cast.acme, *one)
    contact(cast.acme, "Al", left_on=(NOW - timedelta(days=1)).date())
    former = contact(cast.acme, "Flo", "end_user", "champion")
    former.roles.update(until=NOW.date())
    contact(cast.globex, "Abe")
    publish(play(mail(**params)))
    signal(cast.acme)
    refresh()
    mails = Delivery.objects.order_by("contact__name")
    assert [one.contact.name for one in mails if one.contact] == chosen
    assert [one.subject for one in mails] == [f"Hello {name}" for name in chosen]
    assert {one.category for one in mails} <= {"success"}


def test_people_of_many_accounts_are_read_together(cast: Cast) -> None:
    publish(play(mail(persona=["administrator"])))
    for number in range(10):
        one = account(f"M{number:02}", tier="smb")
        contact(one, "Ann")
        signal(one)
    services.start_runs(NOW)
    with CaptureQueriesContext(connection) as queries:
        services.advance(NOW)
    assert sum('"persona" IN' in one["sql"] for one in queries) == 1
    assert Delivery.objects.count() == 10


def test_a_text_that_comes_out_empty_is_not_sent(cast: Cast) -> None:
    contact(cast.acme, "Ann")
    text = "{% if account.tier == 'smb' %}News for {{ account.name }}{% endif %}"
    publish(play(mail(persona=["administrator"], text=text), mail(to="owner", text=text) | {"id": "own"}))
    signal(cast.acme)
    signal(cast.globex)
    refresh()
    assert list(Delivery.objects.values_list("account__name", "recipient")) == [("Globex", "alice@orchard.example")]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "still needed: at least one persona"),
        ({"to": "owner", "persona": ["administrator"]}, "only for chosen contacts: say `to: contacts`"),
    ],
)
def test_it_must_say_whom(params: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPlaybook, match=said):
        play(mail(**params))
