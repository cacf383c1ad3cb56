"""Conditions with 100,000 accounts: counted while they are typed, refreshed as segments, asked of a year of past days.

Each part stands beside the least that has to be done for it in the same run: the bare count, the bare search for the
accounts, the bare scan of the columns.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from benchmarks import _apart

ACCOUNTS = 100_000
SEGMENTS = 50
MUST_MS = 150.0
ROUNDS = 5
TYPED = (
    "band = 'red'",
    "arr >= 50000",
    "arr >= 95000 and days_to_renewal between 0 and 30 and band = 'red'",
    "not churned and (seat_use >= 50 or nps_latest < 5)",
    "csat_90d > 50 and tickets_trend < 20 and tier = 'enterprise'",
    "name like '%Acme 77%'",
    "signed_on > today - 30 or days_in_band > 3",
    "owner = 'u7@x.example' and champion_present",
)
# Metrics that are kept per day in this run, and the conditions asked of the year.
KEPT = ("arr", "seat_use", "nps_latest", "days_to_renewal", "csat_90d", "response_rate", "champion_present")
PAST = (
    "seat_use < 20 and arr > 50000",
    "tier = 'enterprise' and nps_latest < 30",
    "band = 'red' and not churned",
    "score < 50 or seat_use < 10",
    "change_7d <= -10",
    "band = 'red' and days_in_band between 3 and 10 and previous_band = 'green'",
)


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_both("benchmarks.conditions")


def run() -> bool:
    """Measure, print, and say whether the count while typing holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from benchmarks import portfolio  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    portfolio._fill()
    is_sqlite = connection.vendor == "sqlite"
    held = _typed(is_sqlite=is_sqlite)
    _segments()
    if is_sqlite:
        _year()
    print(f"    load average of the machine {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    print(f"    every condition checked below {MUST_MS:.0f} ms: {'yes' if held else 'NO'}")
    return held


def _best(function: Callable[[], object]) -> tuple[float, float]:
    """The best of some rounds in milliseconds: on the clock, and of the CPU in this process."""
    function()
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return min(walls), min(cpus)


def _typed(*, is_sqlite: bool) -> bool:
    """The request that is made while somebody types: check, count, sample."""
    from django.test import Client  # noqa: PLC0415

    from mainstay.people.models import User  # noqa: PLC0415
    from mainstay.web.accounts import query  # noqa: PLC0415
    from mainstay.web.accounts.filters import where_of  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.get(pk=1), backend="django.contrib.auth.backends.ModelBackend")
    worst = 0.0
    for text in TYPED:
        wall, cpu = _best(lambda text=text: client.post("/conditions/all/check/", {"condition": text}))
        bare, bare_cpu = _best(lambda text=text: query.count(where_of(text)))
        decides, beside = (cpu, bare_cpu) if is_sqlite else (wall, bare)
        worst = max(worst, decides)
        ratio = decides / beside
        print(
            f"    typed     {text[:58]:58} {wall:5.0f} ms   cpu {cpu:4.0f} ms   {ratio:4.1f} x the bare count",
            flush=True,
        )
    return worst < MUST_MS


def _segments() -> None:
    """Fifty segments: filled, looked at again with nothing changed, and after one account in a hundred changed."""
    from django.db import connection  # noqa: PLC0415

    from mainstay.segments import selectors, services  # noqa: PLC0415
    from mainstay.segments.models import Segment  # noqa: PLC0415

    for number in range(SEGMENTS - Segment.objects.count()):
        condition = f"arr >= {number * 2_000} and seat_use < {90 - number} and band <> '{('red', 'green')[number % 2]}'"
        Segment.objects.create(key=f"bench_{number}", name=f"Bench {number}", condition=condition)

    def bare() -> None:
        for segment in Segment.objects.all():
            statement, parameters = selectors.ids_sql(selectors.condition(segment.condition))
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM ({statement}) AS found", parameters)
                cursor.fetchone()

    with _measured("segments  bare search, 50 conditions") as found:
        bare()
    floor = found["cpu"] if connection.vendor == "sqlite" else found["wall"]
    for name, day in (("first filling", 0), ("nothing changed", 1)):
        with _measured(f"segments  {name}") as found:
            result = services.refresh_memberships(_now() + timedelta(days=day))
        _beside(found, floor, f"{result.entered:,} entered, {result.left:,} left")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metrics_profile SET arr = arr + 7000, seat_use = seat_use * 0.9 WHERE account_id % 100 = 0"
        )
    with _measured("segments  one in a hundred changed") as found:
        result = services.refresh_memberships(_now() + timedelta(days=2))
    _beside(found, floor, f"{result.entered:,} entered, {result.left:,} left")


def _year() -> None:
    """A year of past days: 36.5 million rows of profiles and as many scores."""
    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.metrics import past  # noqa: PLC0415
    from mainstay.segments import history, selectors  # noqa: PLC0415

    start, end = _keep_a_year()
    with _measured("year      bare scan of one metric") as found, engine.cursor() as cursor:
        source = past.relation(start=start, end=end, keys=["seat_use"])
        cursor.execute(f"SELECT count(*) FROM {source} WHERE seat_use < 20").fetchone()
    floor = found["cpu"]
    for text in PAST:
        with _measured(f"year      {text[:58]}") as found:
            rows = history.spans(selectors.condition(text), start, end).num_rows
        _beside(found, floor, f"{rows:,} days of accounts")
    for text in (PAST[0], PAST[2], PAST[-1]):
        with _measured(f"one day   {text[:58]}") as found:
            count = len(history.matching(selectors.condition(text), end - timedelta(days=1)))
        print(f"{'':14}{count:,} accounts")
    print(f"    peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _keep_a_year() -> tuple[date, date]:
    """Kept days as the product leaves them: a file a month, sorted by account."""
    from django.db import transaction  # noqa: PLC0415

    from mainstay.lake import engine  # noqa: PLC0415
    from mainstay.lake.store import Lake  # noqa: PLC0415

    lake, end = Lake(), _now().date().replace(day=1)
    start = month = (end - timedelta(days=365)).replace(day=1)
    while month < end:
        following = (month + timedelta(days=31)).replace(day=1)
        rows = f"""SELECT CAST(a AS BIGINT) AS account_id, CAST(d AS DATE) AS day, CAST(d AS TIMESTAMP) AS recorded_at
          FROM range(1, {ACCOUNTS + 1}) t(a), range(DATE '{month}', DATE '{following}', INTERVAL 1 DAY) r(d)"""
        values = ", ".join(
            f"round(hash(account_id, (day - DATE '2020-01-01') // {3 + at}, {at}) % 1000 / 10.0, 1) AS {name}"
            for at, name in enumerate(KEPT)
        )
        score = "50 + 45 * sin(account_id + (day - DATE '2020-01-01') // 12)"
        band = f"CASE WHEN {score} >= 80 THEN 'green' WHEN {score} >= 50 THEN 'yellow' ELSE 'red' END"
        with engine.cursor() as cursor:
            staged = [
                lake.write_query(cursor, f"SELECT *, {columns} FROM ({rows}) ORDER BY account_id, day", table, month,
                                 ends_on=following)
                for table, columns in (
                    ("profiles", values),
                    ("health", f"CAST({score} AS INTEGER) AS score, {band} AS band, 1.0::DOUBLE AS coverage, "
                               "1::BIGINT AS scorecard_version_id"),
                )
            ]  # fmt: skip
        with transaction.atomic():
            lake.commit([file for file in staged if file], key=f"benchmark {month}")
        month = following
    return start, end


@contextmanager
def _measured(name: str) -> Iterator[dict[str, float]]:
    found: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found["wall"] = (time.perf_counter() - wall) * 1000
    found["cpu"] = (time.process_time() - cpu) * 1000
    print(f"    {name:68} {found['wall']:7.0f} ms   cpu {found['cpu']:7.0f} ms", flush=True)


def _beside(found: dict[str, float], floor: float, said: str) -> None:
    print(f"{'':14}{max(found['cpu'], 1) / max(floor, 1):.1f} x the bare one   {said}", flush=True)


def _now():  # type: ignore[no-untyped-def]
    from benchmarks import portfolio  # noqa: PLC0415

    return portfolio.NOW


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
