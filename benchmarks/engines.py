"""All metrics of 20,000 accounts on DuckDB, ClickHouse (chdb) and a Spark cluster: one master, two workers of one core.

Needs the environment of the equality job (`make equality` makes it). ACCOUNTS=2000 in the environment measures fewer.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PYTHON = Path(__file__).parent.parent / ".venv-engines" / "bin" / "python"
ROUNDS = 4


def main() -> bool:
    """Run in the environment that has the engines, or say what is missing."""
    if not PYTHON.exists():
        print("  left out: `make equality` makes the environment that has the engines")
        return True
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
        environment = os.environ | {"MAINSTAY_HOME": home, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
        made = [str(PYTHON), "-W", "ignore", "-m", "benchmarks.engines"]
        return subprocess.run(made, env=environment, check=False).returncode == 0


def run() -> None:
    """Make the company, then compute it on each engine in a process of its own."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from tests.equality import spark  # noqa: PLC0415

    from benchmarks import _company  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    accounts = int(os.environ.get("ACCOUNTS", "20000"))
    _company.make(accounts)
    print(f"  {accounts:,} accounts; wall seconds of the first and of the best later round, CPU of the best")
    baseline = _measured("DuckDB", {})
    _measured("ClickHouse (chdb)", {"MAINSTAY_METRICS_ENGINE": "chdb"}, baseline)
    folder = Path(os.environ["MAINSTAY_HOME"], "spark")
    with spark.cluster(folder) as (master, environment):
        settings = environment | {"MAINSTAY_METRICS_ENGINE": master, "BENCH_PROCESSES": str(folder)}
        _measured("Spark, master and 2 workers", settings, baseline)


def _measured(name: str, settings: dict[str, str], baseline: tuple[float, float] | None = None) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.engines", "compute"], env=os.environ | settings,
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    first, best, cpu = (float(word) for word in done.stdout.split()[-3:])
    ratio = f"{best / baseline[0]:5.1f} x wall {cpu / baseline[1]:5.1f} x CPU" if baseline else ""
    print(f"  {name:<30} {first:7.2f} s {best:7.2f} s {cpu:7.2f} s CPU  {ratio}", flush=True)
    return best, cpu


def compute() -> None:
    """All metrics, several times, in this process; prints what `_measured` reads."""
    import django  # noqa: PLC0415

    django.setup()
    from benchmarks import _company  # noqa: PLC0415
    from mainstay.metrics.engines import choice  # noqa: PLC0415

    rounds = [_timed(lambda: choice.compute(_company.NOW)) for _ in range(ROUNDS)]
    best = min(rounds[1:])
    choice.close()
    print(rounds[0][0], best[0], min(cpu for _, cpu in rounds[1:]))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), _cpu_seconds()
    work()
    return time.perf_counter() - wall, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    """Of this process, and of every process of the cluster whose command names its folder."""
    total = time.process_time()
    folder = os.environ.get("BENCH_PROCESSES")
    for process in Path("/proc").glob("[0-9]*") if folder else ():
        try:
            if folder.encode() in (process / "cmdline").read_bytes():
                times = (process / "stat").read_text().rpartition(")")[2].split()
                total += (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    return total


if __name__ == "__main__":
    if sys.argv[1:] == ["compute"]:
        compute()
    else:
        run()
