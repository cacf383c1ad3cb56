from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainstay.common.working_time import Calendar
from mainstay.playbooks.commands import OpenTask, RequestDelivery
from mainstay.playbooks.context import SAMPLE, Person
from mainstay.playbooks.steps.escalate import STEP, EscalateParams

MARY, MAX = Person(7, "Mary", "mary@x.example"), Person(8, "Max", "max@x.example")
# Friday, 16:00 in Berlin; summer time begins there on Sunday.
LATE = replace(SAMPLE, now=datetime(2026, 3, 27, 15, tzinfo=UTC), calendar=Calendar("Europe/Berlin", "DE"))
PARAMS = EscalateParams(title="{{ account.name }} needs you", reason="<b> {{ run.why }}", within_working_hours=4)


def test_the_manager_gets_the_task_and_a_mail_with_the_reason() -> None:
    task, mail = STEP.run(PARAMS, replace(LATE, managers=(MARY,)))
    why, due_at = "<b> Health turned red: the score fell from 71 to 42.", datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert task == OpenTask(owner_id=7, title="Acme needs you", why=why, due_at=due_at)
    assert isinstance(mail, RequestDelivery)
    assert (mail.recipient, mail.subject) == ("mary@x.example", "Acme needs you")
    assert mail.text == f"{why}\n\nDue 2026-03-30, 12:00 (Europe/Berlin).\n{SAMPLE.account.link}"
    assert mail.html.startswith("<p>&lt;b&gt; Health turned red")


@pytest.mark.parametrize(
    ("managers", "owner_id"),
    [((), None), ((MARY,), 7), ((MARY, MAX), None)],
    ids=["nobody", "one", "several"],
)
def test_several_managers_are_told_of_one_task_that_each_may_take(
    managers: tuple[Person, ...], owner_id: int | None
) -> None:
    task, *mails = STEP.run(PARAMS, replace(SAMPLE, managers=managers))
    assert isinstance(task, OpenTask)
    assert task.owner_id == owner_id
    assert [mail.recipient for mail in mails if isinstance(mail, RequestDelivery)] == [one.email for one in managers]
