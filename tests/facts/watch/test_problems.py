"""What operations is told about what arrives: once, with its evidence, until it has passed."""

from datetime import timedelta

import pytest

from mainstay.facts.models import DataProblem, EventProperty, EventType, SourceVolume
from mainstay.facts.services import refresh_rollups
from mainstay.facts.watch import observation, problems
from mainstay.ingest.sources import declare_holidays, declare_rhythm, record_arrival
from mainstay.interactions.models import Ticket
from mainstay.people.models import User
from tests.builders import Cast
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db


def come(event: str, *ages: int, account: str = "acme", **fields: object) -> None:
    """The event on each of these days before now, received as it happened."""
    for age in ages:
        load(track("ann", event, at=days_ago(age), account=account, **fields), received_at=days_ago(age))


def kinds() -> list[tuple[str, str]]:
    return sorted(problems.open_problems().values_list("kind", "subject"))


def test_events_and_their_properties_are_written_down() -> None:
    come("Report Viewed", 3, properties={"rows": 3, "name": "x", "tags": ["a"], "none": None})
    come("Report Viewed", 1, properties={"rows": 3.5, "is_new": True})
    assert observation.observe() == 2
    event = EventType.objects.get()
    assert (event.name, event.events, event.first_day, event.last_day) == (
        "Report Viewed", 2, days_ago(3).date(), days_ago(1).date(),
    )  # fmt: skip
    found = sorted(EventProperty.objects.values_list("name", "kind", "events"))
    assert found == [("is_new", "boolean", 1), ("name", "text", 1), ("rows", "number", 2), ("tags", "list", 1)]


def test_an_event_is_looked_at_once() -> None:
    come("Report Viewed", 2)
    assert (observation.observe(), observation.observe()) == (1, 0)
    come("Report Viewed", 1)
    assert observation.observe() == 1
    assert EventType.objects.get().events == 2


def test_history_that_is_imported_later_is_looked_at_too_and_once() -> None:
    come("Report Viewed", 1)
    observation.observe()
    come("Report Printed", 90, 80, properties={"pages": 3})
    come("Report Viewed", 70)
    come("Report Shared", 0)
    assert observation.observe() == 1
    found = EventType.objects.values_list("name", "events", "first_day", "last_day")
    assert sorted(found) == [
        ("Report Printed", 2, days_ago(90).date(), days_ago(80).date()),
        ("Report Shared", 1, NOW.date(), NOW.date()),
        ("Report Viewed", 2, days_ago(70).date(), days_ago(1).date()),
    ]
    assert EventProperty.objects.get().name == "pages"


def test_on_the_first_day_events_are_looked_at_as_they_come_and_later_only_when_data_is_watched() -> None:
    assert observation.observe_beginning(NOW) == 0
    come("Report Viewed", 3)
    assert observation.observe_beginning(days_ago(2.5)) == 1
    come("Report Shared", 1)
    assert observation.observe_beginning(NOW) == 0
    assert observation.observe() == 1


def test_names_made_of_ids_do_not_fill_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "MOST_EVENTS", 2)
    monkeypatch.setattr(observation, "MOST_PROPERTIES", 3)
    load(*(track("ann", f"Opened {number}", account="acme") for number in range(5)))
    load(track("ann", "Opened 0", account="acme", properties={f"p{number}": 1 for number in range(9)}))
    observation.observe()
    assert EventType.objects.count() == 2
    assert EventProperty.objects.count() <= 3


def test_a_late_source_is_one_problem_and_hides_what_follows_from_it() -> None:
    ages = range(10, 25)
    load(group("acme"), *(track("ann", at=days_ago(age), account="acme") for age in ages), received_at=days_ago(10))
    refresh_rollups(NOW)
    declare_rhythm("product", 3600)
    problems.watch(NOW)
    assert kinds() == [("late", "")]
    said = problems.open_problems().get().summary
    assert said.startswith("Product usage: nothing has come since 08 Nov 2026")


def test_a_problem_closes_when_it_has_passed_and_is_said_once() -> None:
    come("Report Viewed", 2)
    declare_rhythm("product", 3600)
    first = problems.watch(NOW)
    assert (first.opened, first.closed, problems.watch(NOW).opened) == (1, 0, 0)
    come("Report Viewed", 0)
    assert problems.watch(NOW).closed == 1
    assert DataProblem.objects.get().closed_at == NOW


def test_an_event_that_stops_is_noticed_while_others_go_on() -> None:
    ages = {"Report Viewed": range(30), "Export Finished": range(8, 30)}
    load(group("acme"), *(track("ann", name, at=days_ago(age), account="acme") for name in ages for age in ages[name]))
    refresh_rollups(NOW)
    problems.watch(NOW)
    assert ("event_gone", "Export Finished") in kinds()
    assert ("event_gone", "Report Viewed") not in kinds()


def test_a_new_event_is_news_for_a_week_and_only_after_we_know_what_is_usual() -> None:
    come("Report Viewed", 19, 1)
    come("Dashboard Shared", 2)
    problems.watch(NOW)
    assert ("event_new", "Dashboard Shared") in kinds()
    assert ("event_new", "Report Viewed") not in kinds()
    come("Report Viewed", 0)
    problems.watch(NOW + timedelta(days=6))
    assert ("event_new", "Dashboard Shared") not in kinds()


def test_nothing_is_new_on_the_first_day() -> None:
    come("Report Viewed", 1, properties={"rows": 1})
    problems.watch(NOW)
    assert kinds() == []


def test_a_property_that_changes_its_type_is_named() -> None:
    come("Report Viewed", 20, 10, properties={"rows": 3})
    come("Report Viewed", 1, properties={"rows": "three"})
    problems.watch(NOW)
    found = problems.open_problems().get(kind="type_new")
    assert found.subject == "Report Viewed · rows · text"
    assert "was a number and comes as text since 17 Nov 2026" in found.summary
    assert found.evidence == {"was": "number", "is": "text", "events": 1}


@pytest.fixture
def busy_weeks(cast: Cast) -> None:
    """Thirty tickets on each day of ten weeks but yesterday, which had five."""
    tickets = []
    for age in range(1, 70):
        for number in range(5 if age == 1 else 30):
            tickets.append(Ticket(account=cast.acme, key=f"t{age}-{number}", opened_at=days_ago(age)))
    Ticket.objects.bulk_create(tickets)
    record_arrival("support", at=NOW, rows=len(tickets))


@pytest.mark.usefixtures("busy_weeks")
def test_a_day_with_far_less_than_usual_is_noticed() -> None:
    problems.watch(NOW)
    found = problems.open_problems().get(kind="volume_low")
    assert (found.source, found.evidence["rows"]) == ("support", 5)
    assert SourceVolume.objects.get(source="support", day=days_ago(1).date()).rows == 5


@pytest.mark.usefixtures("busy_weeks")
def test_a_holiday_may_be_quiet() -> None:
    # On 19 November the day that is over is the 18th: a public holiday in Latvia.
    problems.watch(NOW + timedelta(days=1))
    assert problems.open_problems().filter(kind="volume_low", source="support").exists()
    declare_holidays("support", "LV")
    problems.watch(NOW + timedelta(days=1))
    assert not problems.open_problems().filter(kind="volume_low").exists()


def test_somebody_can_take_a_problem_on_and_back(cast: Cast) -> None:
    come("Report Viewed", 2)
    declare_rhythm("product", 3600)
    problems.watch(NOW)
    problem, ada = DataProblem.objects.get(), User.objects.get(pk=cast.ada.pk)
    problems.acknowledge(problem, by=ada, now=NOW)
    problems.acknowledge(problem, by=cast.mary, now=NOW)
    assert DataProblem.objects.get().acknowledged_by == ada
    problems.reopen(problem, by=ada)
    assert DataProblem.objects.get().acknowledged_at is None
