"""The plays of advocacy, and that nobody is asked twice within 90 days whatever asks."""

from datetime import timedelta

from mainstay.accounts.models import Account, Contact
from mainstay.deliveries.consent import choose
from mainstay.interactions.models import Response
from mainstay.playbooks.models import Run, Task
from mainstay.playbooks.publishing import shipped
from tests.builders import NOW
from tests.playbooks.gallery.stage import Stage, contact, healthy, known, opens

DAY = timedelta(days=1)
PLAYS = ("testimonial_request", "advisory_board", "speaker_invitation")


def answers(account: Account, who: str, score: int, *, day: float) -> None:
    at = NOW + timedelta(days=day)
    made = Response.objects.create(
        key=f"{who}-{day}", account=account, contact=Contact.objects.get(key=who), kind="nps", score=score,
        answered_at=at,
    )  # fmt: skip
    Response.objects.filter(pk=made.pk).update(created_at=at)


def ready(stage: Stage) -> Account:
    acme = stage.cast.acme
    known(acme, power_user_share=40, community_contributions_28d=5)
    healthy(acme, 90)
    for key in PLAYS:
        stage.play(key)
    return acme


def test_who_gave_a_nine_is_asked_for_two_sentences(stage: Stage) -> None:
    acme = ready(stage)
    answers(acme, "uma", 9, day=0.1)
    answers(acme, "ann", 6, day=0.1)
    stage.until(0.2)
    stage.until(5)
    assert stage.sent() == [(0, "uma@acme.example", "May I quote you in two sentences?")]
    assert stage.mails[0].message["List-Unsubscribe"]
    assert stage.tasks() == [(0, "If Uma Lee answers: say thank you, and show the words first")]


def test_the_champion_of_a_deep_user_who_recommends_us_is_invited_to_the_board(stage: Stage) -> None:
    acme = ready(stage)
    opens(acme, "referral_made", summary="A referral was made.")
    stage.until(3)
    assert stage.sent() == [(0, "cem@acme.example", "Would you tell us what to build next?")]


def test_the_champion_of_a_helpful_account_is_invited_to_speak(stage: Stage) -> None:
    acme = ready(stage)
    opens(acme, "community_contributor")
    stage.until(3)
    assert stage.sent() == [(0, "cem@acme.example", "Twenty minutes on how you do it?")]


def test_an_account_is_never_asked_twice_within_90_days_over_all_three(stage: Stage) -> None:
    acme = ready(stage)
    opens(acme, "referral_made")
    opens(acme, "community_contributor")
    answers(acme, "uma", 10, day=0.1)
    stage.until(0.2)
    answers(acme, "ann", 9, day=20)
    stage.until(89)
    assert len(stage.mails) == 1
    assert Run.objects.count() == 1
    stage.until(92)
    assert len(stage.mails) == 2
    asked = [mail.at for mail in stage.mails]
    assert asked[1] - asked[0] >= 90 * DAY


def test_one_person_at_two_accounts_is_asked_once_by_the_cap_of_the_category(stage: Stage) -> None:
    """The plays keep an account apart; the rules of messages keep the person."""
    acme, globex = ready(stage), stage.cast.globex
    known(globex, power_user_share=40)
    healthy(globex, 90)
    Contact.objects.filter(account=globex, name="Cai Lee").update(email="CEM@acme.example")
    opens(acme, "referral_made")
    opens(globex, "referral_made")
    stage.until(60)
    assert len(stage.mails) == 1
    assert Run.objects.count() == 2


def test_who_declined_invitations_is_not_asked(stage: Stage) -> None:
    acme = ready(stage)
    choose("cem@acme.example", "advocacy", allowed=False, how="the preference page", now=NOW)
    opens(acme, "referral_made")
    stage.until(5)
    assert stage.sent() == []


def test_nobody_who_is_unhappy_by_now_is_asked(stage: Stage) -> None:
    acme = ready(stage)
    healthy(acme, 30)
    contact(acme, "Oda")
    answers(acme, "oda", 10, day=0.1)
    opens(acme, "community_contributor")
    stage.until(0.2)
    stage.until(3)
    assert stage.sent() == []
    assert not Task.objects.exists()


def test_every_play_that_asks_is_of_the_group_and_the_category() -> None:
    for key, document in shipped().items():
        asks = any(getattr(step, "params", {}).get("category") == "advocacy" for step in document.all_steps)
        assert asks == (key in PLAYS)
        if asks:
            assert document.apart is not None
            assert (document.apart.group, document.apart.days) == ("advocacy", 90)
