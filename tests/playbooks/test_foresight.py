"""What a run would do is told within bounds, and no run does anything beyond them."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.playbooks.commands import TIMED_OUT
from mainstay.playbooks.document import Document
from mainstay.playbooks.foresight import Course, foresee
from mainstay.playbooks.machine import RunState, Truths, advance, after
from mainstay.playbooks.tree import Action
from tests.playbooks.test_machine import DAY, NOW, document, run_of, task


def wait(name: str, **params: Any) -> dict[str, Any]:
    return {"id": name, "type": "wait", "with": params}


def approve(name: str) -> dict[str, Any]:
    told = {"title": "May we?", "why": "It costs", "time_out": {"days": 4}, "ask": "owner"}
    return {"id": name, "type": "approve", "with": told}


def course(*steps: Any, **fields: Any) -> Course:
    return foresee(run_of(document(*steps), **fields), NOW)


def told(found: Course) -> list[tuple[str, int, int, bool]]:
    """Step, days until the earliest and the latest, certain or not."""
    return [(one.step, (one.earliest - NOW).days, (one.latest - NOW).days, one.is_certain) for one in found.effects]


def test_waits_for_a_time_are_exact() -> None:
    found = course(task("a"), wait("w", days=3), task("b"), wait("v", days=4), task("c"))
    assert told(found) == [("a", 0, 0, True), ("b", 3, 3, True), ("c", 7, 7, True)]
    assert found.ends_by == NOW + 7 * DAY


def test_what_is_waited_for_may_happen_at_once_or_at_the_very_end() -> None:
    found = course(wait("w", condition="score > 80", time_out={"days": 5}), task("a"), wait("v", days=1), task("b"))
    assert told(found) == [("a", 0, 5, True), ("b", 1, 6, True)]


def test_a_condition_that_holds_today_is_not_waited_for() -> None:
    found = course(wait("w", condition="score > 80"), task("a"), truths=Truths(frozenset({"score > 80"})))
    assert told(found) == [("a", 0, 0, True)]


def test_who_leaves_at_a_time_out_may_not_come_further() -> None:
    found = course(wait("w", event=["Paid"], time_out={"days": 5}, on_time_out="exit"), task("a"))
    assert told(found) == [("a", 0, 5, False)]
    assert found.ends_by == NOW + 5 * DAY


def test_a_branch_that_asks_for_an_outcome_is_walked_every_way_and_its_ways_meet_again() -> None:
    answer = {
        "id": "answer",
        "type": "branch",
        "branches": [{"after": {"step": "ok", "outcome": "done"}, "steps": [task("yes")]}],
        "else": [task("no")],
    }
    found = course(approve("ok"), answer, task("end"))
    assert told(found) == [("ok", 0, 0, True), ("yes", 0, 4, False), ("no", 0, 4, False), ("end", 0, 4, True)]


def test_a_branch_on_a_condition_goes_the_way_of_today() -> None:
    size = {"id": "size", "type": "branch", "branches": [{"when": "big", "steps": [task("a")]}], "else": [task("b")]}
    assert told(course(size, truths=Truths(frozenset({"big"})))) == [("a", 0, 0, True)]
    assert told(course(size)) == [("b", 0, 0, True)]


def test_a_step_that_cannot_be_carried_out_says_why_and_ends_the_course() -> None:
    size = {"id": "size", "type": "branch", "branches": [{"when": "gone > 1", "steps": [task("a")]}]}
    found = course(task("first"), size, task("last"), truths=Truths(problems={"gone > 1": "There is no field gone."}))
    assert told(found) == [("first", 0, 0, True)]
    assert "There is no field gone." in found.errors["size"]


def test_many_waits_in_a_row_are_no_more_work_than_their_number() -> None:
    steps = [one for number in range(45) for one in (approve(f"a{number}"), task(f"t{number}"))]
    found = course(*steps)
    assert len(found.effects) == 90
    assert all(one.is_certain for one in found.effects)
    assert not found.is_cut


def test_too_many_ways_are_cut_and_said_so() -> None:
    approvals = [approve(f"a{number}") for number in range(9)]
    asked = [
        {
            "id": f"b{number}",
            "type": "branch",
            "branches": [{"after": {"step": f"a{number}", "outcome": "done"}, "steps": [task(f"t{number}")]}],
        }
        for number in range(9)
    ]
    assert course(*approvals, *asked).is_cut


def _lived(run: RunState, dice: Random) -> list[tuple[str, datetime]]:
    """The effects of one run whose waits come to whatever the dice say."""
    now, seen = NOW, list[tuple[str, datetime]]()
    while True:
        move = advance(replace(run, context=replace(run.context, now=now)), now)
        if move is None:
            assert run.wake_at is not None
            step = run.document.flow.steps.get(run.position)
            if (
                run.awaits
                and isinstance(step, Action)
                and (outcome := dice.choice(step.step_type.outcomes)) != TIMED_OUT
            ):
                now += (run.wake_at - now) * dice.random()
                run = replace(run, heard=outcome)
            else:
                now = run.wake_at
            continue
        seen += [(move.step, now) for _ in move.effects]
        run = after(run, move)
        if move.end is not None:
            return seen


def _playbook(dice: Random) -> Document:
    steps: list[dict[str, Any]] = []
    waited: list[str] = []
    for number in range(dice.randint(2, 9)):
        name = f"s{number}"
        match dice.randrange(5):
            case 0:
                steps.append(wait(name, days=dice.randint(1, 5), working_hours=dice.random() < 0.5))
            case 1:
                leaves = dice.choice(["exit", "go_on"])
                steps.append(wait(name, event=["Paid"], time_out={"days": dice.randint(1, 9)}, on_time_out=leaves))
                waited.append(name)
            case 2:
                steps.append(approve(name))
            case 3 if waited:
                arm = {"after": {"step": dice.choice(waited), "outcome": "happened"}, "steps": [task(f"{name}a")]}
                steps.append({"id": name, "type": "branch", "branches": [arm], "else": [wait(f"{name}b", days=2)]})
            case _:
                steps.append(task(name))
    return document(*steps)


@given(st.integers(0, 10**9))
def test_no_run_does_anything_beyond_its_bounds_or_leaves_out_what_is_certain(seed: int) -> None:
    dice = Random(seed)
    run = run_of(_playbook(dice))
    bounds = {one.step: one for one in foresee(run, NOW).effects}
    for _ in range(8):
        lived = _lived(run, dice)
        for step, at in lived:
            assert bounds[step].earliest <= at <= bounds[step].latest
        assert {step for step, _ in lived} >= {step for step, one in bounds.items() if one.is_certain}


@pytest.mark.parametrize("days", [0, 3])
def test_it_starts_when_it_is_told_to(days: int) -> None:
    found = foresee(run_of(document(wait("w", days=2), task("a"))), NOW + timedelta(days=days))
    assert told(found) == [("a", days + 2, days + 2, True)]
