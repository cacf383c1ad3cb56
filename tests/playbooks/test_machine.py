from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.playbooks.commands import End, Ending, OpenTask, WaitFor
from mainstay.playbooks.context import SAMPLE
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.machine import Move, RunState, Truths, advance, after, share, walk
from mainstay.playbooks.reading import check

NOW = SAMPLE.now
DAY = timedelta(days=1)
CALL = {"id": "call", "type": "task", "with": {"title": "Call", "why": "Because", "due_in": {"hours": 48}}}


def document(*steps: Any, **fields: Any) -> Document:
    entry = {"by": "signal", "kind": "health_red"}
    return check({"key": "p", "name": "P", "entry": entry, "steps": list(steps), **fields}, origin="p")


def task(name: str) -> dict[str, Any]:
    return CALL | {"id": name}


def run_of(read: Document, **fields: Any) -> RunState:
    return RunState(document=read, position=read.flow.first, context=SAMPLE, **fields)


TWO = document({"id": "pause", "type": "wait", "with": {"days": 2}}, CALL, exit=[{"when": "signal_closed"}])
START = run_of(TWO)


def moves(run: RunState, now: Any = NOW) -> list[Move]:
    return [move for move, _ in walk(run, now)]


def steps(run: RunState, now: Any = NOW) -> list[str]:
    return [move.step for move in moves(run, now) if move.step]


def test_a_run_begins_with_its_first_step_and_then_waits() -> None:
    assert moves(START) == [Move("call", step="pause", kind="wait", wake_at=NOW + 2 * DAY)]


@pytest.mark.parametrize(("hours", "expected"), [(-1, []), (0, ["call"]), (1, ["call"])])
def test_a_wait_ends_at_its_time(hours: int, expected: list[str]) -> None:
    waiting = replace(START, position="call", wake_at=NOW)
    assert steps(waiting, NOW + timedelta(hours=hours)) == expected


def test_a_task_is_due_after_its_time_and_owned_by_the_owner() -> None:
    move = advance(replace(START, position="call"), NOW)
    assert move is not None
    assert move.effects == (OpenTask(owner_id=1, title="Call", why="Because", due_at=NOW + 2 * DAY),)


def test_after_the_last_step_the_run_is_done_even_when_the_signal_has_closed() -> None:
    assert moves(replace(START, position="", is_signal_open=False)) == [Move("", end=End(Ending.DONE))]


def test_a_closed_signal_ends_the_run_before_its_next_step_and_while_it_waits() -> None:
    for position, wake_at in (("pause", None), ("call", NOW + DAY)):
        (move,) = moves(replace(START, position=position, wake_at=wake_at, is_signal_open=False))
        assert move.end == End(Ending.EXITED, "The signal closed")
        assert not move.step


def test_a_playbook_without_that_exit_goes_on() -> None:
    assert steps(run_of(document(CALL), is_signal_open=False)) == ["call"]


@pytest.mark.parametrize(
    ("exit", "fields"),
    [
        ({"when": "churned"}, {"has_churned": True}),
        ({"when": "goal"}, {"truths": Truths(frozenset({"score > 80"}))}),
        ({"when": "condition", "where": "seats > 5"}, {"truths": Truths(frozenset({"seats > 5"}))}),
    ],
)
def test_an_exit_that_holds_ends_the_run_and_says_what_becomes_of_its_tasks(exit: Any, fields: Any) -> None:
    read = document(CALL, exit=[exit | {"tasks": "dismiss"}], goal={"where": "score > 80"})
    (move,) = moves(run_of(read, **fields))
    assert move.end is not None
    assert move.end.ending is Ending.EXITED
    assert move.dismisses_tasks
    assert steps(run_of(read)) == ["call"]


BRANCH = {
    "id": "check",
    "type": "branch",
    "branches": [{"when": "score > 80", "steps": [task("thank")]}, {"when": "score > 50", "steps": [task("help")]}],
    "else": [task("rescue")],
}


@pytest.mark.parametrize(
    ("holding", "walked"),
    [
        ({"score > 80", "score > 50"}, ["check", "thank", "call"]),
        ({"score > 50"}, ["check", "help", "call"]),
        (set(), ["check", "rescue", "call"]),
    ],
)
def test_the_first_arm_that_holds_is_walked_then_what_follows_the_branch(holding: set[str], walked: list[str]) -> None:
    assert steps(run_of(document(BRANCH, CALL), truths=Truths(frozenset(holding)))) == walked


def test_a_condition_that_cannot_be_asked_stops_the_run_at_its_branch() -> None:
    run = run_of(document(BRANCH), truths=Truths(problems={"score > 80": "There is no field 'score'."}))
    with pytest.raises(StepFailed, match="There is no field 'score'"):
        moves(run)


ANSWER = {"id": "answer", "type": "wait", "with": {"condition": "seats > 5", "time_out": {"days": 3}}}
ASKED = {
    "id": "asked",
    "type": "branch",
    "branches": [{"after": {"step": "answer", "outcome": "timed_out"}, "steps": [task("remind")]}],
    "else": [task("thank")],
}


def test_a_wait_for_a_condition_holds_the_run_at_its_step() -> None:
    (move,) = moves(run_of(document(ANSWER, CALL)))
    assert isinstance(move.wait, WaitFor)
    assert (move.position, move.wait.until, move.wait.name) == ("answer", NOW + 3 * DAY, "seats > 5")


@pytest.mark.parametrize(
    ("heard", "later", "walked"),
    [
        ("", 2, []),
        ("happened", 1, ["answer", "asked", "thank"]),
        ("", 3, ["answer", "asked", "remind"]),
    ],
)
def test_what_came_of_a_wait_decides_a_branch(heard: str, later: int, walked: list[str]) -> None:
    start = run_of(document(ANSWER, ASKED))
    ((move, waiting),) = walk(start, NOW)
    assert waiting == after(start, move)
    assert steps(replace(waiting, heard=heard), NOW + later * DAY) == walked


def test_a_condition_that_holds_already_is_not_waited_for() -> None:
    run = run_of(document(ANSWER, ASKED), truths=Truths(frozenset({"seats > 5"})))
    assert steps(run) == ["answer", "asked", "thank"]


def test_after_a_time_out_a_wait_may_end_the_run() -> None:
    params = ANSWER["with"] | {"on_time_out": "exit"}  # type: ignore[operator]
    ((_, waiting),) = walk(run_of(document(ANSWER | {"with": params}, CALL)), NOW)
    last = moves(waiting, NOW + 3 * DAY)[-1]
    assert last.end == End(Ending.EXITED, "What it waited for did not happen")


SPLIT = {
    "id": "ab",
    "type": "split",
    "parts": [{"name": "a", "share": 30, "steps": [task("one")]}, {"name": "b", "share": 70, "steps": [task("two")]}],
}


def test_a_split_takes_the_same_part_of_the_same_and_its_share_of_many() -> None:
    read = document(SPLIT)
    taken = [steps(run_of(read, subject=str(number)))[1] for number in range(2_000)]
    assert taken == [steps(run_of(read, subject=str(number)))[1] for number in range(2_000)]
    assert Counter(taken)["one"] == pytest.approx(600, abs=80)


@given(st.lists(st.text(), max_size=3))
def test_a_share_is_a_percentage(parts: list[str]) -> None:
    assert 0 <= share(*parts) < 100


def test_a_run_at_a_step_its_version_lacks_says_so() -> None:
    with pytest.raises(StepFailed, match="no step 'gone'"):
        moves(replace(START, position="gone"))


def _steps(names: Any, depth: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Trees whose steps are numbered as they are drawn."""

    def named(**fields: Any) -> dict[str, Any]:
        return {"id": f"s{next(names)}", **fields}

    leaf = st.sampled_from(
        [
            {"type": "task", "with": CALL["with"]},
            {"type": "wait", "with": {"days": 1}},
            {"type": "wait", "with": {"condition": "score > 1", "time_out": {"days": 2}}},
        ]
    ).map(lambda fields: named(**fields))
    if depth == 0:
        return st.lists(leaf, max_size=3)
    inner = _steps(names, depth - 1)
    arm = st.tuples(st.sampled_from(["score > 1", "score > 2"]), inner)
    branch = st.tuples(st.lists(arm, min_size=1, max_size=3), inner).map(
        lambda drawn: named(
            type="branch", branches=[{"when": when, "steps": row} for when, row in drawn[0]], **{"else": drawn[1]}
        )
    )
    split = st.tuples(inner, inner).map(
        lambda drawn: named(
            type="split",
            parts=[{"name": f"p{at}", "share": 50, "steps": row} for at, row in enumerate(drawn)],
        )
    )
    return st.lists(st.one_of(leaf, branch, split), max_size=3)


@st.composite
def trees(draw: Any) -> Document:
    numbers = iter(range(10_000))
    return document(task("first"), *draw(_steps(numbers, 2)))


@given(trees(), st.sets(st.sampled_from(["score > 1", "score > 2"])), st.text(max_size=3), st.integers(0, 3))
def test_whatever_the_tree_a_run_ends_and_no_step_comes_twice(
    read: Document, holding: set[str], subject: str, hurry: int
) -> None:
    """Woken on any day, walked to its end: every step at most once, those on its way exactly once."""
    run, now, seen = run_of(read, subject=subject, truths=Truths(frozenset(holding))), NOW, list[str]()
    for _ in range(3 * len(read.flow.steps) + 3):
        for move, standing in walk(run, now):
            run = standing
            if move.step and not move.resumed:
                seen.append(move.step)
            if move.end is not None:
                assert move.end.ending is Ending.DONE
                assert len(seen) == len(set(seen))
                assert set(seen) <= set(read.flow.steps)
                assert seen[0] == "first"
                return
        now += (1 + hurry) * DAY
    pytest.fail("the run never ended")


@given(trees(), st.text(max_size=3))
def test_the_same_state_gives_the_same_move(read: Document, subject: str) -> None:
    assert moves(run_of(read, subject=subject)) == moves(run_of(read, subject=subject))
