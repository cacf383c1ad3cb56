"""Runs a benchmark in a process of its own with an empty MAINSTAY_HOME: Django reads its settings once per process."""

import os
import subprocess
import sys
import tempfile

from tests import postgres


def on_sqlite(module: str) -> bool:
    """Run `module` as a script on SQLite; whether it held what it must."""
    return _run(module, {})


def on_both(module: str) -> bool:
    """The same on SQLite, then on PostgreSQL where it is installed."""
    print("  sqlite", flush=True)
    held = on_sqlite(module)
    if postgres.binaries() is not None:
        print("  postgresql", flush=True)
        held &= _run(module, {"DATABASE_URL": postgres.start()})
    return held


def _run(module: str, more: dict[str, str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as home:
        environment = os.environ | {"MAINSTAY_HOME": home, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
        environment.pop("DATABASE_URL", None)
        done = subprocess.run([sys.executable, "-m", module], env=environment | more, check=False)
    return done.returncode == 0
