"""Reads for the pages of one account, down to its single events."""

from datetime import timedelta

import pytest

from mainstay.accounts.models import Account, Contact
from mainstay.facts import selectors
from mainstay.facts.services import load_features, refresh_rollups
from tests.facts.sending import NOW, days_ago, group, identify, load, track

pytestmark = pytest.mark.django_db

START, END = days_ago(30), NOW + timedelta(days=1)


def acme() -> int:
    """The id of the account."""
    return Account.objects.get(key="acme").pk


def names(**options: object) -> list[str]:
    """The names of Acme's events."""
    return [row.event for row in selectors.events(acme(), start=START, end=END, **options)]


def test_daily_activity_has_every_day():
    load(group("acme", "u1"), track("u1", at=days_ago(2)), track("u2", "Login", at=days_ago(2), account="acme"))
    refresh_rollups(NOW)
    start = days_ago(3).date()
    found = selectors.daily_active(acme(), start, NOW.date())
    assert [(row.day, row.users, row.events, row.logins) for row in found] == [
        (start, 0, 0, 0), (start + timedelta(days=1), 2, 2, 1), (start + timedelta(days=2), 0, 0, 0)
    ]  # fmt: skip


def test_active_users_are_named_the_busiest_first():
    load(group("acme", "u1"), identify("u2", name="Bea", email="bea@acme.example"),
         *(track("u2", "Login", at=days_ago(1), account="acme") for _ in range(3)),
         track("u1", at=days_ago(1)), track(None, at=days_ago(1), anonymousId="server", account="acme"))  # fmt: skip
    refresh_rollups(NOW)
    found = selectors.active_users(acme(), days_ago(1).date())
    assert [(row.name, row.email, row.events, row.logins) for row in found] == [
        ("Bea", "bea@acme.example", 3, 3), ("u1", "", 1, 0), ("", "", 1, 0)
    ]  # fmt: skip


def test_adoption_lists_every_feature_with_its_use():
    load_features("""
        features:
          - {key: reports, label: Reports, core: true, events: [Report Viewed]}
          - {key: boards, label: Boards, events: [Board Opened]}
          - {key: sso, label: Single sign-on, plans: [Enterprise], events: [SSO Used]}
    """)
    load(group("acme", "u1"), *(track("u1", at=days_ago(age)) for age in (2, 3, 40)), track("u2", at=days_ago(5),
         account="acme"))  # fmt: skip
    refresh_rollups(NOW)
    found = selectors.feature_adoption(acme(), NOW)
    assert [(row.key, row.is_in_plan, row.users, row.events, row.last_age) for row in found] == [
        ("reports", True, 2, 3, 2), ("boards", True, 0, 0, None), ("sso", False, 0, 0, None)
    ]  # fmt: skip


def test_events_are_listed_latest_first_and_filtered():
    load(group("acme", "u1"), group("globex", "u9"), track("u9", "Foreign"))
    load(*(track("u1", f"Event {age}", at=days_ago(age), properties={"age": age}) for age in (3, 1, 2)),
         track("u2", "Event 2", at=days_ago(2), account="acme"))  # fmt: skip
    assert names() == ["", "Event 1", "Event 2", "Event 2", "Event 3"]
    assert names(names=["Event 2"]) == ["Event 2", "Event 2"]
    bea = Contact.objects.get(key="u2")
    (row,) = selectors.events(acme(), start=START, end=END, contact=bea.pk)
    assert (row.contact_id, row.user_key, row.timestamp) == (bea.pk, "u2", days_ago(2))
    (row,) = selectors.events(acme(), start=days_ago(1), end=NOW)
    assert row.properties == {"age": 1}


def test_a_long_list_is_read_page_by_page_although_times_repeat():
    load(group("acme", "u1"), *(track("u1", f"Event {number}", at=days_ago(1)) for number in range(25)))
    seen, before = [], None
    while page := selectors.events(acme(), start=START, end=NOW, limit=10, before=before):
        seen += [row.event for row in page]
        before = page[-1].place
    assert sorted(seen) == sorted(f"Event {number}" for number in range(25))


def test_events_that_were_attached_later_are_listed():
    load(track(None, "As browser", at=days_ago(3), anonymousId="b1"), track("u1", "As user", at=days_ago(2)),
         track("u7", "By name", at=days_ago(4), account="acme"))  # fmt: skip
    load(identify("u1") | {"anonymousId": "b1"})
    load(group("acme", "u1"))
    assert [name for name in names() if name] == ["As user", "As browser", "By name"]
    user = Contact.objects.get(key="u1").pk
    assert [name for name in names(contact=user) if name] == ["As user", "As browser"]
