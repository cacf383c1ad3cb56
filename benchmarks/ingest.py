"""Durable ingest against a bare ASGI sink on the same server: what does storing before answering cost?

The door checks every event and answers after the commit (SQLite with `synchronous=FULL`, or PostgreSQL); the sink reads
the body and answers. Both by uvicorn in one process, in turns, so that a busy machine is busy for both. Requests per
second of the wall clock and per second of the server's CPU: the second moves less when others share the machine.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import postgres

from benchmarks import _load

SECONDS = 2
ROUNDS = 6
CONNECTIONS = 32
SIZES = (1, 100)
EVENT = {
    "timestamp": "2026-11-22T01:08:30.439Z",
    "type": "track",
    "event": "Report Exported",
    "userId": "u-4711",
    "properties": {"rows": 1200, "format": "csv", "price": 19.99, "flag": True},
    "context": {"groupId": "acme-co", "library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
    "messageId": "node-next-1795309710439-cd8f3b44-4ade-429f-8a86-c5e8595e398b",
    "_metadata": {"nodeVersion": "v20.20.2", "jsRuntime": "node"},
}


@dataclass(frozen=True)
class Speed:
    """The best of several runs."""

    per_second: float
    per_cpu_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int


def main() -> bool:
    """Print requests and events a second, and the ratios. False when a number that must hold was missed."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mainstay-bench-")))
        servers = {"sink": stack.enter_context(_server("sink", home / "sink"))}
        servers["SQLite"] = stack.enter_context(_server("door", home / "sqlite"))
        if postgres.binaries() is not None:
            url = postgres.start(is_durable=True)
            servers["PostgreSQL"] = stack.enter_context(_server("door", home / "postgres", url=url))
        speeds: dict[tuple[str, int], Speed] = {}
        for count in SIZES:
            body = json.dumps({"batch": [EVENT] * count}).encode()
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    speeds[name, count] = _better(speeds.get((name, count)), _measure(server, body))
    return _report(list(servers), speeds)


def _measure(server: Server, body: bytes) -> Speed:
    headers = {"Content-Type": "application/json", "Authorization": "Basic bXdfYmVuY2htYXJrOg=="}
    before = _load.cpu_seconds(server.process.pid)
    load = _load.post(server.port, "/v1/batch", body, headers, connections=CONNECTIONS, seconds=SECONDS)
    used = _load.cpu_seconds(server.process.pid) - before
    if load.errors:
        raise RuntimeError(f"{load.errors} of {load.requests} requests were refused.")
    return Speed(load.requests / load.seconds, load.requests / used, load.p50_ms, load.p99_ms)


def _better(one: Speed | None, other: Speed) -> Speed:
    if one is None:
        return other
    return Speed(
        max(one.per_second, other.per_second),
        max(one.per_cpu_second, other.per_cpu_second),
        min(one.p50_ms, other.p50_ms),
        min(one.p99_ms, other.p99_ms),
    )


def _report(names: list[str], speeds: dict[tuple[str, int], Speed]) -> bool:
    print(
        "| events a request | store | req/s | events/s | of the sink | req per CPU s | of the sink | p50 ms | p99 ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for count in SIZES:
        sink = speeds["sink", count]
        for name in names:
            one = speeds[name, count]
            print(
                f"| {count} | {name} | {one.per_second:,.0f} | {one.per_second * count:,.0f} |"
                f" {one.per_second / sink.per_second:.0%} | {one.per_cpu_second:,.0f} |"
                f" {one.per_cpu_second / sink.per_cpu_second:.0%} | {one.p50_ms:.1f} | {one.p99_ms:.1f} |"
            )
    # On a quiet machine the wall clock tells; on a shared one the CPU does: waiting for a turn does not count there.
    one, sink = speeds["SQLite", 1], speeds["sink", 1]
    single = max(one.per_second / sink.per_second, one.per_cpu_second / sink.per_cpu_second)
    batched = max(speeds["SQLite", 100].per_second, speeds["SQLite", 100].per_cpu_second) * 100
    print(f"1 event a request: {single:.0%} of the sink (must hold 50%).")
    print(f"100 events a request: {batched:,.0f} events/s (must hold 200,000).")
    holds = single >= 0.5 and batched >= 200_000
    if "PostgreSQL" in names:
        ratio = speeds["PostgreSQL", 1].per_second / speeds["SQLite", 1].per_second
        print(f"PostgreSQL against SQLite, 1 event a request: {ratio:.2f} (must lie within 0.7 and 1.5).")
        holds = holds and 0.7 <= ratio <= 1.5
    return holds


@contextlib.contextmanager
def _server(kind: str, home: Path, *, url: str = "") -> Iterator[Server]:
    home.mkdir()
    environment = {
        **os.environ,
        "MAINSTAY_HOME": str(home),
        "MAINSTAY_BENCHMARK": kind,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
    }
    if url:
        migrate = [sys.executable, "-m", "django", "migrate", "-v0", "ingest"]
        subprocess.run(migrate, env=environment, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "benchmarks._servers:application", "--port", str(port),
         "--no-access-log", "--log-level", "warning"],
        env=environment, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    try:
        _wait_until_open(port, process)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait()


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("The server ended at its start; see its output above.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("The server did not open its port within 30 seconds.")
