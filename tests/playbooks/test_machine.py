from dataclasses import replace
from datetime import timedelta

import pytest

from mainstay.playbooks.commands import End, Ending, OpenTask, WaitUntil
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.document import parse_document
from mainstay.playbooks.machine import RunState, advance

NOW = SAMPLE.now
DOCUMENT = parse_document(
    {
        "key": "two_steps",
        "name": "Two steps",
        "starts_on": {"signal": "health_red"},
        "steps": [
            {"id": "pause", "type": "wait", "with": {"days": 2}},
            {"id": "call", "type": "task", "with": {"title": "Call", "why": "Because", "due_in": {"hours": 48}}},
        ],
    },
    name="two_steps",
)
START = RunState(document=DOCUMENT, next_step=0, wake_at=None, is_signal_open=True, context=SAMPLE)


def test_a_run_begins_with_its_first_step() -> None:
    assert advance(START, NOW) == [WaitUntil(NOW + timedelta(days=2))]


@pytest.mark.parametrize(("hours", "commands"), [(-1, 0), (0, 1), (1, 1)])
def test_a_wait_ends_at_its_time(hours: int, commands: int) -> None:
    waiting = replace(START, next_step=1, wake_at=NOW)
    assert len(advance(waiting, NOW + timedelta(hours=hours))) == commands


def test_a_task_is_due_after_its_time_and_owned_by_the_owner() -> None:
    (command,) = advance(replace(START, next_step=1), NOW)
    assert command == OpenTask(owner_id=1, title="Call", why="Because", due_at=NOW + timedelta(hours=48))


def test_after_the_last_step_the_run_is_done_even_when_the_signal_has_closed() -> None:
    assert advance(replace(START, next_step=2, is_signal_open=False), NOW) == [End(Ending.DONE)]


def test_a_closed_signal_ends_the_run_before_its_next_step() -> None:
    assert advance(replace(START, is_signal_open=False), NOW) == [End(Ending.EXITED)]


def test_a_playbook_may_say_that_it_goes_on() -> None:
    document = DOCUMENT.model_copy(update={"exit": "never"})
    assert advance(replace(START, document=document, is_signal_open=False), NOW) != [End(Ending.EXITED)]


def test_the_same_state_gives_the_same_commands() -> None:
    assert advance(START, NOW) == advance(START, NOW)
