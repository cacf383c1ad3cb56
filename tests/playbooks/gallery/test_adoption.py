"""The plays of adoption and relationship: what comes in a rhythm, and what falling use brings about."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.facts.services import load_features, refresh_rollups
from mainstay.playbooks import services
from mainstay.playbooks.models import Run, RunState
from tests.builders import NOW, account
from tests.facts.sending import load, track
from tests.playbooks.gallery.stage import Stage, contact, enters, healthy, known, there

DAY = timedelta(days=1)
CATALOGUE = """
    features:
      - {key: reports, label: Reports, core: true, events: [Report Viewed]}
      - {key: approvals, label: Approvals, description: Colleagues agree before it goes out., events: [Approved]}
      - {key: api, label: API, events: [API Used]}
"""


def test_the_weekly_report_comes_each_monday_with_what_is_true(stage: Stage) -> None:
    globex = stage.cast.globex
    known(
        globex, monthly_active_users=14, weekly_active_users=9, weekly_active_users_change=25, seats=20,
        feature_coverage=40, lost_users=3, new_users=1, seat_use=70,
    )  # fmt: skip
    stage.play("weekly_adoption_report")
    for day in (1, 6, 7.1, 8):
        stage.until(day)
    assert stage.sent() == [
        (0, "abe@globex.example", "Globex this week: 9 active"),
        (7, "abe@globex.example", "Globex this week: 9 active"),
    ]
    text = stage.mails[0].text
    assert "- 9 active, 25% more than the week before\n- 14 active in four weeks, of 20 seats\n" in text
    assert "More people stopped than began." in text
    assert Run.objects.filter(account=stage.cast.acme).count() == 0  # nobody uses it there


def test_the_quarterly_review_tells_numbers_what_is_usual_and_what_comes_next(stage: Stage) -> None:
    globex = stage.cast.globex
    stage.now = datetime(2027, 1, 10, 9, tzinfo=UTC)
    for number in range(5):
        known(account(f"P{number}", tier="smb"), monthly_active_users=20 + number, seat_use=60, feature_coverage=50)
    known(
        globex, monthly_active_users=12, seat_use=30, feature_coverage=25, days_since_signing=200, top_user_share=70,
        resolution_time=5.5, events_trend=-10,
    )  # fmt: skip
    stage.play("digital_business_review")
    stage.until((stage.now - NOW).days + 2)
    assert [(to, subject) for _, to, subject in stage.sent()] == [
        ("abe@globex.example", "Globex: your quarter in numbers"),
        ("edo@globex.example", "Globex: your quarter in numbers"),
    ]
    text = stage.mails[0].text
    assert "- 12 of your people work with it (usual: 22)" in text
    assert "- 30% of your seats are in use (usual: 60%)" in text
    assert "Use changed by −10% in four weeks" in text
    assert "solved within 5.5 hours" in text
    assert "More than half of your seats are free" in text
    assert "One person does most of the work in it" in text
    assert [stage.mails[0].at.date().isoformat(), Run.objects.count()] == ["2027-01-11", 1]  # the 10th is a Sunday


def test_the_spotlight_shows_a_feature_that_most_others_use(stage: Stage) -> None:
    globex = stage.cast.globex
    load_features(CATALOGUE)
    stage.now = datetime(2026, 12, 7, 9, tzinfo=UTC)  # a Monday; the 5th was a Saturday
    before = stage.now - DAY
    load(
        *(track(f"u{name}", "Approved", at=before, account=name) for name in ("acme", "initech")),
        track("uglobex", "Report Viewed", at=before, account="globex"),
        received_at=before, now=before,
    )  # fmt: skip
    refresh_rollups(stage.now)
    known(globex, feature_coverage=33, monthly_active_users=5)
    healthy(globex, 85)
    stage.play("feature_spotlight")
    stage.until((stage.now - NOW).days + 1)
    (mail,) = stage.mails
    assert (mail.to, mail.subject) == ("abe@globex.example", "Approvals: in your plan, not in use yet")
    assert "Colleagues agree before it goes out. 67% of the customers who have it use it." in mail.text
    assert mail.message["List-Unsubscribe"]


def test_where_everything_is_used_or_nobody_uses_the_rest_no_spotlight_is_sent(stage: Stage) -> None:
    load_features(CATALOGUE)
    refresh_rollups(NOW)
    stage.now = datetime(2026, 12, 7, 9, tzinfo=UTC)
    known(stage.cast.globex, feature_coverage=33, monthly_active_users=5)
    healthy(stage.cast.globex, 85)
    stage.play("feature_spotlight")
    stage.until((stage.now - NOW).days + 1)
    assert stage.mails == []
    assert stage.run().state == RunState.DONE


def falling(one: Account, change: float) -> None:
    known(one, monthly_active_users_change=change, monthly_active_users=40, lost_users=15, feature_coverage=30)


def test_falling_use_is_checked_reviewed_and_answered_with_features(stage: Stage) -> None:
    acme, bob = stage.cast.acme, stage.cast.bob
    acme.attributes = {"technical_account_manager": bob.email}
    acme.save(update_fields=["attributes"])
    falling(acme, -30)
    falling(stage.cast.globex, -30)  # no enterprise
    stage.play("enterprise_usage_falling")
    stage.until(45)
    assert [(day, title.split(":")[0]) for day, title in stage.tasks()] == [
        (0, "Technical check"),
        (10, "Hold an executive business review with Acme"),
        (31, "Enable two features with Acme"),
    ]
    assert stage.sent() == [
        (10, "eve@acme.example", "45 minutes on where Acme stands"),
        (31, "ann@acme.example", "Two features we would switch on with you"),
    ]


@pytest.mark.parametrize(("day", "steps"), [(5, 1), (20, 2)])
def test_it_ends_where_use_recovers(stage: Stage, day: int, steps: int) -> None:
    acme = stage.cast.acme
    falling(acme, -30)
    stage.play("enterprise_usage_falling")
    stage.until(day)
    falling(acme, 5)
    stage.until(60)
    assert len(stage.tasks()) == steps
    assert stage.run().ended_because.startswith("Usage")


def test_an_executive_talks_to_a_sponsor_nobody_talked_to(stage: Stage) -> None:
    acme = stage.cast.acme
    stage.now = datetime(2027, 1, 15, 9, tzinfo=UTC)
    first = (stage.now - NOW).days
    known(acme, days_since_sponsor_touch=75, arr=148_000)
    stage.play("executive_relationship")
    stage.until(first + 25)
    assert stage.tasks() == [
        (first, "Brief an executive of ours on Acme"),
        (first, "Talk to the sponsor of Acme"),
        (first + 21, "The sponsor of Acme has still not heard from us"),
    ]
    assert stage.sent() == []


def test_a_sponsor_who_was_met_needs_no_reminder(stage: Stage) -> None:
    acme = stage.cast.acme
    stage.now = datetime(2027, 1, 15, 9, tzinfo=UTC)
    first = (stage.now - NOW).days
    known(acme, days_since_sponsor_touch=75)
    stage.play("executive_relationship")
    stage.until(first + 8)
    known(acme, days_since_sponsor_touch=1)
    stage.until(first + 40)
    assert len(stage.tasks()) == 2
    assert stage.run().goal_at is not None


def test_who_leaves_is_asked_why_heard_and_told_later_what_has_changed(stage: Stage) -> None:
    globex = stage.cast.globex
    stage.play("goodbye")
    enters(globex, "churned", NOW)
    stage.until(95)
    assert stage.sent() == [
        (0, "abe@globex.example", "Before you go: two minutes?"),
        (0, "edo@globex.example", "Before you go: two minutes?"),
        (91, "abe@globex.example", "What has changed since you left"),  # the 90th is a Sunday
    ]
    assert stage.tasks() == [
        (0, "Hear why Globex left"),
        (90, "Win-back: did Globex answer?"),
    ]


def test_who_comes_back_is_not_won_back(stage: Stage) -> None:
    globex = stage.cast.globex
    stage.play("goodbye")
    enters(globex, "churned", NOW)
    stage.until(30)
    enters(globex, "adoption", NOW + 30 * DAY)
    stage.until(95)
    assert len(stage.mails) == 2
    assert stage.run().ended_because == "A condition to leave holds"


def test_a_person_in_another_zone_gets_the_report_in_her_morning(stage: Stage) -> None:
    acme = stage.cast.acme
    Contact.objects.filter(key="ann").update(attributes={"timezone": "Pacific/Auckland"})
    contact(acme, "Zoe", "end user")
    known(acme, monthly_active_users=14)
    stage.play("weekly_adoption_report")
    services.start_runs(NOW)
    stage.until(1)
    (mail,) = stage.mails
    assert there(mail.at, "Pacific/Auckland") == "Tue 08:00"
