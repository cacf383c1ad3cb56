"""What events say beyond the use of a feature: counted by day, by the names in force."""

from datetime import date, datetime, timedelta

import pytest

from mainstay.common.errors import NotAllowed, NotFound
from mainstay.facts import catalogue, services, tables
from mainstay.facts.errors import BadCatalogue
from mainstay.facts.meaning import Meaning
from mainstay.facts.models import Counting, DirtyDay, EventMeaning
from mainstay.facts.services import keep_up, load_features, load_inbox, refresh_rollups, request_erasure
from mainstay.lake import engine
from tests.builders import Cast
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db


def rows(table: str, as_of: date | datetime = NOW) -> list[tuple]:
    """The rows of a registered table, without account and contact."""
    with engine.cursor() as cursor:
        tables.register(cursor, as_of, history_days=63)
        columns = {"meaning_days": "age, meaning, n", "first_values": "value_age", "user_days": "age, n"}[table]
        return cursor.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()


def test_events_are_counted_by_what_they_mean_in_any_case_of_letters():
    load(
        group("acme", "u1"), *(track("u1", name, at=days_ago(2)) for name in ("Email Opened", "email opened", "Other"))
    )
    refresh_rollups(NOW)
    assert rows("meaning_days") == [(2, "mail_opened", 2)]


def test_receipts_of_mails_are_no_use_of_the_product():
    load(
        group("acme", "u1"),
        *(track("u1", name, at=days_ago(2)) for name in ("Email Delivered", "Email Link Clicked")),
        *(track("u1", name, at=days_ago(1)) for name in ("Email Opened", "Article Viewed", "Report Viewed")),
    )
    refresh_rollups(NOW)
    assert rows("user_days") == [(1, 2)]


def test_other_names_count_the_past_anew_and_may_give_an_event_several_meanings():
    load(
        group("acme", "u1"), track("u1", "Campaign Sent", at=days_ago(40)), track("u1", "Email Opened", at=days_ago(3))
    )
    refresh_rollups(NOW)
    assert rows("meaning_days") == [(3, "mail_opened", 1)]
    load_features("meanings: {first_value: [Campaign Sent], workflow_completed: [campaign sent], mail_opened: []}")
    assert refresh_rollups(NOW) == 2
    assert rows("meaning_days") == [(40, "first_value", 1), (40, "workflow_completed", 1)]
    assert rows("user_days") == [(3, 1), (40, 1)], "nothing means that a mail was opened, so it is an event like others"
    assert refresh_rollups(NOW) == 0


def test_days_counted_before_there_were_meanings_are_counted_again():
    load(group("acme", "u1"), track("u1", "Email Opened", at=days_ago(3)))
    refresh_rollups(NOW)
    Counting.objects.update(fingerprint="of an earlier version")
    assert refresh_rollups(NOW) == 1
    assert not DirtyDay.objects.exists()


def test_the_first_value_is_looked_for_as_far_back_as_there_are_events():
    load(
        group("acme", "u1"),
        *(track("u1", "First Value Reached", at=days_ago(age)) for age in (500, 2)),
        track("u2", "First Value Reached", at=days_ago(1), account="globex"),
        group("globex"),
    )
    refresh_rollups(NOW)
    assert rows("first_values") == [(1,), (500,)]
    assert rows("first_values", days_ago(2)) == [(498,)]
    assert rows("first_values", days_ago(500)) == []
    load(track("u3", "First Value Reached", at=days_ago(600), account="acme"))
    refresh_rollups(NOW)
    assert rows("first_values") == [(1,), (600,)], "an event that came late"
    with engine.cursor() as cursor:
        tables.register(cursor, NOW)
        assert cursor.execute("SELECT DISTINCT events_age FROM first_values").fetchall() == [(600,)]


def test_a_moment_of_the_past_knows_its_day_only_so_far():
    noon = days_ago(2)
    load(
        group("acme", "u1"),
        *(track("u1", "First Value Reached", at=noon + timedelta(hours=hours)) for hours in (-1, 1)),
    )
    refresh_rollups(NOW)
    assert rows("meaning_days", noon) == [(0, Meaning.FIRST_VALUE, 1)]
    assert rows("first_values", noon) == [(0,)]
    assert rows("first_values", noon - timedelta(hours=2)) == []


def test_an_erased_person_is_in_no_count_of_meanings():
    load(
        group("acme", "ann"), *(track(user, "Email Opened", at=days_ago(2), account="acme") for user in ("ann", "bob"))
    )
    refresh_rollups(NOW)
    assert rows("meaning_days") == [(2, "mail_opened", 1)] * 2
    request_erasure("contact", "ann", now=NOW)
    keep_up(NOW)
    load_inbox(NOW)
    assert rows("meaning_days") == [(2, "mail_opened", 1)]


def test_managers_declare_the_events_of_a_meaning_and_go_back_to_the_shipped_ones(cast: Cast):
    document = catalogue.read_meaning("{key: first_value, events: [Campaign Sent]}", origin="first_value.yaml")
    assert services.save_meaning(document, by=cast.mary)
    assert not services.save_meaning(document, by=cast.mary)
    assert catalogue.meanings()[Meaning.FIRST_VALUE] == ("campaign sent",)
    assert catalogue.meaning_document_of(EventMeaning.objects.get()) == document
    with pytest.raises(NotAllowed):
        services.save_meaning(document, by=cast.alice)
    services.remove_meaning("first_value", by=cast.mary)
    assert catalogue.meanings()[Meaning.FIRST_VALUE] == ("first value reached",)
    with pytest.raises(NotFound, match="No events are declared for the meaning 'first_value'"):
        services.remove_meaning("first_value", by=cast.mary)


@pytest.mark.parametrize("text", ["{key: opened, events: [X]}", "{key: mail_opened}", "[1]", "{"])
def test_what_is_wrong_with_a_meaning_is_said_with_its_file(text):
    with pytest.raises(BadCatalogue, match=r"m\.yaml"):
        catalogue.read_meaning(text, origin="m.yaml")
