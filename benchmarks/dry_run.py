"""A dry run of a playbook that every account enters, beside really beginning and advancing the same runs once.

`MAINSTAY_BENCH_SHARE=0.1` makes everything a tenth of the size.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

SHARE = float(os.environ.get("MAINSTAY_BENCH_SHARE", "1"))
ACCOUNTS = int(100_000 * SHARE)
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TASK = {"title": "Call {{ account.name }}", "why": "{{ run.why }}", "due_in": {"working_days": 2}}
MAIL = {"to": "contact", "category": "success", "subject": "Hello {{ contact.name }}", "text": "Hello"}
DOCUMENT: dict[str, Any] = {
    "key": "bench",
    "name": "Bench",
    "entry": {"by": "signal", "kind": "health_red"},
    "subject": {"contacts": {}},
    "holdout": 10,
    "steps": [
        {"id": "hello", "type": "email", "with": MAIL},
        {"id": "pause", "type": "wait", "with": {"days": 3}},
        {"id": "call", "type": "task", "with": TASK},
        {"id": "used", "type": "wait", "with": {"event": ["Export"], "time_out": {"days": 7}}},
        {
            "id": "which",
            "type": "branch",
            "branches": [
                {
                    "after": {"step": "used", "outcome": "timed_out"},
                    "steps": [{"id": "ask", "type": "task", "with": TASK}],
                }
            ],
            "else": [{"id": "thank", "type": "email", "with": MAIL}],
        },
    ],
}


def main() -> bool:
    """In a process of its own: the settings of Django are read once per process."""
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
        environment = os.environ | {"MAINSTAY_HOME": home, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
        environment.pop("DATABASE_URL", None)
        return (
            subprocess.run([sys.executable, "-m", "benchmarks.dry_run"], env=environment, check=False).returncode == 0
        )


def run() -> bool:
    """Measure, print, and say whether the counts are right."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from mainstay.playbooks import services  # noqa: PLC0415
    from mainstay.playbooks.dry_run import dry_run  # noqa: PLC0415
    from mainstay.playbooks.models import Run  # noqa: PLC0415
    from mainstay.playbooks.reading import check  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _make()
    document = check(DOCUMENT, origin="bench")
    services.publish(document, by=None, now=NOW - DAY)
    told: list[Any] = []
    tried = _timed(f"dry run of {ACCOUNTS:,} runs over 30 days", lambda: told.append(dry_run(document, now=NOW)))
    assert not Run.objects.exists()

    def really() -> None:
        services.start_runs(NOW)
        services.advance(NOW)

    done = _timed("the same runs begun, and their first step carried out", really)
    found = told[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"    {tried / done:.2f} × the baseline, {tried / ACCOUNTS * 1e6:.0f} µs of CPU a run; peak {peak:.0f} MB")
    return bool(found.entering == ACCOUNTS == Run.objects.count() and not found.skipped)


def _make() -> None:
    from mainstay.accounts.models import Account, Contact  # noqa: PLC0415
    from mainstay.signals.models import Signal  # noqa: PLC0415

    Account.objects.bulk_create([Account(key=f"a{n}", name=f"Account {n}") for n in range(ACCOUNTS)], batch_size=500)
    pks = list(Account.objects.values_list("pk", flat=True))
    Contact.objects.bulk_create(
        [Contact(key=f"c{pk}", account_id=pk, name=f"Contact {pk}", email=f"c{pk}@x.example") for pk in pks],
        batch_size=500,
    )
    Signal.objects.bulk_create(
        [Signal(account_id=pk, kind="health_red", severity="critical", opened_at=NOW, summary="Red") for pk in pks],
        batch_size=500,
    )


def _timed(name: str, act: Callable[[], object]) -> float:
    """Seconds of CPU."""
    started, cpu = time.perf_counter(), time.process_time()
    act()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"    {name}: {seconds:.1f} s, {cpu:.1f} s of CPU", flush=True)
    return cpu


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
