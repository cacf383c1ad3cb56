"""Operations on the steps of a draft."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.playbooks import editing
from mainstay.playbooks.editing import Direction, Place
from mainstay.playbooks.errors import CannotEdit
from tests.playbooks.plays import task

UP, DOWN, INTO, OUT = Direction


def tree() -> dict[str, Any]:
    """a, size(0: b, c; else: d), e, dice(0: –; 1: f)."""
    size = {
        "id": "size",
        "type": "branch",
        "branches": [{"when": "arr > 5", "steps": [task("b"), task("c")]}],
        "else": [task("d")],
    }
    parts = [{"name": "one", "share": 50, "steps": []}, {"name": "other", "share": 50, "steps": [task("f")]}]
    dice = {"id": "dice", "type": "split", "parts": parts}
    return {"key": "play", "steps": [task("a"), size, task("e"), dice]}


def drawn(content: editing.Content) -> str:
    """`a size(b c|d) e dice(|f)`."""

    def row(steps: list[dict[str, Any]]) -> str:
        return " ".join(
            step["id"] + (f"({'|'.join(row(way.steps) for way in ways)})" if (ways := editing.ways_of(step)) else "")
            for step in steps
        )

    return row(list(content.get("steps", [])))


@pytest.mark.parametrize(
    ("row", "at", "expected"),
    [
        ("", 0, "task a size(b c|d) e dice(|f)"),
        ("", 4, "a size(b c|d) e dice(|f) task"),
        ("size/0", 1, "a size(b task c|d) e dice(|f)"),
        ("size/else", 0, "a size(b c|task d) e dice(|f)"),
        ("dice/0", 0, "a size(b c|d) e dice(task|f)"),
    ],
)
def test_a_step_is_added_anywhere(row: str, at: int, expected: str) -> None:
    before = tree()
    content, added = editing.insert(before, "task", Place(row, at))
    assert (drawn(content), added) == (expected, "task")
    assert before == tree()


def test_what_is_added_gets_an_id_of_its_own() -> None:
    content, first = editing.insert(tree(), "branch", Place("", 0))
    content, second = editing.insert(content, "branch", Place("branch/else", 0))
    assert (first, second) == ("branch", "branch_2")
    assert drawn(content).startswith("branch(|branch_2(|)) a")


@pytest.mark.parametrize(
    ("step", "row", "at", "expected"),
    [
        ("a", "", 3, "size(b c|d) e dice(|f) a"),
        ("c", "size/0", 0, "a size(c b|d) e dice(|f)"),
        ("c", "size/else", 1, "a size(b|d c) e dice(|f)"),
        ("size", "dice/0", 0, "a e dice(size(b c|d)|f)"),
        ("f", "", 0, "f a size(b c|d) e dice(|)"),
    ],
)
def test_a_step_is_moved_with_all_that_is_inside_it(step: str, row: str, at: int, expected: str) -> None:
    assert drawn(editing.move(tree(), step, Place(row, at))) == expected


def test_a_branch_is_not_moved_into_itself() -> None:
    with pytest.raises(CannotEdit, match="into itself"):
        editing.move(tree(), "size", Place("size/0", 0))


@pytest.mark.parametrize(
    ("step", "direction", "expected"),
    [
        ("e", UP, "a e size(b c|d) dice(|f)"),
        ("a", DOWN, "size(b c|d) a e dice(|f)"),
        ("c", UP, "a size(c b|d) e dice(|f)"),
        ("b", UP, "a b size(c|d) e dice(|f)"),
        ("c", DOWN, "a size(b|d) c e dice(|f)"),
        ("e", INTO, "a size(b c e|d) dice(|f)"),
        ("a", INTO, "size(a b c|d) e dice(|f)"),
        ("b", INTO, "a size(c|b d) e dice(|f)"),
        ("d", OUT, "a size(d b c|) e dice(|f)"),
        ("b", OUT, "a size(c|d) b e dice(|f)"),
        ("f", OUT, "a size(b c|d) e dice(f|)"),
    ],
)
def test_keys_move_a_step_along_its_row_into_ways_and_out(step: str, direction: Direction, expected: str) -> None:
    assert drawn(editing.shift(tree(), step, direction)) == expected


@pytest.mark.parametrize(("step", "direction"), [("a", UP), ("dice", DOWN), ("d", INTO), ("e", OUT), ("a", OUT)])
def test_where_there_is_nowhere_to_go_nothing_moves(step: str, direction: Direction) -> None:
    assert direction not in editing.targets(tree(), step)
    with pytest.raises(CannotEdit, match="cannot be moved"):
        editing.shift(tree(), step, direction)


def test_a_copy_asks_for_the_outcome_of_its_own_steps() -> None:
    wait = {"id": "wait", "type": "wait", "with": {"condition": "arr > 5"}}
    heard = {"after": {"step": "wait", "outcome": "timed_out"}, "steps": []}
    inner = {"id": "then", "type": "branch", "branches": [heard], "else": []}
    outer = {"id": "size", "type": "branch", "branches": [{"when": "arr > 1", "steps": [wait, inner]}], "else": []}
    content, copied = editing.duplicate({"steps": [outer]}, "size")
    assert drawn(content) == "size(wait then(|)|) size_2(wait_2 then_2(|)|)"
    assert editing.step_of(content, "then_2")["branches"][0]["after"]["step"] == "wait_2"
    assert editing.step_of(content, "then")["branches"][0]["after"]["step"] == "wait"
    assert copied == "size_2"
    renamed = editing.rename(content, "wait", "first_use")
    assert editing.step_of(renamed, "then")["branches"][0]["after"]["step"] == "first_use"


@pytest.mark.parametrize("name", ["", "Big", "two words", "b", "x" * 61])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(CannotEdit):
        editing.rename(tree(), "a", name)


def test_arms_and_parts_are_added_told_and_taken_out() -> None:
    content = editing.add_way(editing.add_way(tree(), "size"), "dice")
    assert [part["share"] for part in editing.step_of(content, "dice")["parts"]] == [34, 33, 33]
    content = editing.tell_ways(content, "size", [{"when": "arr > 9"}, {"after": {"step": "a", "outcome": "done"}}])
    assert editing.step_of(content, "size")["branches"] == [
        {"when": "arr > 9", "steps": [task("b"), task("c")]},
        {"after": {"step": "a", "outcome": "done"}, "steps": []},
    ]
    content = editing.remove_way(editing.remove_way(content, "size", 0), "dice", 2)
    assert drawn(content) == "a size(|d) e dice(|f)"
    assert [part["share"] for part in editing.step_of(content, "dice")["parts"]] == [50, 50]
    with pytest.raises(CannotEdit):
        editing.remove_way(content, "size", 0)


@pytest.mark.parametrize(
    ("step", "number", "to", "expected"),
    [
        ("size", 0, 1, "a size(|b c|d) e dice(|f)"),
        ("size", 1, 0, "a size(|b c|d) e dice(|f)"),
        ("dice", 1, 0, "a size(b c||d) e dice(f|)"),
        ("dice", 0, 0, "a size(b c||d) e dice(|f)"),
    ],
)
def test_a_way_is_moved_with_its_steps_and_what_it_says(step: str, number: int, to: int, expected: str) -> None:
    before = editing.add_way(tree(), "size")
    content = editing.move_way(before, step, number, to)
    assert drawn(content) == expected
    said = [way.said for way in editing.ways_of(editing.step_of(content, step)) if way.said]
    former = [way.said for way in editing.ways_of(editing.step_of(before, step)) if way.said]
    former.insert(to, former.pop(number))
    assert said == former


@pytest.mark.parametrize(("step", "number", "to"), [("size", 0, 1), ("size", 1, 0), ("dice", 0, -1), ("dice", -1, 0)])
def test_otherwise_stays_the_last_and_no_way_leaves_its_step(step: str, number: int, to: int) -> None:
    with pytest.raises(CannotEdit, match="cannot be moved there"):
        editing.move_way(tree(), step, number, to)
    with pytest.raises(CannotEdit, match="has no ways"):
        editing.move_way(tree(), "a", 0, 0)


def test_fields_are_told_and_taken_out_and_keep_their_order() -> None:
    content = {"key": "play", "goal": {"where": "x"}, "steps": []}
    told = editing.tell_fields(content, {"holdout": 10, "goal": None, "key": "other"})
    assert list(told.items()) == [("key", "other"), ("steps", []), ("holdout", 10)]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("call", "no list of steps"),
        ([1], "Step 1 of the playbook"),
        ([task("a"), task("a")], "'a' is there twice"),
        ([{"id": "size", "type": "branch", "branches": "arr > 5"}], "ways of 'size'"),
        ([{"id": "size", "type": "branch", "branches": [{"steps": {}}]}], "'size' is no list"),
    ],
)
def test_what_cannot_be_drawn_says_why(steps: Any, said: str) -> None:
    assert said in editing.objection({"steps": steps})
    assert editing.objection(tree()) == editing.objection({}) == ""


OPERATIONS = st.tuples(
    st.sampled_from(["insert", "move", "remove", "duplicate", "shift", "add_way", "move_way", "remove_way", "rename"]),
    st.integers(0, 30),
    st.integers(0, 30),
)


def applied(content: editing.Content, operation: str, one: int, other: int) -> editing.Content:
    """One operation on the steps that the numbers hit."""
    steps = [step["id"] for step in editing.all_steps(content)]
    found = list(editing.rows(content))
    address, row = found[other % len(found)]
    step = steps[one % len(steps)] if steps else "nobody"
    match operation:
        case "insert":
            kind = ["task", "branch", "split", "wait"][one % 4]
            return editing.insert(content, kind, Place(address, other % (len(row) + 1)))[0]
        case "move":
            return editing.move(content, step, Place(address, min(other, len(row))))
        case "remove":
            return editing.remove(content, step)
        case "duplicate":
            return editing.duplicate(content, step)[0] if len(steps) < 60 else content
        case "shift":
            return editing.shift(content, step, list(Direction)[other % 4])
        case "add_way":
            return editing.add_way(content, step)
        case "move_way":
            return editing.move_way(content, step, one % 3, other % 3)
        case "remove_way":
            return editing.remove_way(content, step, other % 3)
        case _:
            return editing.rename(content, step, f"step_{other}")


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=25))
def test_whatever_is_done_in_whatever_order_ids_stay_unique_and_the_steps_readable(
    operations: list[tuple[str, int, int]],
) -> None:
    content: editing.Content = tree()
    for operation in operations:
        before = content
        try:
            content = applied(content, *operation)
        except CannotEdit:
            assert content == before
        assert editing.objection(content) == ""
        kept = {step["id"] for step in editing.all_steps(content)}
        assert len(kept) == len(list(editing.all_steps(content)))
        if operation[0] in ("move", "shift", "move_way"):
            assert kept == {step["id"] for step in editing.all_steps(before)}
