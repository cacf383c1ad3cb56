"""The equality job: `python -m tests.equality [WORD …]`, engines whose names contain a word, or all of them.

The last line is `N passed, N failed`; fails if anything differs.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="mainstay-equality-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ |= {"MAINSTAY_HOME": str(HOME / "home"), "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
for _name in [name for name in os.environ if name.startswith("MAINSTAY_") and name != "MAINSTAY_HOME"]:
    del os.environ[_name]
os.environ.pop("DATABASE_URL", None)

import django

django.setup()

import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.metrics import portability
from mainstay.metrics.registry import shipped
from tests.equality import clickhouse, company, operations, own, spark, worlds

REFERENCE = "DuckDB 2.0"
# `compute` asks for the company as of its first moment so often.
ROUNDS = 2
# A copy of DuckDB 1.5 that goes before the installed one; the script `tools/install-engines` puts it there.
OLD_DUCKDB = Path(sys.prefix) / "duckdb-1.5"


@dataclass
class Tally:
    """What was compared."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)

    def check(self, *, holds: bool, otherwise: str) -> None:
        """Count one comparison."""
        self.passed += holds
        if not holds:
            self.failures.append(otherwise)


def main(words: Sequence[str]) -> int:
    """Compute everything on every engine and compare with the reference."""
    began = time.monotonic()
    company.make()
    _write_inputs(HOME / "inputs")
    print(f"A company of {company.ACCOUNTS} accounts and the fact tables: {time.monotonic() - began:.0f} s", flush=True)
    tally, seconds = Tally(), {}
    for name, settings in _engines(words):
        began = time.monotonic()
        folder = HOME / name
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.equality.compute", str(folder), *_parts(name)],
            env=os.environ | settings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        tally.check(holds=done.returncode == 0, otherwise=f"{name} did not finish:\n{done.stderr[-3_000:]}")
        if done.returncode == 0:
            seconds[name] = json.loads((folder / "seconds.json").read_text())
        spent = ", ".join(f"{kind} {sum(times):.0f} s" for kind, times in seconds.get(name, {}).items())
        print(f"{name}: {time.monotonic() - began:.0f} s in all ({spent})", flush=True)
    for name in seconds:
        _compare(name, tally)
    _look_at_what_was_compared(tally)
    for failure in tally.failures:
        print(f"FAILED {failure}")
    _print_seconds(seconds)
    print(f"{tally.passed} passed, {len(tally.failures)} failed")
    return bool(tally.failures)


def _engines(words: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each engine while it runs, and the settings that point Mainstay at it."""

    def wanted(name: str) -> bool:
        return not words or any(word.lower() in name.lower() for word in words)

    yield REFERENCE, {}
    if wanted("DuckDB 1.5"):
        yield "DuckDB 1.5", {"PYTHONPATH": str(OLD_DUCKDB)}
    if wanted("ClickHouse (chdb)"):
        yield "ClickHouse (chdb)", {"MAINSTAY_METRICS_ENGINE": "chdb"}
    if wanted("ClickHouse (HTTP)"):
        with clickhouse.serving(HOME / "clickhouse") as address:
            yield "ClickHouse (HTTP)", {"MAINSTAY_METRICS_ENGINE": address}
    if wanted("Spark cluster") or wanted("Spark Connect"):
        spark.check_java()
        with spark.cluster(HOME / "spark") as (master, environment):
            if wanted("Spark cluster"):
                yield "Spark cluster", environment | {"MAINSTAY_METRICS_ENGINE": master}
            if wanted("Spark Connect"):
                with spark.connect_server(HOME / "spark", master, environment) as address:
                    yield "Spark Connect", {"MAINSTAY_METRICS_ENGINE": address}


def _parts(name: str) -> list[str]:
    """The same statements by another way need not all be run again."""
    return ["company"] if name in ("ClickHouse (HTTP)", "Spark Connect") else []


def _write_inputs(folder: Path) -> None:
    """The files that all engines read, besides the lake of the company."""
    folder.mkdir(parents=True)
    pq.write_table(operations.rows(), folder / "trials.parquet")
    for name, world in worlds.all_worlds().items():
        (folder / f"world {name}").mkdir()
        for table, rows in world.items():
            pq.write_table(rows, folder / f"world {name}" / f"{table}.parquet")


def _compare(name: str, tally: Tally) -> None:
    for path in sorted((HOME / name).glob("*.failed")):
        tally.check(holds=False, otherwise=f"{name}, {path.stem.replace('~', ', ')}: {path.read_text()}")
    for path in sorted((HOME / REFERENCE).glob("*.parquet")):
        kind, _, what = path.stem.partition("~")
        if not (HOME / name / path.name).exists():
            # Failed, which is told already, or not asked for.
            continue
        expected, found = pq.read_table(path), pq.read_table(HOME / name / path.name)
        keys = expected.column_names[:1]
        if expected.select(keys) != found.select(keys):
            tally.check(holds=False, otherwise=f"{name}, {kind}, {what}: other rows")
            continue
        for column in expected.column_names[1:]:
            differing = _differing(expected, found, column)
            said = f"{name}, {kind}, {what}: {column} differs in {len(differing)} rows, first {differing[:1]}"
            tally.check(holds=not differing, otherwise=said)


def _differing(expected: pa.Table, found: pa.Table, column: str) -> list[str]:
    keys = expected[expected.column_names[0]].to_pylist()
    pairs = zip(keys, expected[column].to_pylist(), found[column].to_pylist(), strict=True)
    return [f"{key}: {ours}, here {theirs}" for key, ours, theirs in pairs if ours != theirs]


def _look_at_what_was_compared(tally: Tally) -> None:
    """Comparing is worth something only where there is something to see."""
    tables = [pq.read_table(path) for path in (HOME / REFERENCE).glob("worlds~*.parquet")]
    for key in (*shipped(), *own.declared()[1]):
        seen = {value for table in tables for value in table[key].to_pylist()}
        said = f"Metric '{key}' has only the values {seen} here; its case file needs more that differ."
        tally.check(holds=len(seen) > 1, otherwise=said)
    used = {type(node).__name__ for trial in operations.statements().values() for node in trial.op().find(ops.Node)}
    for names in portability.ALLOWED.values():
        for name in names.split():
            said = f"The rule book allows {name}, which no expression of tests/equality/operations.py uses."
            tally.check(holds=name in used, otherwise=said)


def _print_seconds(seconds: Mapping[str, Mapping[str, list[float]]]) -> None:
    """Wall time of the company, all metrics as of one instant: the best of the rounds after the first."""
    print(f"{'All metrics of the company, one instant':<40}{'first':>9}{'best':>9}{'of DuckDB':>11}")
    best = {name: min(times["company"][1:ROUNDS]) for name, times in seconds.items() if len(times["company"]) >= ROUNDS}
    for name in best:
        times, ratio = seconds[name], best[name] / best[REFERENCE]
        print(f"{name:<40}{times['company'][0]:>8.2f}s{best[name]:>8.2f}s{ratio:>10.1f}x")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
