"""Waits for what became of messages: those of the run itself, where its playbook writes any."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries import receipts
from mainstay.deliveries.inapp.accounts import hand_out
from mainstay.deliveries.models import Delivery
from mainstay.deliveries.receipts import ReceiptKind
from mainstay.deliveries.services import request_delivery
from mainstay.facts.loader import load
from mainstay.playbooks.models import Run
from mainstay.playbooks.reading import BadPlaybook
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, wait
from tests.playbooks.test_events import send

MINUTE = timedelta(minutes=1)
CLICKED = "Email Link Clicked"


def mail(**params: Any) -> dict[str, Any]:
    told = {"to": "contact", "subject": "Hello", "text": "Look: https://orchard.example/", **params}
    return {"id": "write", "type": "email", "with": told}


def clicked(**params: Any) -> dict[str, Any]:
    return wait("clicked", event=[CLICKED], time_out={"days": 10}, **params)


def carol(of: Account) -> Contact:
    return Contact.objects.create(
        key="carol", name="Carol", email="carol@acme.example", persona="administrator", account=of
    )


def click(delivery: UUID | str, at: Any, *, event: str = CLICKED, user: str = "carol") -> None:
    send(event, user=user, at=at, delivery_id=str(delivery))
    refresh(at + 2 * MINUTE)


def outcomes() -> dict[str, str]:
    found: dict[str, str] = Run.objects.get().outcomes
    return found


def test_a_click_on_its_own_mail_ends_the_wait_and_one_on_another_mail_does_not(cast: Cast) -> None:
    her = carol(cast.acme)
    publish(play(mail(), clicked(), subject={"contacts": {}}))
    signal(cast.acme)
    refresh(NOW)
    own = Delivery.objects.get()
    another = {"category": "success", "subject": "Other", "text": "Look", "account": cast.acme}
    request_delivery(uuid4(), channel="email", to=her, now=NOW, **another)
    other = Delivery.objects.exclude(pk=own.pk).get()
    for delivery, at, came_to in ((other, NOW + DAY, {}), (own, NOW + 2 * DAY, {"clicked": "happened"})):
        receipts.note(delivery, ReceiptKind.CLICKED, at=at, detail="https://orchard.example/")
        receipts.pass_on(at)
        load(at)
        refresh(at + MINUTE)
        assert outcomes() == came_to


def test_a_wait_may_hear_of_any_message(cast: Cast) -> None:
    carol(cast.acme)
    publish(play(mail(), clicked(messages="any"), subject={"contacts": {}}))
    signal(cast.acme)
    refresh(NOW)
    click(uuid4(), NOW + DAY)
    assert outcomes() == {"clicked": "happened"}


@pytest.mark.parametrize("said", ["", "no id"])
def test_a_receipt_of_another_tool_is_none_of_its_own(cast: Cast, said: str) -> None:
    carol(cast.acme)
    publish(play(mail(), clicked(), subject={"contacts": {}}))
    signal(cast.acme)
    refresh(NOW)
    click(said, NOW + DAY)
    assert outcomes() == {}


def test_a_playbook_that_writes_to_nobody_hears_of_any_message(cast: Cast) -> None:
    carol(cast.acme)
    publish(play(mail(to="owner"), clicked()))
    signal(cast.acme)
    refresh(NOW)
    click(uuid4(), NOW + DAY)
    assert outcomes() == {"clicked": "happened"}


def test_what_comes_over_a_channel_it_does_not_write_over_is_heard_of_any(cast: Cast) -> None:
    carol(cast.acme)
    shown = wait("clicked", event=["In-App Message Shown"], time_out={"days": 10})
    publish(play(mail(), shown, subject={"contacts": {}}))
    signal(cast.acme)
    refresh(NOW)
    click(uuid4(), NOW + DAY, event="In-App Message Shown")
    assert outcomes() == {"clicked": "happened"}


def test_a_run_about_an_account_hears_whomever_it_wrote_to(cast: Cast) -> None:
    carol(cast.acme)
    publish(play(mail(to="contacts", persona=["administrator"]), clicked()))
    signal(cast.acme)
    refresh(NOW)
    click(uuid4(), NOW + DAY)
    assert outcomes() == {}
    click(Delivery.objects.get().pk, NOW + 2 * DAY)
    assert outcomes() == {"clicked": "happened"}


def test_a_message_in_the_app_for_everybody_is_of_the_run_whoever_saw_it(cast: Cast) -> None:
    dan = Contact.objects.create(key="dan", name="Dan", account=cast.acme)
    event = "In-App Message Clicked"
    tell = {"id": "tell", "type": "in_app", "with": {"kind": "banner", "title": "New", "to": "account"}}
    publish(play(tell, wait("clicked", event=[event], time_out={"days": 10})))
    signal(cast.acme)
    refresh(NOW)
    assert hand_out(dan, now=NOW) == 1
    click(uuid4(), NOW + DAY, event=event, user="dan")
    assert outcomes() == {}
    click(Delivery.objects.get(contact=dan).pk, NOW + 2 * DAY, event=event, user="dan")
    assert outcomes() == {"clicked": "happened"}


def test_whose_messages_count_is_said_only_of_an_event() -> None:
    with pytest.raises(BadPlaybook, match="`messages` belongs to an `event`"):
        play(wait("w", days=2, messages="any"))
