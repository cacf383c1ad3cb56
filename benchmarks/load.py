"""Raw log -> lake -> roll-ups, on one core, against DuckDB's own `read_json` and a hand-written GROUP BY.

The baselines only read, type and write: no identity, no duplicates, no exactly-once, no catalogue.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

EVENTS = 600_000
PER_BATCH = 100
ACCOUNTS, USERS_PER_ACCOUNT = 2_000, 15
DAYS = 14
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
NAMES = [f"{noun} {verb}" for noun in ("Report", "Campaign", "Segment", "Template", "Asset", "Form", "Contact", "Post",
         "Page", "Board") for verb in ("Viewed", "Created", "Exported", "Shared", "Deleted")]  # fmt: skip
MONTH_EVENTS = 2_000_000
MUST_LOAD_PER_SECOND = 150_000


def main() -> bool:
    """Run in a process of its own: the settings of Django are read once per process."""
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
        environment = os.environ | {
            "MAINSTAY_HOME": home,
            "MAINSTAY_ENGINE_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
        }
        return subprocess.run([sys.executable, "-m", "benchmarks.load"], env=environment, check=False).returncode == 0


def bodies() -> Iterator[bytes]:
    """Batches as the Segment SDK for Python sends them, in the order of time."""
    chance = random.Random(7)
    start = NOW - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / EVENTS
    for first in range(0, EVENTS, PER_BATCH):
        calls = []
        for number in range(first, first + PER_BATCH):
            account = int(chance.paretovariate(1.2)) % ACCOUNTS
            user = account * USERS_PER_ACCOUNT + chance.randrange(USERS_PER_ACCOUNT)
            calls.append({
                "type": "track",
                "messageId": str(UUID(int=chance.getrandbits(128), version=4)),
                "userId": f"user-{user}",
                "anonymousId": None,
                "event": chance.choice(NAMES),
                "timestamp": (start + step * number).isoformat(timespec="milliseconds"),
                "integrations": {},
                "context": {"groupId": f"account-{account}", "library": {"name": "analytics-python",
                                                                          "version": "2.4.0"}},
                "properties": {"id": chance.randrange(10**6), "plan": "pro", "source": "menu", "duration_ms": 230},
            })  # fmt: skip
        sent = (start + step * (first + PER_BATCH)).isoformat(timespec="microseconds")
        yield json.dumps({"batch": calls, "sentAt": sent, "writeKey": "mw_x"}).encode()


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    home = Path(os.environ["MAINSTAY_HOME"])
    raw = fill_inbox(home)
    measured("  floor: msgspec decodes the bodies", EVENTS, lambda: decode(raw))
    loaded = measured("raw log -> lake", EVENTS, load)
    plain = measured("  baseline: read_json -> Parquet", EVENTS, lambda: read_json(home, raw))
    print(f"  ratio to the baseline: {loaded / plain:.2f}x the CPU")
    rolled = measured("lake -> roll-ups", EVENTS, roll_up)
    by_hand = measured("  baseline: GROUP BY by hand", EVENTS, lambda: group_by(home))
    print(f"  ratio to the baseline: {rolled / by_hand:.2f}x the CPU")
    measured("compaction", EVENTS, compact)
    measured("erasure of one person", EVENTS, erase)
    one_account()
    fill_year()
    measured("a year of events -> roll-ups", 12 * MONTH_EVENTS, roll_up)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    return loaded <= EVENTS / MUST_LOAD_PER_SECOND


def measured(label: str, rows: int, work: Callable[[], None]) -> float:
    """Print what the work took; its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {label:<36} {wall:6.2f} s wall  {cpu:6.2f} s CPU  {rows / cpu:>11,.0f} events/s of CPU", flush=True)
    return cpu


def fill_inbox(home: Path) -> Path:
    """All accounts first, as group calls; then the events. The same events as JSON lines for the baseline."""
    from mainstay.facts.services import load_inbox  # noqa: PLC0415
    from mainstay.ingest.envelope import Arrival  # noqa: PLC0415
    from mainstay.ingest.inbox import open_inbox  # noqa: PLC0415

    inbox = open_inbox()
    groups = [{"type": "group", "groupId": f"account-{number}", "anonymousId": "server", "messageId": f"g{number}"}
              for number in range(ACCOUNTS)]  # fmt: skip
    inbox.append_many([Arrival(kind="batch", body=json.dumps({"batch": groups}).encode(), received_at=NOW)])
    load_inbox(NOW)
    made = list(bodies())
    inbox.append_many(Arrival(kind="batch", body=body, received_at=NOW) for body in made)
    raw = home / "raw.ndjson"
    raw.write_bytes(b"\n".join(made))
    return raw


def load() -> None:
    """The loader, with everything it does."""
    from mainstay.facts.services import load_inbox  # noqa: PLC0415

    result = load_inbox(NOW)
    if result.events != EVENTS:
        raise SystemExit(f"{result.events} events were loaded, {EVENTS} were sent")


def decode(raw: Path) -> None:
    """What any loader in Python must do at least: JSON into objects."""
    import msgspec  # noqa: PLC0415

    for line in raw.read_bytes().split(b"\n"):
        msgspec.json.decode(line)


def read_json(home: Path, raw: Path) -> None:
    """The same JSON through DuckDB's reader into sorted Parquet."""
    from mainstay.lake import engine  # noqa: PLC0415

    with engine.cursor() as cursor:
        cursor.execute(f"""COPY (
            SELECT e.messageId, e.userId, e.anonymousId, e.event, CAST(e.timestamp AS TIMESTAMP) AS moment,
              e.context.groupId AS account, e.properties AS properties, e.type, sentAt
            FROM (SELECT unnest(batch) AS e, sentAt FROM read_json('{raw}', format='newline_delimited', columns={{
              batch: 'STRUCT(messageId VARCHAR, userId VARCHAR, anonymousId VARCHAR, event VARCHAR, timestamp VARCHAR,
                type VARCHAR, context STRUCT(groupId VARCHAR, library JSON), properties JSON)[]', sentAt: 'VARCHAR'}}))
            ORDER BY account, e.userId, moment
          ) TO '{home}/baseline.parquet' (FORMAT parquet, COMPRESSION zstd)""")


def roll_up() -> None:
    """Every day of the lake, both tables."""
    from mainstay.facts.services import refresh_rollups  # noqa: PLC0415

    refresh_rollups(NOW)


def group_by(home: Path) -> None:
    """The same counts in one statement each, without identity and without the catalogue."""
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake  # noqa: PLC0415

    files = ", ".join(f"'{path}'" for path in Lake().files("events"))
    with engine.cursor() as cursor:
        cursor.execute(f"""COPY (SELECT account_id, contact_id, day, event, count(*) AS n FROM read_parquet([{files}])
            GROUP BY ALL ORDER BY ALL) TO '{home}/usage.parquet' (FORMAT parquet, COMPRESSION zstd)""")
        cursor.execute(f"""COPY (SELECT account_id, contact_id, day, sum(n) AS n,
            sum(n) FILTER (event = 'Logged In') AS logins FROM read_parquet('{home}/usage.parquet')
            GROUP BY ALL ORDER BY ALL) TO '{home}/days.parquet' (FORMAT parquet, COMPRESSION zstd)""")


def compact() -> None:
    """Merge the files of the days that are over."""
    from mainstay.facts.upkeep import compact_events  # noqa: PLC0415

    compact_events((NOW + timedelta(days=1)).date())


def fill_year() -> None:
    """Twelve months of events straight into the lake, sorted as after compaction, every day to be counted anew."""
    from django.db import transaction  # noqa: PLC0415

    from mainstay.facts.identity import EVENT_COLUMNS  # noqa: PLC0415
    from mainstay.facts.models import DirtyDay  # noqa: PLC0415
    from mainstay.facts.schema import EVENTS as SCHEMA  # noqa: PLC0415
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake, parquet  # noqa: PLC0415

    lake, month = Lake(), date(2025, 1, 1)
    names = ", ".join(f"'{name}'" for name in NAMES)
    for number in range(12):
        following = (month + timedelta(days=31)).replace(day=1)
        days = (following - month).days
        rows = f"""SELECT CAST(hash(i * 3) % {ACCOUNTS} + 1 AS BIGINT) AS account_id,
            CAST(hash(i * 3) % {ACCOUNTS} * {USERS_PER_ACCOUNT} + hash(i * 5) % {USERS_PER_ACCOUNT} AS BIGINT)
              AS contact_id,
            DATE '{month}' + CAST(hash(i * 7) % {days} AS INTEGER) AS day, 'track' AS type,
            [{names}][CAST(hash(i * 11) % {len(NAMES)} + 1 AS BIGINT)] AS event,
            CAST(hash(i) >> 1 AS BIGINT) AS message_hash
          FROM range({number * MONTH_EVENTS}, {(number + 1) * MONTH_EVENTS}) AS r(i)"""
        with engine.cursor() as cursor:
            query = f"""SELECT {EVENT_COLUMNS} FROM (SELECT * FROM {parquet([], SCHEMA)} UNION ALL BY NAME {rows})
                ORDER BY account_id, contact_id, day"""
            staged = lake.write_query(cursor, query, "events", month, ends_on=following)
        with transaction.atomic():
            lake.commit([staged], key=f"year {month}")
            DirtyDay.objects.bulk_create([DirtyDay(day=month + timedelta(days=day)) for day in range(days)])
        month = following


def erase() -> None:
    """One person, out of every file there is."""
    from mainstay.accounts.models import Contact  # noqa: PLC0415
    from mainstay.facts.services import request_erasure  # noqa: PLC0415
    from mainstay.facts.upkeep import carry_out_erasures  # noqa: PLC0415

    request_erasure("contact", Contact.objects.latest("pk").key, now=NOW)
    carry_out_erasures(NOW)


def one_account() -> None:
    """What a page asks about the account with the most events."""
    from mainstay.facts import selectors  # noqa: PLC0415
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake  # noqa: PLC0415

    files = ", ".join(f"'{path}'" for path in Lake().files("user_days"))
    with engine.cursor() as cursor:
        found = cursor.execute(f"""SELECT account_id FROM read_parquet([{files}]) GROUP BY 1
            ORDER BY sum(n) DESC LIMIT 1""").fetchall()
    account, today = found[0][0], NOW.date()
    for label, question in (
        ("chart of a year", lambda: selectors.daily_active(account, today - timedelta(days=365), today)),
        ("feature adoption", lambda: selectors.feature_adoption(account, NOW + timedelta(minutes=1))),
        ("users of a day", lambda: selectors.active_users(account, today - timedelta(days=1))),
        ("latest 50 events of 28 days", lambda: selectors.events(account, start=today - timedelta(days=28), end=NOW)),
    ):
        times = []
        for _ in range(11):
            started = time.perf_counter()
            question()
            times.append((time.perf_counter() - started) * 1000)
        print(f"  {'one account: ' + label:<42} median {sorted(times)[5]:5.1f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
