"""What no run can come to, and what would never end, is not published."""

from typing import Any

import pytest

from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.ways import circle, unreachable
from tests.builders import Cast
from tests.playbooks.plays import play, publish, task

END: dict[str, Any] = {"id": "stop", "type": "end", "with": {"reason": "Enough"}}


def start(key: str, name: str = "next") -> dict[str, Any]:
    return {"id": name, "type": "start", "with": {"playbook": key}}


def branch(yes: list[Any], no: list[Any]) -> dict[str, Any]:
    return {"id": "size", "type": "branch", "branches": [{"when": "arr > 5", "steps": yes}], "else": no}


@pytest.mark.parametrize(
    ("steps", "missed"),
    [
        ([task("a"), task("b")], []),
        ([task("a"), END], []),
        ([task("a"), END, task("b"), task("c")], ["b"]),
        ([branch([END], [task("b")]), task("c")], []),
        ([branch([END], []), task("c")], []),
        ([branch([END], [END | {"id": "too"}]), task("c")], ["c"]),
        ([branch([END, task("in")], [task("b")]), task("c")], ["in"]),
        ([END, branch([task("b")], [task("c")]), task("d")], ["size"]),
    ],
)
def test_steps_behind_an_end_are_found(steps: list[Any], missed: list[str]) -> None:
    assert unreachable(play(*steps)) == missed


def test_they_are_named_when_it_is_published(cast: Cast) -> None:
    with pytest.raises(BadPlaybook) as refused:
        publish(play(END, task("never")))
    (problem,) = refused.value.details["problems"]
    assert "never" in problem["place"]
    assert "no run comes to it" in problem["reason"]


def test_the_shortest_way_back_is_told() -> None:
    started = {"b": frozenset({"c", "d"}), "c": frozenset({"e"}), "d": frozenset({"a"}), "e": frozenset({"a", "b"})}
    assert circle(play(key="a"), "b", started) == ("b", "d")
    assert circle(play(key="x"), "b", started) == ()


def test_playbooks_that_start_one_another_are_refused_wherever_the_circle_is_closed(cast: Cast) -> None:
    publish(play(key="third", entry={"by": "hand"}))
    publish(play(start("third"), key="second", entry={"by": "hand"}))
    publish(play(start("second"), key="first"))
    with pytest.raises(BadPlaybook) as refused:
        publish(play(start("first"), key="third", entry={"by": "hand"}))
    (problem,) = refused.value.details["problems"]
    assert problem["reason"].startswith("'third' → 'first' → 'second' → 'third': they would start one another for ever")
    publish(play(task(), key="second", entry={"by": "hand"}))
    publish(play(start("first"), key="third", entry={"by": "hand"}))
