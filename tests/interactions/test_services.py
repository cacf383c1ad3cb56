from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mainstay.accounts.errors import UnknownAccounts
from mainstay.accounts.services import ContactRow, upsert_contacts
from mainstay.common.errors import Invalid
from mainstay.interactions.models import Interaction, Response, Ticket, TicketReopening
from mainstay.interactions.services import (
    InteractionRow,
    ResponseRow,
    TicketRow,
    upsert_interactions,
    upsert_responses,
    upsert_tickets,
)
from tests.builders import Cast

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
REVIEW = InteractionRow(
    key="r-1", account_key="acme", kind="business_review", title="Third quarter", occurred_at=NOON, attended=True
)


@pytest.fixture
def pam(cast: Cast) -> None:
    upsert_contacts([ContactRow(key="pam", account_key="acme", name="Pam")], on=date(2026, 1, 1))


def test_an_interaction_is_made_changed_and_left_alone(cast: Cast, pam: None) -> None:
    row = replace(REVIEW, contact_key="pam", user_email="Alice@Orchard.example")
    assert upsert_interactions([row]).created == 1
    assert upsert_interactions([row]).unchanged == 1
    assert upsert_interactions([replace(row, attended=False)]).changed == 1
    interaction = Interaction.objects.select_related("contact").get()
    assert interaction.contact is not None
    assert (interaction.contact.name, interaction.user, interaction.attended) == ("Pam", cast.alice, False)


def test_what_an_interaction_row_does_not_say_is_left_alone(cast: Cast, pam: None) -> None:
    upsert_interactions([replace(REVIEW, contact_key="pam", user_email="alice@orchard.example")])
    assert upsert_interactions([REVIEW]).unchanged == 1


def test_a_ticket_is_solved_and_reopened(cast: Cast) -> None:
    ticket = TicketRow(key="t-1", account_key="acme", opened_at=NOON, severity="urgent")
    upsert_tickets([ticket])
    assert upsert_tickets([replace(ticket, solved_at=NOON, csat=4.0, rated_at=NOON)]).changed == 1
    assert upsert_tickets([replace(ticket, solved_at=None)]).changed == 1
    saved = Ticket.objects.get()
    assert (saved.solved_at, saved.csat, saved.severity) == (None, 4.0, "urgent")


def test_a_response_belongs_to_the_account_of_its_contact(cast: Cast, pam: None) -> None:
    upsert_responses([ResponseRow(key="n-1", contact_key="pam", kind="nps", score=9, answered_at=NOON)])
    response = Response.objects.get()
    assert (response.account, response.score) == (cast.acme, 9)


def test_a_row_that_leads_to_no_account_refuses_all_rows(cast: Cast) -> None:
    good = ResponseRow(key="n-1", account_key="acme", kind="nps", score=9, answered_at=NOON)
    with pytest.raises(UnknownAccounts, match="'hooli'"):
        upsert_responses([good, replace(good, key="n-2", account_key="hooli")])
    with pytest.raises(Invalid, match="'n-2' names no account, and its contact 'nobody' belongs to none"):
        upsert_responses([good, replace(good, key="n-2", account_key=None, contact_key="nobody")])
    assert Response.objects.count() == 0


def test_reopenings_are_added_and_never_forgotten(cast: Cast) -> None:
    ticket = TicketRow(key="t-1", account_key="acme", opened_at=NOON, reopened_at=(NOON,))
    assert upsert_tickets([ticket]).created == 1
    assert upsert_tickets([ticket]).unchanged == 1
    later = datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert upsert_tickets([replace(ticket, reopened_at=(later, later))]).changed == 1
    assert list(TicketReopening.objects.values_list("at", flat=True)) == [NOON, later]
    assert upsert_tickets([replace(ticket, reopened_at=())]).unchanged == 1
