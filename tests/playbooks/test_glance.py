"""A playbook at a glance."""

from typing import Any

import pytest

from mainstay.playbooks.glance import glance
from tests.playbooks.plays import play, task, wait


def split(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("one", "other")
    return {
        "id": "dice",
        "type": "split",
        "parts": [{"name": name, "share": 50, "steps": row} for name, row in zip(names, rows, strict=True)],
    }


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ([task()], 0),
        ([task(), wait(days=7), wait("b", hours=12)], 7.5),
        ([wait(working_days=5)], 7),
        ([split([wait("a", days=3)], [wait("b", days=9), task()]), wait("c", days=1)], 10),
        ([wait(condition="arr > 5")], 30),
        ([wait(event=["Exported"], time_out={"days": 14})], 14),
        ([{"id": "ask", "type": "approve", "with": {"title": "?", "why": "!", "time_out": {"days": 2}}}], 2),
        ([wait(date_of="renewal", days_before=30)], None),
        ([split([wait("a", days=3)], [wait("b", until="2026-09-01")])], None),
    ],
)
def test_it_takes_as_long_as_its_longest_way(steps: list[dict[str, Any]], days: float | None) -> None:
    assert glance(play(*steps)).days == days


def test_it_says_what_is_done_how_often() -> None:
    mail = {"id": "mail", "type": "email", "with": {"subject": "Hello", "text": "You"}}
    assert glance(play(task("a"), wait(), split([task("b")], [mail]))).does == {"Task": 2, "E-mail": 1}
