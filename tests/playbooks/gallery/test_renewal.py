"""The plays of renewal and of payments that fail."""

from datetime import timedelta

import pytest

from mainstay.facts.services import refresh_rollups
from mainstay.playbooks.models import Task
from tests.builders import NOW
from tests.facts.sending import load, track
from tests.playbooks.gallery.stage import Stage, healthy, known, profiles_as_of

DAY = timedelta(days=1)


def send(event: str, account: str, *, day: float) -> None:
    at = NOW + timedelta(days=day)
    load(track("abe", event, at=at, account=account), received_at=at, now=at)


def test_a_failed_payment_is_asked_for_three_times_called_about_and_decided(stage: Stage) -> None:
    known(stage.cast.globex, arr=6_000)
    stage.play("payment_failure")
    send("Payment Failed", "globex", day=0.01)
    stage.until(0.02)
    stage.until(25)
    assert stage.sent() == [
        (0, "abe@globex.example", "Your payment did not go through"),
        (3, "abe@globex.example", "Still open: your payment of three days ago"),
        (7, "abe@globex.example", "A week on: your payment is still open"),
        (21, "mary@orchard.example", "Globex has not paid for three weeks"),
    ]
    assert all("https://app.orchard.example/billing" in mail.text for mail in stage.mails[:3])
    assert stage.tasks() == [
        (7, "Call Globex about the failed payment"),
        (21, "Globex has not paid for three weeks"),
    ]


@pytest.mark.parametrize(("paid_on", "mails"), [(1, 1), (4, 2), (9, 3)])
def test_it_stops_as_soon_as_the_payment_comes_through(stage: Stage, paid_on: int, mails: int) -> None:
    known(stage.cast.globex, arr=6_000)
    stage.play("payment_failure")
    send("Payment Failed", "globex", day=0.01)
    stage.until(0.02)
    stage.until(paid_on)
    send("Payment Succeeded", "globex", day=paid_on + 0.01)
    refresh_rollups(NOW + timedelta(days=paid_on + 0.01))
    stage.until(paid_on + 0.02)
    stage.until(40)
    assert len(stage.mails) == mails
    assert stage.run().ended_because == "Paid"
    assert not Task.objects.filter(title__contains="three weeks").exists()


def renewing(stage: Stage, *, days: int, arr: float, score: int) -> None:
    known(
        stage.cast.globex, days_to_renewal=days, arr=arr, monthly_active_users=12, seat_use=64, seats_used=32, seats=50
    )
    healthy(stage.cast.globex, score)
    profiles_as_of(stage.now)


@pytest.mark.parametrize(("arr", "score", "is_called"), [(6_000, 85, False), (40_000, 85, True), (6_000, 60, True)])
def test_a_renewal_is_prepared_talked_about_and_offered(
    stage: Stage, arr: float, score: int, *, is_called: bool
) -> None:
    renewing(stage, days=90, arr=arr, score=score)
    stage.play("renewal_90_60_30")
    stage.until(1)
    for day in (29, 30, 59, 60):
        stage.now = NOW + timedelta(days=day)
        renewing(stage, days=90 - day, arr=arr, score=score)
        stage.until(day + 0.1)
    assert stage.sent() == [
        (0, "edo@globex.example", "What Globex got out of it, and your options"),
        (60, "abe@globex.example", "Your contract renews in 30 days"),
    ]
    assert "12 of your people work with it" in stage.mails[0].text
    assert "You use 32 of your 50 seats." in stage.mails[1].text
    assert stage.tasks() == ([(30, "Talk to Globex about the renewal")] if is_called else [])


def test_who_renews_early_hears_no_more_of_it(stage: Stage) -> None:
    renewing(stage, days=90, arr=6_000, score=85)
    stage.play("renewal_90_60_30")
    stage.until(1)
    stage.now = NOW + 20 * DAY
    renewing(stage, days=435, arr=8_000, score=85)
    stage.until(80)
    assert len(stage.mails) == 1
    assert stage.run().ended_because == "A condition to leave holds"
