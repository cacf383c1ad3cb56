"""The plays of risk: what a CSM does first, what comes when it did not help, what ends it."""

from datetime import timedelta

import pytest

from mainstay.interactions.models import Interaction
from mainstay.playbooks import services
from mainstay.playbooks.models import Run, RunState, Task
from mainstay.playbooks.tasks import complete_task
from tests.builders import NOW
from tests.playbooks.gallery.stage import Stage, closes, healthy, known, opens

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def test_a_red_account_is_called_within_48_hours_and_the_owner_knows_at_once(stage: Stage) -> None:
    known(stage.cast.globex, arr=6_000)
    stage.play("risk_outreach")
    opens(stage.cast.globex, "health_red", summary="Health is 41, at risk; it was 71 a week ago.")
    stage.until(1)
    opened = Task.objects.get()
    assert (opened.owner, opened.due_at) == (stage.cast.alice, NOW + 48 * HOUR)
    assert "it was 71 a week ago" in opened.why
    assert stage.sent() == [(0, "alice@orchard.example", "Globex is at risk")]


def test_a_score_that_fell_is_looked_into_by_the_owner_unless_it_is_red_or_over(stage: Stage) -> None:
    acme, globex = stage.cast.acme, stage.cast.globex
    stage.play("score_drop")
    for one, score in ((acme, 30), (globex, 62)):
        known(one)
        healthy(one, score)
        fell = opens(one, "score_drop", summary="The score fell by 14 points within a week.")
    stage.until(1)
    (asked,) = Task.objects.all()
    assert (asked.account, asked.owner, asked.due_at) == (globex, stage.cast.alice, NOW + 72 * HOUR)
    assert "The score fell by 14 points within a week." in asked.why
    Run.objects.all().delete()
    closes(fell, stage.now)
    stage.until(2)
    assert Task.objects.count() == 1, "nothing is open any more"


def test_falling_logins_are_a_call_and_then_a_matter_for_managers(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, login_drop_streak=3, logins_per_week=4, days_since_last_activity=3)
    stage.play("logins_drop")
    opens(globex, "logins_drop", summary="Logins fell by 40 % or more for three weeks.")
    stage.until(20)
    assert stage.tasks() == [
        (0, "Call Globex: logins fall week by week"),
        (14, "Globex: logins did not come back"),
    ]
    assert "Last activity: 3 days ago" in Task.objects.order_by("created_at")[0].why
    assert stage.sent() == [(14, "mary@orchard.example", "Globex: logins did not come back")]


def test_logins_that_come_back_are_noted_and_no_manager_is_called(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, login_drop_streak=3)
    stage.play("logins_drop")
    opens(globex, "logins_drop")
    stage.until(6)
    known(globex, login_drop_streak=0, logins_per_week=14)
    stage.until(20)
    assert len(stage.tasks()) == 1
    assert Interaction.objects.get().title == "Logins came back"
    assert stage.run().goal_at is not None


def test_less_core_use_and_more_tickets_lead_to_a_fresh_start(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, core_feature_trend=-35, tickets_28d=9, tickets_trend=80, core_feature_coverage=30)
    stage.play("reonboarding")
    stage.play("core_use_down")
    opens(globex, "core_down_tickets_up", summary="Core use fell, tickets rose.")
    stage.until(2)
    assert stage.tasks() == [
        (0, "Read the tickets of Globex before you call"),
        (1, "Agree a fresh start with Globex"),
    ]
    assert stage.sent() == [(1, "abe@globex.example", "Shall we begin again, with what you need today?")]
    again = Run.objects.get(playbook__key="reonboarding")
    assert (
        again.why
        == "After “Core use down, tickets up”: Core use down while tickets go up: Core use fell, tickets rose."
    )
    stage.until(40)
    assert [title for _, title in stage.tasks()][2:] == [
        "Half-way through the fresh start with Globex",
        "The fresh start with Globex did not work",
    ]


def test_a_fresh_start_that_works_ends_with_a_note(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, core_feature_trend=-35)
    stage.play("reonboarding")
    services.start_by_hand("reonboarding", [globex], token="t", by=stage.cast.alice, now=NOW)
    stage.until(20)
    known(globex, core_feature_trend=12)
    stage.until(40)
    assert Interaction.objects.get().title == "The fresh start worked"
    assert stage.run().goal_at is not None


def test_a_sponsor_who_left_is_looked_for_and_missed_after_two_weeks(stage: Stage) -> None:
    acme = stage.cast.acme
    known(acme, roles_vacant=1, roles_vacated_90d=1, days_to_renewal=80)
    stage.play("sponsor_left")
    signal = opens(acme, "key_role_vacated", summary="The executive sponsor left.")
    stage.until(15)
    assert stage.sent() == [
        (0, "ann@acme.example", "Who looks after this on your side now?"),
        (14, "mary@orchard.example", "Acme has had no sponsor for two weeks"),
    ]
    assert [day for day, _ in stage.tasks()] == [0, 14]
    closes(signal, NOW + 15 * DAY)


def test_a_sponsor_who_is_found_ends_it_with_its_task(stage: Stage) -> None:
    acme = stage.cast.acme
    known(acme, roles_vacant=1, roles_vacated_90d=1)
    stage.play("sponsor_left")
    signal = opens(acme, "key_role_vacated")
    stage.until(5)
    closes(signal, NOW + 5 * DAY)
    stage.until(20)
    assert stage.run().ended_because == "The signal closed"
    assert Task.objects.get().dismissed_at is not None
    assert len(stage.mails) == 1


def test_bad_mood_is_listened_to_within_a_day_and_escalated_after_three_weeks(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, sentiment_90d=-0.6, open_tickets=4)
    stage.play("executive_escalation")
    stage.play("negative_sentiment")
    opens(globex, "negative_sentiment", summary="Mood is −0.6.")
    stage.until(20)
    assert stage.tasks() == [(0, "Call Globex and listen")]
    stage.until(22)
    assert [title for _, title in stage.tasks()][1:] == [
        "Executive escalation: Globex",
        "Prepare the executive call with Globex",
    ]
    assert stage.sent() == [
        (21, "edo@globex.example", "We want to put this right"),
        (21, "mary@orchard.example", "Executive escalation: Globex"),
    ]


def test_a_mood_that_gets_better_is_no_matter_for_executives(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, sentiment_90d=-0.6)
    stage.play("executive_escalation")
    stage.play("negative_sentiment")
    opens(globex, "negative_sentiment")
    stage.until(10)
    known(globex, sentiment_90d=0.2)
    stage.until(30)
    assert len(stage.tasks()) == 1
    assert stage.run().state == RunState.DONE


@pytest.mark.parametrize(("score", "last"), [(20, "Acme is still red after the escalation"), (85, "")])
def test_an_escalation_is_looked_at_after_two_weeks_and_closed_after_four(stage: Stage, score: int, last: str) -> None:
    acme = stage.cast.acme
    known(acme, arr=148_000, open_tickets=3)
    healthy(acme, score)
    stage.play("executive_escalation")
    services.start_by_hand("executive_escalation", [acme], token="t", by=stage.cast.alice, now=NOW)
    stage.until(30)
    assert "At stake: $148,000 a year." in Task.objects.get(title="Executive escalation: Acme").why
    titles = [title for _, title in stage.tasks()]
    assert titles[2] == "Two weeks into the escalation of Acme: are the promises kept?"
    assert titles[3:] == ([last] if last else [])
    assert Interaction.objects.filter(title="Escalation closed").exists() is not bool(last)


def test_three_trainings_are_planned_offered_and_looked_at(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, core_feature_reach=20, trainings_completed=0)
    stage.play("training_intensive")
    services.start_by_hand("training_intensive", [globex], token="t", by=stage.cast.alice, now=NOW)
    stage.until(30)
    assert stage.tasks() == [
        (0, "Plan three trainings with Globex"),
        (28, "Did the training change anything at Globex?"),
    ]
    assert stage.sent() == [(0, "abe@globex.example", "Three short trainings for your team")]
    assert stage.prompts() == [(7, "Training for your team")]


@pytest.mark.parametrize("is_approved", [True, False])
def test_a_talk_about_price_begins_with_what_may_be_offered(stage: Stage, *, is_approved: bool) -> None:
    globex = stage.cast.globex
    known(globex, arr=6_000, seat_use=40, discount=10, monthly_active_users=4)
    stage.play("pricing_conversation")
    services.start_by_hand("pricing_conversation", [globex], token="t", by=stage.cast.alice, now=NOW)
    stage.until(1)
    asked = Task.objects.get()
    assert (asked.owner, asked.title) == (stage.cast.mary, "What may we offer Globex?")
    assert "ARR $6,000, discount so far 10%, seats in use 40%" in asked.why
    if is_approved:
        complete_task(asked, by=stage.cast.mary, now=NOW + DAY)
    stage.until(4)
    expected = (
        (1, "Talk to Globex about price, with the frame that was approved")
        if is_approved
        else (3, "Talk to Globex about value, not price")
    )
    assert stage.tasks()[1] == expected
    stage.until(25)
    assert stage.tasks()[2][1] == "Write down how the talk about price with Globex ended"


def test_an_overdue_bill_is_a_mail_a_question_and_a_decision_until_it_is_paid(stage: Stage) -> None:
    globex, acme = stage.cast.globex, stage.cast.acme
    for one in (globex, acme):
        known(one, overdue_days=16, overdue_amount=1_200)
    stage.play("payment_overdue")
    opens(globex, "payment_overdue")
    paid = opens(acme, "payment_overdue")
    stage.until(3)
    assert stage.sent() == [
        (0, "abe@globex.example", "A bill of Globex is overdue"),
        (0, "ann@acme.example", "A bill of Acme is overdue"),
    ]
    assert any("A bill of $1,200 for Globex is 16 days past its due date" in mail.text for mail in stage.mails)
    closes(paid, NOW + 3 * DAY)
    stage.until(30)
    assert [title for _, title in stage.tasks()] == [
        "Ask Globex about its overdue bill",
        "Globex has not paid for 16 days",
    ]
    assert Run.objects.get(account=acme).ended_because == "The signal closed"
