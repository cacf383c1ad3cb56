"""Settings, History: which days are kept, what was corrected, and backfills with their progress."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mainstay.jobs.models import Job
from mainstay.lake.days import NOTES, Corrected
from mainstay.metrics import past
from mainstay.people.models import User
from mainstay.scores import backfilling
from mainstay.scores.models import BackfillRun
from mainstay.scores.services import backfill
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import keep, table

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
NOW = datetime.now(UTC)
YESTERDAY = NOW.date() - DAY
URL = "/settings/history/"
WATCHING = {"HX-Request": "true", "HX-Target": "section#backfill"}


def ask(client: Client, **changes: str):  # type: ignore[no-untyped-def]
    given = {"first": str(YESTERDAY - 20 * DAY), "last": str(YESTERDAY), "every": "week"} | changes
    return client.post(f"{URL}backfill/", given)


@pytest.fixture
def run(cast: Cast) -> BackfillRun:
    return backfilling.ask_backfill(YESTERDAY - 20 * DAY, YESTERDAY, "week", by=cast.ada, now=NOW)


def text_of(client: Client, url: str = URL, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get(URL)["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("name", "reads", "starts"), [("vera", 403, 403), ("alice", 403, 403), ("mary", 200, 403), ("ada", 200, 302)]
)
def test_managers_read_and_administrators_start(
    as_user: AsUser, cast: Cast, name: str, reads: int, starts: int
) -> None:
    client = as_user(getattr(cast, name))
    assert client.get(URL).status_code == reads
    assert ask(client).status_code == starts
    run = BackfillRun.objects.first() or backfilling.ask_backfill(YESTERDAY - 20 * DAY, YESTERDAY, "week", by=cast.ada,
                                                                  now=NOW)  # fmt: skip
    assert [client.post(f"{URL}{run.pk}/{verb}/").status_code for verb in ("cancel", "resume")] == [starts] * 2


def test_a_manager_sees_no_button_and_no_other_settings(as_user: AsUser, cast: Cast) -> None:
    page = text_of(as_user(cast.mary))
    assert "Compute past days" not in page
    assert ">Users</a>" not in page
    assert "Which days are kept" in text_of(as_user(cast.mary), "/look-back/")
    assert "Which days are kept" not in text_of(as_user(cast.alice), "/look-back/")


def test_nothing_kept_says_how_days_come(as_user: AsUser, cast: Cast) -> None:
    page = text_of(as_user(cast.ada))
    assert "No day is kept yet" in page
    assert "Compute past days" in page


def test_each_month_shows_its_days_and_what_is_missing(as_user: AsUser, cast: Cast) -> None:
    days = [YESTERDAY - DAY, YESTERDAY]
    past.record([(day, table({cast.acme: HEALTHY})) for day in days if day.month == YESTERDAY.month])
    backfill(days)
    page = text_of(as_user(cast.ada))
    kept = len([day for day in days if day.month == YESTERDAY.month])
    assert f"{YESTERDAY:%B %Y}" in page
    assert f"{YESTERDAY:%-d %B}: kept as it ended</title>" in page
    assert page.count('class="ms-day then"') == kept + 1, "and one in the key"
    if YESTERDAY.day > kept:
        query = re.search(rf'/settings/history/backfill/\?(first={YESTERDAY:%Y-%m}-01[^"]*)"', page)
        assert query is not None
        form = text_of(as_user(cast.ada), f"{URL}backfill/?{query[1].replace('&amp;', '&')}")
        assert f'value="{YESTERDAY:%Y-%m}-01"' in form


def test_corrections_are_told_with_their_reason(as_user: AsUser, cast: Cast) -> None:
    keep(YESTERDAY, {cast.acme: HEALTHY})
    backfill([YESTERDAY])
    note = {"account_id": cast.acme.pk, "reason": "late", "source": "product", "late_rows": 214,
            "late_from": YESTERDAY, "late_until": YESTERDAY, "received_at": NOW.replace(tzinfo=None)}  # fmt: skip
    notes = NOTES.empty_table().from_pylist([note], schema=NOTES)
    past.KEPT.correct([Corrected(YESTERDAY, table({cast.acme: SICK}), notes)], at=NOW)
    backfill([YESTERDAY], at=NOW, again=True)
    page = text_of(as_user(cast.mary))
    assert f"because 214 events of {YESTERDAY:%-d %b} arrived late" in page
    assert f'href="/accounts/?as_of={NOW.date()}" data-now' in page
    assert f"{YESTERDAY:%-d %B}: kept as it ended; corrected for 1 account</title>" in page


def test_an_asked_backfill_is_given_to_a_worker_and_watched(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    assert ask(client)["Location"] == URL
    run = BackfillRun.objects.get()
    assert Job.objects.get().arguments["args"] == [str(run.pk), 1]
    assert "3 days will be computed in the background." in text_of(client)
    part = text_of(client, **WATCHING)
    assert 'hx-trigger="every 2s"' in part
    assert "waits for a worker" in part
    assert "<main" not in part
    backfilling.carry_out(run.pk, 1, clock=lambda: NOW)
    ended = client.get(URL, headers=WATCHING)
    assert ended["HX-Refresh"] == "true", "the whole page shows what is kept now"
    assert "Backfills so far" in text_of(client)
    assert len(past.recorded_days()) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "It ends before it begins, on 2 March 2026."),
        ({"first": str(YESTERDAY + DAY), "last": str(YESTERDAY + 9 * DAY), "every": "day"}, "There is no day"),
        ({"every": "hour"}, "not one of the available choices"),
        ({"first": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_computed_is_refused_and_nothing_is_lost(
    as_user: AsUser, cast: Cast, changes: dict[str, str], said: str
) -> None:
    answer = ask(as_user(cast.ada), **changes)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert changes.get("last", str(YESTERDAY)) in answer.content.decode()
    assert not BackfillRun.objects.exists()


def test_a_second_one_is_refused_while_one_is_under_way(as_user: AsUser, run: BackfillRun, cast: Cast) -> None:
    answer = ask(as_user(cast.ada))
    assert answer.status_code == 422
    assert "is under way" in answer.content.decode()
    assert "Compute past days" not in text_of(as_user(cast.ada))


def test_it_is_cancelled_and_resumed(as_user: AsUser, run: BackfillRun, cast: Cast) -> None:
    client = as_user(cast.ada)
    assert "You may leave this page" in text_of(client)
    client.post(f"{URL}{run.pk}/cancel/")
    assert "A backfill was cancelled" in text_of(client)
    client.post(f"{URL}{run.pk}/resume/")
    assert Job.objects.count() == 1
    assert "A backfill waits for a worker" in text_of(client)
    assert client.post(f"{URL}{run.pk}/resume/").status_code == 409


def test_an_error_is_shown_with_its_day(as_user: AsUser, run: BackfillRun, cast: Cast) -> None:
    said = "The profiles of 30 September 2026 could not be computed: No space left on device"
    BackfillRun.objects.update(state="failed", error=said, failed_on="2026-09-30")
    page = text_of(as_user(cast.mary))
    assert said in page
    assert "Resume" not in page, "a manager reads"
    assert "Resume" in text_of(as_user(cast.ada))
    assert "backfill stopped by an error" in text_of(as_user(cast.ada), "/settings/")


def test_one_that_is_silent_asks_for_the_worker(as_user: AsUser, run: BackfillRun, cast: Cast) -> None:
    BackfillRun.objects.update(moved_at=NOW - timedelta(hours=1))
    page = text_of(as_user(cast.ada))
    assert "Is a worker running?" in page
    assert "Resume" in page


def test_long_histories_have_pages(as_user: AsUser, cast: Cast) -> None:
    keep(YESTERDAY - 500 * DAY, {cast.acme: HEALTHY})
    client = as_user(cast.mary)
    assert 'href="?page=2"' in text_of(client)
    second = text_of(client, f"{URL}?page=2")
    assert f"{YESTERDAY - 500 * DAY:%B %Y}" in second
    assert 'href="?page=1"' in second
