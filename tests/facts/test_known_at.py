"""What an earlier instant knew, and records read once for many instants."""

from datetime import date, datetime, timedelta

import pytest

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.common.time import midnight
from mainstay.facts import tables
from mainstay.facts.services import refresh_rollups
from mainstay.facts.tables import Snapshot, take_snapshot
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.lake import engine
from mainstay.subscriptions.models import Invoice, Subscription
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = timedelta(days=1)


def rows(table: str, as_of: date | datetime = TODAY, **options: object) -> list[dict]:
    with engine.cursor() as cursor:
        tables.register(cursor, as_of, **options)
        return engine.arrow(cursor, f"SELECT * FROM {table} ORDER BY ALL").to_pylist()


def ages(known_at: datetime | None = None, table: str = "user_days") -> list[tuple[int, int]]:
    return [(one["age"], one.get("n", 1)) for one in rows(table, known_at=known_at, history_days=63)]


def test_events_received_later_are_left_out_and_the_others_of_their_day_stay() -> None:
    load(group("acme", "u1"), track("u1", at=days_ago(3)), track("u1", at=days_ago(1)), received_at=days_ago(1))
    load(track("u1", at=days_ago(3)), track("u1", at=days_ago(100)), received_at=NOW)
    refresh_rollups(NOW)
    assert ages() == [(1, 1), (3, 2)]
    assert ages(known_at=midnight(TODAY)) == [(1, 1), (3, 1)]
    assert ages(known_at=days_ago(2)) == []
    assert ages(table="active_days") == [(1, 1), (3, 1), (100, 1)]
    assert ages(known_at=midnight(TODAY), table="active_days") == [(1, 1), (3, 1)]


def test_a_day_within_the_moment_and_late_events_are_counted_together() -> None:
    load(group("acme", "u1"), track("u1", at=NOW - timedelta(hours=3)), received_at=NOW - timedelta(hours=2))
    load(track("u1", at=NOW - timedelta(hours=3)), track("u1", at=days_ago(2)), received_at=NOW + timedelta(hours=1))
    refresh_rollups(NOW + timedelta(hours=1))
    assert [(one["age"], one["n"]) for one in rows("user_days", NOW)] == [(0, 2), (2, 1)]
    assert [(one["age"], one["n"]) for one in rows("user_days", NOW, known_at=NOW)] == [(0, 1)]


def test_records_made_later_are_left_out() -> None:
    acme = Account.objects.create(key="acme", name="Acme")
    for number, made_at in enumerate((days_ago(5), NOW)):
        ticket = Ticket.objects.create(key=f"t{number}", account=acme, opened_at=days_ago(10 + number))
        Ticket.objects.filter(pk=ticket.pk).update(created_at=made_at)
    assert [one["opened_age"] for one in rows("tickets")] == [10, 11]
    assert [one["opened_age"] for one in rows("tickets", known_at=midnight(TODAY))] == [10]


@pytest.fixture
def records() -> Snapshot:
    acme = Account.objects.create(key="acme", name="Acme", tier="smb", stage="adoption")
    ann = Contact.objects.create(key="ann", account=acme)
    for age in (900, 401, 400, 399, 30, 1, 0, -1):
        at, day = days_ago(age), days_ago(age).date()
        Subscription.objects.create(key=f"s{age}", account=acme, starts_on=day, ends_on=day + 20 * DAY, seats=age)
        for paid_on in (None, day + 3 * DAY):
            Invoice.objects.create(
                key=f"i{age}{paid_on}", account=acme, amount_minor=1, issued_on=day - DAY, due_on=day, paid_on=paid_on
            )
        Interaction.objects.create(key=f"x{age}", account=acme, kind="call", title="t", occurred_at=at)
        for solved_at in (None, at + 2 * DAY):
            Ticket.objects.create(key=f"t{age}{solved_at}", account=acme, opened_at=at, solved_at=solved_at)
        Response.objects.create(key=f"r{age}", account=acme, kind="nps", score=9, answered_at=at)
        ContactRole.objects.create(contact=ann, role=f"r{age}", since=day)
    return take_snapshot(TODAY)


@pytest.mark.parametrize("age", [-1, 0, 1, 29, 31, 380, 500])
def test_records_read_once_say_the_same_of_every_instant(records: Snapshot, age: int) -> None:
    as_of = days_ago(age).date()
    for table in tables.RECORDS:
        assert rows(table, as_of, snapshot=records) == rows(table, as_of), table


def test_a_table_that_is_not_in_the_snapshot_is_read_as_ever(records: Snapshot) -> None:
    fewer = Snapshot({name: rows for name, rows in records.rows.items() if name != "tickets"})
    assert rows("tickets", TODAY, snapshot=fewer) == rows("tickets", TODAY)
