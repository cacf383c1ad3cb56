"""An account of the past: what was corrected is marked, with what it was and why; what was known then stands alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mainstay.lake.days import NOTES, Corrected
from mainstay.metrics import past
from mainstay.people.models import User
from mainstay.scores import history
from mainstay.scores.keeping import of_day
from tests.scores.cards import TECHCORP
from tests.scores.profiles import table
from tests.web.scene import BEFORE, Scene, as_of, scene

type AsUser = Callable[[User], Client]
TODAY = datetime.now(UTC).date()
DAY = TODAY - timedelta(days=2)


@pytest.fixture
def corrected(db: None) -> Scene:
    """The day before yesterday TechCorp was 89, until 214 events of that day came yesterday: then it was 69."""
    made = scene()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    row = {"account_id": made.techcorp.pk, "reason": "late", "source": "product", "late_rows": 214, "late_from": DAY,
           "late_until": DAY, "received_at": yesterday.replace(tzinfo=None)}  # fmt: skip
    note = NOTES.empty_table().from_pylist([row], schema=NOTES)
    past.KEPT.correct([Corrected(DAY, table({made.techcorp: TECHCORP}), note)], at=yesterday)
    history.KEPT.correct([Corrected(DAY, of_day(DAY), note)], at=yesterday)
    assert BEFORE != TECHCORP
    return made


def get(client: Client, path: str = "", query: str = as_of(1)) -> str:
    return client.get(f"/accounts/techcorp/{path}?{query}").content.decode()


def test_a_corrected_score_is_marked_with_what_it_was_and_why(as_user: AsUser, corrected: Scene) -> None:
    page = get(as_user(corrected.cast.vera))
    assert '<span class="v">69</span>' in page
    assert "Was 89 when the day ended; corrected on" in page
    assert f"because 214 events of {DAY:%-d %b} arrived late." in page
    assert f"{as_of(1)}&amp;known=then" in page


def test_as_known_then_nothing_is_corrected(as_user: AsUser, corrected: Scene) -> None:
    page = get(as_user(corrected.cast.vera), query=f"{as_of(1)}&known=then")
    assert '<span class="v">89</span>' in page
    assert "when the day ended; corrected" not in page
    assert f'/accounts/techcorp/usage/?{as_of(1)}&amp;known=then"' in page, "tabs keep it"


def test_a_corrected_value_is_marked_beside_the_measure_and_on_its_page(as_user: AsUser, corrected: Scene) -> None:
    client = as_user(corrected.cast.vera)
    assert "Was 71% when the day ended" in get(client, "health/")
    why = get(client, "why/daily_active_rate/")
    assert "Was 71% when the day ended" in why
    assert "214 events" in why
    then = get(client, "why/daily_active_rate/", query=f"{as_of(1)}&known=then")
    assert "Was 71%" not in then
    assert '<span class="v">71%</span>' in then


def test_the_history_marks_the_days_that_were_corrected_also_now(as_user: AsUser, corrected: Scene) -> None:
    client = as_user(corrected.cast.vera)
    assert "Was 89 when the day ended" in get(client, query="history=table")
    assert "1 day corrected since" in get(client, query="history=chart")


def test_the_day_after_is_not_marked(as_user: AsUser, corrected: Scene) -> None:
    assert "when the day ended; corrected" not in get(as_user(corrected.cast.vera), query=as_of(0))
