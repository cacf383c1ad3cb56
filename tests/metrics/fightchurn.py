"""The data sets of the book "Fighting Churn With Data", put into the lake as the loader would leave them.

`ORACLES` in the environment names the folder they are in, or one of the folders above this repository has it.
"""

import os
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.common.time import DAY
from mainstay.facts.models import DirtyDay
from mainstay.facts.schema import EVENTS
from mainstay.facts.services import refresh_rollups
from mainstay.lake.store import Lake
from mainstay.subscriptions.models import Subscription

ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = [Path(os.environ.get("ORACLES", "/nowhere")), *(above / "shared/data/oracles" for above in ROOT.parents)]
# Users of an account have the numbers after it.
_USERS = 10_000
_COMPUTED = {
    "account_id": "account_id + 1",
    "contact_id": f"CASE WHEN has_users THEN (account_id + 1) * {_USERS} + user_id END",
    "timestamp": "event_time",
    "day": "CAST(event_time AS DATE)",
    "type": "'track'",
    "event": "event_type_name",
    "properties": "CASE WHEN event_value IS NOT NULL THEN '{\"value\":' || event_value || '}' END",
    "message_hash": "hash(account_id, event_time, event_type_name, user_id) >> 1",
    "received_at": "event_time",
}
_SQL = {pa.int64(): "BIGINT", pa.string(): "VARCHAR", pa.timestamp("us"): "TIMESTAMP"}


def folder(name: str) -> Path | None:
    """Where the data set of this name is, if it is here."""
    found = (one / "fightchurn" / name for one in _FOLDERS)
    return next((one for one in found if one.is_dir()), None)


def load(outside: duckdb.DuckDBPyConnection, data: Path, *, now: datetime, has_users: bool = False) -> None:
    """Accounts, subscriptions, events and their daily counts. Ids are one higher than there: ours begin with 1."""
    _load_records(outside, data)
    outside.execute(f"""CREATE TABLE found AS SELECT *, {str(has_users).lower()} AS has_users
        FROM read_csv('{data}/inputs/event.csv.gz', types={{'event_value': 'DOUBLE'}})
        JOIN '{data}/inputs/event_type.csv' USING (event_type_id)""")
    if has_users:
        users = outside.execute("SELECT DISTINCT account_id + 1, user_id FROM found").fetchall()
        Contact.objects.bulk_create([
            Contact(pk=account * _USERS + user, key=f"{account}.{user}", account_id=account) for account, user in users
        ], batch_size=1000)  # fmt: skip
    columns = ", ".join(f'{_COMPUTED.get(one.name, f"CAST(NULL AS {_SQL.get(one.type)})")} AS "{one.name}"'
                        for one in EVENTS)  # fmt: skip
    days = [row[0] for row in outside.execute("SELECT DISTINCT CAST(event_time AS DATE) FROM found").fetchall()]
    lake, staged = Lake(), []
    for month in sorted({day.replace(day=1) for day in days}):
        end = (month + 31 * DAY).replace(day=1)
        rows = outside.sql(
            f"SELECT {columns} FROM found WHERE event_time >= DATE '{month}' AND event_time < DATE '{end}' "
            "ORDER BY account_id, contact_id, event_time"
        ).to_arrow_table()
        staged.append(lake.write("events", month, rows.cast(EVENTS), ends_on=end))
    with transaction.atomic():
        lake.commit(staged, key=f"{data.name}")
        DirtyDay.objects.bulk_create([DirtyDay(day=day) for day in days])
    refresh_rollups(now)


def _load_records(outside: duckdb.DuckDBPyConnection, data: Path) -> None:
    ids = outside.execute(f"SELECT id FROM '{data}/inputs/account.csv' ORDER BY id").fetchall()
    Account.objects.bulk_create([Account(pk=id_ + 1, key=f"a{id_}", name=f"A{id_}") for (id_,) in ids])
    rows = outside.execute(
        f"SELECT account_id + 1, product, start_date, end_date, mrr, bill_period_months "
        f"FROM '{data}/inputs/subscription.csv'"
    ).fetchall()
    Subscription.objects.bulk_create(
        [
            Subscription(key=f"s{number}", account_id=account, plan=plan, starts_on=start, ends_on=end, seats=1,
                         amount_minor=round(mrr * months * 100), period_months=months)
            for number, (account, plan, start, end, mrr, months) in enumerate(rows)
        ], batch_size=1000,
    )  # fmt: skip


def expected(outside: duckdb.DuckDBPyConnection, data: Path) -> dict[tuple[str, date], dict[int, float]]:
    """What the SQL of the book gave: values by account for each metric and date."""
    rows = outside.execute(f"""
        SELECT metric_name, CAST(metric_date AS DATE), account_id + 1, metric_value
        FROM read_csv('{data}/expected/metric.csv.gz', types={{'metric_value': 'DOUBLE'}})""").fetchall()
    found: dict[tuple[str, date], dict[int, float]] = {}
    for metric, day, account, value in rows:
        found.setdefault((metric, day), {})[account] = value
    return found
