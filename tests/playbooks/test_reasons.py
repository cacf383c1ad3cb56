"""Every task and message leads to the run behind it, and the run to what let the account in."""

from datetime import timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Contact
from mainstay.accounts.services import set_stage
from mainstay.deliveries.models import Delivery
from mainstay.interactions.models import Response
from mainstay.playbooks.models import Run
from mainstay.playbooks.reasons import evidence_of, run_behind
from mainstay.segments.models import Membership, Segment
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task

MAIL = {
    "id": "hello",
    "type": "email",
    "with": {"to": "contact", "category": "success", "subject": "Hello", "text": "Hello"},
}


def run_of(cast: Cast) -> Run:
    return Run.objects.select_related("signal").get(account=cast.acme)


def test_a_message_leads_to_the_run_that_asked_for_it(cast: Cast) -> None:
    publish(play(MAIL, subject={"contacts": {}}, reentry="after_exit"))
    contacts = [
        Contact.objects.create(key=name, account=cast.acme, name=name, email=f"{name}@acme.example")
        for name in ("carol", "dan")
    ]
    first = signal(cast.acme)
    refresh()
    first.closed_at = NOW
    first.save(update_fields=["closed_at"])
    second = signal(cast.acme, opened_at=NOW + DAY)
    refresh(NOW + DAY)
    for contact in contacts:
        of_contact = Delivery.objects.filter(contact=contact).order_by("created_at")
        behind = [run_behind(one) for one in of_contact]
        assert [(run and run.contact, run and run.signal) for run in behind] == [(contact, first), (contact, second)]


def test_a_message_to_our_own_people_leads_to_its_run_too_and_one_of_no_playbook_to_none(cast: Cast) -> None:
    told = {"to": "owner", "subject": "Look", "text": "Look"}
    publish(play({"id": "alert", "type": "email", "with": told}))
    signal(cast.acme)
    refresh()
    message = Delivery.objects.get()
    assert run_behind(message) == run_of(cast)
    message.origin = ""
    assert run_behind(message) is None


def test_the_evidence_of_a_signal_is_the_signal(cast: Cast) -> None:
    publish(play())
    opened = signal(cast.acme)
    refresh()
    assert evidence_of(run_of(cast)).signal == opened
    opened.delete()
    assert evidence_of(run_of(cast)).is_gone


def test_the_evidence_of_a_segment_a_stage_and_an_answer_are_their_records(cast: Cast) -> None:
    segment = Segment.objects.create(key="big", name="Big", condition="arr > 5")
    publish(play(entry={"by": "segment", "segment": "big"}, key="a"))
    publish(play(entry={"by": "stage", "stage": "renewal"}, key="b"))
    publish(play(entry={"by": "answer", "survey": "nps"}, key="c"), now=NOW - 400 * DAY)
    Membership.objects.create(segment=segment, account=cast.acme, entered_at=NOW)
    set_stage(cast.acme, "renewal", by=None, now=NOW)
    told: dict[str, Any] = {"kind": "nps", "score": 3, "comment": "Slow", "answered_at": NOW}
    Response.objects.create(key="r", account=cast.acme, **told)
    refresh()
    found = {run.playbook.key: evidence_of(run) for run in Run.objects.select_related("playbook", "signal")}
    assert found["a"].segment == "big"
    assert ("Condition now", "arr > 5") in found["a"].lines
    assert found["b"].lines == [("Stage", "renewal"), ("Since", "23 November 2026")]
    assert found["c"].lines == [("NPS", "3"), ("Comment", "Slow"), ("Answered", "23 November 2026, 09:00 UTC")]
    Response.objects.all().delete()
    assert evidence_of(Run.objects.get(playbook__key="c")).is_gone


def test_a_run_that_another_one_started_leads_to_it(cast: Cast) -> None:
    publish(play(key="second", entry={"by": "hand"}))
    publish(play({"id": "next", "type": "start", "with": {"playbook": "second"}}))
    signal(cast.acme)
    refresh()
    parent = Run.objects.get(playbook__key="play")
    assert evidence_of(Run.objects.get(playbook__key="second")).parent == parent


@pytest.mark.parametrize("reason", ["renewal:2026-11-23", "hand:x", "stay:x", "answer:"])
def test_a_reason_that_names_no_record_has_no_more_to_show(cast: Cast, reason: str) -> None:
    publish(play(task(), entry={"by": "date", "of": "signed"}))
    cast.acme.signed_on = (NOW - timedelta(hours=1)).date()
    cast.acme.save(update_fields=["signed_on"])
    refresh()
    run = run_of(cast)
    run.reason = reason
    found = evidence_of(run)
    assert not found.lines
    assert found.is_gone == reason.startswith(("stay", "answer"))
