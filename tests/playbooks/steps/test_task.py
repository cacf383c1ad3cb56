from dataclasses import replace
from datetime import timedelta

from mainstay.playbooks.commands import OpenTask
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.steps.task import STEP, TaskParams

PARAMS = TaskParams.model_validate(
    {"title": "Call {{ account.name }}", "why": "{{ signal.summary }}", "due_in": {"days": 1, "hours": 2}}
)


def test_the_task_goes_to_the_owner_with_the_why() -> None:
    assert STEP.run(PARAMS, SAMPLE) == [
        OpenTask(
            owner_id=1,
            title="Call Acme",
            why="The score fell from 71 to 42.",
            due_at=SAMPLE.now + timedelta(hours=26),
        )
    ]


def test_without_an_owner_the_task_is_nobodys() -> None:
    (command,) = STEP.run(PARAMS, replace(SAMPLE, owner=None))
    assert isinstance(command, OpenTask)
    assert command.owner_id is None


def test_a_task_for_nobody_is_nobodys() -> None:
    (command,) = STEP.run(PARAMS.model_copy(update={"assign": "nobody"}), SAMPLE)
    assert isinstance(command, OpenTask)
    assert command.owner_id is None


def test_a_very_long_title_is_cut() -> None:
    long = replace(SAMPLE, account=replace(SAMPLE.account, name="A" * 400))
    (command,) = STEP.run(PARAMS, long)
    assert isinstance(command, OpenTask)
    assert len(command.title) == 300
