"""Many tasks at once: ticked or all that match; snoozed, given away, taken back; what is refused is counted."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.web.tasks import many
from tests.builders import Cast
from tests.web.test_tasks import _undo, make, titles

type AsUser = Callable[[User], Client]


def test_all_that_match_are_more_than_the_page(as_user: AsUser, cast: Cast) -> None:
    for number in range(60):
        make(f"T{number}", cast.alice)
    make("bob's", cast.bob)
    client = as_user(cast.alice)
    assert "All that match" in client.get("/tasks/").content.decode()
    answer = client.post("/tasks/complete/", {"all": "1", "filter": ""}, follow=True)
    assert "60 tasks done." in answer.content.decode()
    assert Task.objects.filter(done_at=None).get().title == "bob's"
    client.post(_undo(answer))
    assert Task.objects.filter(done_at=None).count() == 61


def test_the_filter_of_the_page_says_what_matches(as_user: AsUser, cast: Cast) -> None:
    make("Call Acme", cast.alice, account=cast.acme)
    make("Call Globex", cast.alice, account=cast.globex)
    as_user(cast.alice).post("/tasks/dismiss/", {"all": "1", "filter": "account=acme"})
    assert Task.objects.get(dismissed_at=None).title == "Call Globex"


def test_too_many_are_refused_before_anything_happens(
    as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MOST", 2)
    for number in range(3):
        make(f"T{number}", cast.alice)
    answer = as_user(cast.alice).post("/tasks/complete/", {"all": "1", "filter": ""})
    assert answer.status_code == 422
    assert "More than 2 tasks match" in answer.content.decode()
    assert not Task.objects.exclude(done_at=None).exists()


def test_snoozing_asks_until_when_and_says_that_the_clock_goes_on(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice), as_user(cast.alice)
    asked = client.post("/tasks/snooze/", {"task": str(task.pk)}).content.decode()
    assert "the clock of the promise goes on" in asked
    assert f'name="task" value="{task.pk}"' in asked
    answer = client.post("/tasks/snooze/", {"task": str(task.pk), "until": "week"}, follow=True)
    assert "1 task out of sight until Monday" in answer.content.decode()
    found = Task.objects.get()
    assert found.snoozed_until is not None
    assert found.snoozed_until.weekday() == 0
    assert found.due_at == task.due_at
    assert titles(client) == []
    assert titles(client, "?state=snoozed") == ["Call"]
    client.post(_undo(answer))
    assert titles(client) == ["Call"]


@pytest.mark.parametrize("values", [{"until": "day"}, {"until": "ever"}, {"until": "day", "until_on": "2020-01-01"}])
def test_a_day_that_cannot_be_snoozes_nothing(as_user: AsUser, cast: Cast, values: dict[str, str]) -> None:
    task = make("Call", cast.alice)
    answer = as_user(cast.alice).post("/tasks/snooze/", {"task": str(task.pk), **values}, follow=True)
    assert answer.status_code in (200, 422)
    assert Task.objects.get().snoozed_until is None


def test_what_may_not_be_given_away_is_counted_with_the_reason(as_user: AsUser, cast: Cast) -> None:
    mine, theirs = make("mine", cast.alice), make("theirs", cast.bob)
    ticked = {"task": [str(mine.pk), str(theirs.pk)], "owner": str(cast.mary.pk)}
    answer = as_user(cast.alice).post("/tasks/reassign/", ticked, follow=True)
    said = answer.content.decode()
    assert "1 task for Mary now." in said
    assert "1 was not: This task belongs to somebody else" in said
    assert Task.objects.get(pk=theirs.pk).owner == cast.bob


def test_undo_reopens_only_what_was_closed_by_it(as_user: AsUser, cast: Cast) -> None:
    before = make("before", cast.alice, done_at=utc_now() - timedelta(days=1))
    now = make("now", cast.alice)
    client = as_user(cast.alice)
    answer = client.post("/tasks/complete/", {"task": [str(before.pk), str(now.pk)]}, follow=True)
    assert "1 task done. 1 was not: Done or dismissed already." in answer.content.decode()
    client.post(_undo(answer))
    assert Task.objects.get(done_at=None).title == "now"


def test_a_viewer_does_nothing_at_once(as_user: AsUser, cast: Cast) -> None:
    task = make("Call", cast.alice)
    for verb in ("complete", "dismiss", "snooze", "reassign"):
        answer = as_user(cast.vera).post(f"/tasks/{verb}/", {"all": "1", "filter": "who=all", "until": "week"})
        assert answer.status_code == 403
    assert Task.objects.get(pk=task.pk).snoozed_until is None
