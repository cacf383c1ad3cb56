"""Records are read again only where something changed."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.facts import remembered
from mainstay.facts.remembered import present_records
from mainstay.interactions.models import Ticket, TicketReopening
from tests.builders import Cast
from tests.facts.sending import NOW, days_ago

DAY = timedelta(days=1)


def _read(now: datetime = NOW) -> set[str]:
    """The tables whose rows were read, and not only looked at."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        present_records(now)
    selects = [one["sql"] for one in captured if "COUNT(" not in one["sql"]]
    return {sql.split(" FROM ")[1].split()[0].strip('"') for sql in selects}


def test_what_did_not_change_is_not_read_again(cast: Cast) -> None:
    assert len(_read()) == 13
    assert _read(NOW + timedelta(minutes=59)) == set()
    Ticket.objects.create(key="t", account=cast.acme, opened_at=days_ago(1))
    assert _read() == {"interactions_ticket"}
    assert present_records(NOW).rows["tickets"].num_rows == 1


@pytest.mark.parametrize("change", ["edit", "delete", "reopen", "end a role", "leave"])
def test_every_kind_of_change_is_seen(cast: Cast, change: str) -> None:
    ticket = Ticket.objects.create(key="t", account=cast.acme, opened_at=days_ago(5))
    ann = Contact.objects.create(key="ann", account=cast.acme)
    role = ContactRole.objects.create(contact=ann, role="champion", since=date(2026, 1, 1))
    _read()
    if change == "edit":
        ticket.solved_at = days_ago(1)
        ticket.save(update_fields=["solved_at", "updated_at"])
    elif change == "delete":
        ticket.delete()
    elif change == "reopen":
        TicketReopening.objects.create(ticket=ticket, at=days_ago(1))
    elif change == "end a role":
        role.until = date(2026, 2, 1)
        role.save(update_fields=["until"])
    else:
        ann.left_on = date(2026, 2, 1)
        ann.save(update_fields=["left_on", "updated_at"])
    expected = {
        "reopen": "interactions_ticketreopening",
        "edit": "interactions_ticket",
        "delete": "interactions_ticket",
    }
    also = {"accounts_contact"} if change == "leave" else set()
    assert _read() == {expected.get(change, "accounts_contactrole")} | also


def test_after_an_hour_everything_is_read_again(cast: Cast) -> None:
    _read()
    Account.objects.update(tier="smb")
    assert _read() == set(), "a change that leaves no trace"
    assert len(_read(NOW + timedelta(hours=1))) == 13
    assert len(_read(NOW)) == 13, "nor does a copy serve an instant before it"


def test_a_copy_knows_what_comes_within_its_hour(cast: Cast) -> None:
    soon = NOW + timedelta(minutes=30)
    Ticket.objects.create(key="t", account=cast.acme, opened_at=soon)
    assert present_records(NOW).rows["tickets"].num_rows == 1
    remembered.forget()
    assert len(_read()) == 13
