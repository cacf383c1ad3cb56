from collections.abc import Callable
from datetime import timedelta

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks import selectors, services
from mainstay.playbooks.models import Task
from tests.builders import Cast
from tests.playbooks.plays import play, publish, refresh, signal
from tests.playbooks.plays import task as task_step

NOW = utc_now()
DAY = timedelta(days=1)


@pytest.fixture
def task(cast: Cast) -> Task:
    return services.create_task(
        account=cast.acme, owner=cast.alice, title=" Call \n Acme ", due_at=NOW + DAY, by=cast.alice, now=NOW
    )


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_task_can_be_completed_and_reopened(task: Task, cast: Cast) -> None:
    services.complete_task(task, by=cast.alice, now=NOW)
    assert (task.done_at, task.done_by) == (NOW, cast.alice)
    assert not selectors.open_tasks(owner=cast.alice).exists()
    services.reopen_task(task, by=cast.alice, now=NOW)
    assert (task.done_at, task.done_by) == (None, None)
    assert actions() == ["playbooks.task_created", "playbooks.task_completed", "playbooks.task_reopened"]


def test_a_task_can_be_dismissed_and_reopened(task: Task, cast: Cast) -> None:
    services.dismiss_task(task, by=cast.alice, now=NOW)
    assert task.dismissed_at == NOW
    assert not selectors.open_tasks(account=cast.acme).exists()
    services.reopen_task(task, by=cast.alice, now=NOW)
    assert list(selectors.open_tasks(account=cast.acme)) == [task]


def test_a_repeat_changes_and_records_nothing(task: Task, cast: Cast) -> None:
    services.complete_task(task, by=cast.alice, now=NOW)
    services.complete_task(task, by=cast.bob, now=NOW + DAY)
    services.dismiss_task(task, by=cast.bob, now=NOW + DAY)
    assert (task.done_at, task.done_by, task.dismissed_at) == (NOW, cast.alice, None)
    assert len(actions()) == 2


def test_postponing_moves_what_is_due_and_not_what_was_promised(task: Task, cast: Cast) -> None:
    services.postpone_task(task, NOW + 9 * DAY, by=cast.alice, now=NOW)
    assert (task.due_at, task.promised_at) == (NOW + 9 * DAY, NOW + DAY)


def test_the_first_date_of_a_task_without_one_is_its_promise(cast: Cast) -> None:
    task = services.create_task(account=None, owner=cast.alice, title="Call", by=cast.alice, now=NOW)
    services.postpone_task(task, NOW + 2 * DAY, by=cast.alice, now=NOW)
    services.postpone_task(task, NOW + 5 * DAY, by=cast.alice, now=NOW)
    assert task.promised_at == NOW + 2 * DAY


def test_a_snoozed_task_is_out_of_sight_and_its_clock_goes_on(task: Task, cast: Cast) -> None:
    assert services.snooze_task(task, NOW + 3 * DAY, by=cast.alice, now=NOW)
    assert (task.due_at, task.promised_at) == (NOW + DAY, NOW + DAY)
    assert not Task.objects.filter(selectors.awake(NOW + 2 * DAY)).exists()
    assert Task.objects.filter(selectors.awake(NOW + 3 * DAY)).exists()
    with pytest.raises(Invalid, match="still to come"):
        services.snooze_task(task, NOW, by=cast.alice, now=NOW)
    services.complete_task(task, by=cast.alice, now=NOW)
    assert not services.snooze_task(task, NOW + 3 * DAY, by=cast.alice, now=NOW)


def test_a_task_can_be_postponed_but_not_into_the_past(task: Task, cast: Cast) -> None:
    services.postpone_task(task, NOW + 2 * DAY, by=cast.alice, now=NOW)
    assert task.due_at == NOW + 2 * DAY
    with pytest.raises(Invalid, match="still to come"):
        services.postpone_task(task, NOW, by=cast.alice, now=NOW)


def test_an_owner_may_give_her_task_away(task: Task, cast: Cast) -> None:
    services.reassign_task(task, cast.bob, by=cast.alice, now=NOW)
    assert task.owner == cast.bob


def test_a_colleague_may_not_take_it_but_a_manager_may_move_it(task: Task, cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="belongs to somebody else"):
        services.reassign_task(task, cast.bob, by=cast.bob, now=NOW)
    services.reassign_task(task, None, by=cast.mary, now=NOW)
    assert task.owner is None
    services.reassign_task(task, cast.bob, by=cast.bob, now=NOW)
    assert task.owner == cast.bob


@pytest.mark.parametrize(
    ("asked", "who", "may"),
    [
        ("alice", "alice", True), ("alice", "bob", False), ("alice", "mary", True), ("alice", "ada", True),
        (None, "alice", False), (None, "mary", True),
    ],
)  # fmt: skip
def test_an_approval_is_given_by_whom_it_asks_or_a_manager(cast: Cast, asked: str | None, who: str, may: bool) -> None:
    owner, by = getattr(cast, asked) if asked else None, getattr(cast, who)
    task = services.create_task(account=cast.acme, owner=owner, title="A discount?", by=cast.mary, now=NOW)
    task.is_approval = True
    task.save()
    for close in (services.complete_task, services.dismiss_task):
        if may:
            assert close(task, by=by, now=NOW)
            services.reopen_task(task, by=by, now=NOW)
        else:
            with pytest.raises(NotAllowed, match="“A discount\\?” asks for an approval"):
                close(task, by=by, now=NOW)


def test_nobody_takes_an_approval_to_give_it(cast: Cast) -> None:
    task = services.create_task(account=cast.acme, owner=None, title="A discount?", by=cast.mary, now=NOW)
    task.is_approval = True
    task.save()
    with pytest.raises(NotAllowed):
        services.reassign_task(task, cast.alice, by=cast.alice, now=NOW)
    assert services.reassign_task(task, cast.alice, by=cast.mary, now=NOW)


def test_a_viewer_cannot_be_given_a_task(task: Task, cast: Cast) -> None:
    with pytest.raises(Invalid, match="cannot work on tasks"):
        services.reassign_task(task, cast.vera, by=cast.mary, now=NOW)


@pytest.mark.parametrize(
    "write",
    [
        lambda task, by: services.complete_task(task, by=by, now=NOW),
        lambda task, by: services.dismiss_task(task, by=by, now=NOW),
        lambda task, by: services.reopen_task(task, by=by, now=NOW),
        lambda task, by: services.postpone_task(task, None, by=by, now=NOW),
        lambda task, by: services.snooze_task(task, None, by=by, now=NOW),
        lambda task, by: services.reassign_task(task, None, by=by, now=NOW),
        lambda task, by: services.create_task(account=None, owner=None, title="T", by=by, now=NOW),
    ],
    ids=["complete", "dismiss", "reopen", "postpone", "snooze", "reassign", "create"],
)
def test_a_viewer_changes_nothing(task: Task, cast: Cast, write: Callable[[Task, User], object]) -> None:
    with pytest.raises(NotAllowed):
        write(task, cast.vera)


def test_a_task_needs_a_title(cast: Cast) -> None:
    with pytest.raises(Invalid, match="needs a title"):
        services.create_task(account=None, owner=None, title="  ", by=cast.alice, now=NOW)


def test_the_most_pressing_task_comes_first_and_those_without_a_time_last(task: Task, cast: Cast) -> None:
    def make(title: str, hours: int | None) -> Task:
        due_at = None if hours is None else NOW + timedelta(hours=hours)
        return services.create_task(account=None, owner=cast.alice, title=title, due_at=due_at, by=cast.alice, now=NOW)

    some_day, overdue, soon = make("some day", None), make("overdue", -1), make("soon", 1)
    assert list(selectors.open_tasks(owner=cast.alice)) == [overdue, soon, task, some_day]
    assert list(selectors.overdue_tasks(NOW, owner=cast.alice)) == [overdue]


def test_a_playbook_promises_the_due_time_of_its_task(cast: Cast) -> None:
    publish(play(task_step()))
    signal(cast.acme)
    refresh()
    task = Task.objects.get()
    assert task.promised_at == task.due_at is not None


def test_items_of_a_checklist_are_ticked_off_and_the_tick_is_taken_back(cast: Cast) -> None:
    publish(play(task_step(checklist=["Read the tickets", "Call"])))
    signal(cast.acme)
    refresh()
    task = Task.objects.get()
    services.tick_item(task, 1, is_done=True, by=cast.alice, now=NOW)
    services.tick_item(task, 1, is_done=True, by=cast.alice, now=NOW)
    assert task.checklist == [{"text": "Read the tickets", "done": False}, {"text": "Call", "done": True}]
    services.tick_item(task, 1, is_done=False, by=cast.alice, now=NOW)
    assert not any(item["done"] for item in task.checklist)
    assert actions()[-2:] == ["playbooks.task_item_ticked", "playbooks.task_item_unticked"]
    with pytest.raises(Invalid, match="no number 3"):
        services.tick_item(task, 2, is_done=True, by=cast.alice, now=NOW)
    services.complete_task(task, by=cast.alice, now=NOW)
    with pytest.raises(Invalid, match="reopen it"):
        services.tick_item(task, 0, is_done=True, by=cast.alice, now=NOW)


def test_a_task_of_a_run_goes_to_the_member_of_the_team_that_the_account_names(cast: Cast) -> None:
    cast.acme.attributes = {"onboarding_specialist": cast.bob.email.upper()}
    cast.acme.save(update_fields=["attributes"])
    publish(play(task_step(assign="onboarding_specialist")))
    signal(cast.acme)
    refresh()
    assert Task.objects.get().owner == cast.bob
