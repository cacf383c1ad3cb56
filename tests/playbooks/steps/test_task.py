from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from mainstay.playbooks.commands import OpenTask
from mainstay.playbooks.context import SAMPLE, Person
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


TEAM = {"onboarding_specialist": "Olga@x.example", "technical_account_manager": "gone@x.example"}
COLLEAGUES = {"olga@x.example": Person(5, "Olga", "olga@x.example"), "paul@x.example": Person(6, "Paul", "p")}
AROUND = replace(SAMPLE, team=TEAM, colleagues=COLLEAGUES, managers=(Person(7, "Mary", "mary@x.example"),))


@pytest.mark.parametrize(
    ("told", "owner_id"),
    [
        ({"assign": "owner"}, 1),
        ({"assign": "onboarding_specialist"}, 5),
        ({"assign": "technical_account_manager"}, 1),  # gone: the owner has it
        ({"assign": "manager"}, 7),
        ({"assign": "person", "person": "Paul@x.example"}, 6),
        ({"assign": "person", "person": "gone@x.example"}, None),
        ({"assign": "nobody"}, None),
    ],
)
def test_the_task_goes_to_whom_the_step_names(told: dict[str, str], owner_id: int | None) -> None:
    (command,) = STEP.run(TaskParams.model_validate({**PARAMS.model_dump(), **told}), AROUND)
    assert isinstance(command, OpenTask)
    assert command.owner_id == owner_id


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"assign": "person"}, "still needed: a person"),
        ({"person": "paul@x.example"}, "a person is named, but it is for somebody else"),
    ],
)
def test_a_person_is_named_with_the_role_person_and_with_no_other(told: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TaskParams.model_validate({**PARAMS.model_dump(), **told})


def test_the_checklist_and_the_talk_track_are_filled_in() -> None:
    told = {"checklist": ["Greet {{ owner.name }}", "{{ contact.title }}"], "talk_track": "Hello {{ account.name }}"}
    params = TaskParams.model_validate({**PARAMS.model_dump(), **told})
    (command,) = STEP.run(params, replace(SAMPLE, contact=None))
    assert isinstance(command, OpenTask)
    assert command.checklist == ("Greet Alice",)  # what came out empty is left out
    assert command.talk_track == "Hello Acme"
