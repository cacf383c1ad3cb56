"""From the inbox into the lake: identity, duplicates, dates, dead letters, and crashes between any two steps."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import DataError

from mainstay.accounts.models import Account, Contact
from mainstay.facts import attachment, loader, selectors
from mainstay.facts.models import DirtyDay
from mainstay.facts.schema import EVENTS, USAGE
from mainstay.facts.services import LoadResult, load_inbox, refresh_rollups
from mainstay.ingest import sources
from mainstay.ingest.envelope import Arrival
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.models import DeadLetter
from mainstay.lake import engine
from mainstay.lake.models import Commit, DataFile
from mainstay.lake.store import Lake
from tests.facts.sending import NOW, days_ago, group, identify, load, put, track

pytestmark = pytest.mark.django_db

START, END = days_ago(60), NOW + timedelta(days=1)


def in_lake(columns: str = "event") -> list[tuple]:
    """All events of the lake, in order."""
    with engine.cursor() as cursor:
        return cursor.execute(f"SELECT {columns} FROM {Lake().relation('events', EVENTS)} ORDER BY ALL").fetchall()


def usage() -> list[tuple]:
    """The roll-up, with keys instead of ids."""
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"SELECT account_id, contact_id, day, event, n FROM {Lake().relation('usage', USAGE)} ORDER BY ALL"
        ).fetchall()
    accounts = dict(Account.objects.values_list("pk", "key"))
    contacts = dict(Contact.objects.values_list("pk", "key"))
    return sorted((accounts[row[0]], contacts.get(row[1]), *row[2:]) for row in found)


def test_a_batch_becomes_events_accounts_and_contacts():
    result = load(
        group("acme", "ann", name="Acme Inc", industry="Retail", employees="1,200", website="https://www.acme.example/x",
              plan="Pro"),
        identify("ann", email="ann@acme.example", firstName="Ann", lastName="Lee", title="Buyer", seat=7),
        track("ann"),
    )  # fmt: skip
    assert result == LoadResult(events=3, batches=1)
    acme, ann = Account.objects.get(key="acme"), Contact.objects.get(key="ann")
    assert (acme.name, acme.industry, acme.employees, acme.domain) == ("Acme Inc", "Retail", 1200, "acme.example")
    assert acme.attributes == {"plan": "Pro", "website": "https://www.acme.example/x"}
    assert (ann.name, ann.email, ann.title, ann.account) == ("Ann Lee", "ann@acme.example", "Buyer", acme)
    assert ann.attributes == {"seat": 7}
    assert in_lake("type, account_id, contact_id, account_key, user_key") == [
        ("group", acme.pk, ann.pk, "acme", "ann"),
        ("identify", acme.pk, ann.pk, None, "ann"),
        ("track", acme.pk, ann.pk, None, "ann"),
    ]


def test_an_unknown_user_becomes_a_contact_that_other_traits_leave_alone():
    load(group("acme", "ann"), identify("ann", email="ann@acme.example"))
    load(track("ann"), track("bob", account="acme"))
    assert Contact.objects.get(key="ann").email == "ann@acme.example"
    assert Contact.objects.get(key="bob").account == Account.objects.get(key="acme")


def test_a_user_who_acts_for_another_account_stays_with_his_own():
    load(group("acme", "ann"), group("globex"))
    load(track("ann", account="globex"))
    assert Contact.objects.get(key="ann").account.key == "acme"
    refresh_rollups(NOW)
    assert [row[0] for row in usage()] == ["globex"]


def test_events_of_an_unknown_account_are_kept_without_one():
    load(track("ann", account="nowhere"), track("bob"))
    assert in_lake("account_id, account_key, user_key") == [(None, "nowhere", "ann"), (None, None, "bob")]
    assert not Account.objects.exists()
    refresh_rollups(NOW)
    assert usage() == []


def calls() -> list[dict]:
    """A browser that turns out to be Ann's, Ann who turns out to be of Acme, Bob who names his account once."""
    return [
        group("acme", "ann", name="Acme"),
        identify("ann", email="ann@acme.example") | {"anonymousId": "browser"},
        track("ann", "Report Viewed", at=days_ago(3)),
        track(None, "Page Seen", at=days_ago(4), anonymousId="browser"),
        track("bob", "Report Viewed", at=days_ago(3), account="acme"),
        track("bob", "Report Sent", at=days_ago(5)),
    ]


@pytest.mark.parametrize("order", [*permutations(range(6))][::120], ids=str)
def test_the_order_of_arrival_does_not_change_what_is_counted(order):
    sent = calls()
    for place in order:
        load(sent[place])
        refresh_rollups(NOW)
    day = NOW.date()
    assert usage() == sorted([
        ("acme", "ann", day - timedelta(days=3), "Report Viewed", 1),
        ("acme", "ann", day - timedelta(days=4), "Page Seen", 1),
        ("acme", "bob", day - timedelta(days=3), "Report Viewed", 1),
        ("acme", "bob", day - timedelta(days=5), "Report Sent", 1),
    ])  # fmt: skip
    acme = Account.objects.get(key="acme")
    assert {row.event for row in selectors.events(acme.pk, start=START, end=END) if row.type == "track"} == {
        "Report Viewed", "Page Seen", "Report Sent"
    }  # fmt: skip


def test_an_account_made_by_an_import_gets_the_events_that_were_there_before():
    load(track("ann", account="acme", at=days_ago(30)))
    refresh_rollups(NOW)
    assert usage() == []
    Account.objects.create(key="acme", name="Acme")
    assert refresh_rollups(NOW) == 1
    assert [row[:2] for row in usage()] == [("acme", "ann")]
    assert refresh_rollups(NOW) == 0


def test_compaction_writes_down_what_was_attached_later():
    load(track("ann", account="acme", at=days_ago(30)))
    load(group("acme"))
    refresh_rollups(NOW)
    for number in range(14):
        load(track("ann", f"Event {number}", at=days_ago(30)))
    refresh_rollups(NOW)
    assert DataFile.objects.filter(table="events", removed_by=None, starts_on__lt=NOW.date()).count() == 1
    acme = Account.objects.get(key="acme")
    assert {row[0] for row in in_lake("account_id")} == {acme.pk}


def test_a_message_is_stored_once_within_a_batch_and_within_seven_days():
    call = track("ann", messageId="same")
    assert load(call, call) == LoadResult(events=1, duplicates=1, batches=1)
    for days in (0, 1, 6):
        later = NOW + timedelta(days=days)
        assert load(call | {"sentAt": later.isoformat()}, received_at=later, now=later).duplicates == 1
    assert len(in_lake()) == 1


def test_history_that_is_sent_again_beside_live_events_is_stored_once():
    old = {"received_at": days_ago(100)}
    call = track("ann", at=days_ago(100), account="acme")
    load(call, **old)
    put(track("ann", account="acme"))
    assert load(call, **old).duplicates == 1


def test_a_repeated_identify_does_not_bring_old_traits_back():
    old = identify("ann", title="Buyer")
    load(old)
    load(identify("ann", title="Director"))
    load(old)
    assert Contact.objects.get(key="ann").title == "Director"


def test_of_two_values_of_a_trait_the_later_one_stays_whatever_arrives_first():
    late, early = identify("ann", title="Director"), identify("ann", title="Buyer")
    early["timestamp"] = days_ago(1).isoformat()
    load(late, early)
    assert Contact.objects.get(key="ann").title == "Director"


def test_late_events_are_counted_on_the_day_they_happened():
    load(group("acme", "ann"), track("ann", at=days_ago(1)))
    refresh_rollups(NOW)
    load(track("ann", at=days_ago(50)))
    assert refresh_rollups(NOW) == 1
    assert [row[2] for row in usage()] == [days_ago(50).date(), days_ago(1).date()]


def test_an_event_from_the_future_happened_when_it_was_received():
    ahead = NOW + timedelta(days=400)
    load(group("acme", "ann"), track("ann", at=ahead))
    rows = in_lake("timestamp, original_timestamp, event")
    assert rows[1] == (NOW.replace(tzinfo=None), ahead.replace(tzinfo=None), "Report Viewed")


def test_nul_in_any_text_is_taken_out():
    load(
        group("ac\0me", "a\0nn", name="Ac\0me"),
        identify("a\0nn", name="A\0nn", **{"no\0te": "x\0y"}),
        track("a\0nn", "Report\0 Viewed", properties={"na\0me": ["a\0b", {"c": "\0"}]}),
    )
    assert Account.objects.get().name == "Acme"
    assert Contact.objects.get().attributes == {"note": "xy"}
    assert in_lake("event, user_key, properties")[-1] == ("Report Viewed", "ann", '{"name":["ab",{"c":""}]}')


def test_what_cannot_be_taken_becomes_a_dead_letter_and_the_rest_is_taken():
    result = load(track("ann"), {"type": "track", "userId": "ann", "event": "X", "timestamp": "yesterday",
                                 "messageId": "bad"})  # fmt: skip
    assert result == LoadResult(events=1, dead_letters=1, batches=1)
    letter = DeadLetter.objects.get()
    assert (letter.message_id, letter.code) == ("bad", "bad_timestamp")
    assert '"yesterday"' in letter.body


def test_a_body_that_is_no_json_blocks_nothing():
    put(track("ann"))
    open_inbox().append_many([Arrival(kind="batch", body=b'{"batch": [', received_at=NOW)])
    put(track("bob"))
    assert load_inbox(NOW).events == 2
    assert DeadLetter.objects.get().code == "malformed_json"


def test_an_envelope_that_cannot_be_written_is_put_aside_and_stops_nothing(monkeypatch):
    original = loader._write_events

    def choke(cursor, arrived, **options):
        if "poison" in arrived["event"].to_pylist():
            raise DataError("value too long")
        original(cursor, arrived, **options)

    monkeypatch.setattr(loader, "_write_events", choke)
    for event in ("one", "two", "poison", "three", "four"):
        put(track("ann", event))
    result = load_inbox(NOW)
    assert (result.events, result.dead_letters) == (4, 1)
    assert [row[0] for row in in_lake()] == ["four", "one", "three", "two"]
    letter = DeadLetter.objects.get()
    assert letter.code == "cannot_be_loaded"
    assert "poison" in letter.body


def test_the_arrival_at_the_source_is_on_record():
    load(track("ann"), track("ann"))
    product = sources.freshness(NOW)["product"]
    assert product.last_received_at == NOW


def test_history_is_written_by_months_and_not_by_days():
    load(group("acme", "ann"), *(track("ann", at=days_ago(age)) for age in range(1, 80)))
    files = DataFile.objects.filter(table="events")
    assert [file.starts_on.day for file in files] == [1] * len(files)
    assert len(in_lake()) == 80
    assert refresh_rollups(NOW) == 80
    assert len(usage()) == 79


def test_large_loads_go_in_bounded_batches(monkeypatch):
    monkeypatch.setattr(loader, "BATCH_BYTES", 2000)
    for number in range(30):
        put(track("ann", f"Event {number}"))
    result = load_inbox(NOW)
    assert result.events == 30
    assert result.batches > 1
    assert load_inbox(NOW) == LoadResult()


def test_what_arrives_during_a_load_is_left_for_the_next_one(monkeypatch):
    load_batch = loader.load_batch

    def one_more_arrives(*args, **options):
        put(track("ann"))
        return load_batch(*args, **options)

    monkeypatch.setattr(loader, "load_batch", one_more_arrives)
    put(track("ann"))
    assert load_inbox(NOW).events == 1
    assert load_inbox(NOW).events == 1


STEPS = [
    (loader, "open_envelope"),
    (loader, "_repeated"),
    (loader, "upsert_accounts"),
    (loader, "upsert_contacts"),
    (loader, "_write_events"),
    (Lake, "write"),
    (Lake, "commit"),
    (attachment, "remember"),
    (sources, "record_arrival"),
    (loader, "_write_dead_letters"),
]


class Killed(BaseException):
    """What a dying process looks like from inside."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[name for _, name in STEPS])
def test_a_crash_at_any_step_neither_loses_nor_doubles(monkeypatch, owner, step, moment):
    put(group("acme", "ann"), track("ann"), track("ann"), {"type": "track", "userId": "ann"})
    original = getattr(owner, step)

    def dying(*args, **options):
        if moment == "after":
            original(*args, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, dying)
        with pytest.raises(Killed):
            load_inbox(NOW)
    assert (in_lake(), Commit.objects.count(), DirtyDay.objects.count(), DeadLetter.objects.count()) == ([], 0, 0, 0)
    assert not Account.objects.exists()

    assert load_inbox(NOW) == LoadResult(events=3, dead_letters=1, batches=1)
    assert load_inbox(NOW) == LoadResult()
    refresh_rollups(NOW)
    assert [row[4] for row in usage()] == [2]


def test_events_of_the_last_instants_of_a_day_belong_to_it():
    last = datetime(2026, 11, 16, 23, 59, 59, 999999, tzinfo=UTC)
    load(group("acme", "ann"), track("ann", at=last), track("ann", at=last + timedelta(microseconds=1)))
    refresh_rollups(NOW)
    assert [row[2].day for row in usage()] == [16, 17]
