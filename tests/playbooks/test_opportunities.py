"""Playbooks that open opportunities and wait for the decision."""

from datetime import timedelta
from typing import Any

import pytest

from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.services import decide
from mainstay.opportunities.states import OpportunityState
from mainstay.playbooks.models import Run, RunState, Task
from mainstay.playbooks.services import pause_run, resume_run
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task

HAND_OVER = {
    "id": "hand",
    "type": "opportunity",
    "with": {
        "kind": "handover", "title": "{{ account.name }} to sales", "why": "{{ run.why }}", "amount": "12,000.50",
        "wait": True, "time_out": {"days": 10},
    },
}  # fmt: skip
ANSWER = {
    "id": "answer",
    "type": "branch",
    "branches": [
        {"after": {"step": "hand", "outcome": "accepted"}, "steps": [task("introduce")]},
        {"after": {"step": "hand", "outcome": "timed_out"}, "steps": [task("remind")]},
    ],
    "else": [task("explain")],
}


@pytest.fixture
def handover(cast: Cast) -> Opportunity:
    publish(play(HAND_OVER, ANSWER))
    signal(cast.acme)
    refresh()
    return Opportunity.objects.get()


def steps() -> list[str]:
    return list(Task.objects.values_list("step", flat=True))


def test_one_is_opened_once_with_owner_amount_and_where_it_came_from(handover: Opportunity, cast: Cast) -> None:
    refresh()
    assert Opportunity.objects.count() == 1
    assert (handover.account, handover.owner, handover.made_by) == (cast.acme, cast.alice, "Play")
    assert (handover.title, handover.amount_minor, handover.currency) == ("Acme to sales", 1_200_050, "USD")
    assert (handover.run, handover.step) == (Run.objects.get().pk, "hand")


@pytest.mark.parametrize(
    ("decision", "step"), [(OpportunityState.ACCEPTED, "introduce"), (OpportunityState.DECLINED, "explain")]
)
def test_the_run_goes_on_with_the_decision(
    handover: Opportunity, cast: Cast, decision: OpportunityState, step: str
) -> None:
    refresh(NOW + DAY)
    assert steps() == []
    decide(handover, decision, by=cast.alice, now=NOW + DAY)
    refresh(NOW + DAY + timedelta(minutes=1))
    assert steps() == [step]
    assert Run.objects.get().state == RunState.DONE


def test_the_run_goes_on_when_nobody_decides(handover: Opportunity, cast: Cast) -> None:
    refresh(NOW + 10 * DAY)
    assert steps() == ["remind"]
    decide(handover, OpportunityState.ACCEPTED, by=cast.alice, now=NOW + 11 * DAY)
    refresh(NOW + 11 * DAY)
    assert steps() == ["remind"]


def test_a_decision_that_comes_between_two_looks_is_heard(handover: Opportunity, cast: Cast) -> None:
    refresh(NOW + DAY)
    decide(handover, OpportunityState.ACCEPTED, by=cast.alice, now=NOW + DAY - timedelta(minutes=3))  # committed late
    refresh(NOW + DAY + timedelta(minutes=1))
    assert steps() == ["introduce"]


def test_a_decision_is_heard_while_its_run_is_paused(handover: Opportunity, cast: Cast) -> None:
    run = Run.objects.get()
    pause_run(run, by=cast.alice, now=NOW)
    decide(handover, OpportunityState.ACCEPTED, by=cast.alice, now=NOW + DAY)
    refresh(NOW + DAY)
    refresh(NOW + DAY + timedelta(hours=1))
    assert steps() == []
    resume_run(run, by=cast.alice, now=NOW + 2 * DAY)
    refresh(NOW + 2 * DAY)
    assert steps() == ["introduce"]


def test_an_amount_that_is_none_stops_the_run_with_the_reason(cast: Cast) -> None:
    told: dict[str, Any] = {**HAND_OVER["with"], "amount": "{{ account.name }}"}  # type: ignore[dict-item]
    publish(play({**HAND_OVER, "with": told}))
    signal(cast.acme)
    refresh()
    run = Run.objects.get()
    assert run.state == RunState.FAILED
    assert "came out as 'Acme'" in run.error
