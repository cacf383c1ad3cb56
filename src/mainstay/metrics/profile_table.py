"""The SQL table of present profiles: one row per account, one column per metric.

Pages filter and sort on it beside accounts and scores. Its columns come from the registry, so that a new metric needs
no migration; its rows are written only where a value changed.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from pyarrow import csv

from mainstay.accounts.models import Account
from mainstay.lake import engine, locks
from mainstay.metrics.models import Profile

TABLE = Profile._meta.db_table
# What lists sort by first; with the account, so that a page can start after any row.
INDEXED = ("arr", "days_to_renewal", "seat_use")
# A narrow copy in the order of accounts: sums and conditions over all of them read it instead of the wide rows.
NARROW = ("arr", "days_to_renewal", "seat_use", "nps_latest", "days_since_last_activity")
_KEYS = ("account_id", "fingerprint")


def ensure_columns(keys: Sequence[str]) -> tuple[str, ...]:
    """Give the table a column for each metric of `keys`; the columns that were added.

    Can be called at any time by any number of processes: one adds, the others see that nothing is left to do. Columns
    of metrics that are no longer declared stay and are not written.
    """
    if not set(keys) - stored_columns():
        return ()
    with transaction.atomic():
        # On SQLite the transaction itself keeps others out from its first statement.
        locks.hold_until_commit("profile columns")
        missing = tuple(sorted(set(keys) - stored_columns()))
        with connection.cursor() as cursor:
            for key in missing:
                cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN {_quoted(key)} double precision NULL")
            for key in INDEXED:
                if key in missing:
                    cursor.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_{key} ON {TABLE} ({_quoted(key)}, account_id)")
            if set(NARROW) & set(missing) and set(NARROW) <= stored_columns():
                columns = ", ".join(_quoted(key) for key in NARROW)
                cursor.execute(f"CREATE INDEX IF NOT EXISTS {TABLE}_narrow ON {TABLE} (account_id, {columns})")
    return missing


def empty_column(key: str) -> None:
    """Take away the values of a metric, for whoever had this key before meant something else; there may be none."""
    if key not in stored_columns():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {_quoted(key)} = NULL WHERE {_quoted(key)} IS NOT NULL")


def stored_columns() -> set[str]:
    """The metrics that have a column."""
    with connection.cursor() as cursor:
        # Asked with every refresh: Django's introspection takes the text of the table apart for 40 ms on SQLite.
        cursor.execute(f"SELECT * FROM {TABLE} WHERE 1 = 0")
        return {column[0] for column in cursor.description} - set(_KEYS)


def write(profiles: pa.Table) -> int:
    """Make the table hold these profiles (a row for every account) and no others; how many rows changed.

    Runs in one transaction. Accounts deleted meanwhile are left out.
    """
    keys = tuple(sorted(set(profiles.column_names) - {"account_id"}))
    with transaction.atomic():
        stored = _stored_fingerprints()
        changed, gone = _compare(profiles, stored, keys)
        if changed.num_rows:
            _upsert(changed, keys)
        for start in range(0, len(gone), 500):
            Profile.objects.filter(pk__in=gone[start : start + 500]).delete()
    count: int = changed.num_rows
    return count + len(gone)


def read(keys: Sequence[str], *, account_id: int | None = None) -> list[tuple[Any, ...]]:
    """Rows of `account_id` and the metrics of `keys`, of all accounts or of one, ordered by account."""
    chosen = ", ".join(_quoted(key) for key in ("account_id", *keys))
    where, parameters = ("", []) if account_id is None else ("WHERE account_id = %s", [account_id])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {chosen} FROM {TABLE} {where} ORDER BY account_id", parameters)
        return list(cursor.fetchall())


def _stored_fingerprints() -> pa.Table:
    """Every account that exists and the fingerprint of its stored profile, null where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account.id, profile.fingerprint FROM {Account._meta.db_table} account "
            f"LEFT JOIN {TABLE} profile ON profile.account_id = account.id"
        )
        ids, fingerprints = list(zip(*cursor.fetchall(), strict=True)) or [(), ()]
    return pa.table({"id": pa.array(ids, pa.int64()), "stored": pa.array(fingerprints, pa.int64())})


def _compare(profiles: pa.Table, stored: pa.Table, keys: Sequence[str]) -> tuple[pa.Table, list[int]]:
    """The profiles that differ from the stored ones (with `fingerprint`), and the accounts whose profile must go."""
    values = ", ".join(_quoted(key) for key in keys)
    with engine.cursor() as cursor:
        cursor.register("profiles", profiles)
        cursor.register("stored_profiles", stored)
        changed = engine.arrow(
            cursor,
            f"""SELECT account_id, fingerprint, {values}
            FROM (SELECT *, CAST(hash({values}) >> 1 AS BIGINT) AS fingerprint FROM profiles)
            JOIN stored_profiles ON id = account_id
            WHERE stored IS DISTINCT FROM fingerprint
            ORDER BY account_id""",
        )
        gone = cursor.execute(
            "SELECT id FROM stored_profiles WHERE stored IS NOT NULL AND id NOT IN (SELECT account_id FROM profiles)"
        ).fetchall()
    return changed, [row[0] for row in gone]


def _upsert(rows: pa.Table, keys: Sequence[str]) -> None:
    columns = ", ".join(_quoted(key) for key in (*_KEYS, *keys))
    updates = ", ".join(f"{_quoted(key)} = excluded.{_quoted(key)}" for key in ("fingerprint", *keys))
    conflict = f"ON CONFLICT (account_id) DO UPDATE SET {updates}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, rows, columns)
            # Locking the accounts keeps a deletion from coming between the copy and the foreign key.
            cursor.execute(
                f"INSERT INTO {TABLE} ({columns}) SELECT {columns} FROM new_profiles WHERE account_id IN "
                f"(SELECT id FROM {Account._meta.db_table} FOR KEY SHARE) {conflict}"
            )
            cursor.execute("DROP TABLE new_profiles")
            return
        marks = ", ".join(["%s"] * (len(keys) + len(_KEYS)))
        cursor.executemany(f"INSERT INTO {TABLE} ({columns}) VALUES ({marks}) {conflict}", list(_tuples(rows)))


def _copy(cursor: Any, rows: pa.Table, columns: str) -> None:
    """Into a temporary table by COPY: ten times faster than statements with parameters."""
    cursor.execute(f"CREATE TEMP TABLE new_profiles AS SELECT {columns} FROM {TABLE} WITH NO DATA")
    text = io.BytesIO()
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
    with cursor.copy(f"COPY new_profiles ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())


def _tuples(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
