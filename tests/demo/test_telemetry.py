from collections import Counter
from datetime import date, timedelta
from itertools import chain

import pytest

from mainstay.demo import techcorp
from mainstay.demo.cast import ACCOUNTS, STORIES, customers
from mainstay.demo.files import first_day
from mainstay.demo.meanings import more_events
from mainstay.demo.milestones import milestone_rows
from mainstay.demo.records import records_of
from mainstay.demo.telemetry import FEATURE_EVENTS, LOGIN, NEW_SINCE, events_of_day, user_keys

TODAY = date(2026, 11, 22)
WINDOW = [TODAY - timedelta(days=age) for age in range(1, 29)]


@pytest.mark.parametrize("today", [TODAY, date(2026, 3, 2), date(2028, 2, 29)])
def test_techcorp_is_65_percent_active_on_weekdays_whatever_day_it_is(today: date) -> None:
    days = [today - timedelta(days=age) for age in range(1, 29)]
    weekdays = [day for day in days if day.weekday() < 5]
    active = [len({event.user_key for event in techcorp.events_of_day(day, today=today)}) for day in weekdays]
    assert sum(active) / len(active) / techcorp.SEATS == 0.65


def test_techcorp_uses_eleven_of_twenty_features() -> None:
    events = chain.from_iterable(techcorp.events_of_day(day, today=TODAY) for day in WINDOW)
    assert len({event.event for event in events} - {LOGIN}) == 11
    assert len(FEATURE_EVENTS) == 20


def test_techcorp_fell_within_the_last_week_and_was_above_seventy_percent_before() -> None:
    before = [TODAY - timedelta(days=age) for age in range(8, 36)]
    counts = [techcorp.active_users(day, today=TODAY) for day in before if day.weekday() < 5]
    assert sum(counts) / len(counts) / techcorp.SEATS >= 0.70


def test_a_day_is_the_same_however_often_it_is_made() -> None:
    one = customers(TODAY)[0]
    first = first_day(TODAY)
    day = TODAY - timedelta(days=3)
    assert list(events_of_day(one, day, first=first, last=TODAY)) == list(
        events_of_day(one, day, first=first, last=TODAY)
    )
    assert customers(TODAY) == customers(TODAY)


def test_nobody_uses_it_before_signing_or_after_leaving() -> None:
    first = first_day(TODAY)
    churned = next(one for one in customers(TODAY) if one.churned_on)
    assert churned.churned_on
    assert not list(events_of_day(churned, churned.churned_on, first=first, last=TODAY))
    new = next(one for one in customers(TODAY) if one.signed_on > first)
    assert not list(events_of_day(new, new.signed_on - timedelta(days=1), first=first, last=TODAY))


def test_weekends_and_holidays_are_quiet() -> None:
    one = next(one for one in customers(TODAY) if one.country == "US" and one.seats > 20 and one.story.name == "steady")
    first = first_day(TODAY)

    def users(day: date) -> int:
        return len({event.user_key for event in events_of_day(one, day, first=first, last=TODAY)})

    wednesday, saturday, christmas = date(2026, 11, 18), date(2026, 11, 21), date(2025, 12, 25)
    assert users(saturday) < users(wednesday) / 3
    assert users(christmas) < users(wednesday) / 3


def test_every_story_is_told_and_names_are_unique() -> None:
    everyone = customers(TODAY)
    assert len({one.key for one in everyone}) == ACCOUNTS - 1
    assert set(Counter(one.story.name for one in everyone)) == {story.name for story in STORIES}


def test_beside_the_use_of_features_people_send_campaigns_read_mails_and_look_for_help() -> None:
    first = first_day(TODAY)
    found: Counter[str] = Counter()
    for one in customers(TODAY)[:30]:
        for age in range(1, 60):
            events = list(events_of_day(one, TODAY - timedelta(days=age), first=first, last=TODAY))
            more = list(more_events(events, user_keys(one), mood=one.story.mood))
            assert {event.account_key for event in more} <= {one.key}
            assert more == list(more_events(events, user_keys(one), mood=one.story.mood))
            found.update(event.event for event in more)
    shares = ("Approval Given", "Email Opened", "Email Link Clicked", "Chatbot Conversation Handed Over")
    assert all(found[name] for name in (*shares, "Campaign Sent", "Help Article Viewed"))
    assert found["Email Delivered"] > found["Email Opened"] > found["Email Link Clicked"]


def test_nothing_goes_beside_a_day_without_use() -> None:
    assert list(more_events([], ["u1"], mood=8)) == []


def test_at_some_accounts_a_department_came_lately() -> None:
    first = first_day(TODAY)
    spreading = [one for one in customers(TODAY) if one.newcomers]
    assert 3 <= len(spreading) <= 30
    one = spreading[0]
    late = set(user_keys(one)[-one.newcomers :])
    days = {
        age: {event.user_key for event in events_of_day(one, TODAY - timedelta(days=age), first=first, last=TODAY)}
        for age in range(1, 62)
    }
    assert not late & set().union(*(days[age] for age in range(NEW_SINCE + 1, 62)))
    assert late & set().union(*(days[age] for age in range(1, NEW_SINCE + 1)))
    departments = [row["department"] for row in records_of(one, first=first, today=TODAY).contacts]
    assert departments.count("Customer success") == one.newcomers


def test_whoever_was_onboarded_long_ago_has_reached_every_milestone() -> None:
    for one in customers(TODAY):
        rows = list(milestone_rows(one, TODAY))
        if (TODAY - one.signed_on).days > 200:
            assert all(row["agreed_on"] <= row["reached_on"] for row in rows), one.key
    fresh = [one for one in customers(TODAY) if one.story.name == "onboarding"]
    assert any(not row["reached_on"] for one in fresh for row in milestone_rows(one, TODAY))
