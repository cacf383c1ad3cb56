"""Playbooks: 100,000 runs due at once, a million that wait, two workers at the same runs; on SQLite and PostgreSQL.

50,000 runs that each start another playbook are set beside as many that each open a task, and a round in which 100,000
with a reason who may not enter rest beside one in which each is judged.

The baseline writes the same rows, a task and two steps for each run and where it stands, in bulk and without asking
anything. `MAINSTAY_BENCH_SHARE=0.1` makes everything a tenth of the size, and of what must hold.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

SHARE = float(os.environ.get("MAINSTAY_BENCH_SHARE", "1"))
DUE, WAITING, STARTS = int(100_000 * SHARE), int(1_000_000 * SHARE), int(50_000 * SHARE)
MUST_ADVANCE_SECONDS, MUST_TICK_SECONDS = 60.0 * SHARE, 1.0
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TASK = {"title": "Call {{ account.name }}", "why": "{{ run.why }}", "due_in": {"working_days": 2}}
PAUSE = {"id": "pause", "type": "wait", "with": {"days": 30}}
DOCUMENT: dict[str, Any] = {
    "key": "bench",
    "name": "Bench",
    "entry": {"by": "hand"},
    "exit": [{"when": "condition", "where": "tier = 'gone'"}],
    "steps": [
        {
            "id": "which",
            "type": "branch",
            "branches": [{"when": "tier = 'enterprise'", "steps": [{"id": "call", "type": "task", "with": TASK}]}],
            "else": [{"id": "write", "type": "task", "with": TASK}],
        },
        PAUSE,
        {"id": "last", "type": "note", "with": {"title": "Over", "text": "Over"}},
    ],
}
ASKING: dict[str, Any] = {
    "key": "asking",
    "name": "Asking",
    "entry": {"by": "hand"},
    "steps": [{"id": "call", "type": "task", "with": TASK}, PAUSE],
}
STARTED: dict[str, Any] = ASKING | {"key": "started", "name": "Started", "for": {"where": "tier <> 'gone'"}}
STARTING: dict[str, Any] = ASKING | {
    "key": "starting",
    "name": "Starting",
    "steps": [{"id": "on", "type": "start", "with": {"playbook": "started"}}, PAUSE],
}
NOBODY: dict[str, Any] = ASKING | {
    "key": "nobody",
    "name": "Nobody",
    "entry": {"by": "signal", "kind": "health_red"},
    "subject": {"contacts": {}},
}


def main() -> bool:
    """Each database in a process of its own: the settings of Django are read once per process."""
    from tests import postgres  # noqa: PLC0415

    held = True
    for vendor in ("sqlite", "postgresql"):
        if vendor == "postgresql" and postgres.binaries() is None:
            continue
        print(f"  {vendor}", flush=True)
        with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
            environment = os.environ | {"MAINSTAY_HOME": home, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
            environment.pop("DATABASE_URL", None)
            if vendor == "postgresql":
                environment["DATABASE_URL"] = postgres.start()
            done = subprocess.run([sys.executable, "-m", "benchmarks.playbooks"], env=environment, check=False)
            held = held and done.returncode == 0
    return held


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from mainstay.playbooks import services  # noqa: PLC0415
    from mainstay.playbooks.models import Run, RunState  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _make(DUE)
    started = _starts() and _kept_out()
    bare, _ = _timed("the same rows in bulk, nothing asked", _baseline)
    _begin(DUE, wake_at=NOW, position="which")
    seconds, cpu = _timed(f"{DUE:,} runs due at once, three steps each", lambda: services.advance(NOW))
    print(f"    {seconds / bare:.1f} × the baseline, {cpu / DUE * 1e6:.0f} µs of CPU a run")
    held = started and _must_be(
        "runs that wait", Run.objects.filter(state=RunState.ACTIVE, position="last").count(), DUE
    )
    if connection.vendor == "postgresql":
        held = _two_workers() and held
    else:
        held = _must("advancing", seconds, MUST_ADVANCE_SECONDS) and held
    _begin(WAITING - DUE, wake_at=NOW + 30 * DAY, position="last")
    for name, act in (
        ("a tick: who enters", lambda: services.start_runs(NOW + DAY)),
        ("a tick: what is waited for", lambda: services.look(NOW + DAY)),
        ("a tick: what is due", lambda: services.advance(NOW + DAY)),
    ):
        ticked, _ = _timed(f"{name}, {WAITING:,} waiting", act)
        held = _must(name, ticked, MUST_TICK_SECONDS) and held
    return held


def _make(accounts: int) -> None:
    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.playbooks import services  # noqa: PLC0415
    from mainstay.playbooks.reading import check  # noqa: PLC0415

    tiers = ("enterprise", "smb")
    rows = [Account(key=f"a{n}", name=f"Account {n}", tier=tiers[n % 2]) for n in range(accounts)]
    Account.objects.bulk_create(rows, batch_size=500)
    for document in (DOCUMENT, STARTED, STARTING, ASKING):
        services.publish(check(document, origin="bench"), by=None, now=NOW - DAY)


def _begin(count: int, *, wake_at: datetime, position: str, key: str = "bench") -> None:
    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.playbooks.models import PlaybookVersion, Run  # noqa: PLC0415

    version = PlaybookVersion.objects.get(playbook__key=key)
    accounts = list(Account.objects.values_list("pk", flat=True))
    for start in range(0, count, 5_000):
        rows = [
            Run(
                id=uuid4(), playbook_id=version.playbook_id, version=version, reason=f"bench:{n}",
                account_id=accounts[n % len(accounts)], why="Started by the benchmark", started_at=NOW,
                position=position, wake_at=wake_at, moved_at=NOW,
            )
            for n in range(start, min(count, start + 5_000))
        ]  # fmt: skip
        Run.objects.bulk_create(rows, batch_size=500)


def _baseline() -> None:
    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.playbooks.models import Run, StepRun, Task  # noqa: PLC0415

    _begin(DUE, wake_at=NOW, position="which")
    runs = list(Run.objects.values_list("pk", "account_id"))
    Task.objects.bulk_create(
        [Task(id=uuid4(), account_id=account, run_id=pk, title="Call", why="Why", created_at=NOW)
         for pk, account in runs],
        batch_size=100,
    )  # fmt: skip
    StepRun.objects.bulk_create(
        [StepRun(run_id=pk, step=step, kind="task", at=NOW) for pk, _ in runs for step in ("which", "call", "pause")],
        batch_size=100,
    )
    Run.objects.update(position="last", wake_at=NOW + 30 * DAY)
    for model in (StepRun, Task, Run):
        model.objects.all().delete()
    assert Account.objects.exists()


def _starts() -> bool:
    """Runs that come to a start at once, against as many that come to a task. What is started is paused meanwhile."""
    from mainstay.playbooks import services  # noqa: PLC0415
    from mainstay.playbooks.models import Playbook, Run, StepRun, Task  # noqa: PLC0415

    Playbook.objects.filter(key="started").update(is_active=False)
    used = {}
    for key, first, name in (("asking", "call", "open a task"), ("starting", "on", "start another playbook")):
        _begin(STARTS, wake_at=NOW, position=first, key=key)
        _, used[key] = _timed(f"{STARTS:,} runs that {name}", lambda: services.advance(NOW))
    print(f"    a start takes {used['starting'] / used['asking']:.1f} × the CPU of a task")
    held = _must_be("runs that were started", Run.objects.filter(playbook__key="started").count(), STARTS)
    for model in (StepRun, Task, Run):
        model.objects.all().delete()
    return held


def _kept_out() -> bool:
    """Everybody has a reason, and nobody a contact: the round that judges them all, and one in which they rest."""
    from mainstay.accounts.models import Account  # noqa: PLC0415
    from mainstay.playbooks import services  # noqa: PLC0415
    from mainstay.playbooks.reading import check  # noqa: PLC0415
    from mainstay.signals.models import Signal  # noqa: PLC0415

    services.publish(check(NOBODY, origin="bench"), by=None, now=NOW - DAY)
    Signal.objects.bulk_create(
        [Signal(account_id=pk, kind="health_red", severity="critical", opened_at=NOW - DAY)
         for pk in Account.objects.values_list("pk", flat=True)],
        batch_size=500,
    )  # fmt: skip
    _, all_judged = _timed(f"{DUE:,} with a reason and no contact, each judged", lambda: services.start_runs(NOW))
    again = NOW + timedelta(seconds=1)
    seconds, rested = _timed("the next round: they rest", lambda: services.start_runs(again))
    print(f"    {rested / all_judged:.4f} × the round that judges them")
    services.remove("nobody", by=None, now=NOW)
    Signal.objects.all().delete()
    return _must("a round in which they rest", seconds, MUST_TICK_SECONDS)


def _two_workers() -> bool:
    """Two processes advance the same due runs: each does some, none is done twice."""
    from mainstay.playbooks.models import Run, StepRun, Task  # noqa: PLC0415

    Run.objects.filter(position="last").update(position="which", wake_at=NOW)
    Task.objects.all().delete()
    StepRun.objects.all().delete()
    due = Run.objects.filter(position="which").count()
    command = [sys.executable, "-m", "benchmarks.playbooks", "worker"]

    def both() -> list[int]:
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        return [int(worker.communicate()[0]) for worker in workers]

    seconds, _ = _timed(f"{due:,} runs due, two workers", both)
    print(f"    {due / seconds:,.0f} runs/s together")
    held = _must_be("tasks", Task.objects.count(), due)
    return _must("advancing by two workers", seconds, MUST_ADVANCE_SECONDS) and held


def worker() -> None:
    """Advance what is due, and print how many steps that were."""
    import django  # noqa: PLC0415

    django.setup()
    from mainstay.playbooks import services  # noqa: PLC0415

    print(services.advance(NOW))


def _timed(name: str, act: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    print(f"    {name}: {seconds:.2f} s, {used:.2f} s of CPU", flush=True)
    return seconds, used


def _must(name: str, seconds: float, limit: float) -> bool:
    if seconds <= limit:
        return True
    print(f"    MISSED: {name} took {seconds:.2f} s and must take less than {limit:.2f} s")
    return False


def _must_be(name: str, found: int, expected: int) -> bool:
    if found == expected:
        return True
    print(f"    WRONG: {found:,} {name}, expected {expected:,}")
    return False


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        worker()
    else:
        sys.exit(0 if run() else 1)
