"""The calendar feed: a secret address that shows one's own tasks and nothing else, made again and revoked."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from mainstay.common.time import utc_now
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks.models import CalendarFeed
from tests.builders import Cast
from tests.web.test_tasks import DAY, make

type AsUser = Callable[[User], Client]


def address(client: Client) -> str:
    found = re.search(r"/tasks/feed/mc_[\w-]+\.ics", client.post("/tasks/feed/make/").content.decode())
    assert found
    return found[0]


def uids(visitor: Client, url: str) -> set[str]:
    answer = visitor.get(url)
    assert answer.status_code == 200
    return {str(one["UID"]) for one in Calendar.from_ical(answer.content).subcomponents}


def test_a_calendar_reads_her_own_tasks_without_signing_in(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    mine = make("mine", cast.alice, account=cast.acme)
    recent = make("done", cast.alice, done_at=utc_now() - DAY)
    make("long done", cast.alice, done_at=utc_now() - 40 * DAY)
    make("theirs", cast.bob)
    undated = make("some day", cast.alice, days=None)
    url = address(as_user(cast.alice))
    expected = {f"task-{task.pk}@mainstay" for task in (mine, recent)}
    assert uids(visitor, url) == expected
    assert uids(visitor, f"{url}?as=todo") == expected | {f"task-{undated.pk}@mainstay"}
    assert visitor.get(url)["Content-Type"] == "text/calendar; charset=utf-8"
    assert visitor.get("/tasks/")["Location"].startswith("/sign-in/")


def test_it_is_not_sent_again_while_it_is_the_same(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    make("mine", cast.alice)
    url = address(as_user(cast.alice))
    first = visitor.get(url)
    again = visitor.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make("another", cast.alice)
    changed = visitor.get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_new_address_ends_the_former_one_and_revoking_ends_it(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    client = as_user(cast.alice)
    first, second = address(client), address(client)
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    assert "Read last" in client.get("/tasks/feed/").content.decode()
    client.post("/tasks/feed/revoke/")
    assert visitor.get(second).status_code == 404
    actions = AuditEntry.objects.filter(action__startswith="playbooks.calendar").order_by("pk")
    assert [entry.action.rpartition("_")[2] for entry in actions] == ["made", "remade", "revoked"]


def test_only_a_hash_of_the_secret_is_kept(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.alice)
    secret = address(client).removeprefix("/tasks/feed/").removesuffix(".ics")
    assert secret not in str(CalendarFeed.objects.values().get())
    assert secret not in client.get("/tasks/feed/").content.decode()


def test_who_may_not_sign_in_has_no_feed(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    url = address(as_user(cast.alice))
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    assert visitor.get(url).status_code == 404


@pytest.mark.parametrize("secret", ["x", "mc_" + "a" * 32])
def test_a_wrong_address_tells_nothing(visitor: Client, secret: str) -> None:
    assert visitor.get(f"/tasks/feed/{secret}.ics").status_code == 404


def test_it_notes_when_it_was_read_to_the_hour(as_user: AsUser, visitor: Client, cast: Cast) -> None:
    url = address(as_user(cast.alice))
    visitor.get(url)
    first = CalendarFeed.objects.get().read_at
    visitor.get(url)
    assert CalendarFeed.objects.get().read_at == first
    CalendarFeed.objects.update(read_at=utc_now() - timedelta(hours=2))
    visitor.get(url)
    assert CalendarFeed.objects.get().read_at > first
