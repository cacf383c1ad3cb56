"""Tallies: daily counts of some events with some of their properties, made because a metric needs them.

`tally.TallySpec` says what one holds. It is a table of the lake like the daily counts of everything: rebuilt for every
day that got events, a file a month once the month is over. A new one is built backwards from today, month by month
(`extend`), and knows from which day on it is complete. Who needs which is told by `keep`; what nobody needs is dropped.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from uuid import uuid4

import duckdb
import pyarrow as pa
from django.db import transaction

from mainstay.common.time import DAY, naive_utc
from mainstay.facts import identity
from mainstay.facts.models import Tally
from mainstay.facts.schema import EVENTS
from mainstay.facts.spans import Rewritten, Span, rewrite, spans
from mainstay.facts.tally import PREFIX, TallyProperty, TallySpec
from mainstay.lake import engine, locks
from mainstay.lake.compaction import Layout
from mainstay.lake.store import Lake

# Longer texts are no values to be told apart by.
_LONGEST_TEXT = 200
_LAKE_TYPES = {
    "string": pa.string(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp('UTC')": pa.timestamp("us"),
}


def schema(spec: TallySpec) -> pa.Schema:
    """The columns of its table in the lake."""
    own = [(name, _LAKE_TYPES[kind]) for name, kind in spec.value_columns.items()]
    return pa.schema([
        ("account_id", pa.int64()), ("contact_id", pa.int64()), ("day", pa.date32()), ("event", pa.string()), *own,
        ("n", pa.int64()),
    ])  # fmt: skip


def rows_sql(spec: TallySpec, events: str) -> str:
    """Its rows, from a query that gives events with their account and contact known."""
    values = "".join(f'{_value_sql(one)} AS "{one.column}", ' for one in spec.properties)
    if spec.at_midnight:
        values += "timestamp = CAST(day AS TIMESTAMP) AS at_midnight, "
    latest = "max(timestamp) AS last_at, " if spec.last_at else ""
    return f"""SELECT account_id, contact_id, day, event, {values}{latest}count(*) AS n
        FROM ({events}) WHERE {identity.IS_ACTIVITY}{_named(spec)} GROUP BY ALL"""


def _value_sql(one: TallyProperty) -> str:
    pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in one.path)
    found = f"json_extract_string(properties, {_text(pointer)})"
    if one.type == "number":
        number = f"TRY_CAST({found} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"TRY_CAST({found} AS BOOLEAN)" if one.type == "boolean" else f"left({found}, {_LONGEST_TEXT})"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def keep(specs: Collection[TallySpec]) -> None:
    """Keep exactly these from now on, inside the caller's transaction: new ones are empty, others are dropped."""
    wanted = {spec.name: spec for spec in specs}
    stored = {row.name: row for row in Tally.objects.all()}
    Tally.objects.bulk_create(
        [Tally(name=name, spec=spec.as_dict()) for name, spec in wanted.items() if name not in stored],
        ignore_conflicts=True,
    )
    unused = [name for name in stored if name not in wanted]
    if unused:
        lake = Lake()
        files = [file for name in unused for file in lake.live(name)]
        if files:
            lake.commit([], key=f"drop {unused[0]} {uuid4().hex[:12]}", removed=files)
        Tally.objects.filter(name__in=unused).delete()


def complete_from(specs: Iterable[TallySpec]) -> dict[str, date]:
    """From which day on each of these is complete; those of which nothing is built yet are left out."""
    rows = Tally.objects.filter(name__in=[spec.name for spec in specs]).exclude(complete_from=None)
    return {name: day for name, day in rows.values_list("name", "complete_from") if day is not None}


def kept() -> list[tuple[TallySpec, date]]:
    """The tallies that are built, at least in part, and the day from which on."""
    rows = Tally.objects.exclude(complete_from=None).order_by("name")
    return [(TallySpec.from_dict(row.spec), row.complete_from) for row in rows if row.complete_from is not None]


def layouts() -> list[Layout]:
    """How their tables like to lie."""
    return [Layout(spec.name, schema(spec), ("account_id", "contact_id", "day")) for spec, _ in kept()]


def holds_contacts(table: str) -> bool:
    """Whether a table of the lake is a tally."""
    return table.startswith(PREFIX)


def rebuild(cursor: duckdb.DuckDBPyConnection, span: Span, events: str) -> list[Rewritten]:
    """Count the days of a span anew for every tally that has them; `events` is a query for the events of these days."""
    due = [spec for spec, first in kept() if first <= span.start]
    if not due:
        return []
    # The events are read once, however many tallies there are.
    names = sorted({name for spec in due for name in spec.events})
    named = "" if any(not spec.events for spec in due) else f" AND event IN ({', '.join(map(_text, names))})"
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE new_events AS
        SELECT account_id, contact_id, day, timestamp, type, event, properties
        FROM ({events}) WHERE {identity.IS_ACTIVITY}{named}""")
    done = [
        rewrite(cursor, span, table=spec.name, schema=schema(spec), new_rows=rows_sql(spec, "FROM new_events"))
        for spec in due
    ]
    cursor.execute("DROP TABLE new_events")
    return done


def extend(spec: TallySpec, *, to: date, today: date) -> date | None:
    """Build the month before those that are built; the day it is complete from then, None when it reaches `to` already.

    One transaction. Call it again until it gives None. A tally that nobody keeps any more gives None too.
    """
    with locks.exclusive("rollups"):
        row = Tally.objects.filter(name=spec.name).first()
        if row is None or (row.complete_from is not None and row.complete_from <= to):
            return None
        last = today if row.complete_from is None else row.complete_from - DAY
        start = last.replace(day=1)
        # The first time everything from this month on, days to come included: clocks of senders may be wrong.
        days = _days_with_events(start, row.complete_from)
        if not days and not Lake().live("events", end=start).exists():
            # There is nothing before: it is complete as far back as anybody likes.
            start = min(start, to.replace(day=1))
        written = _build(spec, days, today)
        staged = [file for one in written for file in one.staged]
        replaced = [file for one in written for file in one.replaced]
        with transaction.atomic():
            if staged or replaced:
                Lake().commit(staged, key=f"{spec.name} {start} {uuid4().hex[:12]}", removed=replaced)
            Tally.objects.filter(pk=row.pk).update(complete_from=start)
    return start


def _days_with_events(start: date, end: date | None) -> list[date]:
    """The days of `[start, end)` that files of events may hold."""
    found: set[date] = set()
    for starts_on, ends_on in Lake().live("events", start=start, end=end).values_list("starts_on", "ends_on"):
        first, last = max(start, starts_on), min(ends_on, end or ends_on)
        found |= {first + timedelta(days=number) for number in range((last - first).days)}
    return sorted(found)


def _build(spec: TallySpec, days: Collection[date], today: date) -> list[Rewritten]:
    lake, written = Lake(), []
    with engine.cursor() as cursor:
        for span in spans(days, today):
            source = lake.relation("events", EVENTS, start=span.days[0], end=span.days[-1] + DAY)
            events = identity.resolved(
                cursor, f"SELECT {_COLUMNS} FROM {source} WHERE day IN ({span.dates}){_named(spec)}"
            )
            new_rows = rows_sql(spec, events)
            written.append(rewrite(cursor, span, table=spec.name, schema=schema(spec), new_rows=new_rows))
    return written


_COLUMNS = "account_id, contact_id, timestamp, day, type, event, account_key, user_key, anonymous_id, properties"


def _named(spec: TallySpec) -> str:
    return f" AND event IN ({', '.join(map(_text, spec.events))})" if spec.events else ""


def counted_sql(
    cursor: duckdb.DuckDBPyConnection,
    spec: TallySpec,
    *,
    start: date,
    before: datetime,
    account_ids: Collection[int] | None = None,
) -> str:
    """SQL for the rows of a tally, kept or not, counted from the events of `[start, before)` themselves.

    A few accounts take milliseconds: the events are sorted by account. What it needs is in TEMP tables of the cursor
    that the next one replaces: use it first.
    """
    end = (before - timedelta(microseconds=1)).date() + DAY
    source = Lake().relation("events", EVENTS, start=start, end=end)
    where = f"day >= DATE '{start}' AND day < DATE '{end}' AND timestamp < TIMESTAMP '{naive_utc(before)}'"
    only = ""
    if account_ids is not None:
        only = f"account_id IN ({', '.join(map(str, account_ids)) or 'NULL'})"
        where += f" AND (account_id IS NULL OR {only})"
    events = identity.resolved(cursor, f"SELECT {_COLUMNS} FROM {source} WHERE {where}{_named(spec)}")
    return rows_sql(spec, f"SELECT * FROM ({events}) WHERE {only}" if only else events)


def view_sql(spec: TallySpec, rows: str, *, age: str) -> str:
    """Its rows as metrics read them: with an age instead of the day."""
    own = "".join(f'"{name}", ' for name in spec.value_columns)
    return f"SELECT account_id, contact_id, {age} AS age, event, {own}n FROM ({rows}) AS days"
