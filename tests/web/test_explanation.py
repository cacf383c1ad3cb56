"""The explanation of a score on pages: gates, what stands in, the shortest way up, what changed since a day."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.ingest.sources import record_arrival
from mainstay.scores.publishing import ensure_scorecards
from mainstay.scores.services import backfill, score_all
from tests.builders import Cast, account
from tests.scores.cards import HEALTHY, SICK, TECHCORP
from tests.scores.profiles import keep, write

DAY = timedelta(days=1)
OWN = """
key: own
name: Own
position: 1
minimum_coverage: 0
dimensions:
  - {key: usage, label: Usage, weight: 60, measures: [
      {metric: seat_use, green: 70, yellow: 50, contract_lines: [{arr_from: 100, green: 60, yellow: 40}]}]}
  - {key: feedback, label: Feedback, weight: 40, unknown: red, measures: [{metric: nps_latest, green: 9, yellow: 7}]}
gates:
  - {key: urgent, condition: "open_urgent_tickets > 0", label: "{open_urgent_tickets} urgent open", needs: "all closed"}
"""


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def own(settings: LazySettings) -> None:
    folder = settings.MAINSTAY_HOME / "scorecards"
    folder.mkdir()
    (folder / "own.yaml").write_text(OWN)
    ensure_scorecards(utc_now() - DAY)


def _page(client: Client, url: str = "/accounts/globex/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_smallest_set_of_fixes_stands_on_the_health_card(alice: Client, cast: Cast) -> None:
    write({cast.globex: TECHCORP})
    score_all(utc_now())
    page = _page(alice)
    assert "Shortest way to Healthy</b> Daily active rate and Feature coverage: 69 → 69 → 89" in page
    assert "70% active" in page
    assert "+3 → 72 alone" in page


def test_a_gate_that_caps_is_told_with_what_lifts_it(alice: Client, cast: Cast, own: None) -> None:
    write({cast.globex: {"seat_use": 80.0, "nps_latest": 9.0, "open_urgent_tickets": 2.0}})
    score_all(utc_now())
    page = _page(alice)
    assert "Capped at Moderate: 2 urgent open; the score alone, 100, would be Healthy." in page
    assert "capped by a gate" in page
    assert "Shortest way to Healthy</b> 2 urgent open: 100 → 100" in page
    how = _page(alice, "/accounts/globex/health/")
    assert "<code>open_urgent_tickets &gt; 0</code>" in how
    assert "open_urgent_tickets 2.0" in how
    assert "<b>holds</b>" in how


def test_what_stands_in_and_which_lines_hold_is_said(alice: Client, cast: Cast, own: None) -> None:
    write({cast.globex: {"seat_use": 65.0, "arr": 500.0}})
    score_all(utc_now())
    assert "NPS, latest: no value, counts as At risk" in _page(alice)
    how = _page(alice, "/accounts/globex/health/")
    assert "lines from $100 a year" in how
    assert "60% or more" in how


def test_a_late_source_turns_nothing_red_on_the_page(alice: Client, cast: Cast) -> None:
    now = utc_now()
    record_arrival("product", at=now - 5 * DAY, rows=5)
    values = HEALTHY | {"response_rate": 0.0, "csat_90d": 1.0, "nps_latest": 7.0}
    keep((now - 5 * DAY).date(), {cast.globex: values})
    write({cast.globex: values})
    score_all(now)
    page = _page(alice)
    assert "At risk:" not in page.split('aria-label="Score by dimension"')[0]
    assert "no score until then" in page
    assert "Product usage 5 days old, late" in page


def test_what_changed_since_a_day_is_split(alice: Client, cast: Cast) -> None:
    now = utc_now()
    day = now.date() - 10 * DAY
    keep(day, {cast.globex: HEALTHY})
    backfill([day])
    write({cast.globex: TECHCORP})
    score_all(now)
    page = _page(alice, f"/accounts/globex/?since={day + DAY}")
    card = page.split('id="since"')[1].split("</section>")[0]
    assert "−31 points, Healthy → Moderate" in card
    assert "<b>−20</b>" in card
    assert "Daily active rate 80% → 65%" in card
    assert "Standard v1, the same" in card
    assert "nothing late" in card
    part = alice.get(
        f"/accounts/globex/?since={day + DAY}", headers={"HX-Request": "true", "HX-Target": "section#since"}
    )
    assert part.content.decode().lstrip().startswith('<section class="card" id="since"')


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("nonsense", "“nonsense” is no day"),
        ("1999-01-01", "choose a later day"),
        ("2100-01-01", "choose an instant before"),
        ("2001-01-01", "one of the two is unknown"),
    ],
)
def test_a_day_that_cannot_be_compared_with_is_refused_in_the_card(
    alice: Client, cast: Cast, since: str, said: str
) -> None:
    write({cast.globex: SICK})
    score_all(utc_now())
    assert said in _page(alice, f"/accounts/globex/?since={since}")


def test_two_days_of_the_past_are_compared_when_looking_back(alice: Client, cast: Cast) -> None:
    today = utc_now().date()
    days = [today - 20 * DAY, today - 10 * DAY]
    keep(days[0], {cast.globex: HEALTHY})
    keep(days[1], {cast.globex: TECHCORP})
    backfill(days)
    page = _page(alice, f"/accounts/globex/?as_of={days[1] + DAY}&since={days[0] + DAY}")
    assert "−31 points" in page


def test_a_parent_names_the_children_that_moved(alice: Client, cast: Cast) -> None:
    group, day = account("Umbrella"), utc_now().date() - 10 * DAY
    for child in (cast.globex, cast.acme):
        child.parent = group
        child.save(update_fields=["parent"])
    keep(day, {cast.globex: HEALTHY, cast.acme: HEALTHY})
    backfill([day])
    write({cast.globex: SICK, cast.acme: HEALTHY})
    score_all(utc_now())
    card = _page(alice, f"/accounts/umbrella/?since={day + DAY}").split('id="since"')[1].split("</section>")[0]
    assert "The score is that of its child accounts. These moved:" in card
    assert 'href="/accounts/globex/"' in card
