"""All metrics of 20,000 accounts from roll-ups, against hand-written SQL on the same engine and on PostgreSQL.

The baselines read the same rows; PostgreSQL has covering indexes. ACCOUNTS=100000 in the environment measures more.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import _apart

MUST_BE_WITHIN = 1.2
MUST_TAKE_SECONDS = 1.5
# The limits are for this many accounts; more are measured, not judged.
JUDGED = 20_000
ROUNDS = 5
INDEXES = """
    CREATE INDEX ON user_days (account_id, contact_id, age) INCLUDE (weekday, n, logins);
    CREATE INDEX ON active_days (account_id, age);
    CREATE INDEX ON feature_days (age, account_id, feature) INCLUDE (core, n);
    CREATE INDEX ON feature_days (core, age, account_id) INCLUDE (n);
    CREATE INDEX ON accounts (account_id); CREATE INDEX ON plan_features (account_id, feature);
    CREATE INDEX ON subscriptions (account_id); CREATE INDEX ON invoices (account_id);
    CREATE INDEX ON interactions (account_id); CREATE INDEX ON tickets (account_id);
    CREATE INDEX ON meaning_days (account_id, contact_id); CREATE INDEX ON first_values (account_id);
    CREATE INDEX ON milestones (account_id); CREATE INDEX ON readings (account_id); CREATE INDEX ON pulses (account_id);
    CREATE INDEX ON responses (account_id); CREATE INDEX ON contact_roles (account_id);
    VACUUM ANALYZE"""


def main() -> bool:
    """Run apart; see `_apart`."""
    return _apart.on_sqlite("benchmarks.metrics")


def run() -> bool:
    """Measure, print, and say whether it holds."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _company  # noqa: PLC0415
    from mainstay.facts import tables  # noqa: PLC0415
    from mainstay.lake import engine as lake  # noqa: PLC0415
    from mainstay.metrics import engine, profile_table, services  # noqa: PLC0415
    from mainstay.metrics.tables import ACTIVITY_DAYS  # noqa: PLC0415

    accounts = int(os.environ.get("ACCOUNTS", JUDGED))
    call_command("migrate", verbosity=0)
    _, wall, _ = measured(lambda: _company.make(accounts), rounds=1)
    print(f"  {accounts:,} accounts made in {wall:.0f} s")
    _, compiling, _ = measured(engine.fingerprint, rounds=1)
    with lake.cursor() as cursor:
        registered = measured(lambda: tables.register(cursor, _company.NOW, history_days=ACTIVITY_DAYS), rounds=2)
        ours = measured(lambda: engine.run(cursor))
        statement = by_hand("bit_count", "round")
        hand = measured(lambda: lake.arrow(cursor, statement))
        compare(ours[0], hand[0])
        line("records and views", registered)
        line("all metrics", ours)
        line("  baseline: SQL by hand, DuckDB", hand)
        ratio = ours[2] / hand[2]
        print(f"  ratio to hand SQL: {ratio:.2f} x the CPU (must hold {MUST_BE_WITHIN}); compiled in {compiling:.2f} s")
        postgres(cursor, ours)
    line("refresh, every profile new", measured(lambda: services.refresh_profiles(_company.NOW), rounds=1))
    line("refresh, nothing changed", measured(lambda: services.refresh_profiles(_company.NOW), rounds=2))
    line("  of it: comparing with what is stored", measured(lambda: profile_table.write(ours[0]), rounds=2))
    print(f"  peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return accounts != JUDGED or (ratio <= MUST_BE_WITHIN and ours[1] < MUST_TAKE_SECONDS)


def measured(work: Callable[[], Any], *, rounds: int = ROUNDS) -> tuple[Any, float, float]:
    """The result, and the smallest wall and CPU seconds of several rounds."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return result, min(walls), min(cpus)


def line(name: str, figures: tuple[Any, float, float]) -> None:
    """Print the figures of `measured`."""
    print(f"  {name:<40} {figures[1]:6.2f} s wall  {figures[2]:6.2f} s CPU", flush=True)


def by_hand(bits: str, rounding: str) -> str:
    """The hand-written statement with the functions of an engine."""
    text = Path(__file__).with_name("metrics_by_hand.sql").read_text()
    return text.replace("{bits}", bits).replace("{round}", rounding)


def compare(ours, theirs) -> None:
    """Both statements must say the same, or their times mean nothing."""
    for key in ours.column_names:
        for mine, other in zip(ours[key].to_pylist(), theirs[key].to_pylist(), strict=True):
            same = mine == other or (mine is not None and other is not None and abs(mine - float(other)) < 1e-5)
            if not same:
                raise SystemExit(f"'{key}' differs: {mine} and, by hand, {other}")


def postgres(cursor, ours: tuple[Any, float, float]) -> None:
    """The hand-written SQL on PostgreSQL, over the very rows the engine read."""
    from tests import postgres as server  # noqa: PLC0415

    if server.binaries() is None:
        print("  PostgreSQL is not installed: not compared")
        return
    import psycopg  # noqa: PLC0415

    with psycopg.connect(server.start(), autocommit=True) as connection:
        copy_tables(cursor, connection)
        connection.execute("SET work_mem = '512MB'; SET max_parallel_workers_per_gather = 2; SET jit = off")
        connection.execute("CREATE FUNCTION bits(value bigint) RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql "
                           "AS 'SELECT bit_count(value::bit(64))'")  # fmt: skip
        statement = by_hand("bits", "").replace(", 6)", ")")
        rows, wall, _ = measured(lambda: connection.execute(statement).fetchall(), rounds=3)
    print(f"  {'  baseline: SQL by hand, PostgreSQL':<40} {wall:6.2f} s wall")
    print(f"  ratio to PostgreSQL: {wall / ours[1]:.1f} times faster")
    if [row[0] for row in rows] != ours[0]["account_id"].to_pylist():
        raise SystemExit("PostgreSQL gave other accounts")


def copy_tables(cursor, connection) -> None:
    """The fact tables as PostgreSQL tables, ages already computed, only the days that are read, and indexed."""
    from mainstay.metrics import tables  # noqa: PLC0415

    kinds = {"int64": "int", "float64": "float8", "string": "text", "boolean": "bool", "timestamp('UTC')": "timestamp"}
    big = {"arr_minor", "amount_minor", "account_id", "contact_id"}
    with tempfile.TemporaryDirectory(dir=os.environ["MAINSTAY_HOME"]) as folder:
        for name in tables.names():
            if name == "usage_days":
                continue
            columns = tables.columns(name)
            described = ", ".join(
                f'"{column}" {"bigint" if column in big else kinds[kind]}' for column, kind in columns.items()
            )
            connection.execute(f"CREATE UNLOGGED TABLE {name} ({described})")
            file = Path(folder, "rows.csv")
            chosen = ", ".join(f'"{column}"' for column in columns)
            where = {"feature_days": "WHERE age <= 56"}.get(name, "")
            cursor.execute(f"COPY (SELECT {chosen} FROM {name} {where}) TO '{file}' (FORMAT csv, HEADER false)")
            with (
                connection.cursor().copy(f"COPY {name} ({chosen}) FROM STDIN (FORMAT csv)") as copy,
                file.open("rb") as rows,
            ):
                while chunk := rows.read(2**20):
                    copy.write(chunk)
    for statement in INDEXES.split(";"):
        connection.execute(statement)


if __name__ == "__main__":
    sys.exit(0 if run() else 1)
