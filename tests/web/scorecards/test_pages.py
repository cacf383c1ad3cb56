"""The pages of scorecards: everybody reads, managers change."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.scores import publishing
from mainstay.scores.models import Scorecard
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

type AsUser = Callable[[User], Client]

READ = [("scorecards",), ("scorecard", "standard"), ("scorecard-versions", "standard"),
        ("scorecard-version", "standard", 1), ("scorecard-yaml", "standard")]  # fmt: skip
CHANGE = [("scorecard-back", "standard", 1), ("scorecard-remove", "standard")]


@pytest.fixture
def company(cast: Cast) -> Cast:
    """Two versions of Standard, three accounts, two kept weeks."""
    now = utc_now()
    publishing.ensure_scorecards(now - timedelta(days=10))
    read = publishing.document_of(publishing.get("standard"))
    publishing.publish(
        read.model_copy(update={"green": 90}), by=cast.mary, reason="Green was too easy", now=now - timedelta(days=5)
    )
    techcorp = account("TechCorp")
    for days in (8, 1):
        keep(now.date() - timedelta(days=days), {cast.globex: SICK, techcorp: HEALTHY if days == 8 else TECHCORP})
    backfill([now.date() - timedelta(days=days) for days in (8, 1)])
    write({cast.acme: HEALTHY | {"arr": 50_000.0}, cast.globex: SICK, techcorp: HEALTHY})
    score_all(now)
    return cast


def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


@pytest.mark.parametrize("page", READ)
def test_everybody_reads(page: tuple, as_user: AsUser, company: Cast) -> None:
    for user in (company.vera, company.alice, company.mary, company.ada):
        assert as_user(user).get(url(*page)).status_code == 200


@pytest.mark.parametrize("page", CHANGE)
def test_only_managers_change(page: tuple, as_user: AsUser, company: Cast) -> None:
    for user in (company.vera, company.alice):
        client = as_user(user)
        assert client.get(url(*page)).status_code == 403
        assert client.post(url(*page), {"reason": "x"}).status_code == 403
    assert as_user(company.mary).get(url(*page)).status_code == 200
    assert "Remove" not in as_user(company.alice).get(url("scorecard", "standard")).content.decode()


@pytest.mark.parametrize("page", [*READ, *CHANGE])
def test_a_visitor_is_sent_to_sign_in(page: tuple, visitor: Client) -> None:
    assert visitor.get(url(*page))["Location"].startswith("/sign-in/")


def test_the_list_tells_whom_each_serves(as_user: AsUser, company: Cast) -> None:
    shown = as_user(company.vera).get(url("scorecards")).content.decode()
    assert "Accounts whose tier is enterprise" in shown
    assert "Every account that no earlier scorecard serves" in shown
    assert "1 account more matches and is served by an earlier one" in shown
    assert 'aria-label="1 healthy, 0 moderate, 1 at risk"' in shown


def test_the_list_asks_as_much_for_many_accounts(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.vera)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(url("scorecards"))
        return len(asked)

    statements()
    few = statements()
    for number in range(20):
        account(f"Small {number}")
    assert statements() == few


def test_a_scorecard_reads_as_sentences(as_user: AsUser, company: Cast) -> None:
    shown = as_user(company.vera).get(url("scorecard", "standard")).content.decode()
    assert "Green from 70%, yellow from 50%, red below." in shown
    assert "40 points, by its worst measure" in shown
    assert "Healthy from 90, Moderate from 50, At risk below." in shown


def test_its_history_marks_where_the_rule_changed(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.vera)
    chart = client.get(url("scorecard", "standard"), {"history": "chart"}, headers={"HX-Request": "true"})
    assert "ms-version" in chart.content.decode()
    assert "Standard v2" in chart.content.decode()
    assert "Mary: Green was too easy" in chart.content.decode()
    table = client.get(url("scorecard", "standard"), {"history": "table"}).content.decode()
    assert "<h1>Standard</h1>" in table
    assert '<th scope="col" class="num">At risk</th>' in table


def test_versions_say_what_they_changed(as_user: AsUser, company: Cast) -> None:
    shown = as_user(company.vera).get(url("scorecard-versions", "standard")).content.decode()
    assert "Healthy from 80 → 90" in shown
    assert "Green was too easy" in shown
    assert "came with Mainstay" in shown
    assert "Back to this" not in shown
    one = as_user(company.vera).get(url("scorecard-version", "standard", 1)).content.decode()
    assert "Since then, up to the newest version" in one
    assert as_user(company.vera).get(url("scorecard-version", "standard", 9)).status_code == 404


def test_going_back_shows_what_it_does_and_needs_a_reason(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    asked = client.get(url("scorecard-back", "standard", 1)).content.decode()
    assert "Healthy from 90 → 80" in asked
    refused = client.post(url("scorecard-back", "standard", 1), {"reason": " "})
    assert refused.status_code == 422
    done = client.post(url("scorecard-back", "standard", 1), {"reason": "Too hard"}, follow=True).content.decode()
    assert "“Standard” is as in version 1 again, published as version 3." in done
    assert "as version 1" in done
    assert publishing.document_of(publishing.get("standard")).green == 80


def test_removing_tells_whom_it_leaves_and_can_be_taken_back(as_user: AsUser, company: Cast) -> None:
    client = as_user(company.mary)
    asked = client.get(url("scorecard-remove", "standard")).content.decode()
    assert "2 accounts would have no score." in asked
    done = client.post(url("scorecard-remove", "standard"), follow=True).content.decode()
    assert "served by no scorecard" in done
    assert Scorecard.objects.get(key="standard").archived_at is not None
    assert "Bring back" in client.get(url("scorecard", "standard")).content.decode()
    undo = done.split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert Scorecard.objects.get(key="standard").archived_at is None
    client.post(url("scorecard-remove", "standard"))
    client.post(url("scorecard-bring-back", "standard"))
    assert Scorecard.objects.get(key="standard").archived_at is None


def test_a_scorecard_can_be_taken_along_as_yaml(as_user: AsUser, company: Cast) -> None:
    answer = as_user(company.vera).get(url("scorecard-yaml", "standard"))
    assert answer["Content-Disposition"] == 'attachment; filename="standard.yaml"'
    assert answer.content.decode().startswith("key: standard\nname: Standard\nposition: 100\ngreen: 90\n")


def test_a_scorecard_that_is_not_there_is_said(as_user: AsUser, company: Cast) -> None:
    answer = as_user(company.vera).get(url("scorecard", "nothing"))
    assert answer.status_code == 404
    assert "There is no scorecard &#x27;nothing&#x27;. Scorecards: enterprise, standard." in answer.content.decode()


def test_the_page_of_settings_that_was_there_leads_here(as_user: AsUser, company: Cast) -> None:
    assert as_user(company.ada).get("/settings/scorecards/")["Location"] == "/scorecards/"


def test_on_a_past_day_the_version_of_then_and_whom_it_served_are_shown(as_user: AsUser, company: Cast) -> None:
    today, client = utc_now().date(), as_user(company.mary)
    week_ago = {"as_of": (today - timedelta(days=7)).isoformat()}
    page = client.get(url("scorecards"), week_ago)
    rows = {row.card.scorecard.key: row for row in page.context["page"].rows}
    assert (rows["standard"].version.version, rows["standard"].served.bands["red"]) == (1, 1)
    assert url("scorecard-new") not in page.content.decode()
    card = client.get(url("scorecard", "standard"), week_ago).content.decode()
    assert "version 1," in card
    assert "Then" in card
    assert "version 2," in client.get(url("scorecard", "standard")).content.decode()


def test_a_past_day_of_which_nothing_is_kept_says_so(as_user: AsUser, company: Cast) -> None:
    day = {"as_of": (utc_now().date() - timedelta(days=3)).isoformat()}
    assert "not kept" in as_user(company.vera).get(url("scorecards"), day).content.decode()
    card = as_user(company.vera).get(url("scorecard", "standard"), day).content.decode()
    assert "Of this day no scores are kept" in card
