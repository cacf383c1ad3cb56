"""Were promises kept? Every task that was opened is counted once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.playbooks import services
from mainstay.playbooks.models import Task
from mainstay.playbooks.promises import Fate, Opened, fate_of, lines, promises
from tests.builders import Cast
from tests.playbooks.plays import play, publish, refresh, signal
from tests.playbooks.plays import task as task_step

DAY = timedelta(days=1)


def at(day: int, hour: int = 9) -> datetime:
    """In November 2026; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


TASK = Opened(
    playbook="risk", playbook_name="Risk", owner=1, owner_name="Alice", time_zone="UTC", created_at=at(2),
    promised_at=at(4), done_at=None, dismissed_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (replace(TASK, done_at=at(4)), Fate.IN_TIME),
        (replace(TASK, done_at=at(4, 10)), Fate.DONE_LATE),
        (replace(TASK, done_at=at(20), promised_at=None), Fate.IN_TIME),
        (replace(TASK, dismissed_at=at(20)), Fate.DISMISSED),
        (TASK, Fate.OPEN_LATE),
        (replace(TASK, promised_at=at(9)), Fate.RUNNING),
        (replace(TASK, promised_at=None), Fate.RUNNING),
    ],
    ids=["on the instant", "an hour late", "nothing promised", "dismissed", "open", "open in time", "open, no promise"],
)
def test_a_task_has_one_fate(task: Opened, expected: Fate) -> None:
    assert fate_of(task, at(9)) is expected


def test_lines_add_up_and_hours_are_those_of_work() -> None:
    tasks = [
        replace(TASK, done_at=at(3)),  # 8 working hours
        replace(TASK, created_at=at(6, 16), promised_at=at(9), done_at=at(9, 11), owner=2, owner_name="Bob"),  # 3
        replace(TASK, owner=2, owner_name="Bob"),
        replace(TASK, playbook="", playbook_name="", owner=None, owner_name="", promised_at=None),
    ]
    by_playbook = lines(tasks, by="playbook", at=at(20))
    assert [(line.playbook, line.opened, line.decided) for line in by_playbook] == [("risk", 3, 3), ("", 1, 0)]
    assert (by_playbook[0].median_hours, by_playbook[0].promised_hours) == (5.5, 16)
    assert (by_playbook[1].median_hours, by_playbook[1].promised_hours) == (None, None)
    by_owner = lines(tasks, by="owner", at=at(20))
    assert [(line.owner_name, line.opened) for line in by_owner] == [("Bob", 2), ("", 1), ("Alice", 1)]
    assert [(line.playbook, line.owner) for line in lines(tasks, by="both", at=at(20))] == [
        ("risk", 2), ("", None), ("risk", 1),
    ]  # fmt: skip


def test_what_was_done_later_was_open_then(cast: Cast) -> None:
    task = services.create_task(account=None, owner=cast.alice, title="Call", due_at=at(4), by=cast.alice, now=at(2))
    services.complete_task(task, by=cast.alice, now=at(10))
    then, now = (promises(at(1), at(30), by="owner", at=day)[0].counts for day in (at(9), at(11)))
    assert (then[Fate.OPEN_LATE], then[Fate.DONE_LATE]) == (1, 0)
    assert (now[Fate.OPEN_LATE], now[Fate.DONE_LATE]) == (0, 1)
    assert promises(at(3), at(30), by="owner", at=at(11)) == []
    assert promises(at(1), at(30), by="owner", at=at(2)) == []


def test_a_task_that_was_postponed_is_late_all_the_same(cast: Cast) -> None:
    task = services.create_task(account=None, owner=cast.alice, title="Call", due_at=at(4), by=cast.alice, now=at(2))
    services.postpone_task(task, at(20), by=cast.alice, now=at(3))
    services.complete_task(task, by=cast.alice, now=at(10))
    assert promises(at(1), at(30), by="owner", at=at(11))[0].counts[Fate.DONE_LATE] == 1


def test_a_playbook_is_named_and_what_is_made_by_hand_is_not(cast: Cast) -> None:
    publish(play(task_step()))
    signal(cast.acme)
    refresh()
    made = Task.objects.get()
    found = promises(made.created_at - DAY, made.created_at + DAY, by="both", at=made.created_at + DAY)
    assert [(line.playbook != "", line.owner) for line in found] == [(True, made.owner_id)]
