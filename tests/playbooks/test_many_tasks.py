"""Many tasks at once: what is changed, and what is refused and why."""

from datetime import timedelta

import pytest

from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry
from mainstay.playbooks import many_tasks, services
from mainstay.playbooks.models import Task
from tests.builders import Cast

NOW = utc_now()
DAY = timedelta(days=1)


@pytest.fixture
def three(cast: Cast) -> list[Task]:
    """Of Alice, of Bob, and one of Alice that is done."""
    made = [
        services.create_task(account=None, owner=owner, title="T", due_at=NOW + DAY, by=cast.mary, now=NOW)
        for owner in (cast.alice, cast.bob, cast.alice)
    ]
    services.complete_task(made[2], by=cast.alice, now=NOW)
    return made


def test_what_is_closed_is_not_done_again(three: list[Task], cast: Cast) -> None:
    found = many_tasks.complete_tasks(three, by=cast.alice, now=NOW + DAY)
    assert set(found.former) == {three[0].pk, three[1].pk}
    assert found.refused == {"Done or dismissed already.": 1}
    assert Task.objects.get(pk=three[2].pk).done_at == NOW


def test_each_that_may_not_be_reassigned_says_why(three: list[Task], cast: Cast) -> None:
    found = many_tasks.reassign_tasks(three, cast.bob, by=cast.alice, now=NOW)
    assert set(found.former) == {three[0].pk}
    assert sorted(found.refused.values()) == [1, 1]
    assert any("its owner or a manager" in reason for reason in found.refused)


def test_a_manager_gives_them_all_and_nobody_is_a_choice(three: list[Task], cast: Cast) -> None:
    found = many_tasks.reassign_tasks(three, None, by=cast.mary, now=NOW)
    assert {former.owner_id for former in found.former.values()} == {cast.alice.pk, cast.bob.pk}
    assert found.refused == {"Closed, or nobody's already.": 1}


def test_what_was_changed_can_be_put_back(three: list[Task], cast: Cast) -> None:
    found = many_tasks.snooze_tasks(three, NOW + 3 * DAY, by=cast.alice, now=NOW)
    assert Task.objects.filter(snoozed_until=NOW + 3 * DAY).count() == 2
    for task in Task.objects.filter(pk__in=found.former):
        services.restore_task(task, found.former[task.pk], by=cast.alice, now=NOW)
    assert not Task.objects.exclude(snoozed_until=None).exists()


def test_each_is_on_record(three: list[Task], cast: Cast) -> None:
    many_tasks.postpone_tasks(three, NOW + 3 * DAY, by=cast.alice, now=NOW)
    assert AuditEntry.objects.filter(action="playbooks.task_postponed").count() == 2
