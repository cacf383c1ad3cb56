"""Today at a past moment: signals and tasks that were open, scores that moved in the week before, renewals to come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mainstay.common.time import midnight
from mainstay.people.models import User
from mainstay.playbooks.services import complete_task, create_task
from mainstay.scores.services import backfill
from mainstay.signals import services
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import keep, write
from tests.web.scene import signal

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
TODAY = midnight(datetime.now(UTC).date())
THEN = TODAY - 10 * DAY
AS_OF = f"as_of={THEN.date()}"
RENEWING = HEALTHY | {"arr": 5_000.0, "days_to_renewal": 40.0}


@pytest.fixture
def kept(cast: Cast) -> Cast:
    """Acme fell in the week before THEN and has recovered since; Globex renewed in 40 days then."""
    days = {
        (THEN - 8 * DAY).date(): {cast.acme: HEALTHY, cast.globex: RENEWING},
        (THEN - DAY).date(): {cast.acme: SICK, cast.globex: RENEWING},
    }
    for day, profiles in days.items():
        keep(day, profiles)
    backfill(list(days))
    write({cast.acme: HEALTHY, cast.globex: HEALTHY})
    return cast


def text_of(client: Client, query: str = AS_OF) -> str:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def test_it_says_what_moved_in_the_week_before_and_why(as_user: AsUser, kept: Cast) -> None:
    page = text_of(as_user(kept.vera))
    assert "You are looking at" in page
    assert f"Health since {THEN - 7 * DAY:%-d %B}" in page
    assert "1 fell" in page
    assert "Healthy → At risk" in page
    assert "Daily active rate 80% → 10%, under the 40% line" in page


def test_renewals_are_those_of_then(as_user: AsUser, kept: Cast) -> None:
    page = text_of(as_user(kept.mary))
    assert "in 40 days" in page
    assert "$5k" in page
    assert "in 40 days" not in text_of(as_user(kept.bob), f"{AS_OF}&who=mine")


def test_signals_that_were_open_are_told_of_and_those_that_closed(as_user: AsUser, kept: Cast) -> None:
    signal(kept.acme, "score_fell", opened_at=THEN - 30 * DAY, closed_at=TODAY - DAY, closing="stopped")
    snoozed = signal(kept.globex, "health_turned_red", opened_at=THEN - 2 * DAY)
    services.snooze(snoozed, until=TODAY, by=kept.alice, now=THEN - DAY)
    signal(kept.globex, "score_fell", opened_at=THEN - 9 * DAY, closed_at=THEN - 3 * DAY, closing="stopped")
    signal(kept.acme, "health_turned_red", opened_at=THEN + DAY)
    context = as_user(kept.vera).get(f"/?{AS_OF}").context["page"].changes
    assert [(row.signal.kind, row.state) for row in context.opened] == [
        ("health_turned_red", "snoozed"), ("score_fell", "open"),
    ]  # fmt: skip
    assert (context.open_count, context.opened_count, context.closed_count) == (2, 1, 1)
    assert "2 open · 1 opened · 1 closed" in text_of(as_user(kept.vera))


def test_tasks_are_those_that_were_open_and_late_then(as_user: AsUser, kept: Cast) -> None:
    def task(title: str, due_at: datetime, created_at: datetime):  # type: ignore[no-untyped-def]
        return create_task(
            account=kept.acme, owner=kept.alice, title=title, due_at=due_at, by=kept.alice, now=created_at
        )

    done = task("Call", THEN - DAY, THEN - 5 * DAY)
    complete_task(done, by=kept.alice, now=TODAY - DAY)
    task("Write", THEN + 2 * DAY, THEN - 5 * DAY)
    task("Later", THEN + 2 * DAY, THEN + DAY)
    page = text_of(as_user(kept.alice))
    assert '<span class="due">1 late</span> of 2' in page
    assert "Call" in page
    assert "Later" not in page


def test_nothing_can_be_done_there(as_user: AsUser, kept: Cast) -> None:
    signal(kept.acme, "score_fell", opened_at=THEN - DAY)
    page = text_of(as_user(kept.ada), f"{AS_OF}&who=everyone")
    assert "Acknowledge" not in page
    assert "Owners of accounts and tasks are those of now." in page


def test_what_is_not_kept_is_said(as_user: AsUser, kept: Cast) -> None:
    client = as_user(kept.vera)
    assert "No health is kept of that time or before it" in text_of(client, "as_of=2020-01-01")
    later = text_of(client, f"as_of={(THEN + 3 * DAY).date()}")
    assert f"shown is that of {THEN - DAY:%-d %B %Y}" in later
    assert "Health is not kept of two days to compare." in text_of(client, f"as_of={(THEN - 7 * DAY).date()}")


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get(f"/?{AS_OF}")["Location"].startswith("/sign-in/")


def test_the_number_of_statements_does_not_grow(as_user: AsUser, kept: Cast) -> None:
    client, counted = as_user(kept.vera), []
    signal(kept.globex, "score_fell", opened_at=THEN - DAY)
    text_of(client)  # what is remembered for the next look is no part of it
    for number in range(2):
        for more in range(10):
            signal(kept.acme, f"kind_{number}_{more}", opened_at=THEN - DAY)
        with CaptureQueriesContext(connection) as asked:
            text_of(client)
        counted.append(len(asked))
    assert counted[0] == counted[1]
