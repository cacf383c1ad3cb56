"""The pages of an account: what they say, to whom, and as of when."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.ingest.models import Source
from mainstay.interactions.models import Interaction
from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.scores.services import score_all
from tests.web.scene import Scene, as_of, scene

type AsUser = Callable[[User], Client]

# The scene takes most of the time: a lake, three days of history, a scoring.
pytestmark = pytest.mark.slow

TABS = ["account", "account-usage", "account-timeline", "account-people", "account-renewal", "account-measures"]


@pytest.fixture
def set_up(db: None) -> Scene:
    return scene()


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


@pytest.mark.parametrize("name", TABS)
def test_every_role_sees_it_and_a_visitor_does_not(name: str, as_user: AsUser, visitor: Client, set_up: Scene) -> None:
    url = reverse(name, args=["techcorp"])
    for user in (set_up.cast.ada, set_up.cast.alice, set_up.cast.bob, set_up.cast.vera):
        assert "TechCorp" in text_of(as_user(user), url)
    assert visitor.get(url)["Location"].startswith("/sign-in/")


def test_the_health_explains_itself(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/")
    assert '<span class="v">69</span>' in page
    assert "Product usage slipped under its green line." in page
    assert "69 + 20 makes 89" in page
    assert "65% active daily" in page
    assert "Needs 70% active, 60% adoption" in page
    assert "Coverage 100%" in page
    assert "Standard v1" in page
    assert "was Healthy until" in page
    assert "/accounts/techcorp/why/daily_active_rate/" in page


def test_the_head_says_what_is_known_of_the_account(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/")
    for said in ("$148,000", "in 83 days", "195 of 300", "Business", "Alice", "12 days ago"):
        assert said in page


def test_a_late_source_is_unknown_with_its_last_good_value(as_user: AsUser, set_up: Scene) -> None:
    now = utc_now()
    Source.objects.filter(key="support").update(last_received_at=now - timedelta(days=40), arrivals=[])
    score_all(now)
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/")
    assert "unknown, last good 4.2 on" in page
    assert "Support tickets 40 days old, late" in page
    assert "Coverage 85%" in page


def test_the_history_has_numbered_changes_with_their_cause(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/?history=chart")
    assert "Healthy → Moderate" in page
    assert "89 → 69 · Daily active rate 71% → 65%, under the 70% line" in page
    table = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/?history=table")
    assert "Show as chart" in table
    assert table.count("−20") == 1


def test_the_timeline_joins_what_happened_and_can_be_narrowed(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.alice)
    page = text_of(client, "/accounts/techcorp/timeline/")
    expected = [
        "Signal: Score fell",
        "Task: Call Tom",
        "Health 89 → 69",
        "CSAT 5 of 5",
        "Monthly check-in",
        "NPS answer: 8",
    ]
    assert [one for one in expected if one not in page] == []
    assert page.index("Signal: Score fell") < page.index("Monthly check-in") < page.index("NPS answer: 8")
    support = text_of(client, "/accounts/techcorp/timeline/?show=support")
    assert "Ticket solved" in support
    assert "Monthly check-in" not in support


def test_the_timeline_goes_page_by_page_and_repeats_nothing(as_user: AsUser, set_up: Scene) -> None:
    at = set_up.now - timedelta(days=1)
    Interaction.objects.bulk_create(
        Interaction(key=f"n{n}", account=set_up.techcorp, kind="note", title=f"Note {n:03}", occurred_at=at)
        for n in range(75)
    )
    client, url, seen = as_user(set_up.cast.alice), "/accounts/techcorp/timeline/?show=notes", []
    while url:
        page = text_of(client, url)
        seen += [part[:8] for part in page.split("<h3>")[1:]]
        url = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        url = url and f"/accounts/techcorp/timeline/{url}"
    assert seen == [f"Note {n:03}" for n in reversed(range(75))]


def test_every_measure_leads_down_to_the_events(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.vera)
    page = text_of(client, "/accounts/techcorp/why/days_since_last_activity/")
    assert "Counted from" in page
    assert "7 days or less" in page
    link = page.partition('href="/accounts/techcorp/why/days_since_last_activity/events/')[2].partition('"')[0]
    url = "/accounts/techcorp/why/days_since_last_activity/events/" + link.replace("&amp;", "&")
    events = text_of(client, url)
    assert "Report Viewed" in events
    assert "Tom Becker" in events
    export = b"".join(client.get(url.replace("/events/", "/events.csv")).streaming_content).decode()
    assert "Report Viewed" in export


def test_what_a_value_was_counted_from_can_be_downloaded(as_user: AsUser, set_up: Scene) -> None:
    answer = as_user(set_up.cast.alice).get("/accounts/techcorp/why/csat_90d.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="techcorp-csat_90d.csv"'
    assert "t1" in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize(
    "query",
    [
        "start=x",
        "start=2026-01-01&end=2026-01-02",
        "start=0001-01-01T00:00:00Z&end=9999-12-31T00:00:00Z",
        "start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z&contact=x",
    ],
)
def test_events_without_a_window_are_refused_in_words(query: str, as_user: AsUser, set_up: Scene) -> None:
    answer = as_user(set_up.cast.alice).get(f"/accounts/techcorp/why/csat_90d/events/?{query}")
    assert answer.status_code == 422
    assert "Go back" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=2026-01-01T00:00:00Z~note~99999999999999999999999",
        f"after=2026-01-01T00:00:00Z~task~{2**130}",
        "after=0001-01-01T00:00:00%2B05:00~note~1",
        "show=everything&days=999999999999999999999",
    ],
)
def test_a_crooked_address_is_only_the_first_page(query: str, as_user: AsUser, set_up: Scene) -> None:
    assert "TechCorp" in text_of(as_user(set_up.cast.alice), f"/accounts/techcorp/timeline/?{query}")


@pytest.mark.parametrize("metric", ["nothing", "DROP"])
def test_a_measure_that_does_not_exist_is_not_found(metric: str, as_user: AsUser, set_up: Scene) -> None:
    assert as_user(set_up.cast.alice).get(f"/accounts/techcorp/why/{metric}/").status_code == 404


def test_as_of_a_date_it_shows_what_was_known_then_and_changes_nothing(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), f"/accounts/techcorp/?{as_of(5)}")
    assert "You are looking at" in page
    assert "Signal: Score fell" not in page
    assert "Export is slow" not in page
    assert "Monthly check-in" in page
    assert "task-complete" not in page
    assert ">Note</a>" not in page


def test_as_of_the_health_is_the_one_of_then(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), f"/accounts/techcorp/?{as_of(1)}")
    assert '<span class="v">89</span>' in page
    assert f"/accounts/techcorp/why/daily_active_rate/?{as_of(1)}" in page


@pytest.mark.parametrize("day", ["soon", "2999-01-01", "2026-13-01", "0001-01-01"])
def test_a_day_that_cannot_be_is_refused_in_words(day: str, as_user: AsUser, set_up: Scene) -> None:
    answer = as_user(set_up.cast.alice).get(f"/accounts/techcorp/?as_of={day}")
    assert answer.status_code == 422
    assert day in answer.content.decode()


def test_an_account_before_anything_was_sent_says_what_would_bring_it_to_life(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/initech/?days=90&people=all")
    for said in (
        "not scored",
        "No product event",
        "No contract",
        "Nobody is known here yet",
        "Nothing has happened yet",
    ):
        assert said in page


def test_an_unknown_account_is_not_found(as_user: AsUser, set_up: Scene) -> None:
    assert as_user(set_up.cast.alice).get("/accounts/nobody/").status_code == 404


def test_a_key_may_contain_anything(as_user: AsUser, set_up: Scene) -> None:
    set_up.techcorp.key = "eu/tech corp?x#é"
    set_up.techcorp.save(update_fields=["key"])
    assert "TechCorp" in text_of(as_user(set_up.cast.alice), reverse("account", args=[set_up.techcorp.key]))
    assert "Daily active rate" in text_of(
        as_user(set_up.cast.alice), reverse("account-why", args=[set_up.techcorp.key, "daily_active_rate"])
    )


def test_hostile_names_are_only_text(as_user: AsUser, set_up: Scene) -> None:
    set_up.techcorp.name = '<script>alert("x")</script>'
    set_up.techcorp.save(update_fields=["name"])
    set_up.tom.name = "<b>Tom</b>"
    set_up.tom.save(update_fields=["name"])
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/?days=90&people=all")
    assert "<script>alert" not in page
    assert "<b>Tom" not in page


def test_vacant_roles_are_shown_with_the_day_they_became_vacant(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/people/")
    assert "Executive sponsor" in page
    assert "since " in page
    assert "Champion" in page
    assert "Dana Whitfield" in page.partition("Left the account")[2]


def test_contracts_and_invoices_tell_what_is_in_force_and_what_is_late(as_user: AsUser, set_up: Scene) -> None:
    page = text_of(as_user(set_up.cast.alice), "/accounts/techcorp/renewal/")
    assert "In force" in page
    assert "10 days overdue" in page


def test_a_note_is_on_the_timeline_at_once(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.alice)
    answer = client.post("/portfolio/note/techcorp/", {"text": "Talked to Tom", "next": "/accounts/techcorp/"})
    assert answer["Location"] == "/accounts/techcorp/"
    assert "Talked to Tom" in text_of(client, "/accounts/techcorp/")


def test_a_step_of_the_plan_becomes_a_task(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.alice)
    page = text_of(client, "/accounts/techcorp/")
    url = "/tasks/new/?" + page.partition('href="/tasks/new/?')[2].partition('"')[0].replace("&amp;", "&")
    assert "Bring product usage to green" in text_of(client, url)
    values = {"title": "Bring product usage to green", "account": "techcorp", "owner": set_up.cast.alice.pk}
    client.post("/tasks/new/", values)
    assert Task.objects.filter(account=set_up.techcorp, title="Bring product usage to green").exists()


def test_a_viewer_sees_no_button_and_cannot_act(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.vera)
    page = text_of(client, "/accounts/techcorp/")
    assert "Write a note" not in page
    assert "/complete/" not in page
    for url in ("/portfolio/note/techcorp/", "/tasks/new/", f"/tasks/{set_up.task.pk}/complete/",
                f"/signals/{set_up.signal.pk}/acknowledge/"):  # fmt: skip
        assert client.post(url, {"text": "x", "title": "x"}).status_code == 403


def test_htmx_gets_only_the_card_it_asks_for(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.alice)
    for card in ("history", "usage", "people", "timeline"):
        headers = {"HX-Request": "true", "HX-Target": f"section#{card}"}
        part = client.get("/accounts/techcorp/?days=30", headers=headers).content.decode()
        assert part.lstrip().startswith(f'<section class="card" id="{card}"')
        assert "<html" not in part


def test_cards_that_read_usage_come_a_moment_later_or_when_asked(as_user: AsUser, set_up: Scene) -> None:
    client = as_user(set_up.cast.alice)
    page = text_of(client, "/accounts/techcorp/")
    assert 'href="?history=chart#history"' in page
    assert 'href="?days=90#usage"' in page
    assert 'href="?people=all#people"' in page
    assert "Feature adoption" not in page
    asked = text_of(client, "/accounts/techcorp/?days=90&people=all")
    assert "Feature adoption" in asked
    assert "Tom Becker" in asked


def test_the_pages_need_a_bounded_number_of_statements(
    as_user: AsUser, set_up: Scene, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = as_user(set_up.cast.alice)
    client.get("/accounts/techcorp/")
    for number in range(30):
        Task.objects.create(id=uuid4(), account=set_up.techcorp, title=f"T{number}", created_at=set_up.now)
    with django_assert_max_num_queries(75):
        client.get("/accounts/techcorp/")
