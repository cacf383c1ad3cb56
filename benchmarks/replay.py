"""A replay over twelve months of kept days for 20,000 accounts, beside the bare scans it is made of.

Each account has a course of its own: its use of seats swings over the year, so that a segment is entered some three
times. The playbook is for a condition, and has a goal. ACCOUNTS in the environment measures more or fewer.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from math import pi, sin
from typing import Any

from benchmarks import _apart

ACCOUNTS = int(os.environ.get("ACCOUNTS", "20000"))
TODAY = date(2026, 11, 18)
DAY = timedelta(days=1)
YEAR = [TODAY - number * DAY for number in range(365, 0, -1)]
STEPS = [{"id": "call", "type": "task", "with": {"title": "Call", "why": "Why", "due_in": {"days": 1}}}]
DOCUMENT: dict[str, Any] = {
    "key": "bench",
    "name": "Bench",
    "entry": {"by": "segment", "segment": "full"},
    "for": {"where": "arr >= 50000 and tier = 'enterprise'"},
    "goal": {"where": "seat_use >= 99"},
    "reentry": {"after_days": 60},
    "steps": STEPS,
}


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_sqlite("benchmarks.replay")


def run() -> bool:
    """Measure, print, and say whether somebody entered."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.days import Known  # noqa: PLC0415
    from mainstay.metrics import past  # noqa: PLC0415
    from mainstay.playbooks.reading import check  # noqa: PLC0415
    from mainstay.playbooks.replay import replay  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _make()
    source = past.relation(start=YEAR[0], end=TODAY, known=Known.THEN, keys=["seat_use", "arr", "days_to_renewal"])

    def bare() -> None:
        with engine.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FILTER (seat_use >= 80), sum(arr), sum(days_to_renewal) FROM {source}")
            cursor.fetchall()

    known = _timed("a bare scan of three metrics of the year", bare)
    found: list[Any] = []
    document = check(DOCUMENT, origin="bench")
    used = _timed(
        f"replay over 12 months, {ACCOUNTS:,} accounts",
        lambda: found.append(replay(document, start=YEAR[0], end=TODAY)),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = found[0]
    print(
        f"    {used / known:.0f} × the scan; {result.entries:,} entries, {result.not_for:,} refused; peak {peak:.0f} MB"
    )
    return bool(result.entries and result.not_for)


def _make() -> None:
    import pyarrow as pa  # noqa: PLC0415

    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.metrics import past  # noqa: PLC0415
    from mainstay.metrics.registry import all_metrics  # noqa: PLC0415
    from mainstay.segments.models import Segment  # noqa: PLC0415

    rows = [
        Account(
            key=f"a{n}", name=f"Account {n}", tier="enterprise" if n % 2 else "smb",
            churned_on=YEAR[100 + n % 250] if n % 11 == 0 else None,
        )
        for n in range(ACCOUNTS)
    ]  # fmt: skip
    Account.objects.bulk_create(rows, batch_size=500)
    Segment.objects.create(key="full", name="Full", condition="seat_use >= 80")
    pks = pa.array(Account.objects.order_by("pk").values_list("pk", flat=True), pa.int64())
    use = [55 + 45 * sin(2 * pi * at / 120) for at in range(120)]
    arr = pa.array([20_000.0 + number * 37 % 100_000 for number in range(ACCOUNTS)])
    empty = pa.nulls(ACCOUNTS, pa.float64())

    def tables(days: Iterator[date]) -> Iterator[tuple[date, pa.Table]]:
        for day in days:
            at = (day - YEAR[0]).days
            values = {
                "seat_use": pa.array([use[(at + number * 7) % 120] for number in range(ACCOUNTS)]),
                "arr": arr,
                "days_to_renewal": pa.array([float((number * 13 - at) % 365) for number in range(ACCOUNTS)]),
            }
            yield day, pa.table({"account_id": pks, **{key: values.get(key, empty) for key in all_metrics()}})

    for _, month in groupby(YEAR, key=lambda day: (day.year, day.month)):
        past.record(list(tables(month)), at=datetime.combine(TODAY, datetime.min.time(), UTC))


def _timed(name: str, act: Callable[[], object]) -> float:
    """Seconds of CPU."""
    started, cpu = time.perf_counter(), time.process_time()
    act()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"    {name}: {seconds:.1f} s, {cpu:.1f} s of CPU", flush=True)
    return cpu


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
