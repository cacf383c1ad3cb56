"""Reads of facts for pages: charts, adoption, and the way down to the single events.

Each reads the rows of one account from files sorted by account: a few milliseconds, whatever the size of the lake.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import msgspec

from mainstay.accounts.models import Account, Contact
from mainstay.common.time import DAY, as_of_instant
from mainstay.facts import identity, records
from mainstay.facts.models import AnonymousLink, Feature
from mainstay.facts.schema import EVENTS, USAGE, USER_DAYS
from mainstay.lake import engine
from mainstay.lake.store import Lake
from mainstay.subscriptions.models import Subscription

# Adoption is what was used in these complete days and the present one.
ADOPTION_DAYS = 28


@dataclass(frozen=True)
class DayActivity:
    """One day of an account: distinct contacts who did anything, events, logins."""

    day: date
    users: int
    events: int
    logins: int


@dataclass(frozen=True)
class FeatureUse:
    """The use of a feature in 28 days. `last_age`: days since the last use, null when there was none."""

    key: str
    label: str
    is_core: bool
    is_premium: bool
    is_in_plan: bool
    users: int
    events: int
    last_age: int | None


@dataclass(frozen=True)
class ActiveUser:
    """A contact on one day. `contact_id` null: what no known person did (servers, unknown browsers)."""

    contact_id: int | None
    name: str
    email: str
    events: int
    logins: int


@dataclass(frozen=True)
class EventRow:
    """A single event as it was sent. `place` continues a list after it. Times are UTC."""

    timestamp: datetime
    type: str
    event: str
    contact_id: int | None
    user_key: str | None
    anonymous_id: str | None
    properties: dict[str, Any]
    context: dict[str, Any]
    original_timestamp: datetime | None
    received_at: datetime
    place: tuple[datetime, int]


def features() -> list[Feature]:
    """The feature catalogue, by label."""
    return list(Feature.objects.all())


def daily_active(account_id: int, start: date, end: date) -> list[DayActivity]:
    """Every day of `[start, end)`, days without activity included."""
    with engine.cursor() as cursor:
        found = cursor.execute(f"""
            SELECT day, count(DISTINCT contact_id), CAST(sum(n) AS BIGINT), CAST(sum(logins) AS BIGINT)
            FROM {Lake().relation("user_days", USER_DAYS, start=start, end=end)}
            WHERE account_id = {int(account_id)} AND day >= DATE '{start}' AND day < DATE '{end}'
            GROUP BY day""").fetchall()
    by_day = {row[0]: DayActivity(*row) for row in found}
    days = (start + timedelta(days=number) for number in range((end - start).days))
    return [by_day.get(day) or DayActivity(day, 0, 0, 0) for day in days]


def feature_adoption(account_id: int, as_of: date | datetime) -> list[FeatureUse]:
    """Each feature of the catalogue and its use by the account: those in its plan first, core ones before others.

    Whole days are counted: of the day of `as_of` everything that is known of it.
    """
    moment = as_of_instant(as_of)
    last = (moment - timedelta(microseconds=1)).date()
    start = moment.date() - timedelta(days=ADOPTION_DAYS)
    _, events, _ = records.features(on=last)
    with engine.cursor() as cursor:
        cursor.register("feature_events", events)
        found = cursor.execute(f"""
            SELECT feature, count(DISTINCT contact_id), CAST(sum(n) AS BIGINT), max(day)
            FROM {Lake().relation("usage", USAGE, start=start, end=last + DAY)} JOIN feature_events USING (event)
            WHERE account_id = {int(account_id)} AND day BETWEEN DATE '{start}' AND DATE '{last}'
            GROUP BY feature""").fetchall()
    use = {row[0]: (row[1], row[2], (moment.date() - row[3]).days) for row in found}
    plans = _plans(account_id, last)
    rows = [
        FeatureUse(
            feature.key,
            feature.label,
            feature.is_core,
            feature.is_premium,
            not feature.plans or any(plan.lower() in plans for plan in feature.plans),
            *use.get(feature.key, (0, 0, None)),
        )
        for feature in features()
        if feature.retired_on is None or feature.retired_on > last
    ]
    return sorted(rows, key=lambda row: (not row.is_in_plan, not row.is_core, row.label))


def _plans(account_id: int, day: date) -> set[str]:
    """The plans of the subscriptions in force during a day, in lower case."""
    rows = Subscription.objects.filter(account_id=account_id, starts_on__lte=day)
    return {row.plan.lower() for row in rows if row.ends_on is None or row.ends_on > day}


def event_names(account_id: int, *, start: date, end: date, among: Collection[str]) -> list[str]:
    """The names under which an account sent events of `[start, end)` whose names in lower case are `among` these."""
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"""SELECT DISTINCT event FROM {Lake().relation("usage", USAGE, start=start, end=end)}
            WHERE account_id = {int(account_id)} AND day >= DATE '{start}' AND day < DATE '{end}'
              AND list_contains(?, lower(event)) ORDER BY event""",
            [list(among)],
        ).fetchall()
    return [row[0] for row in found]


def active_users(account_id: int, day: date) -> list[ActiveUser]:
    """Who was active on a day, the busiest first."""
    with engine.cursor() as cursor:
        found = cursor.execute(f"""
            SELECT contact_id, CAST(sum(n) AS BIGINT), CAST(sum(logins) AS BIGINT)
            FROM {Lake().relation("user_days", USER_DAYS, start=day, end=day + DAY)}
            WHERE account_id = {int(account_id)} AND day = DATE '{day}'
            GROUP BY contact_id ORDER BY 2 DESC, 1""").fetchall()
    people = Contact.objects.in_bulk([row[0] for row in found if row[0] is not None])
    return [_active_user(people.get(contact_id), contact_id, n, logins) for contact_id, n, logins in found]


def last_seen(account_id: int, *, before: datetime, days: int = 365) -> dict[int, date]:
    """The last day each contact of an account was active, of the `days` before an instant, by contact id."""
    last = (before - timedelta(microseconds=1)).date()
    start = last - timedelta(days=days)
    with engine.cursor() as cursor:
        found = cursor.execute(f"""
            SELECT contact_id, max(day) FROM {Lake().relation("user_days", USER_DAYS, start=start, end=last + DAY)}
            WHERE account_id = {int(account_id)} AND contact_id IS NOT NULL
              AND day BETWEEN DATE '{start}' AND DATE '{last}'
            GROUP BY contact_id""").fetchall()
    return dict(found)


def _active_user(person: Contact | None, contact_id: int | None, events: int, logins: int) -> ActiveUser:
    name = (person.name or person.key) if person else ""
    return ActiveUser(contact_id, name, person.email if person else "", events, logins)


def events(
    account_id: int,
    *,
    start: date | datetime,
    end: date | datetime,
    names: Collection[str] = (),
    contact: int | None = None,
    limit: int = 50,
    before: tuple[datetime, int] | None = None,
) -> list[EventRow]:
    """The events of an account that happened in `[start, end)`, the latest first.

    `names` are those of the events (none: all), `contact` is a contact's id, `before` the `place` of the last event of
    the page before.
    """
    first, last = as_of_instant(start), as_of_instant(end)
    conditions = ["timestamp >= ?", "timestamp < ?"]
    values: list[Any] = [_naive(first), _naive(last)]
    if names:
        conditions.append(f"event IN ({', '.join('?' * len(names))})")
        values += names
    if before is not None:
        conditions.append("(timestamp, message_hash) < (?, ?)")
        values += [_naive(before[0]), before[1]]
    source = Lake().relation("events", EVENTS, start=first.date(), end=last.date() + DAY)
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"""SELECT timestamp, type, event, contact_id, user_key, anonymous_id, properties, context,
              original_timestamp, received_at, message_hash
            FROM ({_of_account(cursor, source, account_id, contact)}) WHERE {" AND ".join(conditions)}
            ORDER BY timestamp DESC, message_hash DESC LIMIT {int(limit)}""",
            values,
        ).fetchall()
    return [_event_row(row) for row in found]


def _of_account(cursor: duckdb.DuckDBPyConnection, source: str, account_id: int, contact: int | None) -> str:
    """Two questions, so that the first finds its rows by the sorting: what is settled, and what was attached later.

    An event that was settled without a contact may have found its contact later.
    """
    people = Contact.objects.filter(account_id=account_id)
    if contact is not None:
        people = people.filter(pk=contact)
    users = dict(people.values_list("key", "pk"))
    links = AnonymousLink.objects.filter(user_key__in=users) if len(users) <= 500 else AnonymousLink.objects.all()
    browsers = {one.anonymous_id: users[one.user_key] for one in links.iterator() if one.user_key in users}
    key = Account.objects.filter(pk=account_id).values_list("key", flat=True).first() or ""
    identity.register_ids(cursor, "known_users", users, id=users.values())
    identity.register_ids(cursor, "known_browsers", browsers, id=browsers.values())
    named = f"account_key = '{key.replace(chr(39), chr(39) * 2)}'"
    found = "coalesce(e.contact_id, u.id, b.id)"
    only = "" if contact is None else f" AND {found} = {int(contact)}"
    joins = """LEFT JOIN known_users AS u ON u.key = e.user_key
        LEFT JOIN known_browsers AS b ON e.user_key IS NULL AND b.key = e.anonymous_id"""
    return f"""
        SELECT e.* REPLACE ({found} AS contact_id) FROM {source} AS e {joins}
        WHERE account_id = {int(account_id)}{only}
        UNION ALL BY NAME
        SELECT e.* REPLACE ({found} AS contact_id) FROM {source} AS e {joins}
        WHERE account_id IS NULL{only}
          AND ({named} OR (account_key IS NULL AND (u.id IS NOT NULL OR b.id IS NOT NULL)))"""


def _event_row(row: tuple[Any, ...]) -> EventRow:
    at, kind, event, contact_id, user, browser, properties, context, original, received, message_hash = row
    return EventRow(
        timestamp=at.replace(tzinfo=UTC),
        type=kind,
        event=event,
        contact_id=contact_id,
        user_key=user,
        anonymous_id=browser,
        properties=_object(properties),
        context=_object(context),
        original_timestamp=None if original is None else original.replace(tzinfo=UTC),
        received_at=received.replace(tzinfo=UTC),
        place=(at.replace(tzinfo=UTC), message_hash),
    )


def _object(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
