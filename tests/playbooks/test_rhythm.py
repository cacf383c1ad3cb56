"""Playbooks that begin again and again, and those that keep clear of each other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.playbooks import services
from mainstay.playbooks.entries import OnRhythm
from mainstay.playbooks.errors import BadPlaybook, CannotStart
from mainstay.playbooks.models import Run
from mainstay.playbooks.naming import NO_NAMES
from mainstay.playbooks.wording import entry_text
from tests.builders import NOW, Cast
from tests.playbooks.plays import DAY, play, publish, refresh, signal, task

MONDAY = {"by": "rhythm", "every": "week", "day": 1}


@pytest.mark.parametrize(
    ("entry", "days", "said"),
    [
        (OnRhythm(every="week", day=1), [date(2026, 11, 23), date(2026, 11, 30)], "it is Monday"),
        (OnRhythm(every="month", day=28), [date(2026, 11, 28), date(2027, 2, 28)], "it is day 28 of a month"),
        (OnRhythm(every="quarter", day=5), [date(2026, 10, 5), date(2027, 1, 5)], "it is day 5 of a quarter"),
    ],
)
def test_a_rhythm_has_its_days(entry: OnRhythm, days: list[date], said: str) -> None:
    assert all(entry.falls_on(day) for day in days)
    assert not entry.falls_on(date(2026, 11, 24))
    assert entry_text(entry, NO_NAMES) == said


def test_each_customer_enters_once_a_week_and_a_day_missed_is_made_up_for(cast: Cast) -> None:
    publish(play(entry=MONDAY))
    assert refresh(NOW) == (2, 2)  # a Monday; Initech has churned
    assert refresh(NOW + DAY / 2) == (0, 0)
    assert refresh(NOW + 3 * DAY) == (0, 0)
    assert refresh(NOW + 8 * DAY) == (2, 2)  # Mainstay was off on that Monday
    assert refresh(NOW + 9 * DAY) == (0, 0)
    assert set(Run.objects.values_list("why", flat=True)) == {
        "The week of 23 November 2026",
        "The week of 30 November 2026",
    }


def test_who_is_kept_out_of_a_rhythm_is_judged_again_after_a_quarter_of_an_hour(
    cast: Cast, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    publish(play(entry=MONDAY, subject={"contacts": {}}))
    assert services.start_runs(NOW) == 0, "nobody has a contact"
    Contact.objects.create(key="ann", account=cast.acme, name="Ann", email="ann@acme.example")
    with django_assert_max_num_queries(5):
        assert services.start_runs(NOW + timedelta(minutes=14)) == 0
    assert services.start_runs(NOW + timedelta(minutes=15)) == 1
    version = publish(play(entry=MONDAY, subject={"contacts": {"most": 5}}), now=NOW + timedelta(minutes=16))
    Contact.objects.create(key="bea", account=cast.globex, name="Bea", email="bea@globex.example")
    assert services.start_runs(NOW + timedelta(minutes=16)) == 1, "another version is looked at at once"
    assert Run.objects.get(account=cast.globex).version == version


def test_a_week_has_no_eighth_day() -> None:
    with pytest.raises(BadPlaybook, match="a week has the days"):
        play(entry={"by": "rhythm", "every": "week", "day": 8})


def ask(key: str, kind: str, **fields: Any) -> None:
    group = {"group": "asks", "days": 90}
    publish(play(task(), key=key, entry={"by": "signal", "kind": kind}, apart=group, **fields))


def test_playbooks_of_a_group_keep_clear_of_each_other(cast: Cast) -> None:
    ask("a", "health_red")
    ask("b", "score_drop")
    publish(play(task(), key="c", entry={"by": "signal", "kind": "score_drop"}))
    signal(cast.acme)
    signal(cast.acme, "score_drop")
    refresh()
    assert set(Run.objects.values_list("playbook__key", flat=True)) == {"a", "c"}
    refresh(NOW + 89 * DAY)
    assert not Run.objects.filter(playbook__key="b").exists()
    with pytest.raises(CannotStart, match="another playbook of its group"):
        services.start_by_hand("b", [cast.acme], token="t", by=cast.alice, now=NOW + 89 * DAY)
    refresh(NOW + 90 * DAY)
    assert Run.objects.get(playbook__key="b").started_at == NOW + 90 * DAY


def test_who_was_held_out_was_left_alone_and_may_be_asked(cast: Cast) -> None:
    ask("a", "health_red", holdout=50)
    ask("b", "score_drop")
    held = [one for one in _accounts(20) if _enters_held_out(one)]
    assert held
    for one in held:
        signal(one, "score_drop")
    refresh(NOW + DAY)
    assert Run.objects.filter(playbook__key="b").count() == len(held)


def _accounts(number: int) -> list[Account]:
    made = [Account(key=f"h{one}", name=f"H{one}") for one in range(number)]
    return Account.objects.bulk_create(made)


def _enters_held_out(account: Account) -> bool:
    signal(account)
    refresh(NOW)
    return Run.objects.get(account=account).is_held_out


def test_a_leap_day_has_no_month_without_its_days() -> None:
    """A day of a month is at most the 28th, which every month has."""
    month = OnRhythm(every="month", day=28)
    days = (datetime(2027, number, 28, tzinfo=UTC).date() for number in range(1, 13))
    assert all(month.falls_on(day) for day in days)
