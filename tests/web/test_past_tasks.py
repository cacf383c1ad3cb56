"""Tasks at a past moment: those that were open or done then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mainstay.common.time import midnight
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.services import complete_task, create_task
from tests.builders import Cast

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
TODAY = midnight(datetime.now(UTC).date())
THEN = TODAY - 10 * DAY
AS_OF = f"as_of={THEN.date()}"


def make(cast: Cast, title: str, *, created: datetime, due: datetime, done: datetime | None = None) -> Task:
    task = create_task(account=cast.acme, owner=cast.alice, title=title, due_at=due, by=cast.alice, now=created)
    if done is not None:
        complete_task(task, by=cast.alice, now=done)
    return task


@pytest.fixture
def four(cast: Cast) -> Cast:
    make(cast, "late then", created=THEN - 9 * DAY, due=THEN - DAY, done=TODAY - DAY)
    make(cast, "due soon", created=THEN - 9 * DAY, due=THEN + DAY)
    make(cast, "done before", created=THEN - 9 * DAY, due=THEN, done=THEN - 2 * DAY)
    make(cast, "made later", created=THEN + DAY, due=THEN + 2 * DAY)
    return cast


def titles(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/tasks/?{AS_OF}&{query}")
    assert answer.status_code == 200
    return [row.task.title for group in answer.context["page"].groups for row in group.rows]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("open", ["late then", "due soon"]),
        ("late", ["late then"]),
        ("week", ["due soon"]),
        ("done", ["done before"]),
    ],
)
def test_every_state_is_that_of_then(as_user: AsUser, four: Cast, state: str, found: list[str]) -> None:
    assert titles(as_user(four.alice), f"state={state}") == found


@pytest.mark.parametrize("name", ["vera", "alice", "mary", "ada"])
def test_whoever_looks_can_change_nothing(as_user: AsUser, four: Cast, name: str) -> None:
    page = as_user(getattr(four, name)).get(f"/tasks/?{AS_OF}&who=all").content.decode()
    assert "late then" in page
    assert 'To do<span class="n">2</span>' in page
    assert "Their owners, titles and due times are those of now." in page
    assert "Postpone" not in page.partition("<main")[2]
    assert 'type="checkbox" name="task"' not in page


def test_one_task_is_shown_as_it_stood(as_user: AsUser, four: Cast) -> None:
    client, task = as_user(four.alice), Task.objects.get(title="late then")
    then = client.get(f"/tasks/{task.pk}/?{AS_OF}")
    assert then.context["detail"].task.done_at is None
    assert "Postpone" not in then.content.decode()
    assert client.get(f"/tasks/{task.pk}/").context["detail"].task.done_at is not None
    later = Task.objects.get(title="made later")
    assert client.get(f"/tasks/{later.pk}/?{AS_OF}").status_code == 404


def test_the_list_of_then_can_be_exported(as_user: AsUser, four: Cast) -> None:
    answer = as_user(four.alice).get(f"/tasks/tasks.csv?{AS_OF}")
    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert f"tasks-{THEN.date()}.csv" in answer["Content-Disposition"]
    assert [line.split(",")[1] for line in lines[1:]] == ["late then", "due soon"]
    assert f"{(TODAY - DAY).date()}" not in lines[1], "it was done later"
