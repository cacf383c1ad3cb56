"""A ClickHouse server for the equality job: `clickhouse_server` in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# With characters that an address must write otherwise.
USER, PASSWORD = "mainstay", "s3cret/w@rd"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server, which ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.equality.clickhouse_server", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            if not port:
                raise SystemExit("The ClickHouse server of the tests did not start.")
            yield f"clickhouse://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/default"
        finally:
            process.terminate()
