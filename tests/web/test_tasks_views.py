"""Filters and orders of the list; the board and the calendar, now and then; a checklist; snoozing one task."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.web.tasks import board, calendar
from mainstay.web.tasks.columns import dues_of, week_ends
from mainstay.web.tasks.months import parse
from tests.builders import Cast
from tests.web.test_tasks import DAY, _undo, make, titles

type AsUser = Callable[[User], Client]


def test_the_list_is_narrowed_by_person_account_text_and_day(as_user: AsUser, cast: Cast) -> None:
    make("Call Acme", cast.alice, account=cast.acme)
    make("Write", cast.bob, account=cast.globex, days=9)
    make("Nobody's", None)
    client = as_user(cast.alice)
    assert titles(client, f"?who={cast.bob.pk}") == ["Write"]
    assert titles(client, "?who=nobody") == ["Nobody's"]
    assert titles(client, "?who=all&account=globex") == ["Write"]
    assert titles(client, "?who=all&q=glob") == ["Write"]
    assert titles(client, "?who=all&q=CALL") == ["Call Acme"]
    day = (utc_now() + 9 * DAY).date()
    assert titles(client, f"?who=all&due={day}") == ["Write"]
    assert titles(client, f"?who=all&due={day}..{day + DAY}&opened={utc_now().date()}") == ["Write"]
    for no_day in ("nonsense", "0001-01-01", "9999-12-31"):  # no instant has the midnights around the last two
        assert titles(client, f"?who=all&playbook=hand&due={no_day}") == ["Call Acme", "Nobody's", "Write"]
    assert titles(client, "?who=all&playbook=risk_outreach") == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("due", ["b", "a", "c"]), ("new", ["c", "b", "a"]), ("account", ["c", "a", "b"]), ("owner", ["c", "b", "a"])],
)
def test_the_list_has_an_order_and_its_pages_follow_it(
    as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch, sort: str, expected: list[str]
) -> None:
    first = make("a", cast.bob, days=5, account=cast.acme)
    second = make("b", cast.alice, days=2, account=cast.globex)
    make("c", None, days=None)
    for number, task in enumerate((first, second)):
        Task.objects.filter(pk=task.pk).update(created_at=utc_now() - (2 - number) * DAY)
    monkeypatch.setattr("mainstay.web.tasks.listing.page.__kwdefaults__", {"size": 1})
    client, url, seen = as_user(cast.alice), f"/tasks/?who=all&sort={sort}", []
    while url:
        page = client.get(url).context["page"]
        seen += [row.task.title for group in page.groups for row in group.rows]
        url = page.next_url
    assert seen == expected


def columns(client: Client, query: str = "") -> dict[str, list[str]]:
    answer = client.get(f"/tasks/board/{query}")
    assert answer.status_code == 200
    return {one.key: [row.task.title for row in one.rows] for one in answer.context["page"].columns}


def test_the_board_sorts_by_what_is_to_be_decided(as_user: AsUser, cast: Cast) -> None:
    make("late", cast.alice, days=-3)
    make("some day", cast.alice, days=None)
    make("far", cast.alice, days=40)
    make("asleep", cast.alice, days=-1, snoozed_until=utc_now() + DAY)
    make("just done", cast.alice, done_at=utc_now() - DAY)
    make("long done", cast.alice, done_at=utc_now() - 9 * DAY)
    make("dismissed", cast.alice, dismissed_at=utc_now() - DAY)
    client = as_user(cast.alice)
    found = columns(client)
    assert found["overdue"] == ["late"]
    assert found["later"] == ["far", "some day"]
    assert found["done"] == ["just done"]
    assert "1 task snoozed" in client.get("/tasks/board/").content.decode()


def test_a_column_has_its_first_tasks_and_the_way_to_all(
    as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST", 2)
    for number in range(5):
        make(f"T{number}", cast.alice, days=-1 - number)
    page = as_user(cast.alice).get("/tasks/board/").content.decode()
    assert "3 more" in page
    assert 'href="/tasks/?state=late"' in page


def test_the_board_of_a_past_day_is_that_of_then(as_user: AsUser, cast: Cast) -> None:
    make("late then", cast.alice, days=-12, done_at=utc_now() - DAY)
    Task.objects.update(created_at=utc_now() - 20 * DAY)
    make("made since", cast.alice)
    then = (utc_now() - 10 * DAY).date()
    answer = as_user(cast.alice).get(f"/tasks/board/?as_of={then}")
    assert {one.key: [row.task.title for row in one.rows] for one in answer.context["page"].columns if one.rows} == {
        "overdue": ["late then"]
    }
    assert "draggable" not in answer.content.decode()


def test_a_card_is_moved_to_a_column_and_back(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice, days=-2), as_user(cast.alice)
    answer = client.post(f"/tasks/{task.pk}/move/", {"to": "today"}, follow=True)
    assert columns(client)["today"] == ["Call"]
    client.post(_undo(answer))
    assert columns(client)["overdue"] == ["Call"]
    client.post(f"/tasks/{task.pk}/move/", {"to": "done"})
    assert columns(client)["done"] == ["Call"]


@pytest.mark.parametrize("to", ["overdue", "", "x"])
def test_nothing_is_moved_to_what_is_no_column(as_user: AsUser, cast: Cast, to: str) -> None:
    task = make("Call", cast.alice)
    assert as_user(cast.alice).post(f"/tasks/{task.pk}/move/", {"to": to}).status_code == 422
    assert Task.objects.get().due_at == task.due_at


@pytest.mark.parametrize(
    ("today", "week", "later", "ends"),
    [
        (date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 4), date(2026, 11, 30)),
        (date(2026, 11, 27), date(2026, 11, 29), date(2026, 12, 4), date(2026, 11, 30)),
        (date(2026, 11, 29), date(2026, 11, 29), date(2026, 12, 4), date(2026, 11, 30)),
    ],
    ids=["Monday", "Friday", "Sunday"],
)
def test_a_column_stands_for_a_day(today: date, week: date, later: date, ends: date) -> None:
    assert dues_of(today) == {"today": today, "week": week, "later": later}
    assert week_ends(today) == ends


def days(client: Client, query: str) -> dict[date, list[str]]:
    answer = client.get(f"/tasks/calendar/{query}")
    assert answer.status_code == 200
    found = answer.context["page"].days
    return {one.day: [row.task.title for row in one.rows] for one in found if one.rows}


def test_the_calendar_has_each_task_on_its_day_where_the_user_is(as_user: AsUser, cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.pk).update(time_zone="America/New_York")
    cast.alice.refresh_from_db()
    task = make("Call", cast.alice)
    Task.objects.filter(pk=task.pk).update(due_at=datetime(2026, 12, 2, 3, tzinfo=UTC))
    make("without a date", cast.alice, days=None)
    client = as_user(cast.alice)
    assert days(client, "?span=2026-12") == {date(2026, 12, 1): ["Call"]}
    assert days(client, "?span=2026-W49") == {date(2026, 12, 1): ["Call"]}
    assert days(client, "?span=2027-02") == {}
    assert "1 without a date" in client.get("/tasks/calendar/").content.decode()


def test_a_full_day_leads_to_all_of_its_tasks(as_user: AsUser, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "A_DAY_OF_A_MONTH", 2)
    now = timezone.localtime(utc_now())
    for number in range(5):
        make(f"T{number}", cast.alice, days=0)
    make("done", cast.alice, days=0, done_at=utc_now())
    make("dismissed", cast.alice, days=0, dismissed_at=utc_now())
    client = as_user(cast.alice)
    page = client.get("/tasks/calendar/").content.decode()
    assert "4 more" in page
    assert f"state=any&amp;due={now.date()}" in page
    assert len(titles(client, f"?state=any&due={now.date()}")) == 7


def test_what_is_overdue_from_before_is_said(as_user: AsUser, cast: Cast) -> None:
    make("old", cast.alice, days=-60)
    assert "1 overdue from before" in as_user(cast.alice).get("/tasks/calendar/").content.decode()


@pytest.mark.parametrize(
    ("text", "name", "first", "count"),
    [
        ("2026-11", "2026-11", date(2026, 10, 26), 42),
        ("2027-02", "2027-02", date(2027, 2, 1), 28),
        ("2026-W53", "2026-W53", date(2026, 12, 28), 7),
        ("2026-13", "2024-02", date(2024, 1, 29), 35),
        ("9999-12", "2024-02", date(2024, 1, 29), 35),
        ("x", "2024-02", date(2024, 1, 29), 35),
    ],
)
def test_a_span_fills_whole_weeks(text: str, name: str, first: date, count: int) -> None:
    span = parse(text, today=date(2024, 2, 29))
    assert (span.name, span.days[0], len(span.days)) == (name, first, count)


def test_spans_follow_one_another_over_the_year(as_user: AsUser) -> None:
    week = parse("2026-W53", today=date(2026, 1, 1))
    assert (week.after.name, week.after.before.name) == ("2027-W01", "2026-W53")
    assert week.title == "28 December 2026 to 3 January 2027"
    assert parse("2026-12", today=date(2026, 1, 1)).after.title == "January 2027"


def test_one_task_is_snoozed_and_woken(as_user: AsUser, cast: Cast) -> None:
    task, client = make("Call", cast.alice), as_user(cast.alice)
    answer = client.post(f"/tasks/{task.pk}/snooze/", {"until": "tomorrow"}, follow=True)
    assert "Its due date stays." in answer.content.decode()
    assert titles(client) == []
    client.post(f"/tasks/{task.pk}/wake/")
    assert titles(client) == ["Call"]


def test_a_checklist_is_ticked_off_in_the_task(as_user: AsUser, cast: Cast) -> None:
    items = [{"text": "Read the history", "done": False}, {"text": "Call", "done": True}]
    task, client = make("Call", cast.alice, checklist=items, talk_track="Ask about <seats>."), as_user(cast.alice)
    page = client.get(f"/tasks/{task.pk}/").content.decode()
    assert "1 of 2" in page
    assert "Ask about &lt;seats&gt;." in page
    answer = client.post(f"/tasks/{task.pk}/tick/0/", {"done": "1"}, follow=True)
    assert "2 of 2" in answer.content.decode()
    assert as_user(cast.vera).post(f"/tasks/{task.pk}/tick/0/", {"done": "0"}).status_code == 403


def test_whoever_is_not_signed_in_sees_neither(visitor: Client) -> None:
    for url in ("/tasks/board/", "/tasks/calendar/"):
        assert visitor.get(url)["Location"].startswith("/sign-in/")


def test_the_board_and_the_calendar_cost_the_same_however_many_tasks_there_are(
    as_user: AsUser, cast: Cast, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(20):
        make(f"T{number}", cast.alice, days=number - 6, account=cast.acme)
    client = as_user(cast.alice)
    for url in ("/tasks/board/", "/tasks/calendar/"):
        with django_assert_max_num_queries(32):  # type: ignore[attr-defined]
            client.get(url)
