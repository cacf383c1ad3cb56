"""What somebody sees in the app, and what becomes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries import consent, services, stopping
from mainstay.deliveries.channel import Channel
from mainstay.deliveries.content import Button, Content, Item, Kind
from mainstay.deliveries.inapp.accounts import tell_account
from mainstay.deliveries.inapp.queue import messages_for
from mainstay.deliveries.inapp.reports import Report, What, take_report
from mainstay.deliveries.inapp.upkeep import KeptUp, keep_up
from mainstay.deliveries.models import AccountMessage, Became, Delivery, Receipt, State
from tests.builders import Cast
from tests.deliveries.test_services import Recorder
from tests.facts import sending

# A Sunday night: nobody is written to by mail.
NOW = datetime(2026, 11, 22, 23, tzinfo=UTC)
DAY = timedelta(days=1)
LIST = Content(Kind.CHECKLIST, items=(Item("Create a project", event="Project Created"), Item("Look around")))


@pytest.fixture
def ann(cast: Cast) -> Contact:
    return Contact.objects.create(key="ann", name="Ann", email="ann@acme.example", account=cast.acme)


@pytest.fixture
def bea(cast: Cast) -> Contact:
    return Contact.objects.create(key="bea", name="Bea", account=cast.acme, persona="administrator")


def put(to: Contact, title: str, content: Content | None = None, **fields: Any) -> UUID:
    """A banner for this person, of use for a week."""
    id = derived_id("test", to.pk, title)
    values = {"category": "success", "not_after": NOW + 7 * DAY, "now": NOW, **fields}
    content = content or Content(Kind.BANNER)
    services.request_delivery(
        id, channel="in_app", to=to, subject=title, text="", content=content, account=to.account, **values
    )
    return id


def titles(contact: Contact, *, now: datetime = NOW) -> list[str]:
    return [one.title for one in messages_for(contact, now=now)]


def tell(contact: Contact, id: UUID, what: What, *, now: datetime = NOW, **more: Any) -> bool:
    return take_report(contact, Report(id, what, **more), now=now)


def found(id: UUID) -> Delivery:
    return Delivery.objects.get(pk=id)


def receipts(id: UUID) -> list[str]:
    return list(Receipt.objects.filter(delivery=id).values_list("kind", flat=True))


def test_a_message_waits_for_its_reader_at_any_hour_and_no_round_sends_it(ann: Contact, bea: Contact) -> None:
    id = put(ann, "Hello", Content(Kind.MODAL, Button("Go", "/x")))
    recorder = Recorder()
    channels: dict[str, Channel] = {"email": recorder, "in_app": recorder}
    assert services.send_due(NOW + DAY, channels=channels) == services.SendResult()
    (seen,) = messages_for(ann, now=NOW)
    assert (seen.id, seen.title, seen.content.button, seen.is_new) == (id, "Hello", Button("Go", "/x"), True)
    assert messages_for(bea, now=NOW) == []
    assert (found(id).state, recorder.sent) == (State.QUEUED, [])


def test_shown_it_is_sent_and_stays_until_its_reader_is_done_with_it(ann: Contact) -> None:
    id = put(ann, "Hello")
    assert tell(ann, id, What.SHOWN)
    assert tell(ann, id, What.SHOWN, now=NOW + DAY)
    made = found(id)
    assert (made.state, made.became, made.sent_at, made.left_at) == (State.SENT, Became.SHOWN, NOW, NOW)
    assert titles(ann, now=NOW + DAY) == ["Hello"]
    assert tell(ann, id, What.DISMISSED)
    assert (titles(ann), found(id).became) == ([], Became.DISMISSED)
    assert receipts(id) == ["In-App Message Shown", "In-App Message Dismissed"]


def test_a_click_ends_it_and_is_told_with_its_link(ann: Contact) -> None:
    id = put(ann, "Hello")
    assert tell(ann, id, What.CLICKED, detail="/projects")
    assert (titles(ann), found(id).became) == ([], Became.CLICKED)
    assert Receipt.objects.get(kind="In-App Message Clicked").detail == "/projects"


def test_nobody_tells_of_the_message_of_another(ann: Contact, bea: Contact) -> None:
    id = put(ann, "Hello")
    assert not tell(bea, id, What.DISMISSED)
    assert not tell(ann, derived_id("unknown"), What.DISMISSED)
    assert (found(id).state, titles(ann)) == (State.QUEUED, ["Hello"])


def test_one_of_each_kind_is_seen_at_a_time_and_every_tooltip(ann: Contact) -> None:
    tooltip = Content(Kind.TOOLTIP, selector="#export")
    first = put(ann, "Banner 1", category="service")
    put(ann, "Banner 2", category="service", now=NOW + DAY)
    put(ann, "Modal", Content(Kind.MODAL), category="service")
    put(ann, "Tip 1", tooltip, category="service")
    put(ann, "Tip 2", tooltip, category="service")
    assert sorted(titles(ann)) == ["Banner 1", "Modal", "Tip 1", "Tip 2"]
    tell(ann, first, What.DISMISSED)
    assert sorted(titles(ann)) == ["Banner 2", "Modal", "Tip 1", "Tip 2"]


def test_a_cap_holds_the_next_one_but_never_takes_away_what_is_seen(ann: Contact) -> None:
    first, second = (
        put(ann, "One", category="product_news"),
        put(ann, "Two", Content(Kind.MODAL), category="product_news"),
    )
    assert titles(ann) == ["One"]
    tell(ann, first, What.SHOWN)
    assert titles(ann) == ["One"]
    tell(ann, first, What.DISMISSED)
    assert titles(ann) == []
    assert "the most one person gets" in found(second).note
    put(ann, "Three", category="onboarding")
    assert titles(ann) == ["Three"]
    assert titles(ann, now=NOW + 7 * DAY - timedelta(seconds=1)) == ["Three"]


def test_who_declined_the_category_does_not_see_it_even_halfway(ann: Contact) -> None:
    shown, waiting = put(ann, "One"), put(ann, "Two", Content(Kind.MODAL))
    tell(ann, shown, What.SHOWN)
    consent.choose("ann@acme.example", "success", allowed=False, how="told us", now=NOW)
    assert titles(ann) == []
    assert (found(waiting).state, found(shown).state) == (State.REFUSED, State.SENT)
    assert found(waiting).note == "Ann declined messages about Reviews and advice."


def test_what_is_held_out_is_refused_and_an_emergency_stop_hides_everything(ann: Contact, cast: Cast) -> None:
    held = put(ann, "Held", held_out=True)
    put(ann, "One")
    assert titles(ann) == ["One"]
    assert found(held).state == State.REFUSED
    stopping.stop_sending(by=cast.mary, reason="a mistake", now=NOW)
    assert titles(ann) == []


def test_what_nobody_came_for_expires_and_says_so(ann: Contact) -> None:
    unseen, seen = put(ann, "One"), put(ann, "Two", Content(Kind.MODAL))
    tell(ann, seen, What.SHOWN)
    assert keep_up(NOW + 6 * DAY) == KeptUp()
    assert titles(ann, now=NOW + 7 * DAY) == []
    assert keep_up(NOW + 7 * DAY) == KeptUp(expired=2)
    assert keep_up(NOW + 8 * DAY) == KeptUp()
    assert (found(unseen).state, found(unseen).became) == (State.REFUSED, Became.EXPIRED)
    assert (found(seen).state, found(seen).became) == (State.SENT, Became.EXPIRED)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table as a whole")
def test_what_is_over_is_found_without_a_look_at_what_was_sent(ann: Contact) -> None:
    with CaptureQueriesContext(connection) as asked:
        keep_up(NOW)
    updates = [one["sql"] for one in asked if one["sql"].startswith("UPDATE")]
    with connection.cursor() as cursor:
        plans = [str(cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in updates]
    assert [plan.count("delivery_of_use_until") for plan in plans] == [1, 1]


def test_what_was_refused_stays_refused_when_its_time_is_over(ann: Contact) -> None:
    held = put(ann, "Held", held_out=True)
    assert titles(ann) == []
    assert keep_up(NOW + 8 * DAY) == KeptUp()
    assert found(held).standing == "Refused"


def test_what_was_shown_or_refused_a_moment_ago_is_not_refused_again(ann: Contact) -> None:
    shown, refused = put(ann, "One"), put(ann, "Two")
    stale = [found(shown), found(refused)]
    tell(ann, shown, What.SHOWN)
    services.refuse(found(refused), "Ann declined it.", now=NOW)
    for one in stale:
        services.refuse(one, "Too late.", now=NOW)
    assert (found(shown).state, found(shown).attempts.count()) == (State.SENT, 1)
    assert (found(refused).note, found(refused).attempts.count()) == ("Ann declined it.", 1)


def test_a_reader_ticks_her_checklist_and_it_is_done(ann: Contact) -> None:
    id = put(ann, "Start", LIST)
    assert tell(ann, id, What.TICKED, item=1)
    assert tell(ann, id, What.TICKED, item=1)
    assert tell(ann, id, What.TICKED, item=7)
    assert [one.ticked for one in messages_for(ann, now=NOW)] == [(1,)]
    assert tell(ann, id, What.CLICKED, detail="/projects")
    assert titles(ann) == ["Start"]
    assert tell(ann, id, What.TICKED, item=0)
    assert (titles(ann), found(id).became) == ([], Became.COMPLETED)
    assert receipts(id).count("In-App Checklist Item Ticked") == 2
    assert receipts(id).count("In-App Checklist Completed") == 1


def test_events_tick_a_checklist_from_when_it_was_made_for_whoever_sent_them(ann: Contact, bea: Contact) -> None:
    id, other = put(ann, "Start", LIST), put(bea, "Start", LIST)
    early, later = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    calls = [
        sending.track("ann", "Project Created", at=early, account="acme"),
        sending.track("bea", "project created", at=later, account="acme"),
    ]
    sending.load(*calls, received_at=later, now=later)
    assert keep_up(later) == KeptUp(ticked=1)
    assert keep_up(later) == KeptUp()
    assert [one.ticked for one in messages_for(ann, now=later)] == [()]
    assert [one.ticked for one in messages_for(bea, now=later)] == [(0,)]
    done = sending.track("ann", "Project Created", at=later, account="acme")
    sending.load(done, received_at=later + DAY, now=later + DAY)
    assert keep_up(later + DAY) == KeptUp(ticked=1)
    assert [one.ticked for one in messages_for(ann, now=later + DAY)] == [(0,)]
    tell(ann, id, What.TICKED, item=1)
    assert (found(id).became, found(other).became) == (Became.COMPLETED, "")


def test_everybody_at_the_account_sees_it_and_is_done_with_it_alone(ann: Contact, bea: Contact, cast: Cast) -> None:
    def put_up(title: str, **fields: Any) -> bool:
        values = {"subject": title, "text": "", "category": "service", "not_after": NOW + DAY, "now": NOW, **fields}
        values |= {"origin": "playbook:news", "origin_step": "tell"}
        return tell_account(derived_id(title), cast.acme, content=Content(Kind.BANNER), **values)

    assert put_up("News")
    assert not put_up("News")
    assert Delivery.objects.count() == 0
    (seen,) = messages_for(ann, now=NOW)
    assert titles(bea) == ["News"]
    assert (found(seen.id).origin, found(seen.id).origin_step) == ("playbook:news", "tell")
    tell(ann, seen.id, What.DISMISSED)
    assert (titles(ann), titles(bea)) == ([], ["News"])
    late = Contact.objects.create(key="cleo", name="Cleo", account=cast.acme)
    stranger = Contact.objects.create(key="gus", name="Gus", account=cast.globex)
    assert (titles(late), titles(stranger)) == (["News"], [])
    assert titles(late, now=NOW + DAY) == []
    assert AccountMessage.objects.count() == 1


def test_a_message_to_an_account_may_be_for_some_personas(ann: Contact, bea: Contact, cast: Cast) -> None:
    tell_account(
        derived_id("x"), cast.acme, subject="For you", text="", category="service", content=Content(Kind.BANNER),
        not_after=NOW + DAY, personas=["administrator"], now=NOW,
    )  # fmt: skip
    assert (titles(ann), titles(bea)) == ([], ["For you"])


def test_what_was_refused_is_tried_again_when_an_administrator_says_so(ann: Contact, cast: Cast) -> None:
    id = put(ann, "Held", held_out=True)
    assert titles(ann) == []
    Delivery.objects.update(held_out=False)
    services.send_again(found(id), by=cast.ada, now=NOW)
    assert titles(ann) == ["Held"]


def test_asking_costs_few_statements(ann: Contact) -> None:
    with CaptureQueriesContext(connection) as nothing:
        assert messages_for(ann, now=NOW) == []
    assert len(nothing) == 2
    for number in range(20):
        put(ann, f"Tip {number}", replace(Content(Kind.TOOLTIP), selector="#a"), category="service")
    with CaptureQueriesContext(connection) as many:
        assert len(messages_for(ann, now=NOW)) == 20
    assert len(many) <= 8
