"""Kinds of files beyond accounts and contracts, with columns as other programs call them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mainstay.accounts.models import Account, Milestone, StageChange
from mainstay.ingest.sources import freshness
from mainstay.interactions.models import Interaction, Response, Ticket, TicketReopening
from mainstay.subscriptions.models import Reading, Subscription
from tests.builders import Cast
from tests.ingest.files.test_importer import NOW, counts, imported


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_a_history_of_stages_is_imported(cast: Cast, file: Path) -> None:
    file.write_text("Account ID,New value,Changed on\nacme,Onboarding,2025-01-31\nacme,Renewal,2026-10-01\n")
    assert counts(imported(file, "stages")) == (2, 0, 0, 0)
    assert counts(imported(file, "stages")) == (0, 0, 2, 0)
    assert [(one.stage, one.since) for one in StageChange.objects.all()] == [
        ("Onboarding", date(2025, 1, 31)),
        ("Renewal", date(2026, 10, 1)),
    ]
    assert Account.objects.get(key="acme").stage == "Renewal"


def test_an_account_says_since_when_it_is_in_its_stage(cast: Cast, file: Path) -> None:
    file.write_text("key,lifecycle stage,entered stage on\nacme,renewal,2026-09-01\nglobex,renewal,\n")
    assert counts(imported(file, "accounts")) == (0, 2, 0, 0)
    assert set(StageChange.objects.values_list("account__key", "since")) == {
        ("acme", date(2026, 9, 1)),
        ("globex", NOW.date()),
    }


def test_milestones_are_imported(cast: Cast, file: Path) -> None:
    file.write_text(
        "id,account,title,due date,completed on\nm1,acme,SSO,2026-12-01,\nm2,acme,Data,2026-10-01,2026-09-30\n"
    )
    assert counts(imported(file, "milestones")) == (2, 0, 0, 0)
    assert {one.key: (one.agreed_on, one.reached_on) for one in Milestone.objects.all()} == {
        "m1": (NOW.date(), None),
        "m2": (NOW.date(), date(2026, 9, 30)),
    }


def test_readings_of_limits_are_imported_and_are_a_source_of_their_own(cast: Cast, file: Path) -> None:
    file.write_text(
        "company id,meter,quantity,date\nacme,Storage GB,41.5,2026-11-18\nacme,API requests,12000,2026-11-18\n"
    )
    assert counts(imported(file, "readings")) == (2, 0, 0, 0)
    assert counts(imported(file, "readings")) == (0, 0, 2, 0)
    assert set(Reading.objects.values_list("limit", "used")) == {("data_gb", 41.5), ("api_calls", 12000)}
    assert freshness(NOW)["readings"].last_received_at == NOW
    assert freshness(NOW)["contracts"].last_received_at is None


def test_a_discount_tells_the_list_price(cast: Cast, file: Path) -> None:
    file.write_text(
        "id,account,start date,amount,discount %,storage limit,api limit\n"
        "s1,acme,2026-01-01,80.00,20,500,1000000\ns2,acme,2026-01-01,80,0,,\ns3,acme,2026-01-01,0,100,,\n"
    )
    report = imported(file, "subscriptions")
    assert report.examples == [(3, "a discount of 100 % does not tell the list price; give list_amount instead")]
    found = {
        one.key: (one.list_amount_minor, one.data_limit_gb, one.api_call_limit) for one in Subscription.objects.all()
    }
    assert found == {"s1": (10_000, 500, 1_000_000), "s2": (8_000, None, None)}
    file.write_text("id,account,start date,amount,list price\ns1,acme,2026-01-01,80.00,$120\n")
    imported(file, "subscriptions")
    assert Subscription.objects.get(key="s1").list_amount_minor == 12_000


def test_tickets_bring_channel_sentiment_and_reopenings(cast: Cast, file: Path) -> None:
    file.write_text(
        "ticket id,account,created at,solved at,via,mood,last reopened at,reopens\n"
        "t1,acme,2026-11-01 08:00,2026-11-05 08:00,Live chat,Negative,2026-11-03 08:00,\n"
        "t2,acme,2026-11-01 08:00,2026-11-04 08:00,Web,0.8,,2\n"
        "t3,acme,2026-11-01 08:00,,fax,,,0\n"
    )
    assert counts(imported(file, "tickets")) == (3, 0, 0, 0)
    assert counts(imported(file, "tickets")) == (0, 0, 3, 0)
    assert {one.key: (one.channel, one.sentiment) for one in Ticket.objects.all()} == {
        "t1": ("chat", -0.5),
        "t2": ("portal", 0.8),
        "t3": ("fax", None),
    }
    assert set(TicketReopening.objects.values_list("ticket__key", "at")) == {
        ("t1", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("t2", datetime(2026, 11, 4, 8, tzinfo=UTC)),
    }
    file.write_text(file.read_text().replace("2026-11-03", "2026-11-04"))
    assert counts(imported(file, "tickets")) == (0, 1, 2, 0)
    assert TicketReopening.objects.filter(ticket__key="t1").count() == 2, "a reopening known before stays"


def test_a_sentiment_off_its_scale_is_refused(cast: Cast, file: Path) -> None:
    file.write_text("account,type,date,sentiment\nacme,call,2026-11-01,7\nacme,exam,2026-11-02,very positive\n")
    report = imported(file, "interactions")
    assert report.examples == [(1, "sentiment: 7 is out of range: -1 to 1")]
    assert list(Interaction.objects.values_list("kind", "sentiment")) == [("certification", 1)]
    file.write_text("account,kind,score,date,sentiment score\nacme,ces,6,2026-11-01,0.25\n")
    imported(file, "responses")
    assert Response.objects.get().sentiment == 0.25
