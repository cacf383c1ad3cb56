"""Tasks: whose, in which state; what can be done with them and taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks.models import Task
from tests.builders import Cast

type AsUser = Callable[[User], Client]

DAY = timedelta(days=1)


def make(
    title: str, owner: User | None = None, *, days: float | None = 1, account: Account | None = None, **fields: object
) -> Task:
    now = utc_now()
    due = None if days is None else now + timedelta(days=days)
    return Task.objects.create(
        id=uuid4(), title=title, owner=owner, account=account, due_at=due, created_at=now, **fields
    )


def titles(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/tasks/{query}")
    assert answer.status_code == 200
    return [row.task.title for group in answer.context["page"].groups for row in group.rows]


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    for url in ("/tasks/", "/tasks/new/", "/tasks/tasks.csv", f"/tasks/{uuid4()}/"):
        assert visitor.get(url)["Location"].startswith("/sign-in/")


def test_scopes_and_states(as_user: AsUser, cast: Cast) -> None:
    make("mine late", cast.alice, days=-1)
    make("mine soon", cast.alice, days=2)
    make("mine later", cast.alice, days=30)
    make("mine some day", cast.alice, days=None)
    make("bob's at my account", cast.bob, account=cast.acme)
    make("bob's elsewhere", cast.bob, account=cast.initech)
    make("done", cast.alice, done_at=utc_now(), done_by=cast.alice)
    make("dismissed", cast.alice, dismissed_at=utc_now() - DAY)
    client = as_user(cast.alice)
    assert titles(client) == ["mine late", "mine soon", "mine later", "mine some day"]
    assert titles(client, "?state=late") == ["mine late"]
    assert titles(client, "?state=week") == ["mine soon"]
    assert titles(client, "?state=done") == ["done", "dismissed"]
    assert titles(client, "?who=team") == ["bob's at my account"]
    assert set(titles(client, "?who=all")) >= {"mine late", "bob's at my account", "bob's elsewhere"}
    assert titles(client, "?who=x&state=y&after=z") == titles(client)


def test_they_stand_under_what_their_date_means(as_user: AsUser, cast: Cast) -> None:
    for days in (-3, 40, None):
        make(f"{days}", cast.alice, days=days)
    groups = as_user(cast.alice).get("/tasks/").context["page"].groups
    assert [group.title for group in groups] == ["Overdue", "Later", "No date"]


@pytest.mark.parametrize("state", ["open", "done"])
def test_pages_follow_one_another_without_gaps(as_user: AsUser, cast: Cast, state: str) -> None:
    at = utc_now() + DAY
    fields = {"done_at": utc_now()} if state == "done" else {}
    Task.objects.bulk_create(
        Task(id=uuid4(), title=f"T{n}", owner=cast.alice, due_at=at if n % 3 else None, created_at=at, **fields)
        for n in range(120)
    )
    client, url, seen = as_user(cast.alice), f"/tasks/?state={state}", []
    while url:
        page = client.get(url).context["page"]
        seen += [row.task.title for group in page.groups for row in group.rows]
        url = page.next_url
    assert len(seen) == 120
    assert len(set(seen)) == 120


def test_complete_and_undo(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice), as_user(cast.alice)
    answer = client.post(f"/tasks/{task.pk}/complete/", {"next": "/tasks/"}, follow=True)
    task.refresh_from_db()
    assert task.done_by == cast.alice
    assert "“Call” done." in answer.content.decode()
    client.post(_undo(answer))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)


def test_dismiss_and_undo(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice), as_user(cast.alice)
    answer = client.post(f"/tasks/{task.pk}/dismiss/", follow=True)
    task.refresh_from_db()
    assert task.dismissed_at is not None
    client.post(_undo(answer))
    task.refresh_from_db()
    assert task.dismissed_at is None


def test_postpone_by_days_or_to_a_day_and_undo(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice, days=-2), as_user(cast.alice)
    former = task.due_at
    answer = client.post(f"/tasks/{task.pk}/postpone/", {"days": "3"}, follow=True)
    task.refresh_from_db()
    assert _days(task.due_at) == 3
    client.post(_undo(answer))
    task.refresh_from_db()
    assert task.due_at == former
    client.post(f"/tasks/{task.pk}/postpone/", {"due_on": (utc_now() + 10 * DAY).date().isoformat()})
    task.refresh_from_db()
    assert _days(task.due_at) == 10


@pytest.mark.parametrize("values", [{}, {"days": "0"}, {"days": "x"}, {"due_on": "2020-01-01"}])
def test_a_day_that_cannot_be_is_refused_in_words(as_user: AsUser, cast: Cast, values: dict[str, str]) -> None:
    task = make("Call", cast.alice)
    answer = as_user(cast.alice).post(f"/tasks/{task.pk}/postpone/", values)
    assert answer.status_code == 422
    assert Task.objects.get(pk=task.pk).due_at == task.due_at


def test_reassign_and_undo(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice), as_user(cast.alice)
    answer = client.post(f"/tasks/{task.pk}/reassign/", {"owner": cast.bob.pk}, follow=True)
    assert Task.objects.get(pk=task.pk).owner == cast.bob
    client.post(_undo(answer))
    assert Task.objects.get(pk=task.pk).owner == cast.alice


def test_a_csm_does_not_reassign_somebody_elses(as_user: AsUser, cast: Cast) -> None:
    task = make("Call", cast.alice)
    assert as_user(cast.bob).post(f"/tasks/{task.pk}/reassign/", {"owner": cast.bob.pk}).status_code == 403
    assert as_user(cast.mary).post(f"/tasks/{task.pk}/reassign/", {"owner": cast.bob.pk}).status_code == 302


def test_many_at_once_and_undo(as_user: AsUser, cast: Cast) -> None:
    tasks = [make(f"T{n}", cast.alice) for n in range(3)]
    ticked = {"task": [*(str(task.pk) for task in tasks[:2]), "no id"]}
    client = as_user(cast.alice)
    answer = client.post("/tasks/complete/", ticked, follow=True)
    assert "2 tasks done." in answer.content.decode()
    assert titles(client) == ["T2"]
    client.post(_undo(answer))
    assert titles(client) == ["T0", "T1", "T2"]


def test_reopen(as_user: AsUser, cast: Cast) -> None:
    task = make("Call", cast.alice, done_at=utc_now())
    as_user(cast.alice).post(f"/tasks/{task.pk}/reopen/")
    assert Task.objects.get(pk=task.pk).done_at is None


def test_a_viewer_sees_everything_and_changes_nothing(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice, account=cast.acme), as_user(cast.vera)
    assert titles(client, "?who=all") == ["Call"]
    assert "Reassign" not in client.get(f"/tasks/{task.pk}/").content.decode()
    for verb in ("complete", "dismiss", "reopen", "postpone", "reassign"):
        assert client.post(f"/tasks/{task.pk}/{verb}/").status_code == 403
    for url in ("/tasks/complete/", "/tasks/dismiss/", "/tasks/new/"):
        assert client.post(url, {"task": str(task.pk), "title": "x"}).status_code == 403
    assert Task.objects.get(pk=task.pk).done_at is None


def test_a_new_task_finds_its_account_by_name_or_key(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    for name in ("Acme", "acme", ""):
        client.post("/tasks/new/", {"title": f"For {name}", "account": name, "owner": cast.alice.pk})
    found = dict(Task.objects.values_list("title", "account__key"))
    assert found == {"For Acme": "acme", "For acme": "acme", "For": None}


@pytest.mark.parametrize(
    ("values", "said"),
    [({"title": ""}, "required"), ({"title": "x", "account": "Nobody Ltd"}, "No account is called “Nobody Ltd”")],
)
def test_a_new_task_that_cannot_be_is_refused_beside_its_field(
    as_user: AsUser, cast: Cast, values: dict[str, str], said: str
) -> None:
    answer = as_user(cast.alice).post("/tasks/new/", values)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_one_task_says_why(as_user: AsUser, cast: Cast) -> None:
    task = make("Call", cast.alice, account=cast.acme, why="Logins −43%", created_by=cast.mary)
    page = as_user(cast.bob).get(f"/tasks/{task.pk}/").content.decode()
    assert "Logins −43%" in page
    assert "/accounts/acme/" in page
    assert "Mary" in page


def test_the_export_has_what_the_page_has_and_runs_nothing_in_a_spreadsheet(as_user: AsUser, cast: Cast) -> None:
    make("=HYPERLINK()", cast.alice, account=cast.acme)
    answer = as_user(cast.alice).get("/tasks/tasks.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK()" in lines[1]
    assert AuditEntry.objects.filter(action="playbooks.tasks_exported").exists()


def _undo(answer: object) -> str:
    page = answer.content.decode()
    return "/undo/" + page.partition('action="/undo/')[2].partition('"')[0]


def _days(due: datetime | None) -> int:
    return (due.date() - utc_now().date()).days
