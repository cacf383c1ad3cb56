"""Keeping the lake small, sorted and lawful: compaction, erasure of people and accounts, vacuum."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import batched

import duckdb
from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.facts import identity, tallies
from mainstay.facts.models import AnonymousLink, Erasure, Unattached
from mainstay.facts.schema import EVENTS, MEANINGS, USAGE, USER_DAYS
from mainstay.ingest.models import DeadLetter
from mainstay.lake import compaction, engine, erasure, locks
from mainstay.lake.compaction import Layout
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake

_EVENTS = Layout("events", EVENTS, ("account_id", "contact_id", "timestamp"), unique_by="message_hash")
_ROLLUPS = (
    Layout("usage", USAGE, ("account_id", "contact_id", "day")),
    Layout("user_days", USER_DAYS, ("account_id", "contact_id", "day")),
    Layout("meanings", MEANINGS, ("account_id", "contact_id", "day")),
)

# The tables of the lake whose rows name a contact.
_OF_PEOPLE = ("events", *(layout.table for layout in _ROLLUPS))


def compact_events(today: date) -> int:
    """Merge files of events, and write down the accounts and contacts found since; how many files were replaced."""
    with locks.exclusive("compaction"):
        return compaction.compact(Lake(), _EVENTS, today=today, transform=identity.resolved)


def compact_rollups(today: date) -> int:
    """Make one file of each month that is over; how many files were replaced."""
    with locks.exclusive("rollups"):
        return sum(compaction.compact(Lake(), layout, today=today) for layout in (*_ROLLUPS, *tallies.layouts()))


def carry_out_erasures(now: datetime) -> int:
    """Erase whoever asked for it since the last time, all at once; how many requests were carried out."""
    requests = list(Erasure.objects.filter(done_at=None))
    if not requests:
        return 0
    contacts = list(Contact.objects.filter(key__in=[one.key for one in requests if one.kind == "contact"]))
    accounts = list(Account.objects.filter(key__in=[one.key for one in requests if one.kind == "account"]))
    people = [*contacts, *Contact.objects.filter(account__in=accounts)]
    with locks.exclusive("loader"), locks.exclusive("compaction"), locks.exclusive("rollups"):
        with engine.cursor() as cursor:
            _erase_from_lake(cursor, requests, people, accounts)
        with transaction.atomic():
            _erase_records(requests, people, accounts)
            Erasure.objects.filter(pk__in=[one.pk for one in requests]).update(done_at=now)
    return len(requests)


def _erase_from_lake(
    cursor: duckdb.DuckDBPyConnection, requests: Sequence[Erasure], people: list[Contact], accounts: list[Account]
) -> None:
    users = {person.key for person in people} | {one.key for one in requests if one.kind == "contact"}
    companies = {account.key for account in accounts} | {one.key for one in requests if one.kind == "account"}
    browsers: list[str] = []
    for chunk in batched(users, 500):
        browsers += AnonymousLink.objects.filter(user_key__in=chunk).values_list("anonymous_id", flat=True)
    by_contact = f"contact_id IN ({_numbers(person.pk for person in people)})"
    by_account = f"account_id IN ({_numbers(account.pk for account in accounts)})"
    by_key = (
        f"user_key IN ({_texts(users)}) OR account_key IN ({_texts(companies)})"
        f" OR (user_key IS NULL AND anonymous_id IN ({_texts(browsers)}))"
    )
    lake, number = Lake(), max(one.pk for one in requests)
    # Upper rooms keep history in the lake too: a table without people has only the account to go by.
    for table in sorted(DataFile.objects.filter(removed_by=None).values_list("table", flat=True).distinct()):
        has_contacts = table in _OF_PEOPLE or tallies.holds_contacts(table)
        where = f"{by_account} OR {by_contact}" if has_contacts else by_account
        where = f"{where} OR {by_key}" if table == "events" else where
        erasure.erase(cursor, lake, table, where, key=f"erasure {number} {table} {_latest_file(table)}")


def _latest_file(table: str) -> int:
    """Makes the key of an erasure that is repeated after a crash differ from the one before."""
    return DataFile.objects.filter(table=table).order_by("-pk").values_list("pk", flat=True).first() or 0


def _erase_records(requests: Sequence[Erasure], people: list[Contact], accounts: list[Account]) -> None:
    users = {person.key for person in people} | {one.key for one in requests if one.kind == "contact"}
    for chunk in batched(users, 500):
        linked = AnonymousLink.objects.filter(user_key__in=chunk)
        Unattached.objects.filter(key__in=[*chunk, *linked.values_list("anonymous_id", flat=True)]).delete()
        linked.delete()
    for key in users:
        DeadLetter.objects.filter(body__contains=f'"{key}"').delete()
    Contact.objects.filter(pk__in=[person.pk for person in people]).delete()
    Account.objects.filter(pk__in=[account.pk for account in accounts]).delete()


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(map(str, values)) or "NULL"


def _texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values)) or "NULL"
