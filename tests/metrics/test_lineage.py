"""From a value down to the rows and the raw events it was counted from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mainstay.accounts.models import Account, Contact, ContactRole, Milestone, StageChange
from mainstay.facts.models import Feature
from mainstay.facts.services import refresh_rollups
from mainstay.interactions.models import Interaction, Response, Ticket, TicketReopening
from mainstay.metrics import lineage, services
from mainstay.metrics.errors import NotComputed, UnknownMetric
from mainstay.metrics.registry import all_metrics
from mainstay.subscriptions.models import Invoice, Reading, Subscription
from tests.builders import Cast
from tests.facts.sending import NOW, days_ago, group, identify, load, track

TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture
def acme(cast: Cast) -> int:
    """Acme with a bit of everything, its events sent through the inbox."""
    Feature.objects.all().delete()
    Feature.objects.create(key="reports", label="Reports", is_core=True, events=["Report Viewed"])
    Feature.objects.create(key="alerts", label="Alerts", events=["Alert Created"])
    calls: list[dict[str, Any]] = []
    for user in ("ann", "ben", "cas"):
        calls += [identify(user, name=user.title(), email=f"{user}@acme.example"), group("acme", user)]
    calls += [
        track("ann", at=at, account="acme") for at in (NOW - timedelta(hours=1), *map(days_ago, (1, 2, 8, 9, 33)))
    ]
    calls += [track("ben", "Signed In", at=days_ago(age), account="acme") for age in (1, 1, 10, 40)]
    calls.append(track("cas", at=days_ago(45), account="acme"))
    load(*calls)
    refresh_rollups(NOW)
    _records(cast.acme)
    services.refresh_profiles(NOW)
    return cast.acme.pk


def _records(acme: Account) -> None:
    ann = Contact.objects.get(key="ann")
    ContactRole.objects.create(contact=ann, role="champion", since=date(2026, 1, 1))
    ContactRole.objects.create(contact=ann, role="executive_sponsor", since=date(2026, 1, 1))
    ContactRole.objects.create(contact=ann, role="economic_buyer", since=date(2026, 1, 1), until=TODAY - DAY * 9)
    StageChange.objects.create(account=acme, stage="onboarding", since=TODAY - DAY * 90)
    StageChange.objects.create(account=acme, stage="adoption", since=TODAY - DAY * 30)
    for key, due, reached in (("m1", 20, 25), ("m2", 10, None)):
        Milestone.objects.create(
            key=key, account=acme, name=key, agreed_on=TODAY - DAY * 90, due_on=TODAY - DAY * due,
            reached_on=TODAY - DAY * reached if reached else None,
        )  # fmt: skip
    Subscription.objects.create(
        key="s1", account=acme, seats=4, amount_minor=4_000_000, starts_on=date(2025, 6, 1), ends_on=date(2026, 6, 1)
    )
    Subscription.objects.create(key="s2", account=acme, seats=5, amount_minor=5_000_000,
                                list_amount_minor=6_250_000, data_limit_gb=100, starts_on=date(2026, 6, 1))  # fmt: skip
    Reading.objects.create(key="g1", account=acme, limit="data_gb", used=40, measured_on=TODAY - DAY)
    for key, due, paid in (("i1", 30, 31), ("i2", 60, None), ("i3", 0, None)):
        Invoice.objects.create(
            key=key, account=acme, amount_minor=100, issued_on=TODAY - timedelta(days=90),
            due_on=TODAY - timedelta(days=due), paid_on=TODAY - timedelta(days=paid) if paid else None,
        )  # fmt: skip
    Ticket.objects.create(
        key="t1", account=acme, opened_at=days_ago(3), severity="urgent", csat=4, rated_at=days_ago(1),
        first_response_at=days_ago(3) + timedelta(hours=2), sentiment=-0.5,
    )  # fmt: skip
    ticket = Ticket.objects.create(key="t2", account=acme, opened_at=days_ago(40), solved_at=days_ago(30))
    TicketReopening.objects.create(ticket=ticket, at=days_ago(35))
    Response.objects.create(key="r1", account=acme, contact=ann, kind="nps", score=9, answered_at=days_ago(5))
    Response.objects.create(key="r2", account=acme, kind="csat", score=5, answered_at=days_ago(5))
    Response.objects.create(key="r3", account=acme, kind="ces", score=6, answered_at=days_ago(5))
    for key, kind, age, fields in (
        ("x1", "business_review", 20, {"attended": True}),
        ("x2", "training", 50, {"attended": True}),
        ("x3", "email", 9, {"direction": "outbound", "answered_at": days_ago(8)}),
        ("x4", "email", 10, {"direction": "outbound"}),
        ("x5", "email", 1, {"direction": "outbound"}),
        ("x6", "certification", 60, {"attended": True}),
        ("x7", "meeting", 4, {"contact": ann, "sentiment": 1}),
    ):
        Interaction.objects.create(key=key, account=acme, kind=kind, title=key, occurred_at=days_ago(age), **fields)


def _cells(found: lineage.Lineage, column: str) -> list[Any]:
    place = [one.key for one in found.columns].index(column)
    return [row.cells[place] for row in found.rows]


def test_users_are_named_and_lead_to_their_events(acme: int) -> None:
    found = lineage.explain("monthly_active_users", acme)
    assert found.value == 2 == found.total
    assert _cells(found, "name") == ["Ann", "Ben"]
    assert _cells(found, "active_days") == [5, 2]
    assert found.counted_from == "2 active users from 21 Oct 2026 to 18 Nov 2026."
    events = lineage.raw_events(acme, found.rows[0].events)
    assert [event.timestamp for event in events] == [NOW - timedelta(hours=1), *map(days_ago, (1, 2, 8, 9))]
    assert lineage.raw_events(acme, found.rows[0].events, limit=2, before=events[1].place) == events[2:4]


def test_a_derived_metric_leads_to_its_parents(acme: int) -> None:
    found = lineage.explain("daily_active_rate", acme)
    assert [(parent.metric, parent.value) for parent in found.parents] == [("daily_active_users", 0.25), ("seats", 5)]
    assert found.value == pytest.approx(0.25 / 5 * 100)
    assert sum(_cells(found, "users")) == 5, "Ann on four weekdays, Ben on one and on a Sunday"
    assert len(found.rows) == 20
    assert found.sources == ("product", "contracts")


def test_compared_windows_show_who_left(acme: int) -> None:
    found = lineage.explain("monthly_active_users_change", acme)
    assert list(
        zip(_cells(found, "name"), _cells(found, "active_days"), _cells(found, "active_days_before"), strict=True)
    ) == [
        ("Cas", 0, 1),
        ("Ann", 4, 1),
        ("Ben", 2, 1),
    ]
    assert found.value is None, "three people and two are too few to tell a change from chance"


def test_days_and_weeks_add_up_to_the_value(acme: int) -> None:
    days = lineage.explain("events_28d", acme)
    assert sum(_cells(days, "events")) == days.value == 8
    weeks = lineage.explain("logins_per_week", acme)
    assert sum(_cells(weeks, "logins")) / 4 == weeks.value == 0.75
    assert len(weeks.rows) == 4
    assert len(lineage.raw_events(acme, weeks.rows[0].events)) == 4


def test_features_say_which_are_not_used(acme: int) -> None:
    found = lineage.explain("feature_coverage", acme)
    assert list(zip(_cells(found, "feature"), _cells(found, "events"), strict=True)) == [("Reports", 5), ("Alerts", 0)]
    assert found.value == 50
    assert {event.event for event in lineage.raw_events(acme, found.rows[0].events)} == {"Report Viewed"}


def test_users_of_features_lead_to_the_events_of_these_features(acme: int) -> None:
    found = lineage.explain("core_feature_users", acme)
    assert list(zip(_cells(found, "name"), _cells(found, "uses"), _cells(found, "uses_complete"), strict=True)) == [
        ("Ann", 5, 4)
    ]
    assert found.value == found.total == 1
    assert {event.event for event in lineage.raw_events(acme, found.rows[0].events)} == {"Report Viewed"}
    reach = lineage.explain("core_feature_reach", acme)
    assert (reach.value, [parent.value for parent in reach.parents]) == (50, [1, 2])


def test_events_with_a_meaning_lead_to_the_people_and_the_events_as_they_were_sent(acme: int) -> None:
    load(
        *(track("ann", name, at=days_ago(3), account="acme") for name in ("Email Delivered", "email opened")),
        track("ben", "Email Delivered", at=days_ago(4), account="acme"),
        *(track(None, name, at=days_ago(1), account="acme") for name in ("Workflow Started", "Workflow Completed")),
    )
    refresh_rollups(NOW)
    services.refresh_profiles(NOW)
    mails = lineage.explain("mail_open_rate", acme)
    assert list(zip(_cells(mails, "name"), _cells(mails, "mail_opened"), strict=True)) == [("Ann", 1), ("Ben", 0)]
    assert mails.value == 50
    assert mails.counted_from == "2 mails delivered, 1 opened, 0 clicked from 21 Oct 2026 to 18 Nov 2026."
    # Both came at one instant, so either may stand first.
    assert {event.event for event in lineage.raw_events(acme, mails.rows[0].events)} == {
        "email opened", "Email Delivered"
    }  # fmt: skip
    workflows = lineage.explain("workflow_completion", acme)
    assert (workflows.value, _cells(workflows, "name")) == (100, ["Nobody known"])


def test_the_first_value_leads_to_the_event_that_meant_it(acme: int) -> None:
    assert lineage.explain("first_value_reached", acme).counted_from == "No event that means value has come yet."
    account = Account.objects.get(pk=acme)
    account.signed_on = TODAY - timedelta(days=30)
    account.save(update_fields=["signed_on", "updated_at"])
    load(track("ann", "First value reached", at=days_ago(20), account="acme"))
    refresh_rollups(NOW)
    services.refresh_profiles(NOW)
    found = lineage.explain("time_to_first_value", acme)
    assert (found.value, found.rows[0].cells) == (10, (TODAY - timedelta(days=30), TODAY - timedelta(days=20)))
    assert [event.event for event in lineage.raw_events(acme, found.rows[0].events)] == ["First value reached"]


def test_the_busiest_user_stands_first_with_the_share(acme: int) -> None:
    found = lineage.explain("top_user_share", acme)
    assert list(zip(_cells(found, "name"), _cells(found, "share"), strict=True)) == [("Ann", 57.1), ("Ben", 42.9)]
    assert found.value == pytest.approx(400 / 7)


def test_coverage_of_core_features_shows_these_only(acme: int) -> None:
    found = lineage.explain("core_feature_coverage", acme)
    assert (found.value, _cells(found, "feature")) == (100, ["Reports"])
    assert found.counted_from == "1 of 1 core feature in the plan used from 21 Oct 2026 to 18 Nov 2026."


RECORDS: dict[str, tuple[float, list[str]]] = {
    "seats": (5, ["s2"]),
    "arr": (50_000, ["s2"]),
    "expansion_12m": (25, ["s2", "s1"]),
    "on_time_payment": (50, ["i1", "i2"]),
    "tickets_28d": (1, ["t1"]),
    "open_urgent_tickets": (1, ["t1"]),
    "csat_90d": (4.5, ["t1", "r2"]),
    "nps_latest": (9, ["r1"]),
    "review_attended": (1, ["x1"]),
    "trainings_completed": (1, ["x2"]),
    "response_rate": (50, ["x3", "x4"]),
    "champion_present": (1, ["ann", "ann"]),
    "roles_vacant": (1, ["ann", "ann"]),
    "roles_vacated_90d": (1, ["ann"]),
    "open_tickets": (1, ["t1"]),
    "oldest_open_ticket": (3, ["t1"]),
    "tickets_reopened_90d": (1, ["t2"]),
    "reopened_share_90d": (100, ["t2"]),
    "first_response_time": (2, ["t1", "t2"]),
    "resolution_time": (240, ["t1", "t2"]),
    "ces_90d": (6, ["r3"]),
    "sentiment_90d": (0.25, ["t1", "x7"]),
    "nps_mean_12m": (9, ["r1"]),
    "certifications_passed": (1, ["x6"]),
    "review_attendance_12m": (100, ["x1"]),
    "meetings_90d": (2, ["x7", "x1"]),
    "days_since_last_touch": (1, ["x5", "x7", "x3", "x4", "x1", "x2", "x6"]),
    "days_since_sponsor_touch": (4, ["x7"]),
    "arr_added_12m": (10_000, ["s2", "s1"]),
    "discount": (20, ["s2"]),
    "overdue_days": (60, ["i2"]),
    "overdue_amount": (1, ["i2"]),
    "data_use": (40, ["g1"]),
    "onboarding_progress": (50, ["m1", "m2"]),
    "milestones_overdue": (1, ["m1", "m2"]),
}


def test_records_are_shown_with_their_keys(acme: int) -> None:
    found = {metric: lineage.explain(metric, acme) for metric in RECORDS}
    assert {metric: (one.value, [row.key for row in one.rows]) for metric, one in found.items()} == RECORDS


def test_every_metric_can_be_taken_apart(acme: int) -> None:
    for metric in all_metrics():
        shown = lineage.explain(metric, acme).as_dict()
        assert shown["counted_from"].endswith("."), metric
        keys = {column["key"] for column in shown["columns"]}
        assert all(set(row) - {"key"} == keys for row in shown["rows"]), metric


def test_the_past_is_taken_apart_as_it_was(acme: int) -> None:
    before = lineage.explain("open_urgent_tickets", acme, date(2026, 11, 15))
    assert (before.value, before.rows) == (0, ())
    assert lineage.explain("monthly_active_users", acme, datetime(2026, 10, 20, tzinfo=UTC)).total == 3


def test_nothing_computed_and_unknown_metrics_are_said(cast: Cast) -> None:
    with pytest.raises(NotComputed, match="mainstay refresh"):
        lineage.explain("arr", cast.acme.pk)
    with pytest.raises(UnknownMetric):
        lineage.explain("charm", cast.acme.pk)


def test_an_export_has_every_row_and_looks_people_up_as_they_are_read(cast: Cast) -> None:
    who = [Contact(key=f"u{number}", name=f"User {number}", account=cast.acme) for number in range(700)]
    Contact.objects.bulk_create(who)
    load(*(track(one.key, "Report Viewed", at=days_ago(1), account="acme") for one in who))
    refresh_rollups(NOW)
    shown = lineage.explain("monthly_active_users", cast.acme.pk, NOW)
    assert (len(shown.rows), shown.total, shown.counted_from.split()[0]) == (500, 700, "700")
    whole = lineage.whole("monthly_active_users", cast.acme.pk, NOW)
    with CaptureQueriesContext(connection) as asked:
        first = next(whole.rows)
    assert (first.cells[0], len(asked)) == ("User 0", 1)
    assert len([first, *whole.rows]) == 700
    second = lineage.explain("monthly_active_users", cast.acme.pk, NOW, skip=500, most=100)
    assert (len(second.rows), second.rows[0].cells[0]) == (100, "User 500")
