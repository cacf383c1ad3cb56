"""Scores, segments and signals of 100,000 accounts, on SQLite and PostgreSQL, against bare SQL on the same database.

The baseline of a scoring is one statement that sorts every account into a band by the same lines of five measures: no
explanation, no history, no trend.
"""

import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks import _apart

ACCOUNTS = 100_000
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MUST_SCORE_SECONDS, MUST_ROUND_SECONDS, MUST_PREVIEW_SECONDS = 10.0, 3.0, 2.0
# What does not follow how well an account is.
_APART = {
    "login_drop_streak": lambda chance: chance.choice([0] * 60 + [1] * 20 + [2] * 5 + [3]),
    "days_to_renewal": lambda chance: chance.randint(0, 365),
    "seat_use": lambda chance: chance.randint(20, 85),
    "core_feature_trend": lambda chance: chance.gauss(0, 15),
    "tickets_trend": lambda chance: chance.gauss(0, 30),
    "nps_latest": lambda chance: chance.choice([6, 7, 7, 8, 8, 8, 9]),
}
_CONDITIONS = (
    "band = 'red' and not churned",
    "arr >= 15 and band <> 'green' and days_to_renewal between 0 and 90",
    "not churned and (change_7d <= -5 or change_7d >= 5 or (days_in_band <= 7 and previous_band <> ''))",
    "name like '%99%' and (seats_used / seats > 0.8 or not executive_sponsor_present)",
)
_BASELINE = """SELECT SUM(CASE WHEN p.daily_active_rate >= 70 AND p.feature_coverage >= 60 THEN 40
  WHEN p.daily_active_rate >= 50 AND p.feature_coverage >= 40 THEN 20 ELSE 0 END
  + CASE WHEN p.csat_90d >= 4 THEN 15 WHEN p.csat_90d >= 3 THEN 7 ELSE 0 END
  + CASE WHEN p.nps_latest >= 9 AND p.executive_sponsor_present = 1 THEN 15 WHEN p.nps_latest >= 7 THEN 7 ELSE 0 END)
  FROM accounts_account a LEFT JOIN metrics_profile p ON p.account_id = a.id"""


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_both("benchmarks.scores")


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from mainstay.metrics import past, profile_table  # noqa: PLC0415
    from mainstay.scores.services import score_all  # noqa: PLC0415
    from mainstay.segments.services import refresh_memberships  # noqa: PLC0415
    from mainstay.signals.services import detect  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _accounts()
    week_ago = (NOW - 8 * DAY).date()
    past.record([(week_ago, _profiles(1))])
    profile_table.write(_profiles(2))
    measured("baseline: one statement", _baseline)
    first = measured("first scoring", lambda: score_all(NOW))
    measured("again, nothing changed", lambda: score_all(NOW + timedelta(seconds=10)))
    profile_table.write(_profiles(2, changed=1_000))
    some = measured("again, 1,000 accounts changed", lambda: score_all(NOW + timedelta(seconds=20)))
    measured("first memberships", lambda: refresh_memberships(NOW))
    members = measured("again, nothing changed", lambda: refresh_memberships(NOW))
    measured("first signals", lambda: detect(NOW))
    signals = measured("again, nothing changed", lambda: detect(NOW))
    for text in _CONDITIONS:
        _asked(text)
    previewed = max(_previewed(change) for change in ("line", "linear", "everybody"))
    _shadow()
    past.record([((NOW - DAY).date(), _profiles(3))])
    next_day = NOW + timedelta(seconds=30)
    measured("day that is over, into the history", lambda: score_all(next_day))
    print(f"    peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    changed = some + members + signals
    print(f"    a round in which 1,000 of {ACCOUNTS:,} accounts changed: {changed:.2f} s CPU")
    return first <= MUST_SCORE_SECONDS and changed <= MUST_ROUND_SECONDS and previewed <= MUST_PREVIEW_SECONDS


def _previewed(change: str) -> float:
    """A draft of the shipped scorecard for most accounts: a line moved, linear points, or serving every account."""
    from mainstay.scores import publishing  # noqa: PLC0415
    from mainstay.scores.document import Document  # noqa: PLC0415
    from mainstay.scores.preview import preview  # noqa: PLC0415

    content = publishing.document_of(publishing.get("standard")).model_dump(mode="json")
    if change == "line":
        content["dimensions"][0]["measures"][0]["green"] -= 5
    elif change == "linear":
        for dimension in content["dimensions"]:
            dimension["points"] = "linear"
    else:
        content["position"] = 1
    return measured(f"preview: {change}", lambda: preview(Document.model_validate(content), now=NOW))


def _shadow() -> None:
    """A draft of the shipped scorecard for most accounts, run as a shadow."""
    from mainstay.ingest.sources import freshness  # noqa: PLC0415
    from mainstay.people.models import Role, User  # noqa: PLC0415
    from mainstay.scores import drafts, shadows  # noqa: PLC0415

    manager = User.objects.create(email="bench@orchard.example", name="Bench", role=Role.MANAGER)
    draft = drafts.begin("standard", by=manager, now=NOW)
    content = {**draft.content, "green": 75}
    shadow = shadows.start(drafts.save(draft, content, revision=1, by=manager, now=NOW), by=manager, now=NOW)
    measured("shadow: first scoring", lambda: shadows.refresh(NOW, freshness(NOW)))
    measured("shadow: again, nothing changed", lambda: shadows.refresh(NOW, freshness(NOW)))
    shadows.stop(shadow, by=manager, now=NOW)


def measured(label: str, work: Callable[[], object]) -> float:
    """Print what the work took; its seconds of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    said = getattr(done, "changed", None) or getattr(done, "opened", None)
    print(
        f"    {label:<36} {wall:6.2f} s wall  {cpu:6.2f} s CPU" + (f"  {said:,} rows" if said else ""),
        flush=True,
    )
    return cpu


def _asked(text: str) -> None:
    from mainstay.segments import selectors  # noqa: PLC0415

    times = []
    for _ in range(5):
        started = time.perf_counter()
        found = selectors.count(selectors.condition(text))
        times.append(time.perf_counter() - started)
    print(f"    {min(times) * 1000:6.1f} ms  {found:>6,} accounts  {text}", flush=True)


def _accounts() -> None:
    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.metrics.services import ensure_columns  # noqa: PLC0415

    ensure_columns()
    tiers = ("enterprise", "mid-market", "smb", "smb")
    Account.objects.bulk_create(
        (
            Account(
                key=f"a{at}", name=f"Account {at}", tier=tiers[at % 4], stage="churned" if at % 50 == 0 else "adoption"
            )
            for at in range(ACCOUNTS)
        ),
        batch_size=5_000,
    )


def _profiles(seed: int, *, changed: int = 0) -> object:
    """A table of profiles. Each account has a condition (of ten, seven are well) that all its values follow roughly."""
    import pyarrow as pa  # noqa: PLC0415

    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.metrics.registry import Direction, Unit, all_metrics  # noqa: PLC0415

    chance = random.Random(seed)
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    steady = random.Random(7)
    conditions = [steady.betavariate(7, 2) for _ in ids]
    tops = {Unit.BOOLEAN: 1, Unit.SCORE: 10, Unit.PERCENT: 100, Unit.DAYS: 60}
    columns: dict[str, object] = {"account_id": pa.array(ids, pa.int64())}
    for metric in all_metrics().values():
        top = tops.get(metric.unit, 20)
        values: list[float | None] = []
        for condition in conditions:
            drawn = min(1.0, max(0.0, condition + chance.uniform(-0.12, 0.12)))
            share = 1 - drawn if metric.direction is Direction.DOWN else drawn
            values.append(float(round(share * top)) if chance.random() > 0.1 else None)
        if metric.key in _APART:
            values = [float(_APART[metric.key](chance)) for _ in ids]
        if changed and metric.key == "daily_active_rate":
            values[:changed] = [(value or 0) + 0.5 for value in values[:changed]]
        columns[metric.key] = pa.array(values, pa.float64())
    return pa.table(columns)


def _baseline() -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(_BASELINE)
        cursor.fetchall()


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
