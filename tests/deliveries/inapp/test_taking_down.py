"""A mistake is taken off the pages it is on."""

from typing import Any
from uuid import UUID

import pytest

from mainstay.accounts.models import Contact
from mainstay.common.errors import Invalid, NotAllowed
from mainstay.common.ids import derived_id
from mainstay.deliveries.content import Content, Kind
from mainstay.deliveries.inapp.accounts import tell_account
from mainstay.deliveries.inapp.queue import messages_for
from mainstay.deliveries.inapp.reports import Report, What, take_report
from mainstay.deliveries.inapp.taking_down import Up, take_down, up_from_step
from mainstay.deliveries.models import Became, Delivery, State
from mainstay.people.models import AuditEntry
from tests.builders import Cast
from tests.deliveries.inapp.test_queue import DAY, NOW, found, put, titles

STEP: dict[str, Any] = {"origin": "playbook:news", "origin_step": "tell"}


@pytest.fixture
def people(cast: Cast) -> tuple[Contact, Contact]:
    return (
        Contact.objects.create(key="ann", name="Ann", account=cast.acme),
        Contact.objects.create(key="gus", name="Gus", account=cast.globex),
    )


def down(id: UUID, cast: Cast, *, everywhere: bool) -> int:
    return take_down(found(id), everywhere=everywhere, by=cast.mary, now=NOW)


def test_one_reader_sees_it_no_more_and_others_do(people: tuple[Contact, Contact], cast: Cast) -> None:
    ann, gus = people
    shown, other = put(ann, "Wrong", **STEP), put(gus, "Wrong", **STEP)
    take_report(ann, Report(shown, What.SHOWN), now=NOW)
    assert down(shown, cast, everywhere=False) == 1
    assert (titles(ann), titles(gus)) == ([], ["Wrong"])
    assert (found(shown).state, found(shown).became) == (State.SENT, Became.TAKEN_DOWN)
    assert found(other).became == ""
    assert not take_report(gus, Report(shown, What.CLICKED), now=NOW)


def test_everybody_who_has_it_from_the_step_and_who_would_get_it_sees_it_no_more(
    people: tuple[Contact, Contact], cast: Cast
) -> None:
    ann, gus = people
    tell_account(
        derived_id("x"), cast.acme, subject="Wrong", text="", content=Content(Kind.BANNER), category="service",
        not_after=NOW + DAY, now=NOW, **STEP,
    )  # fmt: skip
    (seen,) = messages_for(ann, now=NOW)
    put(gus, "Wrong", **STEP)
    put(gus, "Right", Content(Kind.MODAL), origin="playbook:news", origin_step="other")
    assert up_from_step(found(seen.id), now=NOW) == Up(people=2, accounts=1)
    assert down(seen.id, cast, everywhere=True) == 2
    late = Contact.objects.create(key="cleo", name="Cleo", account=cast.acme)
    assert (titles(ann), titles(late), titles(gus)) == ([], [], ["Right"])
    waiting = Delivery.objects.get(contact=gus, subject="Wrong")
    assert (waiting.state, waiting.note) == (State.REFUSED, "Taken down by Mary.")
    assert AuditEntry.objects.get(action="deliveries.in_app_taken_down").details["people"] == 2
    with pytest.raises(Invalid, match="nothing to take down"):
        down(seen.id, cast, everywhere=True)


def test_managers_do_it(people: tuple[Contact, Contact], cast: Cast) -> None:
    id = put(people[0], "Wrong")
    with pytest.raises(NotAllowed):
        take_down(found(id), everywhere=False, by=cast.alice, now=NOW)
