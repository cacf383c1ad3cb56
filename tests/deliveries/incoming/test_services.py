"""What comes back is kept once: answers on the timeline and as events, bounces at the address, the rest nowhere."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import DataError

from mainstay.accounts.models import Contact
from mainstay.deliveries import reply_addresses, senders
from mainstay.deliveries.composing import compose
from mainstay.deliveries.incoming.services import take_mail
from mainstay.deliveries.models import Delivery, Incoming, Receipt, State
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.services import request_delivery
from mainstay.deliveries.suppression import suppressed
from mainstay.interactions.models import Interaction
from tests.builders import Cast, account
from tests.deliveries.incoming import mails

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMED = f"In-Reply-To: {mails.ID}"


@pytest.fixture
def ann(cast: Cast) -> Contact:
    return Contact.objects.create(key="ann", name="Ann Lee", email="Ann@acme.example", account=cast.acme)


@pytest.fixture
def delivery(ann: Contact, cast: Cast, settings: LazySettings) -> Delivery:
    settings.DEFAULT_FROM_EMAIL = "Orchard <hello@orchard.example>"
    settings.REPLY_ADDRESS = "replies@orchard.example"
    request_delivery(
        UUID(mails.MESSAGE), channel="email", to=ann, category="success", subject="Your review", text="Hello",
        account=cast.acme, sender=cast.alice, now=NOW - 2 * DAY,
    )  # fmt: skip
    Delivery.objects.update(state=State.SENT, left_at=NOW - 2 * DAY)
    return Delivery.objects.get()


def take(content: bytes, *, at: datetime = NOW) -> bool:
    return take_mail(content, received_at=at, now=NOW)


def test_an_answer_goes_to_the_timeline_and_becomes_a_receipt(delivery: Delivery, ann: Contact, cast: Cast) -> None:
    assert take(mails.answer(headers=NAMED))
    line = Interaction.objects.get()
    assert (line.account, line.contact, line.user) == (cast.acme, ann, cast.alice)
    assert (line.kind, line.direction, line.title, line.occurred_at) == ("email", "inbound", "Re: Your review", NOW)
    assert line.body == "Yes, next week works."
    receipt = Receipt.objects.get()
    assert (receipt.delivery, receipt.kind, receipt.at) == (delivery, "Email Replied", NOW)


def test_the_same_mail_again_changes_nothing(delivery: Delivery) -> None:
    assert take(mails.answer(headers=NAMED))
    assert not take(mails.answer(headers=NAMED))
    assert (Interaction.objects.count(), Receipt.objects.count(), Incoming.objects.count()) == (1, 1, 1)


def test_a_second_answer_is_another_event(delivery: Delivery) -> None:
    take(mails.answer(headers=NAMED))
    take(mails.answer(headers=NAMED, number=2))
    assert (Interaction.objects.count(), Receipt.objects.count()) == (2, 2)


@pytest.mark.parametrize("where", ["To", "Delivered-To", "Cc"])
def test_the_signed_address_says_what_is_answered(delivery: Delivery, where: str) -> None:
    address = reply_addresses.reply_address(delivery.pk).upper()
    take(mails.answer(headers=f"{where}: {address}", to="x@y.example", sender="colleague@acme.example"))
    kept = Incoming.objects.get()
    assert (kept.delivery, kept.contact, kept.note) == (delivery, None, "its address")
    assert Interaction.objects.get().body.startswith("From colleague@acme.example <colleague@acme.example>")


def test_an_address_that_we_did_not_sign_says_nothing(delivery: Delivery) -> None:
    good = reply_addresses.reply_address(delivery.pk)
    forged = good.replace(good.partition("@")[0][-3:], "aaa")
    take(mails.answer(to=forged, sender="stranger@nowhere.example"))
    assert Incoming.objects.get().account is None
    assert not Interaction.objects.exists()


def test_the_mail_asks_for_answers_to_its_sender_and_to_the_signed_address(delivery: Delivery) -> None:
    message = compose(Delivery.objects.select_related("sender", "target").get(), policy_in_force(), now=NOW)
    own, signed = message.reply_to.split(", ")
    assert own == "Alice <alice@orchard.example>"
    assert reply_addresses.delivery_of(signed) == delivery.pk
    local = signed.partition("@")[0]
    assert len(local) <= 64, "RFC 5321, 4.5.3.1.1"
    assert senders.reply_to(None, policy_in_force(), delivery.pk) == signed


def test_without_a_reply_address_nothing_changes(delivery: Delivery, settings: LazySettings) -> None:
    settings.REPLY_ADDRESS = ""
    assert senders.reply_to(None, policy_in_force(), delivery.pk) == ""
    assert reply_addresses.delivery_of("+@") is None


def test_a_former_secret_key_still_reads_its_addresses(delivery: Delivery, settings: LazySettings) -> None:
    address = reply_addresses.reply_address(delivery.pk)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50
    assert reply_addresses.delivery_of(address) == delivery.pk


def test_who_writes_within_a_month_answers_the_latest_message_to_her(delivery: Delivery, ann: Contact) -> None:
    take(mails.answer())
    kept = Incoming.objects.get()
    assert (kept.delivery, kept.contact, kept.note) == (delivery, ann, "its sender")
    take(mails.answer(number=2), at=NOW - 3 * DAY)
    assert Incoming.objects.get(received_at=NOW - 3 * DAY).delivery is None, "it was there before our message"
    assert Interaction.objects.count() == 2


def test_a_contact_nobody_wrote_to_is_on_the_timeline_all_the_same(ann: Contact, cast: Cast) -> None:
    take(mails.answer())
    assert Interaction.objects.get().contact == ann
    assert not Receipt.objects.exists()


def test_a_known_colleague_who_answers_is_named(delivery: Delivery, cast: Cast) -> None:
    colleague = Contact.objects.create(key="carl", email="carl@acme.example", account=cast.acme)
    elsewhere = account("Other")
    Contact.objects.create(key="carl2", email="carl@acme.example", account=elsewhere)
    take(mails.answer(headers=NAMED, sender="Carl <carl@acme.example>"))
    assert Interaction.objects.get().contact == colleague
    assert Incoming.objects.get().delivery == delivery


@pytest.mark.parametrize("content", [mails.VACATION, mails.OLD_VACATION, mails.LIST])
def test_what_no_person_wrote_is_no_answer(delivery: Delivery, content: bytes) -> None:
    assert take(content)
    assert not Interaction.objects.exists()
    assert not Receipt.objects.exists()
    assert Incoming.objects.get().account is None


@pytest.mark.parametrize("sender", ["alice@orchard.example", "hello@orchard.example"])
def test_what_we_wrote_ourselves_is_no_answer(delivery: Delivery, sender: str) -> None:
    take(mails.answer(headers=NAMED, sender=sender))
    assert Incoming.objects.get().kind == "own"
    assert not Interaction.objects.exists()


def test_of_strangers_nothing_is_kept_but_that_a_mail_came(delivery: Delivery) -> None:
    take(mails.answer(sender="stranger@nowhere.example"))
    kept = Incoming.objects.values().get()
    assert "stranger" not in str(kept)
    assert kept["account_id"] is None


def test_a_bounce_suppresses_the_address(delivery: Delivery) -> None:
    take(mails.bounce())
    assert "ann@acme.example" in suppressed({"ann@acme.example"})
    assert Receipt.objects.get().kind == "Email Bounced"


@pytest.mark.parametrize(
    "content",
    [
        mails.bounce(status="5.7.1"),
        mails.bounce(status="5.2.2"),
        mails.bounce(recipient="other@acme.example"),
        mails.bounce(id="<no-message-of-ours@orchard.example>"),
    ],
    ids=["refused by policy", "mailbox full", "another address", "no message of ours"],
)
def test_nobody_is_suppressed_for_less(delivery: Delivery, content: bytes) -> None:
    take(content)
    assert suppressed({"ann@acme.example", "other@acme.example"}) == {}


def test_a_mail_that_breaks_the_parser_holds_up_no_other(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("mainstay.deliveries.incoming.services.read_mail", lambda content: 1 / 0)
        assert take(b"broken")
        assert not take(b"broken")
    assert "left out" in caplog.text
    assert take(mails.answer(headers=NAMED))
    assert sorted(Incoming.objects.values_list("kind", flat=True)) == ["broken", "person"]


def test_a_mail_that_cannot_be_kept_holds_up_no_other(delivery: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise DataError("invalid byte sequence")

    with monkeypatch.context() as patch:
        patch.setattr("mainstay.deliveries.incoming.services.upsert_interactions", refuse)
        assert take(mails.answer(number=1, headers=f"In-Reply-To: <{delivery.pk}@orchard.example>"))
    kept = Incoming.objects.get()
    assert (kept.kind, kept.account, kept.note) == (
        "broken",
        None,
        "It cannot be read (DataError: invalid byte sequence).",
    )
    assert take(mails.answer(number=2, headers=f"In-Reply-To: <{delivery.pk}@orchard.example>"))
    assert Receipt.objects.filter(delivery=delivery).count() == 1
