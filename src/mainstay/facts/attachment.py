"""Events that came before it was known whose they are: remembered by key, counted again once it is known.

The events themselves stay as they are; `identity.resolved` finds their account from then on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import batched

import duckdb
import pyarrow as pa
from django.db import transaction
from django.db.models import Subquery

from mainstay.accounts.models import Account, Contact
from mainstay.facts import identity, links
from mainstay.facts.models import AnonymousLink, Attached, DirtyDay, Unattached
from mainstay.facts.schema import EVENTS
from mainstay.lake import engine
from mainstay.lake.store import Lake

_CHUNK = 300


@dataclass(frozen=True)
class OpenKey:
    """A key that events of the days `[first_day, last_day]` name, and whose account is not known."""

    kind: str
    key: str
    first_day: date
    last_day: date


def remember(keys: Iterable[OpenKey]) -> None:
    """Note open keys; the days of one that is noted already grow."""
    merged: dict[tuple[str, str], OpenKey] = {}
    for one in keys:
        place = one.kind, one.key
        merged[place] = _span(merged[place], one) if place in merged else one
    for chunk in batched(merged.values(), _CHUNK):
        known = Unattached.objects.filter(key__in=[one.key for one in chunk])
        rows = {(row.kind, row.key): row for row in known}
        made, grown = [], []
        for one in chunk:
            row = rows.get((one.kind, one.key))
            if row is None:
                made.append(Unattached(**vars(one)))
            elif one.first_day < row.first_day or one.last_day > row.last_day:
                row.first_day, row.last_day = min(row.first_day, one.first_day), max(row.last_day, one.last_day)
                grown.append(row)
        Unattached.objects.bulk_create(made)
        Unattached.objects.bulk_update(grown, ["first_day", "last_day"])


def _span(one: OpenKey, other: OpenKey) -> OpenKey:
    return OpenKey(one.kind, one.key, min(one.first_day, other.first_day), max(one.last_day, other.last_day))


def browsers_linked(anonymous_ids: Collection[str]) -> None:
    """These anonymous ids belong to users from now on: their events can be attached."""
    for chunk in batched(anonymous_ids, _CHUNK):
        Unattached.objects.filter(kind="anonymous", key__in=chunk).update(kind="linked")


def attach() -> int:
    """Mark the days whose events have found their account since; how many days.

    An account that becomes known also tells the account of the users its events name, when they have none.
    """
    found: set[date] = set()
    with engine.cursor() as cursor:
        for kind in ("linked", "account", "user"):
            found |= _attach_kind(cursor, kind)
    return len(found)


def _attach_kind(cursor: duckdb.DuckDBPyConnection, kind: str) -> set[date]:
    rows = list(_closable(kind))
    if not rows:
        return set()
    with transaction.atomic():
        days = _days(cursor, kind, rows)
        if kind == "account":
            _join_users(cursor, rows)
        _note_attached(cursor, kind, rows)
        DirtyDay.objects.bulk_create([DirtyDay(day=day) for day in sorted(days)], batch_size=500)
        for chunk in batched(rows, _CHUNK):
            Unattached.objects.filter(pk__in=[row.pk for row in chunk]).delete()
        if kind == "linked":
            _hand_to_users(rows)
    return days


def _closable(kind: str) -> Iterable[Unattached]:
    found = Unattached.objects.filter(kind=kind)
    if kind == "account":
        return found.filter(key__in=Subquery(Account.objects.values("key")))
    if kind == "user":
        return found.filter(key__in=Subquery(Contact.objects.exclude(account=None).values("key")))
    return found


_WHERE = {
    "account": "account_id IS NULL AND account_key IN (SELECT key FROM wanted)",
    "user": """account_id IS NULL AND account_key IS NULL AND (user_key IN (SELECT key FROM wanted)
        OR (user_key IS NULL AND anonymous_id IN (SELECT key FROM browsers)))""",
    "linked": "contact_id IS NULL AND user_key IS NULL AND anonymous_id IN (SELECT key FROM wanted)",
}


def _days(cursor: duckdb.DuckDBPyConnection, kind: str, rows: list[Unattached]) -> set[date]:
    _keys(cursor, "wanted", [row.key for row in rows])
    browsers: list[str] = []
    if kind == "user":
        for chunk in batched(rows, _CHUNK):
            linked = AnonymousLink.objects.filter(user_key__in=[row.key for row in chunk])
            browsers += linked.values_list("anonymous_id", flat=True)
    _keys(cursor, "browsers", browsers)
    found = cursor.execute(f"SELECT DISTINCT day FROM {_events(rows)} WHERE {_WHERE[kind]}").fetchall()
    return {row[0] for row in found}


def _note_attached(cursor: duckdb.DuckDBPyConnection, kind: str, rows: list[Unattached]) -> None:
    """Which accounts now have events of days before, so that what was kept of these days can be corrected."""
    events = identity.resolved(cursor, f"SELECT {identity.EVENT_COLUMNS} FROM {_events(rows)} WHERE {_WHERE[kind]}")
    found = cursor.execute(
        f"SELECT account_id, min(day), count(*) FROM ({events}) WHERE {identity.IS_ACTIVITY} GROUP BY account_id"
    ).fetchall()
    Attached.objects.bulk_create(Attached(account_id=pk, first_day=day, n=n) for pk, day, n in found)


def _join_users(cursor: duckdb.DuckDBPyConnection, rows: list[Unattached]) -> None:
    """Users seen in events of an account belong to it when no other account is known for them."""
    pairs = cursor.execute(f"""SELECT account_key, user_key FROM {_events(rows)}
        WHERE {_WHERE["account"]} AND user_key IS NOT NULL GROUP BY ALL ORDER BY min(timestamp) DESC""").fetchall()
    account_of = {user: account for account, user in pairs}
    for chunk in batched(account_of, _CHUNK):
        contacts = list(Contact.objects.filter(key__in=chunk, account=None))
        accounts = dict(Account.objects.filter(key__in={account_of[key] for key in chunk}).values_list("key", "pk"))
        for contact in contacts:
            contact.account_id = accounts.get(account_of[contact.key])
        # Not by `bulk_update`, which leaves `updated_at` as it was.
        Contact.objects.bulk_create(
            contacts, update_conflicts=True, unique_fields=["id"], update_fields=["account", "updated_at"]
        )


def _hand_to_users(rows: list[Unattached]) -> None:
    """The events of a linked browser now wait for the account of its user, when that is not known either."""
    for chunk in batched(rows, _CHUNK):
        users = links.users_of(row.key for row in chunk)
        settled = set(
            Contact.objects.filter(key__in=users.values()).exclude(account=None).values_list("key", flat=True)
        )
        remember(
            OpenKey("user", users[row.key], row.first_day, row.last_day)
            for row in chunk
            if row.key in users and users[row.key] not in settled
        )


def _events(rows: list[Unattached]) -> str:
    first, last = min(row.first_day for row in rows), max(row.last_day for row in rows)
    return Lake().relation("events", EVENTS, start=first, end=last + timedelta(days=1))


def _keys(cursor: duckdb.DuckDBPyConnection, name: str, keys: list[str]) -> None:
    cursor.register("source", pa.table({"key": pa.array(keys, pa.string())}))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM source")
    cursor.unregister("source")
