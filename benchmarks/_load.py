"""Load on an HTTP server: `wrk` where it is installed, else a client of our own. One POST over and over, keep-alive."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Load:
    """What a run of load saw. `errors` counts answers that were not 200."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int


def cpu_seconds(pid: int) -> float:
    """The processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def post(port: int, path: str, body: bytes, headers: dict[str, str], *, connections: int, seconds: float) -> Load:
    """POST `body` over `connections` connections for so many seconds."""
    if shutil.which("wrk"):
        return _wrk(port, path, body, headers, connections=connections, seconds=seconds)
    return asyncio.run(_own(port, path, body, headers, connections=connections, seconds=seconds))


def _wrk(port: int, path: str, body: bytes, headers: dict[str, str], *, connections: int, seconds: float) -> Load:
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body.decode())}"]
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()]
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory) / "post.lua"
        script.write_text("\n".join(lines))
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", "-s", str(script),
             f"http://127.0.0.1:{port}{path}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    requests = re.search(r"(\d+) requests in ([\d.]+)(s|m)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    assert requests is not None, output
    return Load(
        int(requests[1]),
        float(requests[2]),
        _milliseconds(output, "50%"),
        _milliseconds(output, "99%"),
        int(refused[1]) if refused else 0,
    )


def _milliseconds(output: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", output)
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]] if found else float("nan")


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, latencies: list[float], errors: list[bytes]) -> None:
        self.request, self.latencies, self.errors = request, latencies, errors
        self.sent_at, self.received = 0.0, b""

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        self.sent_at = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data):
        self.received += data
        head, gap, body = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if not gap or length is None or len(body) < int(length[1]):
            return
        self.latencies.append(time.perf_counter() - self.sent_at)
        if not head.startswith(b"HTTP/1.1 200"):
            self.errors.append(head[:12])
        self.received = b""
        self.send()


async def _own(port: int, path: str, body: bytes, headers: dict[str, str], *, connections: int, seconds: float) -> Load:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    latencies: list[float] = []
    errors: list[bytes] = []
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(request, latencies, errors), "127.0.0.1", port)
        for _ in range(connections)
    ]
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    count, elapsed = len(latencies), time.perf_counter() - started
    for transport, _ in opened:
        transport.abort()
    ordered = sorted(latencies)
    return Load(count, elapsed, ordered[count // 2] * 1000, ordered[count * 99 // 100] * 1000, len(errors))
