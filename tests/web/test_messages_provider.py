"""A provider tells what became of mails: only from it, and a repeat changes nothing."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries import policies
from mainstay.deliveries.consent import choices_of
from mainstay.deliveries.models import Delivery, Receipt, Suppression
from mainstay.deliveries.policy import SHIPPED
from mainstay.deliveries.services import request_delivery
from tests.builders import Cast

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID = derived_id("told")
SECRET = "orchard:a-long-random-password"
EMAIL = "ann@acme.example"


@pytest.fixture(autouse=True)
def delivery(cast: Cast, settings: LazySettings) -> Delivery:
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRET = "postmark", SECRET
    ann = Contact.objects.create(key="ann", name="Ann", email=EMAIL, account=cast.acme)
    request_delivery(ID, channel="email", to=ann, category="product_news", subject="News", text="t", now=NOW)
    return Delivery.objects.get(pk=ID)


def tell(secret: str = SECRET, **event: object) -> HttpResponse:
    basic = base64.b64encode(secret.encode()).decode()
    event = {"Metadata": {"delivery": str(ID)}, "MessageID": "p-1", "Recipient": EMAIL, "Email": EMAIL} | event
    client = Client(enforce_csrf_checks=True)
    return client.post(
        "/m/told/", json.dumps(event), content_type="application/json", headers={"Authorization": f"Basic {basic}"}
    )


BOUNCE = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Description": "Unknown user",
          "Details": "smtp;550 5.1.1 no such user", "BouncedAt": "2026-11-23T09:00:05Z"}  # fmt: skip


def test_a_bounce_suppresses_the_address_and_is_told_of_the_message() -> None:
    assert tell(**BOUNCE).json() == {"kept": 1}
    found = Suppression.objects.get()
    assert (found.address, found.kind) == (EMAIL, "bounce")
    assert "550 5.1.1 no such user" in found.reason
    assert (Receipt.objects.get().kind, Receipt.objects.get().delivery_id) == ("Email Bounced", ID)
    assert tell(**BOUNCE).json() == {"kept": 0}
    assert Receipt.objects.count() == 1


def test_a_bounce_of_a_mail_we_do_not_know_still_suppresses() -> None:
    assert tell(**BOUNCE, Metadata={}).json() == {"kept": 1}
    assert Suppression.objects.exists()
    assert not Receipt.objects.exists()


def test_a_complaint_suppresses_and_an_unsubscription_is_a_choice() -> None:
    tell(RecordType="SpamComplaint", Type="SpamComplaint", ID=2, BouncedAt="2026-11-23T09:00:05Z")
    assert Suppression.objects.get().kind == "complaint"
    tell(RecordType="SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression",
         ChangedAt="2026-11-23T09:00:05Z", Origin="Recipient")  # fmt: skip
    assert choices_of({EMAIL})[EMAIL] == {"*": False}
    assert set(Receipt.objects.values_list("kind", flat=True)) == {"Email Marked as Spam", "Unsubscribed"}


@pytest.mark.parametrize(
    "event",
    [
        {"Type": "Transient"},
        {"Type": "SoftBounce", "Details": "smtp;452 4.2.2 mailbox full"},
        {"Type": "VirusNotification"},
        {"Type": "HardBounce", "Details": "smtp;550 5.7.1 our policy is to block you"},
        {"Type": "HardBounce", "Details": "smtp;550 5.1.8 sender's domain not found"},
    ],
)
def test_what_passes_or_is_not_about_the_recipient_suppresses_nobody(event: dict[str, str]) -> None:
    assert tell(**BOUNCE | event).json() == {"kept": 0}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("what", "is_nobody"), [("hard_bounce", True), ("invalid_email", True), ("soft_bounce", False)]
)
def test_brevo_tells_a_soft_bounce_from_a_hard_one(settings: LazySettings, what: str, is_nobody: bool) -> None:
    settings.MAIL_PROVIDER = "brevo"
    tell(event=what, email=EMAIL, ts_epoch=1_763_888_405_000, reason="mailbox is over its quota")
    assert Suppression.objects.exists() is is_nobody


@pytest.mark.parametrize(("bounce_class", "is_nobody"), [("10", True), ("30", True), ("22", False), ("51", False)])
@pytest.mark.parametrize("kind", ["bounce", "policy_rejection", "generation_rejection"])
def test_sparkpost_tells_by_the_class(settings: LazySettings, kind: str, bounce_class: str, is_nobody: bool) -> None:
    settings.MAIL_PROVIDER = "sparkpost"
    event = {"type": kind, "timestamp": "1763888405", "bounce_class": bounce_class, "raw_rcpt_to": EMAIL,
             "raw_reason": "550 what the server said"}  # fmt: skip
    basic = base64.b64encode(SECRET.encode()).decode()
    body = json.dumps([{"msys": {"gen_event" if kind.startswith("gen") else "message_event": event}}])
    sender = Client(headers={"Authorization": f"Basic {basic}"})
    assert sender.post("/m/told/", body, content_type="application/json").status_code == 200
    assert Suppression.objects.exists() is is_nobody


def test_opens_and_clicks_are_kept_only_while_they_are_counted(cast: Cast) -> None:
    opened = {"RecordType": "Open", "ReceivedAt": "2026-11-23T10:00:00Z"}
    clicked = {"RecordType": "Click", "ReceivedAt": "2026-11-23T10:00:00Z", "OriginalLink": "https://docs.example/"}
    for event in (opened, clicked):
        assert tell(**event).json() == {"kept": 0}
    tracking = SHIPPED.model_copy(update={"track_opens": True, "track_clicks": True})
    policies.save_policy(tracking, by=cast.mary, now=NOW)
    for event in (opened, clicked):
        assert tell(**event).json() == {"kept": 1}
    assert Receipt.objects.get(kind="Email Link Clicked").detail == "https://docs.example/"


@pytest.mark.parametrize("secret", ["", "orchard:wrong"])
def test_who_does_not_know_the_secret_changes_nothing(secret: str) -> None:
    answer = tell(secret, **BOUNCE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Suppression.objects.exists()


def test_without_a_secret_or_a_provider_there_is_nothing_here(settings: LazySettings) -> None:
    settings.MAIL_WEBHOOK_SECRET = ""
    assert tell(**BOUNCE).status_code == 404
    settings.MAIL_WEBHOOK_SECRET, settings.MAIL_PROVIDER = SECRET, ""
    assert tell(**BOUNCE).status_code == 404
    assert Client().get("/m/told/").status_code == 405


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"RecordType": "Inbound"}'])
def test_nonsense_is_refused_and_is_no_fault_of_ours(body: bytes) -> None:
    basic = base64.b64encode(SECRET.encode()).decode()
    answer = Client().post(
        "/m/told/", body, content_type="application/json", headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 403


def test_mailgun_is_told_by_its_signature(settings: LazySettings) -> None:
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRET = "mailgun", "signing-key"

    def post(key: str) -> HttpResponse:
        signature = hmac.new(key.encode(), b"1700000000token", hashlib.sha256).hexdigest()
        event = {"event": "failed", "severity": "permanent", "reason": "bounce", "recipient": EMAIL, "id": "e1",
                 "timestamp": 1_763_888_405.0, "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
                 "user-variables": {"delivery": str(ID)}, "message": {"headers": {"message-id": "m"}}}  # fmt: skip
        body = {"signature": {"timestamp": "1700000000", "token": "token", "signature": signature}, "event-data": event}
        return Client().post("/m/told/", json.dumps(body), content_type="application/json")

    assert post("another-key").status_code == 403
    assert post("signing-key").json() == {"kept": 1}
    assert Receipt.objects.get().delivery_id == ID
