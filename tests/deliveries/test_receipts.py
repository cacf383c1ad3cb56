"""What became of messages comes back as events, once each, and is no sign of life of the product."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries import receipts, services
from mainstay.deliveries.channel import Channel
from mainstay.deliveries.models import Delivery, Receipt
from mainstay.deliveries.receipts import ReceiptKind
from mainstay.facts.loader import load
from mainstay.facts.schema import USER_DAYS
from mainstay.facts.services import refresh_rollups
from mainstay.ingest.events import Event, open_envelope
from mainstay.ingest.inbox import open_inbox
from mainstay.ingest.sources import freshness
from mainstay.lake import engine
from mainstay.lake.store import Lake
from tests.builders import Cast
from tests.deliveries.test_services import Recorder

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def delivery(cast: Cast) -> Delivery:
    ann = Contact.objects.create(key="ann", name="Ann", email="ann@acme.example", account=cast.acme)
    id = derived_id("test")
    services.request_delivery(
        id, channel="email", to=ann, category="success", subject="Hi", text="t", account=cast.acme, now=NOW
    )
    channels: dict[str, Channel] = {"email": Recorder()}
    services.send_due(NOW, channels=channels)
    return Delivery.objects.get(pk=id)


def events() -> list[Event]:
    return [event for one in open_inbox().read(limit_bytes=10**6) for event in open_envelope(one).events]


def test_a_mail_that_was_taken_is_an_event_of_its_reader(delivery: Delivery) -> None:
    assert receipts.pass_on(NOW) == 1
    assert receipts.pass_on(NOW) == 0
    (event,) = events()
    assert (event.event, event.user_key, event.account_key, event.timestamp) == ("Email Delivered", "ann", "acme", NOW)
    assert event.properties == {"delivery_id": str(delivery.pk), "category": "success", "email_subject": "Hi"}


def test_the_same_click_is_one_event_and_another_link_is_another(delivery: Delivery) -> None:
    assert receipts.note(delivery, ReceiptKind.CLICKED, at=NOW, detail="https://a.example/")
    assert not receipts.note(delivery, ReceiptKind.CLICKED, at=NOW + timedelta(hours=1), detail="https://a.example/")
    assert receipts.note(delivery, ReceiptKind.CLICKED, at=NOW, detail="https://b.example/")
    receipts.pass_on(NOW)
    links = [one.properties["link_url"] for one in events() if one.event == "Email Link Clicked"]
    assert sorted(links) == ["https://a.example/", "https://b.example/"]


def test_killed_between_the_inbox_and_the_mark_the_same_events_come_and_are_dropped(delivery: Delivery) -> None:
    receipts.pass_on(NOW)
    Receipt.objects.update(passed_on_at=None)
    receipts.pass_on(NOW)
    result = load(NOW)
    assert (result.events, result.duplicates, result.dead_letters) == (1, 1, 0)


def test_receipts_keep_no_source_alive_and_are_no_use_of_the_product(delivery: Delivery) -> None:
    for kind in ReceiptKind:
        receipts.note(delivery, kind, at=NOW)
    receipts.pass_on(NOW)
    assert load(NOW).events == len(ReceiptKind)
    assert freshness(NOW)["product"].last_received_at is None
    refresh_rollups(NOW)
    assert users_seen() == []


def users_seen() -> list[object]:
    with engine.cursor() as cursor:
        return cursor.execute(f"SELECT * FROM {Lake().relation('user_days', USER_DAYS)}").fetchall()


def test_a_mail_to_a_user_of_ours_leaves_no_receipt(cast: Cast) -> None:
    services.request_delivery(derived_id("u"), channel="email", to=cast.alice, subject="s", text="t", now=NOW)
    channels: dict[str, Channel] = {"email": Recorder()}
    services.send_due(NOW, channels=channels)
    assert not Receipt.objects.exists()
