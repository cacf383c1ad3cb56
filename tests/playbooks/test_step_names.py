"""What people call the steps that rows keep by their ids."""

import pytest

from mainstay.playbooks.step_names import StepNames
from tests.builders import NOW
from tests.playbooks.plays import DAY, play, publish, task, wait

pytestmark = pytest.mark.django_db
BRANCH = {"id": "size", "type": "branch", "branches": [{"when": "tier = 'smb'", "steps": [task("short")]}]}
ASK = {"id": "ask", "type": "approve", "with": {"title": "A discount?", "why": "Asked for.", "time_out": {"days": 2}}}


def test_a_step_is_called_by_what_it_does_in_the_version_of_the_run() -> None:
    first = publish(play(task(title="Write to {{ contact.first_name }}"), wait(), BRANCH))
    second = publish(play(task(title="Call")), now=NOW + DAY)
    called = StepNames()
    assert called.of(first, "call") == "Task “Write to contact first name”"
    assert called.of(second, "call") == "Task “Call”"
    assert [called.of(first, step) for step in ("pause", "size", "")] == ["Wait “2 days”", "Branch", "the end"]
    assert called.of(second, "pause_for_long") == "“pause for long”", "another version's: in words"
    assert called.among([second, first], "pause") == "Wait “2 days”"


def test_what_a_step_came_to_is_told_in_words() -> None:
    version = publish(play(BRANCH, ASK))
    told = [("size", "1"), ("size", "else"), ("ask", "timed_out"), ("gone", "some_way")]
    called = StepNames()
    assert [called.came_to(version, *one) for one in told] == ["way 1", "otherwise", "no answer in time", "some way"]


def test_a_version_that_cannot_be_read_calls_its_steps_by_their_ids() -> None:
    version = publish(play())
    version.document = {"steps": "none"}
    assert StepNames().of(version, "call_them") == "“call them”"
