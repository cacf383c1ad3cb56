"""Open signals and tasks of all accounts, now and at a past instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from mainstay.people.services import create_api_key
from mainstay.playbooks.tasks import complete_task, create_task
from mainstay.signals import services
from tests.builders import Cast
from tests.web.scene import signal

DAY = timedelta(days=1)
THEN = datetime(2026, 9, 10, tzinfo=UTC)


@pytest.fixture
def bearer(cast: Cast) -> dict[str, str]:
    """One signal open since August, acknowledged after THEN; one that opened later; a task that was done later."""
    first = signal(cast.acme, "score_fell", opened_at=THEN - 20 * DAY)
    services.assign(first, to=cast.bob, by=cast.alice, now=THEN - 3 * DAY)
    services.acknowledge(first, by=cast.bob, now=THEN + DAY)
    signal(cast.globex, "promoter", opened_at=THEN + 5 * DAY)
    task = create_task(account=cast.acme, owner=cast.alice, title="Call", by=cast.alice, now=THEN - DAY)
    complete_task(task, by=cast.alice, now=THEN + 2 * DAY)
    create_task(account=None, owner=cast.bob, title="Write", by=cast.bob, now=THEN + DAY)
    _, secret = create_api_key(cast.vera, name="warehouse sync")
    return {"Authorization": f"Bearer {secret}"}


def get(bearer: dict[str, str], path: str) -> dict[str, Any]:
    answer = Client().get(f"/api/v1/{path}", headers=bearer)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_key_is_needed(db: None) -> None:
    assert [Client().get(f"/api/v1/{path}").status_code for path in ("signals", "tasks")] == [401, 401]


def test_open_signals_are_told_with_what_was_made_of_them(bearer: dict[str, str]) -> None:
    now, then = get(bearer, "signals")["signals"], get(bearer, "signals?as_of=2026-09-10")["signals"]
    assert [(one["account"], one["kind"]) for one in now] == [("acme", "score_fell"), ("globex", "promoter")]
    assert [(one["account"], one["acknowledged_at"], one["assignee"]) for one in then] == [
        ("acme", None, "bob@orchard.example")
    ]
    assert now[0]["acknowledged_at"] == "2026-09-11T00:00:00Z"
    assert [one["account"] for one in get(bearer, "signals?kind=promoter")["signals"]] == ["globex"]
    assert get(bearer, "signals?account=acme&kind=promoter")["signals"] == []


def test_open_tasks_are_those_of_then(bearer: dict[str, str]) -> None:
    assert [(one["title"], one["account"]) for one in get(bearer, "tasks")["tasks"]] == [("Write", None)]
    assert [one["title"] for one in get(bearer, "tasks?as_of=2026-09-10")["tasks"]] == ["Call"]
    assert [one["title"] for one in get(bearer, "tasks?as_of=2026-09-12&owner=bob@orchard.example")["tasks"]] == [
        "Write"
    ]
    assert len(get(bearer, "tasks?as_of=2026-09-12")["tasks"]) == 2
    assert get(bearer, "tasks?account=globex")["tasks"] == []


@pytest.mark.parametrize("what", ["signals", "tasks"])
def test_pages_follow_one_another(bearer: dict[str, str], what: str) -> None:
    query = f"{what}?as_of=2026-09-20" if what == "signals" else f"{what}?as_of=2026-09-12"
    first = get(bearer, f"{query}&limit=1")
    second = get(bearer, f"{query}&limit=1&after={first['next']}")
    assert (len(first[what]), len(second[what]), second["next"]) == (1, 1, None)
    assert first[what][0]["id"] != second[what][0]["id"]


@pytest.mark.parametrize("what", ["signals", "tasks"])
@pytest.mark.parametrize("as_of", ["2999-01-01", "yesterday"])
def test_a_day_nobody_can_look_at_is_refused(bearer: dict[str, str], what: str, as_of: str) -> None:
    answer = Client().get(f"/api/v1/{what}?as_of={as_of}", headers=bearer)
    assert (answer.status_code, "as_of" in answer.json()["message"]) == (422, True)
