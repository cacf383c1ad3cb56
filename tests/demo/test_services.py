"""The demo company, smaller than it is: five accounts, ten weeks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner, Result
from django.contrib.auth import authenticate

from mainstay.accounts.models import Account
from mainstay.config.cli import cli
from mainstay.demo import cast, files, services, techcorp
from mainstay.demo.records import records_of
from mainstay.facts.selectors import active_users
from mainstay.interactions.models import Pulse
from mainstay.metrics.definitions.relationship import TREND_FLOOR
from mainstay.people.models import Role
from mainstay.people.services import create_user
from mainstay.playbooks.backlog import reminders
from mainstay.playbooks.models import Playbook, Task
from mainstay.playbooks.publishing import RUN_AT_ONCE
from mainstay.scores.selectors import health
from mainstay.signals.selectors import open_signals

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cast, "ACCOUNTS", 5)
    monkeypatch.setattr(files, "MONTHS", 2.5)
    monkeypatch.setattr(services, "_REPLAYED_WEEKS", 0)
    with time_machine.travel(NOW, tick=True):
        yield


def _demo(command: str) -> Result:
    return CliRunner().invoke(cli, ["demo", command])


@pytest.mark.slow
def test_a_csm_signs_in_and_finds_techcorp_explained_with_its_task(transactional_db: None) -> None:
    loaded = _demo("load")
    assert loaded.exit_code == 0, loaded.output
    words = loaded.output.split()
    email, password = words[words.index("(a") - 1], words[words.index("password") + 1]
    maya = authenticate(None, username=email, password=password)
    assert maya is not None
    techcorp = Account.objects.get(key="techcorp")
    view = health(techcorp.pk)
    assert view is not None
    assert (view.score, view.score_7d_ago, view.band) == (69, 89, "yellow")
    assert "Daily active rate 71% → 65%" in view.cause
    assert {"score_drop", "renewal_at_risk"} <= {signal.kind for signal in open_signals(techcorp)}
    task = Task.objects.get(account=techcorp)
    assert (task.owner, task.done_at) == (maya, None)
    assert Account.objects.count() == 5
    assert reminders(now=NOW) == [], "the manager decided about all that stood when the replay began"
    started = Playbook.objects.filter(is_active=True).exclude(key__in=RUN_AT_ONCE)
    assert set(started.values_list("key", flat=True)) == {
        "payment_overdue", "seat_limit_self_service", "tech_touch_onboarding",
    }  # fmt: skip

    again = _demo("load")
    assert "There are accounts already" in str(again.exception)

    with time_machine.travel(NOW + timedelta(days=2), tick=True):
        assert "up to date" in _demo("continue").output
        CliRunner().invoke(cli, ["refresh"], catch_exceptions=False)
    assert active_users(techcorp.pk, NOW.date() + timedelta(days=1))


def test_without_a_demo_there_is_nothing_to_continue(db: None) -> None:
    assert _demo("continue").output == ""


def test_csms_say_what_they_think_of_some_larger_accounts_and_not_of_techcorp(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cast, "ACCOUNTS", 60)
    people = {
        email: create_user(email, name=name, role=Role.CSM, password="a long secret")[0] for email, name in cast.OWNERS
    }
    everyone = [techcorp.customer(NOW.date()), *cast.customers(NOW.date())]
    for one in everyone:
        Account.objects.create(key=one.key, name=one.name, owner=people[one.owner])
    given = services.give_pulses(NOW)
    found = Pulse.objects.select_related("account", "user")
    assert 5 <= given == len(found) <= 20
    assert all(one.given_at < NOW and one.expires_on > NOW.date() and one.user == one.account.owner for one in found)
    assert "techcorp" not in {one.account.key for one in found}


def test_answers_come_often_enough_to_tell_a_trend() -> None:
    today = NOW.date()
    first, a_year = today - timedelta(days=427), str(today - timedelta(days=360))
    counts = [
        sum(row["kind"] == "nps" and str(row["answered_at"]) > a_year for row in found.responses)
        for found in (records_of(one, first=first, today=today) for one in cast.customers(today))
    ]
    assert any(count >= TREND_FLOOR for count in counts)


def test_what_a_night_held_back_leaves_the_next_morning_or_now() -> None:
    monday = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
    assert services.morning_after(monday, NOW) == datetime(2026, 11, 17, 10, tzinfo=UTC)
    assert services.morning_after(NOW, NOW) == NOW
