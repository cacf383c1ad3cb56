from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mainstay.common.working_time import Calendar
from mainstay.playbooks.commands import Awaited, OpenTask, RequestDelivery, WaitFor
from mainstay.playbooks.context import SAMPLE, Context, Person
from mainstay.playbooks.steps.approve import STEP, ApproveParams

MARY, MAX = Person(7, "Mary", "mary@x.example"), Person(8, "Max", "max@x.example")
ASKED = {"title": "Approve a discount for {{ account.name }}?", "why": "{{ run.why }}", "time_out": {"days": 2}}
TWO_DAYS = SAMPLE.now + timedelta(days=2)


def params(**told: Any) -> ApproveParams:
    return ApproveParams.model_validate({**ASKED, **told})


def test_the_run_waits_for_its_task_until_it_is_due() -> None:
    assert STEP.run(params(), SAMPLE) == [
        OpenTask(
            owner_id=1,
            title="Approve a discount for Acme?",
            why="Health turned red: the score fell from 71 to 42.",
            due_at=TWO_DAYS,
            is_approval=True,
        ),
        WaitFor(Awaited.TASKS, TWO_DAYS),
    ]


@pytest.mark.parametrize(
    ("ask", "context", "asked", "mailed"),
    [
        ("owner", replace(SAMPLE, managers=(MARY, MAX)), 1, []),
        ("owner", replace(SAMPLE, owner=None, managers=(MARY,)), 7, []),
        ("managers", replace(SAMPLE, managers=(MARY,)), 7, []),
        ("managers", replace(SAMPLE, managers=(MARY, MAX)), None, ["mary@x.example", "max@x.example"]),
        ("managers", SAMPLE, None, []),
    ],
    ids=["the owner", "no owner", "one manager", "several managers", "nobody"],
)
def test_who_is_asked_has_the_task_or_is_told_of_it(
    ask: str, context: Context, asked: int | None, mailed: list[str]
) -> None:
    task, *mails, _ = STEP.run(params(ask=ask), context)
    assert isinstance(task, OpenTask)
    assert task.owner_id == asked
    assert [mail.recipient for mail in mails if isinstance(mail, RequestDelivery)] == mailed


@pytest.mark.parametrize(("ask", "hour"), [("owner", 8), ("managers", 9)])
def test_working_days_are_those_of_whoever_is_asked(ask: str, hour: int) -> None:
    """From Friday before summer time begins in Berlin, where the owner works, to Monday."""
    friday = SAMPLE.now.replace(month=3, day=27)
    context = replace(SAMPLE, now=friday, owner_calendar=Calendar("Europe/Berlin", "DE"))
    *_, wait = STEP.run(params(ask=ask, time_out={"working_days": 1}), context)
    assert wait == WaitFor(Awaited.TASKS, friday.replace(day=30, hour=hour))


def test_a_time_out_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="still needed: how long"):
        params(time_out={})


def test_a_branch_may_ask_for_each_answer() -> None:
    assert STEP.outcomes == ("done", "dismissed", "timed_out")
    assert [STEP.resume(params(), SAMPLE, outcome) for outcome in STEP.outcomes] == [[], [], []]
