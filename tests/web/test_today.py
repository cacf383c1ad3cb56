"""Today: what changed, what is due, what is late; the first steps of a new installation."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.facts.models import EventType
from mainstay.ingest.models import Source
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.scores.services import score_all
from mainstay.web.home.setting_up import SetUp, what_is_left
from tests import builders
from tests.builders import Cast
from tests.web.scene import Scene, scene, signal

type AsUser = Callable[[User], Client]


@pytest.fixture
def set_up(db: None) -> Scene:
    return scene()


def text_of(client: Client, url: str = "/") -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get("/")["Location"].startswith("/sign-in/")


@pytest.mark.slow
def test_it_says_what_moved_and_why(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice))
    assert "Health since yesterday" in page
    assert "1 fell" in page
    assert "Healthy → Moderate" in page
    assert "Daily active rate 71% → 65%, under the 70% line" in page
    assert '<span class="dl down big">−20</span>' in page


@pytest.mark.slow
def test_it_lists_signals_renewals_and_tasks(as_user: AsUser, set_up: Scene) -> None:
    signal(set_up.cast.globex, kind="promoter", closed_at=utc_now())
    page = text_of(as_user(set_up.cast.alice))
    assert "1 opened · 1 closed" in page
    assert "Health fell from 89 to 69." in page
    assert "Closed by themselves" in page
    assert "Call Tom about usage" in page
    assert "in 83 days" in page
    assert "in 20 days" in page


@pytest.mark.slow
def test_mine_are_only_mine_and_everyone_can_be_looked_at(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.bob)
    mine = text_of(client)
    assert "No account is yours yet" in mine
    assert "TechCorp" not in mine
    assert "TechCorp" in text_of(client, "/?who=everyone")
    assert "TechCorp" in text_of(as_user(set_up.cast.mary))


@pytest.mark.slow
def test_a_late_source_is_said_once_on_top(as_user: AsUser, set_up: Scene) -> None:
    assert "is late: last data" not in text_of(as_user(set_up.cast.alice))
    Source.objects.filter(key="support").update(last_received_at=utc_now() - timedelta(days=80), arrivals=[])
    page = text_of(as_user(set_up.cast.alice))
    assert page.count("is late: last data") == 1
    assert "<b>Support tickets</b> is late" in page


@pytest.mark.slow
def test_no_move_is_claimed_while_data_is_late(as_user: AsUser, set_up: Scene) -> None:
    now = utc_now()
    Source.objects.filter(key="support").update(last_received_at=now - timedelta(days=40), arrivals=[])
    score_all(now)
    assert "No score moved" in text_of(as_user(set_up.cast.alice))


@pytest.mark.slow
def test_htmx_gets_the_changing_part(as_user: AsUser, set_up: Scene) -> None:
    part = as_user(set_up.cast.alice).get("/?who=everyone", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Health since" in part


def test_a_new_installation_says_what_to_do_first(as_user: AsUser, cast: Cast) -> None:
    Account.objects.all().delete()
    page = text_of(as_user(cast.ada))
    assert "Make a write key" in page
    assert "Import a file" in page
    assert "/settings/users/" in page
    viewer = text_of(as_user(cast.vera))
    assert "/settings/keys/" not in viewer


def test_a_day_without_changes_says_so(as_user: AsUser, cast: Cast) -> None:
    page = text_of(as_user(cast.alice))
    assert "No score moved" in page
    assert "None opened, none closed." in page
    assert "Nothing to do." in page


def test_a_fall_of_this_week_stands_there_after_a_quiet_day(as_user: AsUser, cast: Cast) -> None:
    builders.health(cast.acme, 69, score_7d_ago=89, change_7d=-20, cause="Daily active rate 71% → 65%")
    builders.health(cast.globex, 80, score_7d_ago=82, change_7d=-2)
    page = text_of(as_user(cast.alice))
    assert "No score moved since yesterday." in page
    week = page[page.index("Lower than a week ago") :]
    assert "Daily active rate 71% → 65%" in week
    assert "−20" in week
    assert "Globex" not in week


def test_an_administrator_is_told_what_is_left_to_set_up_until_it_is_done(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    page = text_of(client)
    assert "Left to set up" in page
    assert "Import contracts" in page
    assert "Left to set up" not in text_of(as_user(cast.mary))
    now = utc_now()
    for key in ("product", "contracts"):
        Source.objects.update_or_create(key=key, defaults={"last_received_at": now})
    Account.objects.update(owner=cast.alice)
    assert "Left to set up" not in text_of(client)


def test_past_days_are_asked_for_where_events_go_back_further(cast: Cast) -> None:
    now = utc_now()
    assert "Compute past days" not in [step.label for step in (what_is_left(cast.ada, now) or SetUp([])).left]
    EventType.objects.create(
        name="Report Viewed", first_received_at=now, last_received_at=now, first_day=(now - timedelta(days=90)).date(),
        last_day=now.date(),
    )  # fmt: skip
    assert "Compute past days" in [step.label for step in (what_is_left(cast.ada, now) or SetUp([])).left]
    assert what_is_left(cast.ada, now + timedelta(days=31)) is None


def test_tasks_that_nobody_has_are_pointed_out_to_whoever_looks_at_everyones(as_user: AsUser, cast: Cast) -> None:
    Task.objects.create(id=uuid4(), account=cast.acme, title="Call them", created_at=utc_now())
    assert "1 task without an owner" in text_of(as_user(cast.mary), "/?who=everyone")
    assert "without an owner" not in text_of(as_user(cast.alice), "/?who=mine")
    assert "Call them" in text_of(as_user(cast.mary), "/tasks/?who=nobody")
