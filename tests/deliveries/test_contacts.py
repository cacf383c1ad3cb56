"""Messages to contacts: what is known of them is loaded in few queries, asked about once, and kept to."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Contact
from mainstay.common.errors import Invalid, NotAllowed, NotFound
from mainstay.common.ids import derived_id
from mainstay.deliveries import consent, policies, senders, services, stopping, suppression
from mainstay.deliveries.channel import Channel, DeliveryError, DeliveryUnsure
from mainstay.deliveries.models import ConsentEntry, Delivery, State, SuppressionKind
from mainstay.deliveries.policy import SHIPPED
from mainstay.people.models import AuditEntry, User
from tests.builders import Cast
from tests.deliveries.test_services import Recorder

# A Monday morning; the policy's own zone is UTC.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def channels(recorder: Recorder) -> dict[str, Channel]:
    return {"email": recorder}


@pytest.fixture
def ann(cast: Cast) -> Contact:
    return contact(cast, "Ann")


def contact(cast: Cast, name: str, **fields: object) -> Contact:
    fields = {"email": f"{name}@acme.example", "account": cast.acme} | fields
    return Contact.objects.create(key=name.lower(), name=name, **fields)


def request(to: Contact, number: int = 1, *, category: str = "success", **options: object) -> UUID:
    id = derived_id("test", to.pk, number)
    services.request_delivery(
        id, channel="email", to=to, category=category, subject="Hello", text="Look.", account=to.account, now=NOW,
        **options,  # type: ignore[arg-type]
    )  # fmt: skip
    return id


def found(id: UUID) -> Delivery:
    return Delivery.objects.get(pk=id)


def test_a_contact_is_written_to(ann: Contact, recorder: Recorder, channels: dict[str, Channel]) -> None:
    id = request(ann)
    assert services.send_due(NOW, channels=channels).sent == 1
    assert [one.recipient for one in recorder.sent] == ["Ann@acme.example"]
    assert (found(id).contact, found(id).address, found(id).left_at) == (ann, "ann@acme.example", NOW)


def test_a_stranger_s_address_is_still_refused(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    services.request_delivery(
        derived_id("test"), channel="email", to="ann@acme.example", category="service", subject="s", text="t", now=NOW
    )
    assert services.send_due(NOW, channels=channels).failed == 1
    assert recorder.sent == []


def test_the_cap_counts_what_went_a_moment_ago_in_the_same_batch(
    ann: Contact, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    ids = [request(ann, number) for number in range(3)]
    assert services.send_due(NOW, channels=channels) == services.SendResult(sent=2, postponed=1)
    (late,) = (one for one in map(found, ids) if one.state == State.QUEUED)
    assert late.next_attempt_at == NOW + timedelta(days=7)
    assert "the most one person gets" in late.note
    assert services.send_due(NOW + timedelta(days=6), channels=channels) == services.SendResult()
    assert services.send_due(NOW + timedelta(days=7), channels=channels).sent == 1


def test_one_person_at_two_accounts_is_one_person(
    cast: Cast, ann: Contact, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    there = contact(cast, "Ann Lee", email="ANN@acme.example", account=cast.globex)
    consent.choose("ann@ACME.example", "success", allowed=False, how="the preference page", now=NOW)
    id = request(there)
    services.send_due(NOW, channels=channels)
    assert (found(id).state, found(id).note) == (State.REFUSED, "Ann Lee declined messages about Reviews and advice.")


def test_two_people_without_an_address_are_two(cast: Cast, channels: dict[str, Channel]) -> None:
    ids = [request(contact(cast, name, email="")) for name in ("Ann", "Bert")]
    services.send_due(NOW, channels=channels)
    assert [found(id).note for id in ids] == ["Ann has no e-mail address.", "Bert has no e-mail address."]
    assert len({found(id).address for id in ids}) == 2


@pytest.mark.parametrize("error", [DeliveryUnsure("the line broke"), KeyboardInterrupt()])
def test_what_may_have_left_counts_towards_the_cap(
    ann: Contact, recorder: Recorder, channels: dict[str, Channel], error: Exception
) -> None:
    request(ann, 1, category="product_news")
    recorder.errors = [error]
    with suppress(KeyboardInterrupt):
        services.send_due(NOW, channels=channels)
    request(ann, 2, category="product_news")
    assert services.send_due(NOW, channels=channels).postponed == 1


def test_what_did_not_leave_does_not_count(ann: Contact, recorder: Recorder, channels: dict[str, Channel]) -> None:
    request(ann, 1, category="product_news")
    recorder.errors = [DeliveryError("550 no", permanent=True)]
    services.send_due(NOW, channels=channels)
    request(ann, 2, category="product_news")
    assert services.send_due(NOW, channels=channels).sent == 1


def test_an_unsure_one_sent_again_does_not_wait_for_itself(
    cast: Cast, ann: Contact, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    id = request(ann, category="product_news")
    recorder.errors = [DeliveryUnsure("the line broke")]
    services.send_due(NOW, channels=channels)
    services.send_again(found(id), by=cast.ada, now=NOW)
    assert services.send_due(NOW, channels=channels).sent == 1


@pytest.mark.parametrize(
    ("contact_zone", "account_zone", "sent"),
    [
        ("", "", True),
        ("America/New_York", "", False),  # 04:00 there
        ("", "America/New_York", False),
        ("Europe/Berlin", "America/New_York", True),  # the contact's own counts first
        ("nowhere", "", True),
    ],
)
def test_the_clock_is_that_of_the_contact_then_of_the_account_then_ours(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel], contact_zone: str, account_zone: str, sent: bool
) -> None:
    cast.acme.attributes = {"timezone": account_zone}
    cast.acme.save(update_fields=["attributes"])
    request(contact(cast, "Ann", attributes={"Time zone": contact_zone}))
    services.send_due(NOW, channels=channels)
    assert bool(recorder.sent) is sent


def test_holidays_are_those_of_the_account_s_country(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    cast.acme.country = "us"
    cast.acme.save(update_fields=["country"])
    thanksgiving = NOW + timedelta(days=3, hours=6)
    id = request(contact(cast, "Ann"))
    assert services.send_due(thanksgiving, channels=channels).postponed == 1
    assert found(id).next_attempt_at == datetime(2026, 11, 27, 8, tzinfo=UTC)


def test_who_left_or_is_held_out_or_is_suppressed_gets_nothing(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    request(contact(cast, "Ann", left_on=NOW.date()))
    request(contact(cast, "Bert"), held_out=True)
    suppression.suppress("Cleo@acme.example", kind=SuppressionKind.BOUNCE, reason="550 no such user", now=NOW)
    request(contact(cast, "Cleo"))
    request(contact(cast, "Dora"), not_after=NOW)
    assert services.send_due(NOW, channels=channels).failed == 4
    notes = list(Delivery.objects.order_by("contact__name").values_list("note", flat=True))
    assert notes[0] == "Ann is no longer at the account."
    assert "held out" in notes[1]
    assert notes[2] == "cleo@acme.example bounced on 23 Nov 2026: 550 no such user. Nothing is sent there."
    assert "could not" in notes[3]
    assert recorder.sent == []


def test_who_is_about_to_leave_is_still_written_to(cast: Cast, channels: dict[str, Channel]) -> None:
    request(contact(cast, "Ann", left_on=NOW.date() + timedelta(days=1)))
    assert services.send_due(NOW, channels=channels).sent == 1


def test_from_our_own_domains_only(
    cast: Cast, ann: Contact, channels: dict[str, Channel], settings: LazySettings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Orchard <hello@orchard.example>"
    policy = SHIPPED.model_copy(update={"sending_domains": ("success.orchard.example",)})
    policies.save_policy(policy, by=cast.mary, now=NOW)
    id = request(ann)
    services.send_due(NOW, channels=channels)
    assert "would be sent from orchard.example" in found(id).note


def test_what_is_known_of_a_batch_costs_the_same_for_three_and_for_thirty(
    cast: Cast, channels: dict[str, Channel]
) -> None:
    def queries(count: int, start: int) -> int:
        for number in range(start, start + count):
            request(contact(cast, f"c{number}"), held_out=True)
        with CaptureQueriesContext(connection) as captured:
            services.send_due(NOW, channels=channels)
        return len([one for one in captured if one["sql"].startswith("SELECT") and "attempt" not in one["sql"]])

    assert queries(3, 0) == queries(30, 100)


def test_an_emergency_stop_keeps_everything_and_lifting_it_sends(
    cast: Cast, ann: Contact, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    request(ann)
    services.request_delivery(derived_id("user"), channel="email", to=cast.alice, subject="s", text="t", now=NOW)
    stopping.stop_sending(by=cast.mary, reason="a wrong template", now=NOW)
    assert services.send_due(NOW, channels=channels) == services.SendResult()
    assert stopping.resume_sending(by=cast.mary, now=NOW)
    assert services.send_due(NOW, channels=channels).sent == 2


def test_a_stop_pressed_in_the_middle_of_a_round_holds_the_next_message(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    request(contact(cast, "Ann"))
    request(contact(cast, "Bert"))
    send = recorder.send

    def send_and_stop(message: object) -> object:
        stopping.stop_sending(by=cast.mary, reason="", now=NOW)
        return send(message)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder, "send", send_and_stop)
    assert services.send_due(NOW, channels=channels) == services.SendResult(sent=1, postponed=1)
    assert Delivery.objects.filter(state=State.QUEUED, left_at=None).count() == 1


def test_the_stop_is_pressed_once_by_managers_and_says_who(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        stopping.stop_sending(by=cast.alice, reason="", now=NOW)
    first = stopping.stop_sending(by=cast.mary, reason="a wrong  template.", now=NOW)
    assert stopping.stop_sending(by=cast.ada, reason="me too", now=NOW) == first
    assert stopping.sentence(first) == "Mary stopped all sending at 23 Nov 09:00 UTC: a wrong template."
    with pytest.raises(NotAllowed):
        stopping.resume_sending(by=cast.vera, now=NOW)
    assert stopping.resume_sending(by=cast.ada, now=NOW)
    assert not stopping.resume_sending(by=cast.ada, now=NOW)
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"deliveries.stopped", "deliveries.resumed"}
    assert stopping.stop_sending(by=cast.mary, reason="again", now=NOW).pk != first.pk


def test_a_choice_is_kept_with_how_it_came_about(cast: Cast) -> None:
    assert consent.choose("Ann@x.example", "research", allowed=True, how="a call", by=cast.alice, now=NOW)
    assert not consent.choose("ann@x.example", "research", allowed=True, how="again", now=NOW)
    assert consent.choose("ann@x.example", "*", allowed=False, how="one click", now=NOW)
    assert consent.choices_of({"ann@x.example"}) == {"ann@x.example": {"research": True, "*": False}}
    assert consent.choose("ann@x.example", "*", allowed=None, how="the preference page", now=NOW)
    assert consent.choices_of({"ann@x.example"}) == {"ann@x.example": {"research": True}}
    entries = ConsentEntry.objects.order_by("pk").values_list("category", "is_allowed", "how", "by__name")
    assert list(entries) == [
        ("research", True, "a call", "Alice"),
        ("*", False, "one click", None),
        ("*", None, "the preference page", None),
    ]


@pytest.mark.parametrize(("category", "said"), [("service", "cannot be declined"), ("gossip", "no category 'gossip'")])
def test_what_cannot_be_chosen_about_is_refused(db: None, category: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        consent.choose("ann@x.example", category, allowed=False, how="a test", now=NOW)


def test_a_suppression_is_lifted_by_managers_with_a_reason(cast: Cast) -> None:
    assert suppression.suppress(" Ann@X.example", kind=SuppressionKind.MANUAL, reason="asked", by=cast.alice, now=NOW)
    assert not suppression.suppress("ann@x.example", kind=SuppressionKind.BOUNCE, reason="550", now=NOW)
    assert "by hand" in suppression.suppressed({"ann@x.example", "b@x.example"})["ann@x.example"]
    with pytest.raises(NotAllowed):
        suppression.lift("ann@x.example", reason="", by=cast.alice)
    suppression.lift("ann@x.example", reason="She asked us to.", by=cast.mary)
    with pytest.raises(NotFound):
        suppression.lift("ann@x.example", reason="", by=cast.mary)
    with pytest.raises(Invalid, match="not an e-mail address"):
        suppression.suppress("ann", kind=SuppressionKind.MANUAL, reason="", by=cast.mary, now=NOW)


def test_the_policy_is_saved_by_managers_and_can_be_taken_back(cast: Cast) -> None:
    policy = SHIPPED.model_copy(update={"time_zone": "Europe/Berlin"})
    with pytest.raises(NotAllowed):
        policies.save_policy(policy, by=cast.alice, now=NOW)
    policies.save_policy(policy, by=cast.mary, now=NOW)
    assert policies.policy_in_force() == policy
    policies.remove_policy(by=cast.mary)
    assert policies.policy_in_force() == SHIPPED


def test_a_user_writes_from_her_own_address_only_where_its_domain_is_ours(cast: Cast, settings: LazySettings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Orchard <hello@orchard.example>"
    stranger = User(name="Zoe", email="zoe@gmail.example")
    assert written_from(cast.alice) == "Alice <alice@orchard.example>"
    assert written_from(stranger) == "Zoe <hello@orchard.example>"
    assert written_from(None) == "Orchard <hello@orchard.example>"


def written_from(user: User | None) -> str:
    return senders.from_header(user, SHIPPED)


def test_alerts_and_service_messages_wait_behind_no_campaign(
    cast: Cast, ann: Contact, recorder: Recorder, channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    request(contact(cast, "Bert"), category="success")
    request(contact(cast, "Cleo"), category="success")
    later = NOW + timedelta(minutes=1)
    to_ann = derived_id("limit")
    values = {"channel": "email", "subject": "s", "text": "t", "now": later}
    services.request_delivery(to_ann, to=ann, category="service", **values)
    services.request_delivery(derived_id("alert"), to=cast.alice, **values)
    monkeypatch.setattr(services, "ROUND", 2)
    services.send_due(later, channels=channels)
    assert {one.recipient for one in recorder.sent} == {"Ann@acme.example", cast.alice.email}
    services.send_due(later, channels=channels)
    assert {one.recipient for one in recorder.sent[2:]} == {"Bert@acme.example", "Cleo@acme.example"}


def test_an_address_where_nobody_is_is_suppressed_at_once(
    ann: Contact, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    request(ann, 1)
    recorder.errors = [DeliveryError("550 5.1.1 no such user", permanent=True, bad_address=True)]
    services.send_due(NOW, channels=channels)
    id = request(ann, 2, category="service")
    services.send_due(NOW, channels=channels)
    assert "ann@acme.example bounced" in found(id).note
    assert "550 5.1.1 no such user" in found(id).note


def test_a_refusal_by_policy_suppresses_nobody(ann: Contact, recorder: Recorder, channels: dict[str, Channel]) -> None:
    request(ann)
    recorder.errors = [DeliveryError("550 5.7.1 blocked", permanent=True)]
    services.send_due(NOW, channels=channels)
    assert suppression.suppressed({"ann@acme.example"}) == {}
