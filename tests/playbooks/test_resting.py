"""Who has a reason and may not enter is judged again: a few at every refresh, many from time to time, nobody never."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Account, Contact, StageChange
from mainstay.interactions.models import Response
from mainstay.playbooks import resting, services
from mainstay.playbooks.models import Playbook, Run, RunState, Watermark
from mainstay.playbooks.selectors import newest_versions
from mainstay.playbooks.standing import standing_of
from mainstay.segments.models import Membership, Segment
from tests.builders import NOW, Cast, account
from tests.playbooks.plays import DAY, play, publish, signal, wait

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TO_PEOPLE: dict[str, Any] = {"subject": {"contacts": {}}}

type MaxQueries = Callable[[int], AbstractContextManager[object]]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are many, and rest for a quarter of an hour."""
    monkeypatch.setattr(resting, "FEW", 3)
    monkeypatch.setattr(resting, "EACH", 5 * MINUTE)


def kept_out(count: int = 3) -> list[Account]:
    """Accounts with a reason of yesterday, and without the contact it takes."""
    found = [account(f"Kept {number}") for number in range(count)]
    for one in found:
        signal(one, opened_at=NOW - DAY)
    return found


def person(of: Account) -> Contact:
    return Contact.objects.create(key=f"c{of.pk}", name="Carol", email=f"c{of.pk}@x.example", account=of)


def entered() -> list[str]:
    return list(Run.objects.order_by("started_at", "account__name").values_list("account__name", flat=True))


def test_a_few_are_judged_at_every_refresh(cast: Cast) -> None:
    publish(play(**TO_PEOPLE))
    first, *_ = kept_out(3)
    assert services.start_runs(NOW) == 0
    person(first)
    assert services.start_runs(NOW) == 1


def test_many_rest_the_longer_the_more_they_are(cast: Cast, django_assert_max_num_queries: MaxQueries) -> None:
    publish(play(**TO_PEOPLE))
    accounts = kept_out(250)
    assert services.start_runs(NOW) == 0
    person(accounts[7])
    with django_assert_max_num_queries(12):
        assert services.start_runs(NOW + 2 * SECOND) == 0
    assert services.start_runs(NOW + 3 * SECOND) == 1
    assert entered() == ["Kept 7"]


def test_nobody_rests_for_longer_than_a_quarter_of_an_hour(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE))
    accounts = kept_out(5)
    services.start_runs(NOW)
    person(accounts[0])
    assert services.start_runs(NOW + 14 * MINUTE) == 0
    assert services.start_runs(NOW + 15 * MINUTE) == 1


def test_what_comes_up_meanwhile_is_judged_at_once(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE))
    kept_out()
    person(cast.acme)
    person(cast.globex)
    signal(cast.globex, snoozed_until=NOW + 9 * MINUTE)
    services.start_runs(NOW)
    signal(cast.acme, opened_at=NOW + 5 * MINUTE)
    assert services.start_runs(NOW + 5 * MINUTE) == 1
    assert services.start_runs(NOW + 9 * MINUTE) == 1, "the snooze is over"
    assert entered() == ["Acme", "Globex"]


@pytest.mark.parametrize("by", ["segment", "stage", "answer"])
def test_whatever_lets_in_is_judged_at_once_when_it_comes_up(cast: Cast, many: None, by: str) -> None:
    segment = Segment.objects.create(key="big", name="Big", condition="arr > 5")

    def comes(one: Account, at: Any) -> None:
        Membership.objects.create(segment=segment, account=one, entered_at=at)
        StageChange.objects.create(account=one, stage="renewal", since=at.date())
        answer = {"kind": "nps", "score": 9, "answered_at": at}
        Response.objects.create(key=f"r{one.pk}", account=one, **answer)
        Response.objects.filter(account=one).update(created_at=at)
        Account.objects.filter(pk=one.pk).update(stage="renewal")

    entries = {
        "segment": {"by": "segment", "segment": "big"},
        "stage": {"by": "stage", "stage": "renewal"},
        "answer": {"by": "answer", "survey": "nps"},
    }
    publish(play(entry=entries[by], **TO_PEOPLE), now=NOW - DAY)
    for number in range(3):
        comes(account(f"Kept {number}"), NOW)
    assert services.start_runs(NOW) == 0
    person(cast.acme)
    comes(cast.acme, NOW + 5 * MINUTE)
    assert services.start_runs(NOW + 5 * MINUTE) == 1


def test_another_day_and_another_version_end_the_rest(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE), now=NOW - DAY)
    first, second, *_ = kept_out(6)
    midnight = (NOW + DAY).replace(hour=0, minute=0)
    services.start_runs(midnight - MINUTE)
    person(first)
    assert services.start_runs(midnight) == 1
    person(second)
    assert services.start_runs(midnight + MINUTE) == 0
    publish(play(**TO_PEOPLE, name="Other"), now=midnight + MINUTE)
    assert services.start_runs(midnight + MINUTE) == 1


def test_a_clock_that_jumps_back_ends_the_rest_too(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE), now=NOW - DAY)
    first, *_ = kept_out()
    services.start_runs(NOW)
    person(first)
    assert services.start_runs(NOW - MINUTE) == 1


def test_whoever_comes_later_does_not_overtake_those_who_wait_for_room(cast: Cast, many: None) -> None:
    publish(play(wait(), caps={"under_way": 1}))
    kept_out(4)
    assert services.start_runs(NOW) == 1
    assert Playbook.objects.get().kept_out == 3
    signal(cast.acme, opened_at=NOW + MINUTE)
    assert services.start_runs(NOW + MINUTE) == 0
    Run.objects.update(state=RunState.DONE)
    assert services.start_runs(NOW + 2 * MINUTE) == 1, "there is room: nobody rests any more"
    assert entered() == ["Kept 0", "Kept 1"]
    assert Playbook.objects.get().kept_out == 3, "Acme waits too"
    Run.objects.update(state=RunState.DONE)
    assert services.start_runs(NOW + 2 * MINUTE + SECOND) == 0
    assert services.start_runs(NOW + 3 * MINUTE) == 1


def test_the_page_of_an_account_says_by_when_it_enters(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE))
    first, *_ = kept_out()
    services.start_runs(NOW)
    (version,) = newest_versions()
    assert standing_of(first, version, now=NOW).says == "The account has no contact it is for."
    person(first)
    said = standing_of(first, version, now=NOW + MINUTE).says
    assert said == "Enters by 09:15 UTC: many may not enter, and are judged again by then."
    assert services.start_runs(NOW + 15 * MINUTE) == 1


def test_when_few_are_left_they_are_judged_at_every_refresh_again(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE))
    first, second, _ = kept_out()
    services.start_runs(NOW)
    person(first)
    assert services.start_runs(NOW + 15 * MINUTE) == 1
    person(second)
    assert services.start_runs(NOW + 15 * MINUTE + SECOND) == 1
    assert not Watermark.objects.filter(name__startswith="rests:").exists()


def test_a_playbook_that_is_removed_leaves_nothing_behind(cast: Cast, many: None) -> None:
    publish(play(**TO_PEOPLE))
    kept_out()
    services.start_runs(NOW)
    services.remove("play", by=cast.mary, now=NOW)
    assert not Watermark.objects.filter(name__contains=":").exists()
