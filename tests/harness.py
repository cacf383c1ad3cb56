"""A real installation in processes of its own, to be started, fed and killed. Used by tests and benchmarks."""

import base64
import gzip
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
MAINSTAY = (sys.executable, "-m", "mainstay.config")


# How long what must come is waited for: no measure of anything, only the end of a test that would wait for ever. A
# machine that is busy with something else may stand still for half a minute.
PATIENCE = 180.0


def until[T](look: Callable[[], T], *, seconds: float = PATIENCE, every: float = 0.05, what: str = "it") -> T:
    """The first true value of `look()`."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come to hold in {seconds} s")
        time.sleep(every)


def new_database(server: str) -> str:
    """A new, empty database on the PostgreSQL of `server`; its address. Without a server "": SQLite."""
    if not server:
        return ""
    name = f"mainstay_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


@dataclass
class Installation:
    """A data directory, perhaps a PostgreSQL database, and the processes that serve them."""

    home: Path
    database_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    key: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes see: nothing of ours but what was said here."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MAINSTAY_") and name not in ("DATABASE_URL", "DB")
        }
        database = {"DATABASE_URL": self.database_url} if self.database_url else {}
        return {**kept, "MAINSTAY_HOME": str(self.home), **database, **self.settings}

    def run(self, *arguments: str) -> str:
        """A `mainstay` command; what it printed. AssertionError with its output when it fails."""
        done = subprocess.run(
            [*MAINSTAY, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> Any:
        """Run Python in the installation, Django set up; the JSON it prints."""
        code = f"import django, json; django.setup()\n{code}"
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "mainstay.config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def set_up(self) -> None:
        """Tables, an administrator, a write key; in one process, which is quicker than one command each."""
        self.key = self.python(
            "from mainstay.config.installation import first_administrator, migrate\n"
            "from mainstay.people.services import create_write_key\n"
            "migrate(), first_administrator()\n"
            "print(json.dumps(create_write_key('tests')[1]))"
        )

    def start(self, name: str) -> None:
        """Start `web` or `worker`; its output goes to a log in the data directory."""
        options = ("--port", str(self.port)) if name == "web" else ()
        path = self.home / f"{name}.log"
        self.starts[name] = path.stat().st_size if path.exists() else 0
        with path.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*MAINSTAY, name, *options], env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """End a process without giving it a chance."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes.pop(name).wait()

    def stop(self) -> None:
        """End everything in order; what does not end is killed."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def log(self, name: str) -> str:
        """What a process has logged since its last start."""
        return (self.home / f"{name}.log").read_bytes()[self.starts[name] :].decode()

    def wait_ready(self, *, seconds: float = PATIENCE) -> None:
        """Until the web process answers; AssertionError with the end of its log when it does not."""
        end = time.monotonic() + seconds
        while not self.is_ready():
            log = self.log("web")[-2000:]
            assert self.processes["web"].poll() is None, f"the web process ended: {log}"
            assert time.monotonic() < end, f"the web process is not ready after {seconds:.0f} s: {log}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """True when the web process answers."""
        try:
            return self.get("/readyz") == 200
        except (OSError, http.client.HTTPException):
            return False

    def get(self, path: str) -> int:
        """The status of a GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, calls: Iterable[Mapping[str, Any]], *, timeout: float = 60) -> bool:
        """POST one batch; True when it was accepted, False when no answer came. Other answers are errors."""
        body = gzip.compress(json.dumps({"batch": list(calls)}).encode(), compresslevel=1)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        token = base64.b64encode(f"{self.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
        try:
            connection.request("POST", "/v1/batch", body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if response.status == 503:
            return False
        assert response.status == 200, (response.status, text)
        return True


@contextmanager
def installation(home: Path, **options: Any) -> Iterator[Installation]:
    """An installation that is set up, and stopped at the end."""
    made = Installation(home, **options)
    made.set_up()
    try:
        yield made
    finally:
        made.stop()
