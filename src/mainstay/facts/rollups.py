"""Daily counts from events: rebuilt whole for every day that got new events, so that repeating it changes nothing.

Days of this and the last days are files of their own; a month that is over becomes one file, sorted by account.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import batched

import duckdb
import pyarrow as pa
from django.db import transaction

from mainstay.facts import catalogue, identity, tallies
from mainstay.facts.meaning import NO_USE
from mainstay.facts.models import Counting, DirtyDay
from mainstay.facts.schema import EVENTS, MEANINGS, USAGE, USER_DAYS
from mainstay.facts.spans import Span, rewrite, spans
from mainstay.lake import engine, locks
from mainstay.lake.store import Lake

_TABLES: dict[str, pa.Schema] = {"usage": USAGE, "user_days": USER_DAYS, "meanings": MEANINGS}


def rebuild_dirty_days(now: datetime) -> int:
    """Bring the roll-ups up to date; the number of days rebuilt. One transaction per month at most."""
    with locks.exclusive("rollups"):
        _count_anew_by_other_names()
        # Read before the events are: what a load adds from here on leaves a row of its own behind.
        marks = list(DirtyDay.objects.values_list("pk", "day"))
        due = spans({day for _, day in marks}, now.date())
        with engine.cursor() as cursor:
            for span in due:
                _rebuild(cursor, span, [pk for pk, day in marks if day in span.days])
    return sum(len(span.days) for span in due)


def _rebuild(cursor: duckdb.DuckDBPyConnection, span: Span, marks: Sequence[int]) -> None:
    lake = Lake()
    counted = lake.relation("events", EVENTS, start=span.days[0], end=span.days[-1] + timedelta(days=1))
    events = identity.resolved(cursor, f"SELECT {identity.EVENT_COLUMNS} FROM {counted} WHERE day IN ({span.dates})")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE new_usage AS {_usage_sql(events)}")
    written = [
        rewrite(cursor, span, table=table, schema=schema, new_rows=_new_rows_sql(table))
        for table, schema in _TABLES.items()
    ]
    cursor.execute("DROP TABLE new_usage")
    written += tallies.rebuild(cursor, span, events)
    staged = [file for one in written for file in one.staged]
    replaced = [file for one in written for file in one.replaced]
    with transaction.atomic():
        if staged or replaced:
            # No batch of input to name it after: the marks it clears are what may be cleared only once.
            lake.commit(staged, key=_key(span, marks), removed=replaced)
        for chunk in batched(marks, 500):
            DirtyDay.objects.filter(pk__in=chunk).delete()


def _key(span: Span, marks: Sequence[int]) -> str:
    return f"rollup {span.start} {span.end} marks {min(marks)}-{max(marks)}"


def _usage_sql(events: str) -> str:
    return f"""SELECT account_id, contact_id, day, event, count(*) AS n
        FROM ({events}) WHERE {identity.IS_ACTIVITY} GROUP BY ALL"""


def _new_rows_sql(table: str) -> str:
    if table == "usage":
        return "SELECT account_id, contact_id, day, event, n FROM new_usage"
    return meanings_of("new_usage") if table == "meanings" else user_days_of("new_usage")


def user_days_of(usage: str) -> str:
    """The query of `user_days`, summed from rows like those of `usage`; receipts of mails are no use."""
    logins = f"coalesce(sum(n) FILTER (WHERE {_is_one_of(catalogue.login_names())}), 0)"
    no_use = {name for meaning, names in catalogue.meanings().items() if meaning in NO_USE for name in names}
    return f"""SELECT account_id, contact_id, day, CAST(sum(n) AS BIGINT) AS n, CAST({logins} AS BIGINT) AS logins
        FROM {usage} WHERE NOT ({_is_one_of(no_use)}) GROUP BY ALL"""


def meanings_of(usage: str) -> str:
    """The query of `meanings`, summed from rows like those of `usage`."""
    pairs = [(name, meaning) for meaning, names in catalogue.meanings().items() for name in names]
    values = ", ".join(f"({_text(name)}, {_text(meaning)})" for name, meaning in pairs) or "(NULL, NULL)"
    return f"""SELECT account_id, contact_id, day, meaning, CAST(sum(n) AS BIGINT) AS n
        FROM {usage} JOIN (VALUES {values}) AS m(name, meaning) ON lower(event) = name GROUP BY ALL"""


def _is_one_of(names: Iterable[str]) -> str:
    return f"lower(event) IN ({', '.join(map(_text, sorted(names))) or 'NULL'}) IS TRUE"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _count_anew_by_other_names() -> None:
    """Mark every day when the names of logins or meanings are not those by which the days were counted."""
    names = {"logins": sorted(catalogue.login_names()), "meanings": catalogue.meanings()}
    fingerprint = hashlib.sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()
    known = Counting.objects.first()
    if known is not None and known.fingerprint == fingerprint:
        return
    with transaction.atomic():
        DirtyDay.objects.bulk_create([DirtyDay(day=day) for day in days_with_usage()], batch_size=500)
        Counting.objects.update_or_create(pk=known.pk if known else 1, defaults={"fingerprint": fingerprint})


def days_with_usage() -> list[date]:
    """Every day that is rolled up."""
    with engine.cursor() as cursor:
        found = cursor.execute(f"SELECT DISTINCT day FROM {Lake().relation('usage', USAGE)} ORDER BY day").fetchall()
    return [row[0] for row in found]
