"""The Data pages: who reads and who decides, sources and events as they came, problems taken on and back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.common.time import DAY, utc_now
from mainstay.facts.models import DataProblem, EventProperty, EventType, SourceVolume
from mainstay.ingest.models import Source
from mainstay.ingest.sources import record_arrival
from mainstay.people.models import User
from tests.builders import Cast

pytestmark = pytest.mark.django_db
type AsUser = Callable[[User], Client]


@pytest.fixture
def event() -> EventType:
    now = utc_now()
    times = {"first_received_at": now - timedelta(days=30), "last_received_at": now}
    made = EventType.objects.create(name="Report Viewed", first_day=now.date(), last_day=now.date(), events=7, **times)
    EventProperty.objects.create(event=made, name="rows", kind="number", events=6, **times)
    EventProperty.objects.create(event=made, name="rows", kind="text", events=1, **times)
    return made


@pytest.fixture
def problem(db: None) -> DataProblem:
    return DataProblem.objects.create(
        kind="event_gone", source="product", subject="Report Viewed", summary="It came last in May.",
        opened_at=utc_now(),
    )  # fmt: skip


def text(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["data", "data-events"])
def test_everybody_reads_and_a_visitor_signs_in(as_user: AsUser, cast: Cast, name: str) -> None:
    for user in (cast.vera, cast.alice, cast.mary, cast.ada):
        text(as_user(user), name)
    assert Client().get(reverse(name)).status_code == 302


def test_a_source_stands_against_what_is_usual(as_user: AsUser, cast: Cast) -> None:
    yesterday = utc_now().date() - DAY
    record_arrival("support", at=utc_now(), rows=1)
    SourceVolume.objects.bulk_create(
        SourceVolume(source="support", day=yesterday - timedelta(weeks=week), rows=100 if week else 3)
        for week in range(9)
    )
    page = text(as_user(cast.vera), "data")
    assert "60 to 140" in page
    assert "less</span>" in page
    detail = text(as_user(cast.vera), "source", "support")
    assert "ms-odd" in detail
    assert "Show as table" in detail


def test_a_source_that_is_none_is_not_found(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.ada).get(reverse("source", args=["weather"]))
    assert answer.status_code == 404
    assert "There is no source &#x27;weather&#x27;" in answer.content.decode()


def test_managers_declare_a_rhythm_and_take_it_back(as_user: AsUser, cast: Cast) -> None:
    assert as_user(cast.alice).post(reverse("source-rhythm", args=["billing"]), {"hours": "48"}).status_code == 403
    client = as_user(cast.mary)
    client.post(reverse("source-rhythm", args=["billing"]), {"hours": "48", "holidays_of": "DE"})
    stored = Source.objects.get(key="billing")
    assert (stored.declared_rhythm_seconds, stored.holidays_of) == (48 * 3600, "DE")
    assert "declared" in text(client, "data")
    client.post(reverse("source-rhythm", args=["billing"]), {"hours": ""})
    stored.refresh_from_db()
    assert (stored.declared_rhythm_seconds, stored.holidays_of) == (None, "")


def test_a_rhythm_that_cannot_be_is_refused_at_its_field(as_user: AsUser, cast: Cast) -> None:
    answer = as_user(cast.mary).post(reverse("source-rhythm", args=["billing"]), {"hours": "0", "holidays_of": "XX"})
    assert answer.status_code == 422
    assert "XX is not one of the available choices" in answer.content.decode()
    assert not Source.objects.filter(key="billing").exists()


def test_a_problem_is_taken_on_and_back(as_user: AsUser, cast: Cast, problem: DataProblem) -> None:
    assert "It came last in May." in text(as_user(cast.vera), "data")
    assert as_user(cast.alice).post(reverse("problem-acknowledge", args=[problem.pk])).status_code == 403
    client = as_user(cast.mary)
    client.post(reverse("problem-acknowledge", args=[problem.pk]))
    page = text(client, "data")
    assert "Mary knows" in page
    undo = page.split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    problem.refresh_from_db()
    assert problem.acknowledged_at is None


def test_events_are_found_sorted_paged_and_exported(as_user: AsUser, cast: Cast, event: EventType) -> None:
    now = utc_now()
    EventType.objects.bulk_create(
        EventType(name=f"Step {number:02}", first_received_at=now, last_received_at=now, first_day=now, last_day=now)
        for number in range(60)
    )
    client = as_user(cast.vera)
    page = client.get(reverse("data-events"), {"sort": "-events"}).context["page"]
    assert (page.events[0].name, page.total, bool(page.next_url)) == ("Report Viewed", 61, True)
    assert len(client.get(reverse("data-events"), {"page": "2"}).context["page"].events) == 11
    assert [one.name for one in client.get(reverse("data-events"), {"q": "report"}).context["page"].events] == [
        event.name
    ]
    assert "No event has this in its name" in text(client, "data-events", q="zzz")
    export = b"".join(client.get(reverse("data-events-export"), {"q": "report"}).streaming_content).decode()
    assert export.splitlines()[1].startswith("Report Viewed,7,")


def test_an_event_shows_its_properties_and_their_types(as_user: AsUser, cast: Cast, event: EventType) -> None:
    page = text(as_user(cast.vera), "data-event", event.name)
    assert 'rowspan="2"' in page
    assert "also</span>" in page
    assert as_user(cast.vera).get(reverse("data-event", args=["Nothing/of this"])).status_code == 404


def test_the_page_asks_the_database_a_fixed_number_of_times(
    as_user: AsUser, cast: Cast, event: EventType, django_assert_max_num_queries: Callable
) -> None:
    client = as_user(cast.vera)
    with django_assert_max_num_queries(22):
        client.get(reverse("data"))


@pytest.mark.parametrize("name", ["today", "portfolio", "signals"])
def test_pages_that_rest_on_a_late_source_say_so(as_user: AsUser, cast: Cast, name: str) -> None:
    client = as_user(cast.alice)
    assert "is late: last data" not in text(client, name)
    record_arrival("support", at=utc_now() - timedelta(days=100), rows=1)
    assert text(client, name).count("<b>Support tickets</b> is late: last data") == 1


def test_a_late_source_says_what_it_freezes_and_that_nothing_turns_red(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.vera)
    record_arrival("support", at=utc_now() - timedelta(days=100), rows=1)
    page = text(client, "source", "support")
    assert "No account turns red because of it." in page
    assert "Frozen until it is back" in page
    assert reverse("metric", args=["csat_90d"]) in page
    assert reverse("signal-kind", args=["urgent_ticket_open"]) in page
    record_arrival("support", at=utc_now(), rows=1)
    page = text(client, "source", "support")
    assert "turns red" not in page
    assert "What rests on it" in page


def test_an_empty_installation_is_told_how_to_begin_and_not_that_all_is_well(as_user: AsUser, cast: Cast) -> None:
    page = text(as_user(cast.ada), "data")
    assert "Nothing has come yet" in page
    assert "every source delivers as usual" not in page
    assert reverse("settings-keys") in page
    assert reverse("imports") in text(as_user(cast.mary), "data").split("Nothing has come yet")[1]
    assert "Make a write key" in text(as_user(cast.ada), "data-events")
    assert "Make a write key" not in text(as_user(cast.alice), "data-events")
    record_arrival("support", at=utc_now(), rows=1)
    assert "every source delivers as usual" in text(as_user(cast.ada), "data")
