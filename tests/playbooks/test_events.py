"""Product events that let accounts in, and that runs wait for."""

from datetime import timedelta
from typing import Any

from mainstay.accounts.models import Contact
from mainstay.facts.services import refresh_rollups
from mainstay.playbooks import services
from mainstay.playbooks.models import Run, StepRun
from mainstay.playbooks.reasons import evidence_of
from mainstay.playbooks.standing import standing_of
from tests.builders import NOW, Cast
from tests.facts.sending import load, track
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait

MINUTE = timedelta(minutes=1)
BIG = {"by": "event", "events": ["Export Failed"], "where": "size > 100", "properties": {"size": "number"}}


def send(event: str, account: str = "acme", *, user: str = "carol", at: Any = NOW, **properties: Any) -> None:
    """One event, received the minute after it happened."""
    load(track(user, event, at=at, account=account, properties=properties), received_at=at + MINUTE, now=at + MINUTE)


def test_an_event_lets_in_once_when_its_properties_are_asked_for(cast: Cast) -> None:
    publish(play(entry=BIG), now=NOW - DAY)
    send("Export Failed", size=500)
    send("Export Failed", "globex", user="dan", size=5)
    send("export failed", "initech", user="eve", size="400")  # a text that is a number, another spelling
    send("Export Done", "globex", user="dan", size=500)
    assert refresh(NOW + 2 * MINUTE)[0] == 2
    assert set(Run.objects.values_list("account__name", flat=True)) == {"Acme", "Initech"}
    assert Run.objects.get(account=cast.acme).why == "Sent “Export Failed” on 23 November 2026, 09:00 UTC"
    assert refresh(NOW + 3 * MINUTE)[0] == 0
    send("Export Failed", "globex", user="dan", at=NOW + DAY, size=500)
    assert refresh(NOW + DAY + 2 * MINUTE)[0] == 1


def test_a_number_that_no_number_can_hold_keeps_nobody_else_out(cast: Cast) -> None:
    publish(play(entry=BIG), now=NOW - DAY)
    send("Export Failed", size=10**400)
    send("Export Failed", "globex", user="dan", size=500)
    send("Export Failed", "initech", user="eve", size="inf")
    assert refresh(NOW + 2 * MINUTE)[0] == 1
    assert Run.objects.get().account == cast.globex


def test_whom_a_cap_keeps_out_enters_when_there_is_room(cast: Cast) -> None:
    publish(play(entry=BIG, caps={"starts_a_day": 1}), now=NOW - DAY)
    send("Export Failed", size=500)
    send("Export Failed", "globex", user="dan", size=500)
    assert refresh(NOW + 2 * MINUTE)[0] == 1
    assert refresh(NOW + 3 * MINUTE)[0] == 0
    assert refresh(NOW + DAY)[0] == 1
    assert refresh(NOW + 2 * DAY)[0] == 0
    assert set(Run.objects.values_list("account__name", flat=True)) == {"Acme", "Globex"}


def test_events_of_before_it_was_published_let_nobody_in(cast: Cast) -> None:
    send("Export Failed", size=500)
    publish(play(entry=BIG), now=NOW + DAY)
    assert refresh(NOW + DAY)[0] == 0


def test_the_run_is_about_who_sent_the_event_when_that_is_asked(cast: Cast) -> None:
    for name in ("carol", "dan"):
        Contact.objects.create(key=name, name=name.title(), account=cast.acme)
    publish(play(task(title="{{ contact.name }}"), entry=BIG, subject={"contacts": {"actor": True}}), now=NOW - DAY)
    send("Export Failed", size=500, user="dan")
    refresh(NOW + 2 * MINUTE)
    assert Run.objects.get().contact == Contact.objects.get(key="dan")


def test_contacts_who_were_active_lately_are_chosen(cast: Cast) -> None:
    send("Report Viewed", user="carol", at=NOW - 2 * DAY)
    send("Report Viewed", user="dan", at=NOW - 20 * DAY)
    publish(play(subject={"contacts": {"active_within_days": 7}}))
    signal(cast.acme)
    refresh_rollups(NOW)
    refresh()
    assert list(Run.objects.filter(playbook__key="play").values_list("contact__key", flat=True)) == ["carol"]


def test_a_run_goes_on_when_the_event_it_waits_for_comes_after_it_began_to_wait(cast: Cast) -> None:
    publish(play(wait("paid", event=["Invoice Paid"], time_out={"days": 10}), task()))
    for one in (cast.acme, cast.globex):
        signal(one)
    send("Invoice Paid", at=NOW - DAY)
    assert refresh(NOW) == (2, 2)
    assert refresh(NOW + MINUTE) == (0, 0)
    send("invoice paid", at=NOW + DAY)
    assert refresh(NOW + DAY + 2 * MINUTE) == (0, 2)
    assert dict(StepRun.objects.filter(run__account=cast.acme).values_list("step", "result")) == {
        "paid": "happened",
        "call": "",
    }
    assert refresh(NOW + 10 * DAY) == (0, 2)
    assert StepRun.objects.get(run__account=cast.globex, step="paid").result == "timed_out"


def test_a_run_that_an_event_began_leads_to_the_event_itself(cast: Cast) -> None:
    publish(play(entry=BIG), now=NOW - DAY)
    send("Export Failed", size=500)
    send("Export Failed", size=600, at=NOW + MINUTE)
    refresh(NOW + 3 * MINUTE)
    run = Run.objects.order_by("started_at", "why").first()
    assert run is not None
    found = evidence_of(run)
    assert found.event is not None
    assert ("Event", "Export Failed") in found.lines
    assert dict(found.lines)["size"] in ("500", "600")
    assert f"event:{found.event.id}" == run.reason
    run.reason = "event:5"
    assert evidence_of(run).is_gone


def test_an_account_whose_event_let_nobody_in_is_told_of_it(cast: Cast) -> None:
    send("Export Failed", size=500, at=NOW - 2 * DAY)
    send("Export Failed", size=5, at=NOW + DAY)
    version = publish(play(entry=BIG), now=NOW)
    said = [check.detail for check in standing_of(cast.acme, version, now=NOW + 2 * DAY).checks]
    assert any("came on 21 November 2026, 09:00 UTC, before the playbook began to listen" in detail for detail in said)
    send("Export Failed", size=700, at=NOW + 10 * DAY)
    said = [check.detail for check in standing_of(cast.acme, version, now=NOW + 20 * DAY).checks]
    assert any("came on 3 December 2026, 09:00 UTC and let nobody in" in detail for detail in said)


def test_a_run_hears_an_event_that_was_received_before_others_that_were_loaded_sooner(cast: Cast) -> None:
    publish(play(wait("heard", event=["Export Done"])))
    signal(cast.acme)
    refresh(NOW)
    send("Something", at=NOW + 4 * MINUTE)
    refresh(NOW + 5 * MINUTE)
    slow = track("carol", "Export Done", at=NOW + 4 * MINUTE, account="acme")
    load(slow, received_at=NOW + 4.5 * MINUTE, now=NOW + 6 * MINUTE)
    send("Something", at=NOW + 5 * MINUTE)
    refresh(NOW + 6 * MINUTE)
    assert Run.objects.get().outcomes == {"heard": "happened"}


def test_a_paused_run_hears_what_it_waits_for_and_goes_on_when_it_is_resumed(cast: Cast) -> None:
    publish(play(wait("export", event=["Export Done"], time_out={"days": 30}), task()))
    signal(cast.acme)
    refresh()
    run = Run.objects.get()
    services.pause_run(run, by=cast.alice, now=NOW)
    send("Export Done", at=NOW + DAY)
    assert refresh(NOW + DAY + 2 * MINUTE) == (0, 0)
    services.resume_run(run, by=cast.alice, now=NOW + 2 * DAY)
    refresh(NOW + 2 * DAY)
    assert dict(StepRun.objects.values_list("step", "result")) == {"export": "happened", "call": ""}
