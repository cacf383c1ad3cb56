"""The plays of onboarding, day by day."""

from datetime import timedelta

from mainstay.accounts.models import Contact
from mainstay.deliveries.models import AccountMessage
from mainstay.playbooks.models import Run, RunState, StepRun, Task
from tests.builders import NOW, account
from tests.playbooks.gallery.stage import Stage, contact, enters, known, there


def test_tech_touch_welcomes_prompts_and_praises_and_needs_nobody_where_all_goes_well(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, first_value_reached=0, feature_coverage=5)
    stage.play("tech_touch_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(7.5)
    assert stage.sent() == [
        (0, "abe@globex.example", "Your first week, in five steps"),
        (7, "abe@globex.example", "Create your first project: ten minutes"),
    ]
    assert stage.prompts() == [
        (1, "Your first week"),
        (3, "It is more useful with two"),
        (5, "See the week at a glance"),
    ]
    known(globex, first_value_reached=1, feature_coverage=35, events_28d=12, monthly_active_users=4)
    stage.until(60)
    assert stage.sent()[2:] == [
        (14, "abe@globex.example", "Webinar: what others set up first"),
        (21, "abe@globex.example", "12 steps done in three weeks"),
    ]
    assert "4 people at Globex did 12 steps" in stage.mails[-1].text
    assert "You use 35% of what your plan includes" in stage.mails[-1].text
    assert stage.tasks() == []
    assert (stage.run().state, stage.run().goal_at is not None) == (RunState.DONE, True)


def test_tech_touch_says_nothing_untrue_and_calls_a_person_after_a_month(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, first_value_reached=1, feature_coverage=10, events_28d=3, monthly_active_users=1)
    stage.play("tech_touch_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(40)
    assert [subject for _, _, subject in stage.sent()] == [
        "Your first week, in five steps",
        "Webinar: what others set up first",
    ]
    assert stage.tasks() == [(30, "Globex hardly uses anything after 30 days")]
    opened = Task.objects.get()
    assert opened.owner == stage.cast.alice
    assert "10% of the plan" in opened.why


def test_a_mail_comes_in_the_morning_where_its_reader_is(stage: Stage) -> None:
    """The welcome of 9:00 in London is 18:00 in Tokyo; the next mail of the play would come in the evening there."""
    globex = stage.cast.globex
    Contact.objects.filter(key="abe").update(attributes={"timezone": "America/Los_Angeles"})
    known(globex, feature_coverage=5)
    stage.play("tech_touch_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(10)
    assert [there(mail.at, "America/Los_Angeles") for mail in stage.mails] == ["Mon 08:00", "Mon 08:00"]


def test_who_was_held_out_gets_nothing(stage: Stage) -> None:
    stage.play("tech_touch_onboarding", holdout=50)
    for number in range(12):
        one = account(f"S{number:02}", tier="smb", owner=stage.cast.alice)
        known(one, feature_coverage=5)
        contact(one, f"P{number:02}", "administrator")
        enters(one, "onboarding", NOW)
    stage.until(31)
    held = set(Run.objects.filter(is_held_out=True).values_list("account__key", flat=True))
    assert 0 < len(held) < 12
    written_to = {mail.to.split("@")[1].removesuffix(".example") for mail in stage.mails}
    asked = set(Task.objects.values_list("account__key", flat=True))
    prompted = set(AccountMessage.objects.values_list("account__key", flat=True))
    assert written_to == asked == prompted == {f"s{number:02}" for number in range(12)} - held


def test_a_repeat_sends_nothing_a_second_time(stage: Stage) -> None:
    known(stage.cast.globex, feature_coverage=5)
    stage.play("tech_touch_onboarding")
    enters(stage.cast.globex, "onboarding", NOW)
    stage.until(31)
    before = (len(stage.mails), stage.tasks(), stage.prompts())
    Run.objects.update(state=RunState.ACTIVE, position="welcome", wake_at=stage.now, ended_at=None)
    StepRun.objects.all().delete()
    stage.until(70)
    assert (len(stage.mails), stage.tasks(), stage.prompts()) == before


def test_smb_onboarding_helps_only_where_help_is_needed(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, first_value_reached=0, monthly_active_users=1, feature_coverage=8, seats=5)
    stage.play("smb_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(61)
    assert stage.sent() == [
        (0, "abe@globex.example", "Three things for your first week"),
        (14, "abe@globex.example", "Shall we do the first one together?"),
    ]
    assert stage.mails[0].message["From"] == "Alice <mainstay@localhost>"
    assert stage.mails[0].message["Reply-To"] == "Alice <alice@orchard.example>"
    assert stage.tasks() == [
        (14, "Help Globex to its first result"),
        (30, "Look in on Globex at day 30"),
        (60, "Globex did not get going in 60 days"),
    ]


def test_smb_onboarding_of_a_customer_who_gets_going_is_one_mail_and_one_look(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, first_value_reached=0, monthly_active_users=1)
    stage.play("smb_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(2)
    known(globex, first_value_reached=1, monthly_active_users=5, feature_coverage=40)
    stage.until(70)
    assert len(stage.mails) == 1
    assert stage.tasks() == [(30, "Look in on Globex at day 30")]


def test_an_account_begins_one_onboarding_only(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, feature_coverage=5)
    stage.play("tech_touch_onboarding")
    stage.play("smb_onboarding")
    enters(globex, "onboarding", NOW)
    stage.until(1)
    assert Run.objects.count() == 1


def test_enterprise_onboarding_goes_from_kickoff_to_core_workflows(stage: Stage) -> None:
    acme = stage.cast.acme
    known(acme, first_value_reached=0, core_feature_coverage=10, monthly_active_users=8, onboarding_progress=25)
    stage.play("enterprise_onboarding")
    enters(acme, "onboarding", NOW)
    stage.until(25)
    assert stage.sent() == [
        (0, "cem@acme.example", "Our next 90 days together"),
        (7, "ann@acme.example", "Training for you as administrator"),
        (21, "eve@acme.example", "What Acme has so far, in two minutes"),
    ]
    assert stage.prompts() == [(14, "Half an hour, and you know your way around")]
    assert stage.tasks()[:3] == [
        (0, "Hold the kickoff with Acme"),
        (7, "Week 1 with Acme: check in"),
        (14, "Week 2 with Acme: check in"),
    ]
    known(acme, first_value_reached=1, core_feature_coverage=72, monthly_active_users=30)
    stage.until(95)
    opened = stage.tasks()
    assert sum("check in" in title for _, title in opened) == 12
    assert opened[-1][1] == "Close the onboarding of Acme"
    assert 85 <= opened[-1][0] <= 91
    assert not any("Day 30" in title for _, title in opened)
    assert stage.run().state == RunState.DONE


def test_enterprise_onboarding_escalates_at_day_30_and_90(stage: Stage) -> None:
    acme = stage.cast.acme
    known(acme, first_value_reached=0, core_feature_coverage=10)
    stage.play("enterprise_onboarding")
    enters(acme, "onboarding", NOW)
    stage.until(100)
    late = [(day, title) for day, title in stage.tasks() if title.startswith("Day")]
    assert late == [
        (30, "Day 30 and no first result at Acme"),
        (90, "Day 90: the core workflows of Acme do not run yet"),
    ]
    assert Task.objects.get(title__startswith="Day 30").owner == stage.cast.mary
    assert [mail.to for mail in stage.mails if "Day" in mail.subject] == ["mary@orchard.example"] * 2


def test_a_customer_who_leaves_ends_her_onboarding_with_its_tasks(stage: Stage) -> None:
    acme = stage.cast.acme
    known(acme, core_feature_coverage=10)
    stage.play("enterprise_onboarding")
    enters(acme, "onboarding", NOW)
    stage.until(8)
    enters(acme, "churned", NOW + timedelta(days=8))
    stage.until(30)
    assert stage.run().ended_because == "The account churned"
    assert not Task.objects.filter(dismissed_at=None).exists()


def test_a_trial_that_does_not_get_going_is_helped_on_day_14(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, feature_coverage=12, monthly_active_users=1)
    stage.play("trial_rescue")
    enters(globex, "trial", NOW)
    stage.until(13)
    assert stage.sent() == []
    stage.until(22)
    assert stage.sent() == [(14, "abe@globex.example", "Half of your trial is over: what is missing?")]
    assert "12% of the product has been used so far" in stage.mails[0].text
    assert stage.prompts() == [(14, "Make the most of your trial")]
    assert stage.tasks() == [
        (14, "Call Globex: the trial does not get going"),
        (21, "Decide about the trial of Globex"),
    ]


def test_a_trial_that_goes_well_or_has_become_a_contract_is_left_alone(stage: Stage) -> None:
    globex, acme = stage.cast.globex, stage.cast.acme
    known(globex, feature_coverage=10)
    known(acme, feature_coverage=5)
    stage.play("trial_rescue")
    enters(globex, "trial", NOW)
    enters(acme, "trial", NOW)
    stage.until(10)
    known(globex, feature_coverage=60)
    enters(acme, "onboarding", NOW + timedelta(days=10))
    stage.until(40)
    assert (stage.sent(), stage.tasks(), stage.prompts()) == ([], [], [])
    assert set(Run.objects.values_list("ended_because", flat=True)) == {
        "The trial goes well: 60% of the features are in use",
        "A condition to leave holds",
    }
    assert not StepRun.objects.filter(kind="email").exists()
