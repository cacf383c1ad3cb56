"""What metrics read: facts and records as of an instant, with ages instead of dates.

`age` is the number of days from a day to the day of `as_of`: 0 is that day itself, negative is the future. Everything
was known strictly before `as_of`. The state of a contract is the one an instant before, so that at the midnight when
one contract hands over to the next, the old one is in force and there is no gap.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
from django.conf import settings

from mainstay.common.time import DAY, as_of_instant, midnight, naive_utc
from mainstay.facts import identity, records, tallies
from mainstay.facts.activity import DUCKDB, Activity, activity, feature_views
from mainstay.facts.activity import HISTORY_DAYS as HISTORY_DAYS
from mainstay.facts.meaning import Meaning
from mainstay.facts.rollups import meanings_of, user_days_of
from mainstay.facts.schema import EVENTS, MEANINGS, USER_DAYS
from mainstay.facts.tally import NOTHING, Needs, TallySpec
from mainstay.lake.store import Lake, parquet

# The tables of records, in the SQL database.
RECORDS = (
    "accounts", "milestones", "subscriptions", "readings", "invoices", "interactions", "tickets", "responses",
    "pulses", "contact_roles", "departments",
)  # fmt: skip
# What a table of records is made of besides its own rows.
_PARTS = {"accounts": "stages", "tickets": "reopenings"}
_MEANINGS, _FEATURES = {"meaning_days", "first_values"}, {"features", "feature_days", "plan_features"}
# The views that are made of other tables.
_MADE_OF = {"feature_days": {"usage_days"}, "plan_features": {"accounts", "subscriptions"}}


@dataclass(frozen=True)
class Snapshot:
    """The records as they are now, read once: whatever instant is looked from, the views leave out what came later."""

    rows: Mapping[str, pa.Table]


def register(
    cursor: duckdb.DuckDBPyConnection,
    as_of: date | datetime,
    *,
    account_ids: Collection[int] | None = None,
    history_days: int = HISTORY_DAYS,
    records_of: Collection[str] = RECORDS,
    known_at: datetime | None = None,
    snapshot: Snapshot | None = None,
    needs: Needs = NOTHING,
    count_for: Collection[int] | None = None,
    only: Collection[str] | None = None,
) -> Activity:
    """Make the tables that metrics read in this cursor (TEMP: they end with it, and can be made again).

    Gives what the tables of daily activity are made of, for engines that read the files themselves.

    `account_ids` leaves only these accounts, `history_days` is how far the roll-ups reach back (all but `active_days`,
    the days on which anybody used the product: HISTORY_DAYS), `records_of` names the tables of records that are needed
    (`accounts` and `subscriptions` are for `plan_features`).

    With `known_at`, events received and records made since are left out, though they happened before `as_of`: what an
    earlier instant knew. Records edited since, and events whose account became known since, are as they are now.
    `snapshot` has the records read already, for many instants one after another.

    `needs` is what single metrics read besides. Tallies among it that are not complete are counted from the events
    themselves for the accounts of `count_for`, which should be few.

    `only` names all tables that will be read, whatever else is asked for: with few of them it takes half the time.
    """
    if only is not None:
        only = set(only).union(*(_MADE_OF.get(name, ()) for name in only))
        records_of = [name for name in RECORDS if name in only]
    moment = as_of_instant(as_of)
    ids = None if account_ids is None else list(account_ids)
    # A day lies before the moment when its first instant does: at midnight that leaves out the day itself.
    last_day = (moment - timedelta(microseconds=1)).date()
    readers = sources(ids, moment, last_day, known_at) | {
        name: lambda rows=rows: rows for name, rows in (snapshot.rows if snapshot else {}).items()
    }
    if needs.has_contacts:
        readers.setdefault("contacts", lambda: records.contacts(ids))
    else:
        readers["contacts"] = lambda: records.contacts([])
    wanted = {*records_of, "contacts", *(part for name, part in _PARTS.items() if name in records_of)}
    _register_records(cursor, moment, last_day, {name: read for name, read in readers.items() if name in wanted})
    known = activity(
        moment,
        history_days=history_days,
        known_at=known_at,
        needs=needs,
    )
    _register_activity(cursor, known, ids, only)
    _register_tallies(cursor, moment, needs.tallies, count_for)
    if only is None or _FEATURES & set(only):
        _register_features(cursor, records_of, last_day, only)
    return known


def take_snapshot(until: date, *, needs: Needs = NOTHING) -> Snapshot:
    """Read the records for instants up to the end of `until`, to be given to `register` of each with these `needs`."""
    readers = sources(None, midnight(until + DAY), until, None, since=date.min)
    rows = {name: readers[name]() for name in _KNOWN_BEFORE}
    return Snapshot(rows | ({"contacts": records.contacts(None)} if needs.has_contacts else {}))


def sources(
    ids: list[int] | None, moment: datetime, last_day: date, known_at: datetime | None, *, since: date | None = None
) -> dict[str, Callable[[], pa.Table]]:
    """How each table of records is read: what was known before `moment`, and since `since` where older says nothing."""
    since = since or last_day - timedelta(days=HISTORY_DAYS)
    return {
        "stages": lambda: records.stages(ids, known_at=known_at),
        "accounts": lambda: records.accounts(ids),
        "milestones": lambda: records.milestones(ids, before=last_day, known_at=known_at),
        "subscriptions": lambda: records.subscriptions(ids, before=last_day, known_at=known_at),
        "readings": lambda: records.readings(ids, since=since, before=last_day, known_at=known_at),
        "invoices": lambda: records.invoices(ids, since=since, before=last_day, known_at=known_at),
        "interactions": lambda: records.interactions(ids, before=moment, known_at=known_at),
        "reopenings": lambda: records.reopenings(ids, since=midnight(since), before=moment, known_at=known_at),
        "tickets": lambda: records.tickets(ids, since=midnight(since), before=moment, known_at=known_at),
        "responses": lambda: records.responses(ids, before=moment, known_at=known_at),
        "pulses": lambda: records.pulses(ids, before=moment, known_at=known_at),
        "contact_roles": lambda: records.contact_roles(ids, before=last_day, known_at=known_at),
        "departments": lambda: records.departments(ids),
    }


def _register_records(
    cursor: duckdb.DuckDBPyConnection,
    moment: datetime,
    last_day: date,
    readers: Mapping[str, Callable[[], pa.Table]],
) -> None:
    since = last_day - timedelta(days=HISTORY_DAYS)
    values = {
        "today": f"DATE '{moment.date()}'",
        "moment": f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(sep=' ')}'",
        "last_day": f"DATE '{last_day}'",
        "since": f"DATE '{since}'",
        "last_age": str((moment.date() - last_day).days),
        "currency": settings.REPORTING_CURRENCY.replace("'", "''"),
    }
    for name, read in readers.items():
        known = _KNOWN_BEFORE.get(name, "true").format_map(values)
        query = _RECORDS[name].format_map(values | {"source": f"(SELECT * FROM {{source}} WHERE {known})"})
        _view(cursor, name, read(), query)


# Which rows of a table of records lie before the moment. Those of a snapshot may lie after it; a table without such a
# condition here is read for each moment anew.
_KNOWN_BEFORE = {
    "stages": "true",
    "accounts": "true",
    "milestones": "agreed_on <= {last_day}",
    "readings": "measured_on <= {last_day}",
    "subscriptions": "starts_on <= {last_day}",
    "invoices": "issued_on <= {last_day} AND (due_on >= {since} OR paid_on IS NULL)",
    "interactions": "occurred_at < {moment}",
    "reopenings": "reopened_at < {moment}",
    "tickets": "opened_at < {moment} AND (opened_at >= {since} OR solved_at IS NULL OR solved_at >= {since})",
    "responses": "answered_at < {moment}",
    "pulses": "given_at < {moment}",
    "contact_roles": "since <= {last_day}",
    "departments": "true",
}
# Money in other currencies is null (unknown) until there are dated rates.
_RECORDS = {
    "stages": "SELECT * FROM {source}",
    # An account whose stages have a history is, before its first day, in no stage that anybody knows.
    "accounts": """
        SELECT id AS account_id, tier, CASE WHEN s.account_id IS NULL THEN a.stage ELSE s.stage END AS stage,
          industry, country, employees, {last_age} AS last_age, CAST({today} - s.since AS INTEGER) AS stage_age,
          CAST({today} - signed_on AS INTEGER) AS signed_age,
          CAST(CASE WHEN churned_on <= {last_day} THEN {today} - churned_on END AS INTEGER) AS churned_age
        FROM {source} AS a LEFT JOIN (
          SELECT account_id, arg_max(stage, since) FILTER (since <= {last_day}) AS stage,
            max(since) FILTER (since <= {last_day}) AS since
          FROM stages GROUP BY account_id) AS s ON s.account_id = a.id
        WHERE signed_on IS NULL OR signed_on <= {last_day}""",
    "milestones": """
        SELECT account_id, CAST({today} - due_on AS INTEGER) AS due_age,
          CAST(CASE WHEN reached_on <= {last_day} THEN {today} - reached_on END AS INTEGER) AS reached_age
        FROM {source}""",
    "readings": """
        SELECT account_id, "limit" AS limit_key, used, CAST({today} - measured_on AS INTEGER) AS age
        FROM {source}""",
    "subscriptions": """
        SELECT account_id, plan, seats, data_limit_gb, api_call_limit,
          CASE WHEN currency = '{currency}' AND period_months > 0
            THEN CAST(round(amount_minor * 12.0 / period_months) AS BIGINT) END AS arr_minor,
          CASE WHEN currency = '{currency}' AND period_months > 0
            THEN CAST(round(list_amount_minor * 12.0 / period_months) AS BIGINT) END AS list_minor,
          is_trial,
          CAST({today} - starts_on AS INTEGER) AS start_age,
          CAST({today} - ends_on AS INTEGER) AS end_age,
          CAST({today} - coalesce(renews_on, ends_on, CASE WHEN period_months > 0 THEN CAST(starts_on + to_months(CAST(
            period_months * (1 + date_sub('month', starts_on, {today} - 1) // period_months) AS INTEGER)) AS DATE) END)
            AS INTEGER) AS renewal_age,
          ends_on IS NULL OR ends_on > {last_day} AS in_force
        FROM {source}""",
    "invoices": """
        SELECT account_id, CASE WHEN currency = '{currency}' THEN amount_minor END AS amount_minor,
          CAST({today} - due_on AS INTEGER) AS due_age,
          CAST(CASE WHEN paid_on <= {last_day} THEN {today} - paid_on END AS INTEGER) AS paid_age
        FROM {source}""",
    "interactions": """
        SELECT account_id, contact_id, kind, CAST({today} - CAST(occurred_at AS DATE) AS INTEGER) AS age, attended,
          direction, sentiment,
          CAST(CASE WHEN answered_at < {moment} THEN {today} - CAST(answered_at AS DATE) END AS INTEGER) AS answered_age
        FROM {source}""",
    "reopenings": "SELECT ticket_id, max(reopened_at) AS reopened_at FROM {source} GROUP BY ticket_id",
    "tickets": """
        SELECT account_id, severity, sentiment, CAST({today} - CAST(opened_at AS DATE) AS INTEGER) AS opened_age,
          CAST(CASE WHEN solved_at < {moment} THEN {today} - CAST(solved_at AS DATE) END AS INTEGER) AS solved_age,
          CASE WHEN coalesce(rated_at, solved_at, opened_at) < {moment} THEN csat END AS csat,
          CAST(CASE WHEN csat IS NOT NULL AND coalesce(rated_at, solved_at, opened_at) < {moment}
            THEN {today} - CAST(coalesce(rated_at, solved_at, opened_at) AS DATE) END AS INTEGER) AS rated_age,
          CAST({today} - CAST(reopened_at AS DATE) AS INTEGER) AS reopened_age,
          CASE WHEN first_response_at < {moment} THEN epoch(first_response_at - opened_at) / 3600 END
            AS response_hours,
          CASE WHEN solved_at < {moment} THEN epoch(solved_at - opened_at) / 3600 END AS resolution_hours
        FROM {source} AS t LEFT JOIN reopenings AS r ON r.ticket_id = t.id""",
    "responses": """
        SELECT account_id, contact_id, kind, score, sentiment,
          CAST({today} - CAST(answered_at AS DATE) AS INTEGER) AS age, answered_at AS at
        FROM {source}""",
    "pulses": """
        SELECT account_id, score, CAST({today} - CAST(given_at AS DATE) AS INTEGER) AS age, given_at AS at,
          expires_on > {last_day} AND (withdrawn_at IS NULL OR withdrawn_at >= {moment}) AS in_force
        FROM {source}""",
    # Who left the account plays no role from that day on, even when nobody ended the role.
    "contact_roles": """
        SELECT account_id, contact_id, role, CAST({today} - since AS INTEGER) AS since_age,
          CAST(CASE WHEN least(until, left_on) <= {last_day} THEN {today} - least(until, left_on) END AS INTEGER)
            AS until_age
        FROM {source}""",
    "contacts": "SELECT account_id, contact_id, persona FROM {source}",
    # Nobody means two departments by Marketing and marketing.
    "departments": "SELECT account_id, contact_id, lower(department) AS department FROM {source}",
}


def _register_activity(
    cursor: duckdb.DuckDBPyConnection, known: Activity, ids: list[int] | None, only: Collection[str] | None
) -> None:
    storage = Lake().storage
    among = "" if ids is None else f" AND account_id IN ({', '.join(map(str, ids)) or 'NULL'})"
    if known.counted_days:
        _count_from_events(cursor, known, ids)
    relations = {
        name: parquet([storage.location(path) for path in paths], known.schemas[name])
        for name, paths in known.files.items()
    }
    for name, query in known.views(DUCKDB, relations, only=among).items():
        if only is None or name in only:
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
    if only is None or _MEANINGS & set(only):
        _register_meanings(cursor, known, among)


def _count_from_events(cursor: duckdb.DuckDBPyConnection, known: Activity, ids: list[int] | None) -> None:
    days = ", ".join(f"DATE '{day}'" for day in known.counted_days)
    start, end = min(known.counted_days), max(known.counted_days) + timedelta(days=1)
    source = Lake().relation("events", EVENTS, start=start, end=end, at=known.at)
    where = f"day IN ({days}) AND timestamp < TIMESTAMP '{naive_utc(known.moment)}'"
    if known.known_at is not None:
        where += f" AND received_at < TIMESTAMP '{naive_utc(known.known_at)}'"
    if ids is not None:
        where += f" AND (account_id IS NULL OR account_id IN ({', '.join(map(str, ids)) or 'NULL'}))"
    events = identity.resolved(cursor, f"SELECT {identity.EVENT_COLUMNS} FROM {source} WHERE {where}")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE part_of_usage AS
        SELECT account_id, contact_id, day, event, count(*) AS n FROM ({events}) WHERE {identity.IS_ACTIVITY}
        GROUP BY ALL""")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE part_of_user_days AS
        {user_days_of("part_of_usage")}""")
    for one in known.tallies:
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE part_of_{one.spec.name} AS {tallies.rows_sql(one.spec, events)}")


def _register_meanings(cursor: duckdb.DuckDBPyConnection, known: Activity, only: str) -> None:
    """`meaning_days`, and `first_values`, which look back as far as there is anything: the roll-up has few rows."""
    source = Lake().relation("meanings", MEANINGS, end=known.end, at=known.at)
    counted_apart = ", ".join(f"DATE '{day}'" for day in known.received_since) or "NULL"
    query = f"SELECT * FROM {source} WHERE day < DATE '{known.end}' AND (day IN ({counted_apart})) IS NOT TRUE{only}"
    if known.counted_days:
        query += f" UNION ALL SELECT * FROM ({meanings_of('part_of_usage')}) WHERE true{only}"
    age = f"DATE '{known.moment.date()}' - day"
    cursor.execute(f"""CREATE OR REPLACE TEMP VIEW meaning_days AS
        SELECT account_id, contact_id, CAST({age} AS INTEGER) AS age, meaning, n
        FROM ({query}) WHERE day >= DATE '{known.first_day}'""")
    oldest = Lake().live("user_days", end=known.end, at=known.at).order_by("starts_on").first()
    began = parquet([Lake().storage.location(oldest.path)] if oldest else [], USER_DAYS)
    cursor.execute(f"""CREATE OR REPLACE TEMP VIEW first_values AS
        SELECT account_id, CAST(max({age}) AS INTEGER) AS value_age,
          CAST((SELECT max({age}) FROM {began}) AS INTEGER) AS events_age
        FROM ({query}) WHERE meaning = '{Meaning.FIRST_VALUE}' GROUP BY account_id""")


def _register_tallies(
    cursor: duckdb.DuckDBPyConnection,
    moment: datetime,
    wanted: Mapping[TallySpec, int],
    count_for: Collection[int] | None,
) -> None:
    """The table that says how far back each tally is complete; what is not is counted, if only for these accounts."""
    complete = tallies.complete_from(wanted) if wanted else {}
    ages = {name: (moment.date() - day).days for name, day in complete.items()}
    for spec, days in wanted.items() if count_for is not None else ():
        if ages.get(spec.name, -1) < days:
            start = moment.date() - timedelta(days=days)
            counted = tallies.counted_sql(cursor, spec, start=start, before=moment, account_ids=count_for)
            view = tallies.view_sql(spec, counted, age=DUCKDB.age.format(today=f"DATE '{moment.date()}'"))
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE counted_{spec.name} AS {view}")
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {spec.name} AS FROM counted_{spec.name}")
            ages[spec.name] = days
    rows = pa.table({"tally": pa.array(ages, pa.string()), "first_age": pa.array(ages.values(), pa.int64())})
    _view(cursor, "tallies", rows)


def _register_features(
    cursor: duckdb.DuckDBPyConnection, records_of: Collection[str], last_day: date, only: Collection[str] | None
) -> None:
    features, events, plans = records.features(on=last_day)
    _view(cursor, "features", features)
    _view(cursor, "feature_events", events)
    _view(cursor, "feature_plans", plans)
    views = feature_views(DUCKDB)
    if not {"accounts", "subscriptions"} <= set(records_of):
        del views["plan_features"]
    for name, query in views.items():
        if only is None or name in only:
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")


def _view(cursor: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, query: str = "SELECT * FROM {source}") -> None:
    """A view over rows in memory. Tables would cost a copy of each, whether somebody reads it or not."""
    cursor.register(f"given_{name}", rows)
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query.format(source=f'given_{name}')}")
