"""The report of promises: counts that lead to their tasks, as CSV, and as things stood then."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks.models import Task
from tests.builders import Cast
from tests.web.test_tasks import DAY, make, titles

type AsUser = Callable[[User], Client]


def promised(title: str, owner: User | None, *, days: float, done: float | None = None, **fields: object) -> Task:
    """Opened four days ago, promised and done so many days from now."""
    now = utc_now()
    task = make(title, owner, days=days, promised_at=now + days * DAY, **fields)
    done_at = None if done is None else now + timedelta(days=done)
    Task.objects.filter(pk=task.pk).update(created_at=now - 4 * DAY, done_at=done_at)
    return task


def test_each_number_leads_to_its_tasks(as_user: AsUser, cast: Cast) -> None:
    promised("in time", cast.alice, days=-1, done=-2)
    promised("done late", cast.alice, days=-2, done=-1)
    promised("open late", cast.alice, days=-1)
    promised("running", cast.alice, days=3)
    promised("dismissed", cast.alice, days=3, dismissed_at=utc_now())
    promised("bob's", cast.bob, days=3)
    client = as_user(cast.vera)
    rows = client.get("/tasks/report/?by=owner").context["page"].rows
    assert [(row.line.owner_name, row.opened.count) for row in rows] == [("Alice", 5), ("Bob", 1)]
    for name in ("in_time", "done_late", "open_late", "running", "dismissed"):
        number = getattr(rows[0], name)
        assert number.count == 1
        assert titles(client, number.url.removeprefix("/tasks/")) == [name.replace("_", " ")]
    assert len(titles(client, rows[0].opened.url.removeprefix("/tasks/"))) == 5


def test_what_nobody_has_and_what_was_made_by_hand_lead_to_their_tasks_too(as_user: AsUser, cast: Cast) -> None:
    promised("nobody's", None, days=3)
    promised("alice's", cast.alice, days=3)
    client = as_user(cast.mary)
    (row,) = client.get("/tasks/report/").context["page"].rows
    assert sorted(titles(client, row.opened.url.removeprefix("/tasks/"))) == ["alice's", "nobody's"]
    rows = client.get("/tasks/report/?by=both").context["page"].rows
    nobody = next(row for row in rows if row.line.owner is None)
    assert titles(client, nobody.opened.url.removeprefix("/tasks/")) == ["nobody's"]


def test_a_share_is_shown_only_where_there_is_enough(as_user: AsUser, cast: Cast) -> None:
    for number in range(4):
        promised(f"T{number}", cast.alice, days=-1, done=-2)
    client = as_user(cast.alice)
    assert "not enough yet" in client.get("/tasks/report/").content.decode()
    promised("T4", cast.alice, days=-2, done=-1)
    assert "80% (" in client.get("/tasks/report/").content.decode()


def test_periods_and_nonsense(as_user: AsUser, cast: Cast) -> None:
    promised("T", cast.alice, days=3)
    Task.objects.update(created_at=utc_now() - 40 * DAY)
    client = as_user(cast.alice)
    assert "No task was opened in these days" in client.get("/tasks/report/?by=x&days=y").content.decode()
    assert client.get("/tasks/report/?days=90").context["page"].rows
    then = (utc_now() - 30 * DAY).date()
    assert client.get(f"/tasks/report/?as_of={then}").context["page"].rows


def test_the_lines_can_be_exported(as_user: AsUser, cast: Cast) -> None:
    promised("T", cast.alice, days=-1, done=-2)
    answer = as_user(cast.alice).get("/tasks/report/promises.csv?by=both&days=7")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("playbook,owner,opened,done_in_time")
    assert lines[1].startswith(",Alice,1,1,0,0,0,0,")
    assert AuditEntry.objects.filter(action="playbooks.promises_exported").exists()


def test_a_visitor_sees_nothing(visitor: Client) -> None:
    for url in ("/tasks/report/", "/tasks/report/promises.csv"):
        assert visitor.get(url)["Location"].startswith("/sign-in/")
