"""The feature catalogue: found in what arrives, named by a person, measured by segment, retired, taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.facts.models import EventType, Feature
from mainstay.facts.services import load_features, refresh_rollups
from mainstay.people.models import User
from mainstay.segments.models import Membership, Segment
from tests.builders import Cast
from tests.facts.sending import load, track

pytestmark = pytest.mark.django_db
type AsUser = Callable[[User], Client]

FEATURES = """
features:
  - {key: reports, label: Reports, core: true, events: [Report Viewed]}
  - {key: sso, label: Single sign-on, premium: true, plans: [Pro], events: [SSO Configured]}
"""


@pytest.fixture
def used(cast: Cast) -> Cast:
    """Acme uses reports, Globex does not; something else comes that belongs to no feature."""
    now = utc_now()
    load_features(FEATURES)
    load(track("ann", account="acme", at=now - timedelta(days=1)), received_at=now, now=now)
    refresh_rollups(now)
    times = {"first_received_at": now, "last_received_at": now, "first_day": now.date(), "last_day": now.date()}
    for name in ("Report Viewed", "Dashboard Shared", "Dashboard Opened"):
        EventType.objects.create(name=name, events=3, **times)
    return cast


def text(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, **query: str) -> list[tuple[str, int, int]]:
    page = client.get(reverse("features"), query).context["page"]
    return [(row.feature.key, row.accounts, row.included) for row in page.rows]


def test_everybody_reads_the_adoption_of_each_feature(as_user: AsUser, used: Cast) -> None:
    # Initech has churned: it is no customer, so it is not counted.
    for user in (used.vera, used.alice, used.mary):
        assert shown(as_user(user)) == [("reports", 1, 2), ("sso", 0, 0)]
    assert Client().get(reverse("features")).status_code == 302


def test_adoption_among_the_members_of_a_segment(as_user: AsUser, used: Cast) -> None:
    segment = Segment.objects.create(key="small", name="Small", condition="tier = 'smb'", member_count=1)
    Membership.objects.create(segment=segment, account=used.globex, entered_at=utc_now())
    assert shown(as_user(used.vera), segment="small") == [("reports", 0, 1), ("sso", 0, 0)]
    page = text(as_user(used.vera), "feature", "reports")
    assert "Small" in page
    assert '0 <span class="mut">of 1</span>' in page


def test_a_past_day_shows_the_adoption_of_then(as_user: AsUser, used: Cast) -> None:
    client, today = as_user(used.mary), utc_now().date()
    Segment.objects.create(key="small", name="Small", condition="tier = 'smb'", member_count=1)
    # Acme used it yesterday; Initech churned since.
    initech = used.initech
    initech.churned_on = today - timedelta(days=1)
    initech.save()
    before, after = (today - timedelta(days=days) for days in (1, 0))
    assert shown(client, as_of=after.isoformat()) == [("reports", 1, 2), ("sso", 0, 0)]
    assert shown(client, as_of=before.isoformat()) == [("reports", 0, 3), ("sso", 0, 0)]
    assert shown(client, as_of=after.isoformat(), segment="small") == [("reports", 0, 0), ("sso", 0, 0)]
    page = text(client, "features", as_of=before.isoformat())
    assert "Dashboard Shared" not in page
    assert reverse("feature-new") not in page
    assert "1 of 2" not in text(client, "feature", "reports", as_of=before.isoformat())


def test_a_feature_says_who_uses_it_and_who_does_not(as_user: AsUser, used: Cast) -> None:
    detail = as_user(used.vera).get(reverse("feature", args=["reports"])).context["detail"]
    assert [use.account.key for use in detail.using] == ["acme"]
    assert [use.account.key for use in detail.idle] == ["globex"]
    assert as_user(used.vera).get(reverse("feature", args=["nothing"])).status_code == 404


def test_its_accounts_are_exported(as_user: AsUser, used: Cast) -> None:
    answer = as_user(used.alice).get(reverse("feature-export", args=["reports"]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("account,name,in_plan")
    assert lines[1].startswith("acme,Acme,True,1,100.0,1")


def test_ticked_events_become_a_feature_that_is_named_by_a_person(as_user: AsUser, used: Cast) -> None:
    client = as_user(used.mary)
    assert "Dashboard Shared" in text(client, "features")
    form = text(client, "feature-new", event=["Dashboard Shared", "Dashboard Opened"])
    assert "Dashboard Shared\nDashboard Opened</textarea>" in form
    client.post(
        reverse("feature-new"),
        {"label": "Shared dashboards", "events": "Dashboard Shared\r\nDashboard Opened\r\n", "core": "on", "plans": ""},
    )
    made = Feature.objects.get(key="shared_dashboards")
    assert (made.label, made.events, made.is_core, made.is_premium) == (
        "Shared dashboards", ["Dashboard Shared", "Dashboard Opened"], True, False,
    )  # fmt: skip
    assert not list(client.get(reverse("features")).context["page"].loose_events)


def test_a_feature_needs_an_event_and_a_name(as_user: AsUser, used: Cast) -> None:
    answer = as_user(used.mary).post(reverse("feature-new"), {"label": "", "events": "  "})
    assert answer.status_code == 422
    assert answer.content.decode().count("This field is required") == 2


def _undo(client: Client) -> None:
    page = text(client, "features")
    client.post("/undo/" + page.split('action="/undo/')[1].split('"')[0])


def test_a_change_a_retirement_and_a_removal_are_taken_back(as_user: AsUser, used: Cast) -> None:
    client = as_user(used.mary)
    client.post(reverse("feature-edit", args=["reports"]), {"label": "Reporting", "events": "Report Viewed"})
    assert Feature.objects.get(key="reports").label == "Reporting"
    _undo(client)
    assert Feature.objects.get(key="reports").label == "Reports"
    client.post(reverse("feature-retire", args=["reports"]))
    assert Feature.objects.get(key="reports").retired_on == utc_now().date()
    _undo(client)
    assert [row[0] for row in shown(client)] == ["reports", "sso"]
    client.post(reverse("feature-remove", args=["reports"]))
    assert not Feature.objects.filter(key="reports").exists()
    _undo(client)
    assert Feature.objects.get(key="reports").is_core


@pytest.mark.parametrize("name", ["feature-edit", "feature-retire", "feature-remove"])
def test_only_managers_change_features(as_user: AsUser, used: Cast, name: str) -> None:
    assert as_user(used.alice).post(reverse(name, args=["reports"])).status_code == 403
    assert as_user(used.alice).get(reverse("feature-new")).status_code == 403
