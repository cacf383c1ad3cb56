"""What came late is found by when it was told, and nothing that came in time is."""

from datetime import datetime, timedelta

import pytest
from django.db.models import Model

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.facts.late import EDITS_REACH, first_day, late
from mainstay.facts.services import refresh_rollups
from mainstay.interactions.models import Interaction, Ticket, TicketReopening
from mainstay.subscriptions.models import Invoice, Subscription
from tests.facts.sending import NOW, days_ago, group, identify, load, track

pytestmark = pytest.mark.django_db

SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def acme() -> Account:
    load(group("acme", "u1"), received_at=NOW - timedelta(days=90))
    return Account.objects.get(key="acme")


def found(since: datetime = SINCE, until: datetime = UNTIL) -> list[tuple[str, int, int]]:
    """Source, days ago and how many."""
    rows = late(since, until).to_pylist()
    return sorted((row["source"], (NOW.date() - row["day"]).days, row["n"]) for row in rows)


def told(row: Model, *, made: datetime | None, changed: datetime) -> None:
    """Say when a record was made and changed."""
    values = {"created_at": made, "updated_at": changed}
    names = {field.name for field in row._meta.get_fields()}
    type(row)._default_manager.filter(pk=row.pk).update(**{key: values[key] for key in values if key in names})


def test_events_received_after_their_day_are_late(acme: Account) -> None:
    load(track("u1", at=days_ago(3)), track("u1", at=days_ago(3)), track("u1", at=days_ago(1)), track("u1"))
    assert found() == [("product", 1, 1), ("product", 3, 2)]
    assert found(UNTIL, UNTIL + DAY) == []


def test_events_of_a_day_received_on_that_day_are_not_late(acme: Account) -> None:
    at = NOW - timedelta(hours=30)
    load(track("u1", at=at), received_at=at + timedelta(hours=1))
    assert found(at - DAY, UNTIL) == []


def test_calls_that_only_tell_who_somebody_is_are_not_late(acme: Account) -> None:
    load(identify("u1") | {"timestamp": days_ago(3).isoformat()})
    assert found() == []


def test_events_that_found_their_account_later_are_late(db: None) -> None:
    at = days_ago(4)
    load(track("u9", at=at), track("u9", at=at), received_at=at + timedelta(hours=1))
    load(group("acme", "u9"))
    refresh_rollups(NOW)
    now = datetime.now(NOW.tzinfo)
    assert found(now - DAY, now + DAY) == [("product", 4, 2)]


def test_a_record_made_later_than_its_date_is_late(acme: Account) -> None:
    ticket = Ticket.objects.create(key="t", account=acme, opened_at=days_ago(100))
    told(ticket, made=NOW, changed=NOW)
    told(TicketReopening.objects.create(ticket=ticket, at=days_ago(2)), made=NOW, changed=NOW)
    told(Subscription.objects.create(key="s", account=acme, starts_on=days_ago(9).date()), made=NOW, changed=NOW)
    ann = Contact.objects.create(key="ann", account=acme)
    told(ContactRole.objects.create(contact=ann, role="champion", since=days_ago(5).date()), made=NOW, changed=NOW)
    assert found() == [("contracts", 9, 1), ("crm", 5, 1), ("support", 2, 1), ("support", 100, 1)]


def test_an_edit_of_an_old_record_reaches_some_weeks_back(acme: Account) -> None:
    invoice = Invoice.objects.create(
        key="i", account=acme, amount_minor=1, issued_on=days_ago(300).date(), due_on=days_ago(270).date()
    )
    told(invoice, made=days_ago(300), changed=NOW)
    assert found() == [("billing", EDITS_REACH.days, 1)]


def test_what_is_told_on_its_own_day_is_not_late(acme: Account) -> None:
    call = Interaction.objects.create(key="c", account=acme, kind="call", title="t", occurred_at=NOW)
    told(call, made=NOW, changed=NOW)
    assert found() == []
    assert first_day(late(SINCE, UNTIL)) is None
