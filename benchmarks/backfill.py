"""52 weeks of profiles and scores of 20,000 accounts, in one process and in two; then a late batch that corrects days.

The baseline is the bare computation of the same 52 dates, with the records read for each: what a loop over
`engine.compute` takes. ACCOUNTS and WEEKS in the environment measure more or fewer.
"""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks import _apart
from benchmarks.metrics import line, measured

MUST_TAKE_SECONDS = 60
JUDGED = (20_000, 52)


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_sqlite("benchmarks.backfill")


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _company  # noqa: PLC0415
    from mainstay.common.time import DAY, midnight  # noqa: PLC0415
    from mainstay.metrics import engine  # noqa: PLC0415
    from mainstay.metrics.registry import all_metrics  # noqa: PLC0415
    from mainstay.scores import backfills  # noqa: PLC0415
    from mainstay.scores.publishing import ensure_scorecards  # noqa: PLC0415

    accounts, weeks = int(os.environ.get("ACCOUNTS", JUDGED[0])), int(os.environ.get("WEEKS", JUDGED[1]))
    call_command("migrate", verbosity=0)
    today = _company.NOW.date()
    _, wall, _ = measured(lambda: _company.make(accounts, usage_days=7 * weeks + 70), rounds=1)
    ensure_scorecards(_company.NOW)
    print(f"  {accounts:,} accounts, {len(all_metrics())} metrics, {weeks} weeks; made in {wall:.0f} s")
    days = backfills.days_between(today - timedelta(days=7 * weeks), today, "week", today=today)
    few = days[:: max(1, len(days) // 6)]
    bare = measured(lambda: [engine.compute(midnight(day + DAY)) for day in few], rounds=1)
    line("  baseline: one date after another, each", (None, bare[1] / len(few), bare[2] / len(few)))
    plan = backfills.Plan(days, at=_company.NOW)
    taken = {}
    for jobs in (1, 2):
        _forget()
        taken[jobs] = measured(lambda jobs=jobs: backfills.run(plan, jobs=jobs), rounds=1)
        line(f"profiles and scores, {jobs} process{'es' if jobs > 1 else ''}", taken[jobs])
    line("again: all is kept", measured(lambda: backfills.run(plan), rounds=1))
    whole = bare[1] / len(few) * len(days)
    print(f"  one process: {taken[1][1] / whole:.2f} x the time of the bare computation of the same dates")
    return (accounts, weeks) != JUDGED or min(found[1] for found in taken.values()) < MUST_TAKE_SECONDS


def _forget() -> None:
    """Take what was kept out of the catalogue and off the disk."""
    from django.conf import settings  # noqa: PLC0415

    from mainstay.lake.models import DataFile  # noqa: PLC0415

    for table in ("profiles", "health"):
        DataFile.objects.filter(table=table).delete()
        shutil.rmtree(Path(settings.MAINSTAY_HOME) / "lake" / table, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
