"""Who enters a playbook, and who does not."""

from datetime import date, timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Account, Contact, ContactRole
from mainstay.accounts.services import AccountRow, set_stage, upsert_accounts
from mainstay.interactions.models import Response
from mainstay.metrics.models import ProfileRun
from mainstay.playbooks import services
from mainstay.playbooks.errors import CannotStart
from mainstay.playbooks.models import Playbook, Run, RunState, Task
from mainstay.segments.models import Membership, Segment
from tests.builders import NOW, Cast, account, profile
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task, wait


def entered() -> list[str]:
    return list(Run.objects.order_by("account__name", "contact__name").values_list("account__name", flat=True))


def whys() -> list[str]:
    return list(Run.objects.order_by("account__name").values_list("why", flat=True))


def test_a_signal_lets_in_while_it_is_open(cast: Cast) -> None:
    publish(play())
    signal(cast.acme)
    signal(cast.globex, closed_at=NOW)
    assert refresh() == (1, 1)
    assert whys() == ["Health turned red: The score fell from 71 to 42."]
    assert Task.objects.get().why == whys()[0]


@pytest.mark.parametrize(("present", "names"), [(False, ["Acme"]), (True, ["Acme", "Globex"])])
def test_a_segment_lets_in_who_enters_it_and_who_is_there_only_when_asked(
    cast: Cast, present: bool, names: list[str]
) -> None:
    segment = Segment.objects.create(key="big", name="Big", condition="arr > 5")
    Membership.objects.create(segment=segment, account=cast.globex, entered_at=NOW - DAY)
    publish(play(entry={"by": "segment", "segment": "big", "present": present}))
    Membership.objects.create(segment=segment, account=cast.acme, entered_at=NOW)
    Membership.objects.create(segment=segment, account=cast.initech, entered_at=NOW, left_at=NOW)
    refresh()
    assert entered() == names
    assert whys()[0] == "Entered the segment “Big”"
    assert refresh(NOW + DAY) == (0, 0)


def test_a_change_of_the_condition_of_a_segment_is_no_entering(cast: Cast) -> None:
    segment = Segment.objects.create(key="big", name="Big", condition="arr > 5", condition_since=NOW)
    publish(play(entry={"by": "segment", "segment": "big"}))
    Membership.objects.create(segment=segment, account=cast.acme, entered_at=NOW)
    refresh()
    assert entered() == []


def test_a_stage_lets_in_who_enters_it_and_is_in_it_still(cast: Cast) -> None:
    publish(play(entry={"by": "stage", "stage": "renewal"}))
    for one in (cast.acme, cast.globex):
        set_stage(one, "renewal", by=None, now=NOW)
    set_stage(cast.globex, "adoption", by=None, now=NOW + DAY)
    refresh(NOW + DAY)
    assert entered() == ["Acme"]


def test_a_stage_that_is_said_to_begin_later_lets_in_on_its_day(cast: Cast) -> None:
    publish(play(entry={"by": "stage", "stage": "renewal"}))
    upsert_accounts([AccountRow(key="acme", stage="renewal", stage_on=(NOW + DAY).date())], on=NOW.date())
    assert refresh() == (0, 0)
    refresh(NOW + DAY)
    assert entered() == ["Acme"]


@pytest.mark.parametrize(("days", "is_in"), [(-1, False), (0, True), (2, True), (3, False)])
def test_a_date_lets_in_on_its_day_and_two_days_late(cast: Cast, days: int, is_in: bool) -> None:
    publish(play(entry={"by": "date", "of": "signed", "days_after": 14}))
    Account.objects.filter(pk=cast.acme.pk).update(signed_on=NOW.date() - timedelta(days=14 + days))
    refresh()
    assert bool(entered()) is is_in


def test_a_renewal_lets_in_some_days_before_once_a_term(cast: Cast) -> None:
    publish(play(entry={"by": "date", "of": "renewal", "days_before": 90}))
    profile(cast.acme, days_to_renewal=90)
    profile(cast.globex, days_to_renewal=91)
    ProfileRun.objects.create(as_of=NOW, started_at=NOW, finished_at=NOW)
    refresh()
    assert whys() == ["Renews on 21 February 2027"]
    assert refresh(NOW + timedelta(hours=1)) == (0, 0)
    # The profile is of yesterday: what it says is counted from its day.
    assert refresh(NOW + DAY)[0] == 1
    assert entered() == ["Acme", "Globex"]


@pytest.mark.parametrize(
    ("signed", "today", "is_in"),
    [
        (date(2024, 11, 23), date(2026, 11, 23), True),
        (date(2026, 11, 23), date(2026, 11, 23), False),
        (date(2024, 2, 29), date(2026, 2, 28), True),
        (date(2024, 2, 29), date(2028, 2, 28), False),
        (date(2024, 2, 29), date(2028, 2, 29), True),
    ],
)
def test_an_anniversary_comes_every_year(cast: Cast, signed: date, today: date, is_in: bool) -> None:
    publish(play(entry={"by": "date", "of": "anniversary"}))
    Account.objects.filter(pk=cast.acme.pk).update(signed_on=signed)
    refresh(NOW.replace(year=today.year, month=today.month, day=today.day))
    assert bool(entered()) is is_in


@pytest.mark.parametrize(("score", "is_in"), [(8, False), (9, True), (10, True)])
def test_an_answer_lets_in_by_its_score(cast: Cast, score: int, is_in: bool) -> None:
    publish(play(entry={"by": "answer", "survey": "nps", "at_least": 9}), now=NOW - 400 * DAY)
    Response.objects.create(key="r", account=cast.acme, kind="nps", score=score, answered_at=NOW)
    refresh()
    assert whys() == (["Answered NPS with " + str(score)] if is_in else [])


def test_whom_it_is_for_is_asked_when_they_enter(cast: Cast) -> None:
    publish(play(**{"for": {"where": "tier = 'smb'"}}))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    assert entered() == ["Globex"]


def test_who_is_at_the_goal_already_does_not_enter(cast: Cast) -> None:
    publish(play(goal={"where": "tier = 'smb'"}))
    for one in (cast.acme, cast.globex):
        signal(one)
    refresh()
    assert entered() == ["Acme"]


@pytest.mark.parametrize(
    ("reentry", "days", "again"),
    [
        ("never", 400, False),
        ("after_exit", 0, True),
        ({"after_days": 30}, 29, False),
        ({"after_days": 30}, 30, True),
    ],
)
def test_the_rule_of_reentry_decides_about_a_second_reason(cast: Cast, reentry: Any, days: int, again: bool) -> None:
    publish(play(reentry=reentry))
    first = signal(cast.acme)
    refresh()
    first.closed_at = NOW
    first.save(update_fields=["closed_at"])
    signal(cast.acme)
    assert refresh(NOW + days * DAY)[0] == again


def test_nobody_is_in_a_playbook_twice_at_a_time(cast: Cast) -> None:
    publish(play(wait(), task(), entry={"by": "answer", "survey": "nps"}))
    for key in "ab":
        Response.objects.create(key=key, account=cast.acme, kind="nps", score=9, answered_at=NOW)
    assert refresh()[0] == 1
    assert refresh(NOW + 2 * DAY)[0] == 0  # the run ends in this round
    assert refresh(NOW + 2 * DAY)[0] == 1


def test_caps_keep_out_and_say_so(cast: Cast) -> None:
    publish(play(caps={"starts_a_day": 1}))
    for one in (cast.acme, cast.globex):
        signal(one)
    assert refresh()[0] == 1
    playbook = Playbook.objects.get()
    assert (playbook.kept_out, playbook.capped_at) == (1, NOW)
    assert refresh(NOW + DAY)[0] == 1
    assert Playbook.objects.get().kept_out == 0


def test_a_cap_on_runs_under_way_lets_in_as_others_end(cast: Cast) -> None:
    publish(play(wait(), caps={"under_way": 1}))
    for one in (cast.acme, cast.globex):
        signal(one)
    assert [refresh(NOW + days * DAY)[0] for days in (0, 1, 2, 3)] == [1, 0, 0, 1]


def test_the_held_out_are_chosen_by_a_hash_and_left_alone(cast: Cast) -> None:
    publish(play(holdout=50))
    for number in range(40):
        signal(account(f"A{number:02}"))
    assert refresh() == (40, Run.objects.filter(state=RunState.DONE).count())
    held = set(Run.objects.filter(is_held_out=True).values_list("account__name", flat=True))
    assert 10 <= len(held) <= 30
    assert not Task.objects.filter(account__name__in=held).exists()
    assert set(Run.objects.filter(state=RunState.HELD_OUT).values_list("account__name", flat=True)) == held
    # Frozen: another share later changes nothing for who has entered.
    publish(play(holdout=0), now=NOW + DAY)
    refresh(NOW + DAY)
    assert set(Run.objects.filter(is_held_out=True).values_list("account__name", flat=True)) == held


def contact(name: str, of: Account, **fields: Any) -> Contact:
    return Contact.objects.create(key=name, name=name, account=of, **fields)


def test_contacts_are_chosen_by_persona_and_buying_role(cast: Cast) -> None:
    carol = contact("Carol", cast.acme, persona="administrator")
    for name, fields in {"Dan": {"persona": "executive"}, "Eve": {"persona": "administrator"}}.items():
        contact(name, cast.acme, **fields)
    contact("Fay", cast.acme, persona="administrator", left_on=NOW.date())
    ContactRole.objects.create(contact=carol, role="champion", since=NOW.date())
    publish(play(key="admins", subject={"contacts": {"persona": ["administrator"]}}))
    publish(play(key="champions", subject={"contacts": {"role": ["champion"]}}))
    signal(cast.acme)
    signal(cast.globex)  # has no contacts
    assert refresh()[0] == 3
    names = Run.objects.order_by("playbook__key", "contact__name").values_list("playbook__key", "contact__name")
    assert list(names) == [("admins", "Carol"), ("admins", "Eve"), ("champions", "Carol")]


def test_the_actor_is_who_gave_the_answer(cast: Cast) -> None:
    contact("Carol", cast.acme)
    dan = contact("Dan", cast.acme)
    Response.objects.create(key="r", account=cast.acme, contact=dan, kind="nps", score=9, answered_at=NOW)
    told = task(title="Ask {{ contact.name }}")
    publish(
        play(told, entry={"by": "answer", "survey": "nps"}, subject={"contacts": {"actor": True}}),
        now=NOW - 400 * DAY,
    )
    refresh()
    assert Task.objects.get().title == "Ask Dan"


def test_a_playbook_can_be_started_by_hand_once_a_token(cast: Cast) -> None:
    publish(play(entry={"by": "hand"}, holdout=50, **{"for": {"where": "tier = 'smb'"}}))
    for _ in range(2):
        services.start_by_hand("play", [cast.acme], token="t", by=cast.alice, now=NOW)
    assert services.advance(NOW) == 1
    run = Run.objects.get()
    assert (run.started_by, run.why, run.state) == (cast.alice, "Started by Alice", RunState.DONE)
    services.start_by_hand("play", [cast.acme], token="u", by=cast.alice, now=NOW)
    assert Run.objects.count() == 2


def test_it_is_not_started_by_hand_where_it_is_under_way_or_paused(cast: Cast) -> None:
    publish(play(wait(), entry={"by": "hand"}))
    services.start_by_hand("play", [cast.acme], token="t", by=cast.alice, now=NOW)
    with pytest.raises(CannotStart, match="under way"):
        services.start_by_hand("play", [cast.acme], token="u", by=cast.alice, now=NOW)
    services.pause("play", by=cast.mary, now=NOW)
    with pytest.raises(CannotStart, match="paused"):
        services.start_by_hand("play", [cast.globex], token="t", by=cast.alice, now=NOW)
