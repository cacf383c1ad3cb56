"""Signals at a past moment: those of then, as people had them then, with the rule and the values of that day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mainstay.common.time import midnight
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.services import complete_task, create_task
from mainstay.scores.services import backfill
from mainstay.signals import services
from mainstay.signals.models import Signal
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import keep
from tests.signals.kinds import document
from tests.web.scene import signal

type AsUser = Callable[[User], Client]
DAY = timedelta(days=1)
TODAY = midnight(datetime.now(UTC).date())
THEN = TODAY - 10 * DAY
AS_OF = f"as_of={THEN.date()}"


@pytest.fixture
def busy(cast: Cast) -> Signal:
    """Open at Acme from twelve days ago until yesterday, acknowledged eleven days ago, snoozed five days ago."""
    made = signal(cast.acme, "busy", opened_at=THEN - 2 * DAY, closed_at=TODAY - DAY, closing="stopped")
    services.acknowledge(made, by=cast.alice, now=THEN - DAY)
    services.snooze(made, until=TODAY + DAY, by=cast.alice, now=TODAY - 5 * DAY)
    return made


def labels(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/signals/?{AS_OF}&owner=&{query}")
    assert answer.status_code == 200, answer.content.decode()[:500]
    return [f"{row.signal.account.key} {row.state}" for row in answer.context["page"].rows]


def test_every_state_is_that_of_then(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    signal(cast.globex, "score_fell", opened_at=THEN - DAY)
    signal(cast.initech, "score_fell", opened_at=TODAY - DAY)
    signal(cast.initech, "promoter", opened_at=THEN - 9 * DAY, closed_at=THEN - 8 * DAY, closing="stopped")
    client = as_user(cast.vera)
    assert labels(client) == ["globex open"]
    assert labels(client, "state=acknowledged") == ["acme acknowledged"]
    assert labels(client, "state=snoozed") == []
    assert labels(client, "state=closed") == ["initech closed"]
    assert labels(client, "state=pending") == ["globex open"], "what was pending then is not kept"


def test_the_page_says_what_is_not_kept_and_counts_what_was(as_user: AsUser, busy: Signal, cast: Cast) -> None:
    page = as_user(cast.alice).get(f"/signals/?{AS_OF}&owner=&state=acknowledged").content.decode()
    assert "You are looking at" in page
    assert "what was pending then is not kept" in page
    assert 'Acknowledged<span class="n">1</span>' in page
    assert "Pending" not in page.partition("<main")[2].partition("</nav>")[0]
    assert "Alerts<" not in page.partition("<main")[2], "those are of now"


@pytest.mark.parametrize("name", ["vera", "alice", "mary", "ada"])
def test_whoever_looks_can_change_nothing(as_user: AsUser, cast: Cast, busy: Signal, name: str) -> None:
    client = as_user(getattr(cast, name))
    page = client.get(f"/signals/?{AS_OF}&owner=&state=acknowledged").content.decode()
    assert "Acme" in page
    assert "Reopen" not in page
    assert 'type="checkbox" name="signal"' not in page
    assert client.post(f"/signals/{busy.pk}/acknowledge/?{AS_OF}").status_code == 409


def test_a_visitor_is_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get(f"/signals/?{AS_OF}")["Location"].startswith("/sign-in/")


def test_a_csm_still_begins_with_what_she_looked_after(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    services.assign(busy, to=cast.bob, by=cast.alice, now=TODAY - 3 * DAY)

    def count(user: User, as_of: str) -> int:
        answer = as_user(user).get(f"/signals/?as_of={as_of}&state=acknowledged")
        return len(answer.context["page"].rows)

    assert (count(cast.alice, f"{THEN.date()}"), count(cast.bob, f"{THEN.date()}")) == (1, 0)


def test_health_beside_the_name_is_that_of_the_day(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    keep((THEN - DAY).date(), {cast.acme: SICK})
    backfill([(THEN - DAY).date()])
    client = as_user(cast.vera)
    row = client.get(f"/signals/?{AS_OF}&owner=&state=acknowledged").context["page"].rows[0]
    assert row.health.band == "red"
    other = client.get(f"/signals/?as_of={(THEN + DAY).date()}&owner=&state=acknowledged").context["page"].rows[0]
    assert other.health is None, "that day is not kept"


def test_one_signal_has_the_rule_and_the_values_of_that_day(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    services.save_kind(document(), by=cast.mary, now=THEN - 5 * DAY)
    services.save_kind(document(condition="seat_use > 95"), by=cast.mary, now=TODAY - DAY)
    keep((THEN - DAY).date(), {cast.acme: HEALTHY | {"daily_active_rate": 33.0}})
    client = as_user(cast.vera)
    page = client.get(f"/signals/{busy.pk}/?{AS_OF}").content.decode()
    assert "When it opened" in page
    assert "<b>33%</b>" in page
    assert "seat_use &gt;= 80" in page
    assert "Closed" not in page
    assert client.get(f"/signals/{busy.pk}/?as_of={(THEN - 3 * DAY).date()}").status_code == 404
    assert "seat_use &gt; 95" in client.get(f"/signals/{busy.pk}/").content.decode()


def test_the_list_of_then_can_be_exported(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    answer = as_user(cast.mary).get(f"/signals/signals.csv?{AS_OF}&owner=&state=acknowledged")
    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert f"signals-{THEN.date()}.csv" in answer["Content-Disposition"]
    assert ",acknowledged,acme," in lines[1]


def test_an_account_shows_the_signals_and_tasks_that_were_open(as_user: AsUser, cast: Cast, busy: Signal) -> None:
    task = create_task(account=cast.acme, owner=cast.alice, title="Call", by=cast.alice, now=THEN - DAY)
    complete_task(task, by=cast.alice, now=TODAY - DAY)
    context = as_user(cast.vera).get(f"/accounts/acme/?{AS_OF}").context["page"]
    assert [row.state for row in context.signals] == ["acknowledged"]
    assert [one.title for one in context.tasks] == ["Call"]
    assert Task.objects.filter(done_at=None).count() == 0
