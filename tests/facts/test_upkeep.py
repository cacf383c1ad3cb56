"""Compaction, erasure and vacuum, through the door that the worker uses."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from mainstay.accounts.models import Account, Contact
from mainstay.config.cli.erase import erase
from mainstay.facts.models import AnonymousLink, Erasure
from mainstay.facts.schema import EVENTS, USAGE, USER_DAYS
from mainstay.facts.services import keep_up, load_inbox, refresh_rollups, request_erasure
from mainstay.ingest.models import DeadLetter
from mainstay.lake import engine
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake
from tests.facts.sending import NOW, days_ago, group, identify, load, put, track

pytestmark = pytest.mark.django_db


def column(table: str, schema: object, name: str) -> set[object]:
    """The values of a column in the lake."""
    with engine.cursor() as cursor:
        found = cursor.execute(f"SELECT DISTINCT {name} FROM {Lake().relation(table, schema)}").fetchall()
    return {row[0] for row in found}


def test_upkeep_of_an_empty_installation_does_nothing():
    result = keep_up(NOW)
    assert (result.merged, result.erased, result.deleted) == (0, 0, 0)


def test_months_that_are_over_become_one_file_of_each_table():
    for age in (47, 46, 45, 1):
        load(group("acme", "u1"), track("u1", at=days_ago(age)))
        refresh_rollups(days_ago(44))
    before = {name: column(name, schema, "day") for name, schema in (("usage", USAGE), ("user_days", USER_DAYS))}
    assert keep_up(NOW).merged > 0
    for table in ("usage", "user_days", "events"):
        old = DataFile.objects.filter(table=table, removed_by=None, starts_on__lt=days_ago(40).date())
        assert old.count() == 1
    assert before == {
        name: column(name, schema, "day") for name, schema in (("usage", USAGE), ("user_days", USER_DAYS))
    }
    assert keep_up(NOW).merged == 0


def test_a_late_event_into_a_merged_month_leaves_its_other_days_alone():
    load(group("acme", "u1"), *(track("u1", at=days_ago(age)) for age in range(30, 50)))
    refresh_rollups(NOW)
    load(track("u1", "Late", at=days_ago(40)))
    assert refresh_rollups(NOW) == 1
    with engine.cursor() as cursor:
        source = Lake().relation("user_days", USER_DAYS)
        found = cursor.execute(f"SELECT count(*), sum(n)::BIGINT FROM {source}").fetchall()
    assert found == [(20, 21)]


def test_an_erased_person_is_nowhere_and_others_stay():
    load(group("acme", "ann"), identify("ann", email="ann@acme.example") | {"anonymousId": "b1"},
         track("ann", at=days_ago(2)), track("bob", at=days_ago(2), account="acme"),
         track(None, at=days_ago(3), anonymousId="b1"))  # fmt: skip
    load({"type": "track", "userId": "ann", "event": "X", "timestamp": "never"})
    refresh_rollups(NOW)
    ann, bob = Contact.objects.get(key="ann").pk, Contact.objects.get(key="bob").pk
    request_erasure("contact", "ann", now=NOW)
    request_erasure("contact", "ann", now=NOW)
    assert keep_up(NOW).erased == 1
    assert column("events", EVENTS, "user_key") == {"bob"}
    assert column("events", EVENTS, "anonymous_id") == {None}
    assert column("usage", USAGE, "contact_id") == column("user_days", USER_DAYS, "contact_id") == {bob}
    assert not Contact.objects.filter(pk=ann).exists()
    assert not AnonymousLink.objects.exists()
    assert not DeadLetter.objects.exists()
    assert keep_up(NOW).erased == 0
    assert Erasure.objects.get().done_at == NOW


def test_an_erased_person_is_gone_from_the_disk_an_hour_later():
    load(group("acme", "ann"), track("ann", "Secret Thing", properties={"note": "find-me" * 20}))
    refresh_rollups(NOW)
    request_erasure("contact", "ann", now=NOW)
    keep_up(NOW)
    later = DataFile.objects.filter(removed_by__isnull=False).latest("pk").removed_by.at + timedelta(hours=2)
    keep_up(later)
    on_disk = [file.name for file in Lake().storage.stored()]
    assert sorted(on_disk) == sorted(Lake().live("usage").values_list("path", flat=True)) == []


def test_an_erased_account_takes_its_people_and_their_events():
    load(group("acme", "ann"), group("globex", "gus"), track("ann"), track("gus"), track("zoe", account="acme"))
    refresh_rollups(NOW)
    request_erasure("account", "acme", now=NOW)
    keep_up(NOW)
    assert column("events", EVENTS, "user_key") == {"gus"}
    assert list(Account.objects.values_list("key", flat=True)) == ["globex"]
    assert list(Contact.objects.values_list("key", flat=True)) == ["gus"]


def test_an_erasure_that_died_halfway_is_carried_out_again(monkeypatch):
    load(group("acme", "ann"), track("ann"))
    refresh_rollups(NOW)
    request_erasure("contact", "ann", now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr("mainstay.facts.upkeep._erase_records", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keep_up(NOW)
    assert keep_up(NOW).erased == 1
    assert not Contact.objects.exists()


def test_the_command_line_erases_after_asking():
    load(group("acme", "ann"), track("ann"))
    run = CliRunner().invoke
    assert run(erase, ["contact", "ann"], input="n\n").exit_code == 1
    assert "within the hour" in run(erase, ["contact", "ann", "--yes"]).output
    assert Contact.objects.exists()
    assert "'ann' is erased" in run(erase, ["contact", "ann", "--yes", "--now"]).output
    assert not Contact.objects.exists()


def test_what_waits_in_the_inbox_survives_upkeep():
    put(track("ann"))
    keep_up(NOW + timedelta(days=100))
    assert load_inbox(NOW).events == 1
