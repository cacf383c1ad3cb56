"""What a value was counted from, down to the raw events, in a lake of 100 million events of 20,000 accounts.

Every metric of a few accounts is taken apart as the page does it, then the raw events behind one of its rows are read.
The baseline is one bare statement that counts the same account's events of four weeks. EVENTS (a user-day) in the
environment makes a smaller lake: 1 gives 6.6 million.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks import _apart

MUST_TAKE_SECONDS = 0.3
EVENTS_A_USER_DAY = 15
ACCOUNTS = 20_000
LOOKED_AT = (17, 4_711, 19_999)


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_sqlite("benchmarks.lineage")


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _company  # noqa: PLC0415
    from mainstay.metrics import lineage, services  # noqa: PLC0415
    from mainstay.metrics.registry import all_metrics  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    _company.make(ACCOUNTS)
    events = _events(ACCOUNTS, int(os.environ.get("EVENTS", EVENTS_A_USER_DAY)))
    services.refresh_profiles(_company.NOW)
    print(f"  {events / 1e6:.1f} million events; made in {time.perf_counter() - started:.0f} s")
    taken: dict[str, float] = {}
    raw: dict[str, float] = {}
    for key in all_metrics():
        found = [_timed(lambda key=key, account=account: lineage.explain(key, account)) for account in LOOKED_AT]
        taken[key] = max(seconds for _, seconds in found)
        queries = [(one.account_id, row.events) for one, _ in found for row in one.rows if row.events is not None]
        if queries:
            account, query = queries[0]
            raw[key] = _timed(lambda account=account, query=query: lineage.raw_events(account, query))[1]
    bare = statistics.median(_timed(lambda account=account: _bare(account))[1] for account in LOOKED_AT * 3)
    _line("one metric of one account", taken)
    _line("the raw events behind a row of it", raw)
    print(f"  baseline: its events of four weeks counted   {bare * 1000:6.0f} ms")
    print(f"  ratio of the medians: {statistics.median(taken.values()) / bare:.2f}")
    return max(*taken.values(), *raw.values()) < MUST_TAKE_SECONDS


def _events(accounts: int, per_user_day: int) -> int:
    """Write the events of a year, a file a day as compaction leaves them; how many."""
    from django.db import transaction  # noqa: PLC0415

    from benchmarks._company import NOW, USER_DAYS  # noqa: PLC0415
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake  # noqa: PLC0415

    lake, day, total = Lake(), NOW.date() - timedelta(days=USER_DAYS), 0
    while day <= NOW.date():
        with engine.cursor() as cursor:
            file = lake.write_query(cursor, _of_day(accounts, day, per_user_day), "events", day)
        if file is not None:
            with transaction.atomic():
                lake.commit([file], key=f"benchmark events {day}")
            total += file.rows
        day += timedelta(days=1)
    return total


def _of_day(accounts: int, day: date, per_user_day: int) -> str:
    from benchmarks._company import active_users  # noqa: PLC0415

    at = f"TIMESTAMP '{day}' + to_seconds(CAST(25200 + hash(contact_id, k) % 43200 AS BIGINT))"
    return f"""SELECT account_id, contact_id, {at} AS timestamp, day, 'track' AS type,
          'event ' || (chance + k * 7) % 50 AS event, 'a' || account_id AS account_key, 'u' || contact_id AS user_key,
          CAST(NULL AS VARCHAR) AS anonymous_id, '{{"n": ' || k || '}}' AS properties, '{{}}' AS context,
          CAST(hash(contact_id, day, k) >> 1 AS BIGINT) AS message_hash, {at} AS original_timestamp,
          {at} AS sent_at, {at} AS received_at
        FROM ({active_users(accounts, day, day + timedelta(days=1))}), range({per_user_day}) AS e(k)
        ORDER BY account_id, contact_id, timestamp"""


def _bare(account: int) -> int:
    from benchmarks._company import NOW  # noqa: PLC0415
    from mainstay.facts.schema import EVENTS  # noqa: PLC0415
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake  # noqa: PLC0415

    source = Lake().relation("events", EVENTS, start=NOW.date() - timedelta(days=28), end=NOW.date())
    with engine.cursor() as cursor:
        found = cursor.execute(f"SELECT count(*) FROM {source} WHERE account_id = {account}").fetchone()
    return int(found[0]) if found else 0


def _timed[T](work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the seconds of the second time: the footers of the files have been read by then."""
    work()
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _line(what: str, taken: dict[str, float]) -> None:
    slowest = max(taken, key=lambda key: taken[key])
    median = statistics.median(taken.values()) * 1000
    print(f"  {what:<42} {median:6.0f} ms median, {taken[slowest] * 1000:.0f} ms at most ({slowest})")


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
