"""A reply ends a sequence, and ends a wait for it."""

from datetime import timedelta

import pytest

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries import receipts
from mainstay.deliveries.incoming.services import take_mail
from mainstay.deliveries.models import Incoming
from mainstay.deliveries.senders import message_id
from mainstay.deliveries.services import request_delivery
from mainstay.facts.loader import load
from mainstay.playbooks.document import Exit
from mainstay.playbooks.models import Run, RunState
from mainstay.playbooks.wording import exit_text
from tests.builders import NOW, Cast
from tests.deliveries.incoming import mails
from tests.playbooks.plays import play, publish, refresh, signal, wait
from tests.playbooks.plays import task as task_step

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def came(cast: Cast, *, contact: Contact | None = None, kind: str = "person", days: float = 0) -> None:
    at = NOW + timedelta(days=days)
    Incoming.objects.create(
        key=str(Incoming.objects.count()), kind=kind, account=cast.acme, contact=contact, received_at=at, taken_at=at
    )


@pytest.fixture
def waiting(cast: Cast) -> Run:
    publish(play(wait(days=3), task_step(), exit=[{"when": "replied"}]))
    signal(cast.acme)
    refresh()
    return Run.objects.get()


def test_a_run_that_waits_ends_when_somebody_at_the_account_answers(cast: Cast, waiting: Run) -> None:
    came(cast)
    refresh(NOW + timedelta(minutes=2))
    run = Run.objects.get()
    assert (run.state, run.ended_because) == (RunState.EXITED, "An answer came by mail")


@pytest.mark.parametrize("mail", [{"kind": "automatic"}, {"kind": "own"}, {"days": -1}])
def test_it_waits_on_for_what_is_no_answer_to_it(cast: Cast, waiting: Run, mail: dict[str, object]) -> None:
    came(cast, **mail)  # type: ignore[arg-type]
    refresh(NOW + timedelta(minutes=2))
    assert Run.objects.get().state == RunState.ACTIVE


def test_a_run_about_a_contact_ends_only_when_she_answers(cast: Cast, waiting: Run) -> None:
    ann, bea = (Contact.objects.create(key=name, account=cast.acme) for name in ("ann", "bea"))
    Run.objects.update(contact=ann)
    came(cast, contact=bea)
    refresh(NOW + timedelta(minutes=2))
    assert Run.objects.get().state == RunState.ACTIVE
    came(cast, contact=ann)
    refresh(NOW + timedelta(minutes=4))
    assert Run.objects.get().state == RunState.EXITED


def test_it_is_asked_before_the_next_step(cast: Cast, waiting: Run) -> None:
    came(cast)
    refresh(NOW + 4 * DAY)
    run = Run.objects.get()
    assert run.state == RunState.EXITED
    assert not run.tasks.exists()


def test_a_wait_for_the_event_goes_on_when_she_answers(cast: Cast) -> None:
    ann = Contact.objects.create(key="ann", email="ann@acme.example", account=cast.acme)
    id = derived_id("asked")
    request_delivery(
        id, channel="email", to=ann, category="success", subject="Hi", text="Hi", account=cast.acme, now=NOW
    )
    publish(play(wait("answer", event=["Email Replied"]), task_step()))
    signal(cast.acme)
    refresh()
    assert not Run.objects.get().tasks.exists()
    answered = mails.answer(headers=f"In-Reply-To: {message_id(id)}")
    assert take_mail(answered, received_at=NOW + MINUTE, now=NOW + MINUTE)
    receipts.pass_on(NOW + MINUTE)
    load(NOW + MINUTE)
    refresh(NOW + 2 * MINUTE)
    run = Run.objects.get()
    assert run.outcomes["answer"] == "happened"
    assert run.tasks.exists()


def test_it_is_written_in_words() -> None:
    assert exit_text(Exit(when="replied")) == "somebody answers by mail"
