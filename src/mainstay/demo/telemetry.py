"""What the users of a demo account do on one day. Pure; a day of an account is the same however often it is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random

import holidays

from mainstay.demo.cast import SEED, Customer

# Feature keys of config/features with the event that stands for each, most used first.
FEATURE_EVENTS = (
    ("campaign_builder", "Campaign Created"),
    ("reports", "Report Viewed"),
    ("audience_segments", "Segment Saved"),
    ("contacts", "Contacts Imported"),
    ("templates", "Template Used"),
    ("calendar", "Calendar Opened"),
    ("comments", "Comment Added"),
    ("approvals", "Approval Requested"),
    ("assets", "Asset Uploaded"),
    ("forms", "Form Published"),
    ("landing_pages", "Landing Page Published"),
    ("social", "Post Scheduled"),
    ("ab_testing", "Experiment Started"),
    ("integrations", "API Key Used"),
    ("lead_scoring", "Lead Score Changed"),
    ("attribution", "Attribution Report Viewed"),
    ("journeys", "Journey Published"),
    ("sms", "SMS Sent"),
    ("advanced_reporting", "Advanced Report Built"),
    ("sandbox", "Sandbox Created"),
)
_EVENTS = [event for _, event in FEATURE_EVENTS]
_POPULARITY = [1 / (rank + 1.5) for rank in range(len(FEATURE_EVENTS))]
LOGIN = "Logged In"
WEEKEND_SHARE = 0.07
HOLIDAY_SHARE = 0.15
# The department that came to use it did so this many days ago.
NEW_SINCE = 12


@dataclass(frozen=True)
class Event:
    """One row of the demo's event file."""

    message_id: str
    timestamp: datetime
    event: str
    user_key: str
    account_key: str


@lru_cache
def _calendar(country: str) -> Mapping[date, str]:
    calendar: Mapping[date, str] = holidays.country_holidays(country)
    return calendar


def user_keys(customer: Customer) -> list[str]:
    """The keys of everybody who has a seat."""
    return [f"{customer.key}-u{number:03d}" for number in range(1, customer.people + 1)]


def day_share(day: date, country: str) -> float:
    """How much of a working day's use happens on this one."""
    if day.weekday() >= 5:
        return WEEKEND_SHARE
    return HOLIDAY_SHARE if day in _calendar(country) else 1.0


def events_of_day(customer: Customer, day: date, *, first: date, last: date) -> Iterator[Event]:
    """The events of one account on one day; none before it signed or after it left."""
    level = customer.level(day, first=first, last=last)
    if not level:
        return
    random = Random(f"{SEED}:{customer.key}:{day}")
    users = user_keys(customer)
    if customer.newcomers and (last - day).days > NEW_SINCE:
        users = users[: -customer.newcomers]
    wanted = level * customer.seats * day_share(day, customer.country) * random.gauss(1, 0.07)
    count = max(0, min(len(users), round(wanted)))
    # Some people are always there, the last ones seldom: rank plus chance decides who comes today.
    spread = len(users) * 0.4
    today = sorted(range(len(users)), key=lambda rank: rank + random.random() * spread)[:count]
    yield from day_of_users(customer.key, day, [users[rank] for rank in today], customer.adopted, random)


def day_of_users(account_key: str, day: date, users: Sequence[str], adopted: int, random: Random) -> Iterator[Event]:
    """One working day of these users: every third one signs in anew, each uses one of the features adopted."""
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    number = 0
    for user in users:
        moment = midnight + timedelta(seconds=int(random.triangular(7 * 3600, 19 * 3600, 10 * 3600)))
        names = [LOGIN] if random.random() < 0.3 else []
        names += random.choices(_EVENTS[:adopted], _POPULARITY[:adopted], k=1)
        for offset, name in enumerate(names):
            number += 1
            yield Event(
                f"{account_key}:{day:%y%m%d}:{number}",
                moment + timedelta(seconds=90 * offset),
                name,
                user,
                account_key,
            )
