"""The plays of growing: seats, data, API calls, premium features, departments."""

from datetime import timedelta

from mainstay.accounts.models import Contact
from mainstay.deliveries.models import Incoming
from mainstay.playbooks.models import Run, Task
from tests.builders import NOW
from tests.playbooks.gallery.stage import Stage, closes, contact, healthy, known, opens

DAY = timedelta(days=1)


def test_a_small_account_gets_the_link_and_again_when_it_is_full(stage: Stage) -> None:
    globex = stage.cast.globex
    healthy(globex, 85)
    known(globex, seat_use=84, seats_used=42, seats=50, arr=6_000)
    stage.play("seat_limit_self_service")
    opens(globex, "seats_filling")
    stage.until(9)
    known(globex, seat_use=100, seats_used=50, seats=50, arr=6_000)
    stage.until(30)
    assert stage.sent() == [
        (0, "abe@globex.example", "You're approaching your user limit"),
        (9, "abe@globex.example", "All of your seats are in use"),
    ]
    assert "42 of your 50 seats are in use" in stage.mails[0].text
    assert "Add seats:\nhttps://app.orchard.example/upgrade" in stage.mails[0].text
    assert 'href="https://app.orchard.example/upgrade"' in stage.mails[0].html
    assert stage.tasks() == []


def test_who_is_full_already_gets_one_mail_that_says_so(stage: Stage) -> None:
    globex = stage.cast.globex
    healthy(globex, 85)
    known(globex, seat_use=100, seats_used=50, seats=50, arr=6_000)
    stage.play("seat_limit_self_service")
    opens(globex, "seats_filling")
    stage.until(40)
    assert stage.sent() == [(0, "abe@globex.example", "All of your seats are in use")]


def test_who_writes_back_talks_to_a_person_and_gets_no_second_mail(stage: Stage) -> None:
    globex = stage.cast.globex
    healthy(globex, 85)
    known(globex, seat_use=84, seats_used=42, seats=50, arr=6_000)
    stage.play("seat_limit_self_service")
    opens(globex, "seats_filling")
    stage.until(2)
    at = NOW + 2 * DAY
    Incoming.objects.create(key="1", kind="person", account=globex, received_at=at, taken_at=at)
    stage.until(3)
    known(globex, seat_use=100, seats_used=50, seats=50, arr=6_000)
    stage.until(20)
    assert len(stage.mails) == 1
    assert stage.run().ended_because == "An answer came by mail"


def test_who_adds_seats_gets_no_second_mail(stage: Stage) -> None:
    globex = stage.cast.globex
    healthy(globex, 85)
    known(globex, seat_use=84, seats_used=42, seats=50, arr=6_000)
    stage.play("seat_limit_self_service")
    signal = opens(globex, "seats_filling")
    stage.until(3)
    closes(signal, NOW + 3 * DAY)
    known(globex, seat_use=60, seats_used=42, seats=70, arr=8_000)
    stage.until(40)
    assert len(stage.mails) == 1
    assert stage.run().ended_because == "The signal closed"


def test_a_valuable_account_is_called_and_gets_no_mail(stage: Stage) -> None:
    acme, globex = stage.cast.acme, stage.cast.globex
    for one, arr in ((acme, 148_000), (globex, 6_000)):
        healthy(one, 85)
        known(one, seat_use=84, seats_used=42, seats=50, arr=arr)
        opens(one, "seats_filling", summary="84% of the seats are in use.")
    stage.play("seat_limit")
    stage.play("seat_limit_self_service")
    stage.until(2)
    assert stage.sent() == [(0, "abe@globex.example", "You're approaching your user limit")]
    assert stage.tasks() == [(0, "Talk to Acme about more seats")]
    opened = Task.objects.get()
    assert (opened.owner, opened.due_at) == (stage.cast.alice, NOW + 5 * DAY)
    assert "84% of the seats are in use. 42 of 50 seats were used in four weeks. Health is green" in opened.why


def test_data_over_the_plan_is_told_before_it_costs(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, data_use=93)
    stage.play("data_over_tier")
    signal = opens(globex, "data_over_tier", summary="93% of the data of the plan.")
    stage.until(2)
    assert stage.sent() == [(0, "abe@globex.example", "Your data: 93% of your plan in use")]
    assert stage.tasks() == [(0, "Talk to Globex about its data volume")]
    assert "List-Unsubscribe" not in stage.mails[0].message  # a service message
    closes(signal, NOW + 2 * DAY)
    stage.until(4)
    assert opened_left() == 0


def test_api_calls_near_the_limit_go_to_whoever_understands_them(stage: Stage) -> None:
    acme, bob = stage.cast.acme, stage.cast.bob
    acme.attributes = {"technical_account_manager": bob.email}
    acme.save(update_fields=["attributes"])
    contact(acme, "Ada", "administrator")
    known(acme, api_call_use=88)
    stage.play("api_near_limit")
    opens(acme, "api_near_limit")
    stage.until(2)
    assert stage.sent() == [
        (0, "ada@acme.example", "API calls: 88% of your plan in use"),
        (0, "ann@acme.example", "API calls: 88% of your plan in use"),
    ]
    assert Task.objects.get().owner == bob


def test_who_tries_a_premium_feature_is_shown_what_it_does(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, premium_feature_users=4)
    healthy(globex, 70)
    stage.play("premium_attempted")
    opens(globex, "premium_attempted", summary="4 people used a premium feature.")
    stage.until(2)
    assert stage.prompts() == [(0, "You looked for this")]
    assert stage.tasks() == [(0, "Offer Globex a trial of the premium features")]
    assert stage.sent() == []
    stage.until(14)
    known(globex, premium_feature_users=4, premium_feature_coverage=50)
    stage.until(16)
    assert stage.run().goal_at is not None


def test_nobody_at_risk_is_sold_more(stage: Stage) -> None:
    globex = stage.cast.globex
    known(globex, premium_feature_users=4, seat_use=90, seats=5, seats_used=5, arr=900)
    healthy(globex, 20)
    for key, kind in (
        ("premium_attempted", "premium_attempted"),
        ("seat_limit", "seats_filling"),
        ("seat_limit_self_service", "seats_filling"),
    ):
        stage.play(key)
        opens(globex, kind) if key != "seat_limit" else None
    stage.until(5)
    assert not Run.objects.exists()


def test_a_new_department_is_welcomed_once_a_month(stage: Stage) -> None:
    globex = stage.cast.globex
    Contact.objects.filter(account=globex).update(department="Sales")
    known(globex, new_departments_28d=1)
    stage.play("new_department")
    first = opens(globex, "new_department")
    stage.until(5)
    closes(first, NOW + 5 * DAY)
    opens(globex, "new_department", NOW + 6 * DAY)
    stage.until(20)
    assert stage.sent() == [(0, "abe@globex.example", "A new team at Globex has started to use it")]
    assert stage.tasks() == [(0, "Find out what the new department at Globex wants")]


def opened_left() -> int:
    return Task.objects.filter(done_at=None, dismissed_at=None).count()
