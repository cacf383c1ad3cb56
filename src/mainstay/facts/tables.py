"""What metrics read: facts and records as of an instant, with ages instead of dates.

`age` is the number of days from a day to the day of `as_of`: 0 is that day itself, negative is the future. Everything
was known strictly before `as_of`. The state of a contract is the one an instant before, so that at the midnight when
one contract hands over to the next, the old one is in force and there is no gap.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
from django.conf import settings

from mainstay.common.time import as_of_instant, midnight
from mainstay.facts import identity, records
from mainstay.facts.activity import DUCKDB, RELATIONS, Activity, activity, feature_views
from mainstay.facts.activity import HISTORY_DAYS as HISTORY_DAYS
from mainstay.facts.rollups import user_day_columns
from mainstay.facts.schema import EVENTS
from mainstay.lake.store import Lake, parquet

# The tables of records, in the SQL database.
RECORDS = ("accounts", "subscriptions", "invoices", "interactions", "tickets", "responses", "contact_roles")


def register(
    cursor: duckdb.DuckDBPyConnection,
    as_of: date | datetime,
    *,
    account_ids: Collection[int] | None = None,
    history_days: int = HISTORY_DAYS,
    records_of: Collection[str] = RECORDS,
) -> Activity:
    """Make the tables that metrics read in this cursor (TEMP: they end with it, and can be made again).

    Gives what the tables of daily activity are made of, for engines that read the files themselves.

    `account_ids` leaves only these accounts, `history_days` is how far the roll-ups reach back (all but `active_days`,
    the days on which anybody used the product: HISTORY_DAYS), `records_of` names the tables of records that are needed
    (`accounts` and `subscriptions` are for `plan_features`).
    """
    moment = as_of_instant(as_of)
    ids = None if account_ids is None else list(account_ids)
    # A day lies before the moment when its first instant does: at midnight that leaves out the day itself.
    last_day = (moment - timedelta(microseconds=1)).date()
    _register_records(cursor, moment, last_day, ids, records_of)
    known = activity(moment, history_days=history_days)
    _register_activity(cursor, known, ids)
    _register_features(cursor, records_of, last_day)
    return known


def _register_records(
    cursor: duckdb.DuckDBPyConnection,
    moment: datetime,
    last_day: date,
    ids: list[int] | None,
    wanted: Collection[str],
) -> None:
    since = last_day - timedelta(days=HISTORY_DAYS)
    sources: dict[str, Callable[[], pa.Table]] = {
        "accounts": lambda: records.accounts(ids),
        "subscriptions": lambda: records.subscriptions(ids, before=last_day),
        "invoices": lambda: records.invoices(ids, since=since, before=last_day),
        "interactions": lambda: records.interactions(ids, before=moment),
        "tickets": lambda: records.tickets(ids, since=midnight(since), before=moment),
        "responses": lambda: records.responses(ids, before=moment),
        "contact_roles": lambda: records.contact_roles(ids, before=last_day),
    }
    values = {
        "today": f"DATE '{moment.date()}'",
        "moment": f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(sep=' ')}'",
        "last_day": f"DATE '{last_day}'",
        "currency": settings.REPORTING_CURRENCY.replace("'", "''"),
        "source": "{source}",
    }
    for name in RECORDS:
        if name in wanted:
            _view(cursor, name, sources[name](), _RECORDS[name].format_map(values))


# Money in other currencies is null (unknown) until there are dated rates.
_RECORDS = {
    "accounts": """
        SELECT id AS account_id, tier, stage,
          CAST({today} - signed_on AS INTEGER) AS signed_age,
          CAST(CASE WHEN churned_on <= {last_day} THEN {today} - churned_on END AS INTEGER) AS churned_age
        FROM {source}
        WHERE signed_on IS NULL OR signed_on <= {last_day}""",
    "subscriptions": """
        SELECT account_id, plan, seats,
          CASE WHEN currency = '{currency}' AND period_months > 0
            THEN CAST(round(amount_minor * 12.0 / period_months) AS BIGINT) END AS arr_minor,
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
        SELECT account_id, kind, CAST({today} - CAST(occurred_at AS DATE) AS INTEGER) AS age, attended, direction,
          CAST(CASE WHEN answered_at < {moment} THEN {today} - CAST(answered_at AS DATE) END AS INTEGER) AS answered_age
        FROM {source}""",
    "tickets": """
        SELECT account_id, severity, CAST({today} - CAST(opened_at AS DATE) AS INTEGER) AS opened_age,
          CAST(CASE WHEN solved_at < {moment} THEN {today} - CAST(solved_at AS DATE) END AS INTEGER) AS solved_age,
          CASE WHEN coalesce(rated_at, solved_at, opened_at) < {moment} THEN csat END AS csat,
          CAST(CASE WHEN csat IS NOT NULL AND coalesce(rated_at, solved_at, opened_at) < {moment}
            THEN {today} - CAST(coalesce(rated_at, solved_at, opened_at) AS DATE) END AS INTEGER) AS rated_age
        FROM {source}""",
    "responses": """
        SELECT account_id, kind, score, CAST({today} - CAST(answered_at AS DATE) AS INTEGER) AS age, answered_at AS at
        FROM {source}""",
    # Who left the account plays no role from that day on, even when nobody ended the role.
    "contact_roles": """
        SELECT account_id, contact_id, role, CAST({today} - since AS INTEGER) AS since_age,
          CAST(CASE WHEN least(until, left_on) <= {last_day} THEN {today} - least(until, left_on) END AS INTEGER)
            AS until_age
        FROM {source}""",
}


def _register_activity(cursor: duckdb.DuckDBPyConnection, known: Activity, ids: list[int] | None) -> None:
    storage = Lake().storage
    only = "" if ids is None else f" AND account_id IN ({', '.join(map(str, ids)) or 'NULL'})"
    if known.part_of:
        _register_part_of_day(cursor, known, ids)
    relations = {
        name: parquet([storage.location(path) for path in paths], RELATIONS[name])
        for name, paths in known.files.items()
    }
    for name, query in known.views(DUCKDB, relations, only=only).items():
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")


def _register_part_of_day(cursor: duckdb.DuckDBPyConnection, known: Activity, ids: list[int] | None) -> None:
    day, until = known.moment.date(), known.moment.replace(tzinfo=None).isoformat(sep=" ")
    source = Lake().relation("events", EVENTS, start=day, end=day + timedelta(days=1), at=known.at)
    where = f"day = DATE '{day}' AND timestamp < TIMESTAMP '{until}'"
    if ids is not None:
        where += f" AND (account_id IS NULL OR account_id IN ({', '.join(map(str, ids)) or 'NULL'}))"
    events = identity.resolved(cursor, f"SELECT {identity.EVENT_COLUMNS} FROM {source} WHERE {where}")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE part_of_usage AS
        SELECT account_id, contact_id, day, event, count(*) AS n FROM ({events}) WHERE {identity.IS_ACTIVITY}
        GROUP BY ALL""")
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE part_of_user_days AS
        SELECT {user_day_columns()} FROM part_of_usage GROUP BY ALL""")


def _register_features(cursor: duckdb.DuckDBPyConnection, records_of: Collection[str], last_day: date) -> None:
    features, events, plans = records.features(on=last_day)
    _view(cursor, "features", features)
    _view(cursor, "feature_events", events)
    _view(cursor, "feature_plans", plans)
    views = feature_views(DUCKDB)
    if not {"accounts", "subscriptions"} <= set(records_of):
        del views["plan_features"]
    for name, query in views.items():
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")


def _view(cursor: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, query: str = "SELECT * FROM {source}") -> None:
    """A view over rows in memory. Tables would cost a copy of each, whether somebody reads it or not."""
    cursor.register(f"given_{name}", rows)
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query.format(source=f'given_{name}')}")
