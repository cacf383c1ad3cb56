"""Whose event is it? The account an event names, else the account of its user; a browser's user by its link.

Ids that are known when an event is loaded are written with it. What becomes known later is looked up whenever events
are read (here), and written down when files are compacted.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from mainstay.accounts.selectors import account_ids, contact_ids
from mainstay.facts import links
from mainstay.facts.schema import ACTIVITY_TYPES, EVENTS

IS_ACTIVITY = f"account_id IS NOT NULL AND type IN {ACTIVITY_TYPES}"
IS_OPEN = "account_id IS NULL OR (contact_id IS NULL AND (user_key IS NOT NULL OR anonymous_id IS NOT NULL))"


def resolved(cursor: duckdb.DuckDBPyConnection, source: str) -> str:
    """SQL that reads the events of the query `source` with the account and contact ids known by now.

    Looks up the keys of events without an id in the SQL database and leaves the answers in TEMP tables of the cursor.
    """
    cursor.execute(f"""CREATE OR REPLACE TEMP TABLE open_keys AS
        SELECT DISTINCT CASE WHEN account_id IS NULL THEN account_key END AS account_key, user_key,
          CASE WHEN user_key IS NULL THEN anonymous_id END AS anonymous_id
        FROM ({source}) WHERE {IS_OPEN}""")
    users_of = links.users_of(_column(cursor, "anonymous_id"))
    contacts = contact_ids({*_column(cursor, "user_key"), *users_of.values()})
    accounts = account_ids(_column(cursor, "account_key"))
    if not contacts and not accounts:
        return source
    register_ids(cursor, "known_accounts", accounts.keys(), account_id=accounts.values())
    people = {key: contacts[key] for key in contacts}
    register_ids(
        cursor, "known_users", people, contact_id=[pair[0] for pair in people.values()],
        account_id=[pair[1] for pair in people.values()],
    )  # fmt: skip
    browsers = {browser: contacts[user] for browser, user in users_of.items() if user in contacts}
    register_ids(
        cursor, "known_browsers", browsers, contact_id=[pair[0] for pair in browsers.values()],
        account_id=[pair[1] for pair in browsers.values()],
    )  # fmt: skip
    return _RESOLVED.format(source=source, is_open=IS_OPEN)


# Most events are settled and pass by; only the open ones are joined by text.
_RESOLVED = """
    SELECT * FROM ({source}) WHERE NOT ({is_open})
    UNION ALL BY NAME
    SELECT open.* REPLACE (
      coalesce(open.account_id, a.account_id,
        CASE WHEN open.account_key IS NULL THEN coalesce(u.account_id, b.account_id) END) AS account_id,
      coalesce(open.contact_id, u.contact_id, b.contact_id) AS contact_id)
    FROM (SELECT * FROM ({source}) WHERE {is_open}) AS open
    LEFT JOIN known_accounts AS a ON a.key = open.account_key
    LEFT JOIN known_users AS u ON u.key = open.user_key
    LEFT JOIN known_browsers AS b ON open.user_key IS NULL AND b.key = open.anonymous_id"""


def _column(cursor: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    rows = cursor.execute(f"SELECT DISTINCT {name} FROM open_keys WHERE {name} IS NOT NULL").fetchall()
    return {row[0] for row in rows}


def register_ids(
    cursor: duckdb.DuckDBPyConnection, name: str, keys: Iterable[str], **ids: Iterable[int | None]
) -> None:
    """A TEMP table of keys and the ids that belong to them."""
    columns = {"key": pa.array(list(keys), pa.string())}
    columns |= {column: pa.array(list(values), pa.int64()) for column, values in ids.items()}
    cursor.register("source", pa.table(columns))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM source")
    cursor.unregister("source")


EVENT_COLUMNS = ", ".join(f'"{name}"' for name in EVENTS.names)
