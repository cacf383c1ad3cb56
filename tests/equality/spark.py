"""A Spark cluster of separate processes on this machine: one master, two workers, and a Spark Connect server.

Everything comes from the `pyspark` package and Java 17, set up as docs/operators/engines.md tells an operator to.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

from tests.ports import free_port

WORKERS = 2
_SECONDS = 90
_HOME = Path(pyspark.__file__).parent
_GUIDE = Path(__file__).parents[2] / "docs" / "operators" / "engines.md"
_QUIET = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


class NoJava(SystemExit):
    """Spark needs a Java that is not there."""


def check_java() -> None:
    """Say how to get Java where there is none."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise NoJava("Spark needs Java 17 or newer: apt-get install default-jre-headless, or set JAVA_HOME.")


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a master with its workers, and the environment for its clients. Both end with the block."""
    environment = _environment(folder)
    master, pages = free_port(), free_port()
    with ExitStack() as stack:
        stack.enter_context(_process(folder, "master", [
            "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(master),
            "--webui-port", str(pages),
        ], environment))  # fmt: skip
        for number in range(WORKERS):
            stack.enter_context(_process(folder, f"worker-{number}", [
                "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "700m",
                "--webui-port", str(free_port()), "--work-dir", str(folder / f"work-{number}"),
                f"spark://127.0.0.1:{master}",
            ], environment))  # fmt: skip
        _wait(f"{WORKERS} workers", folder, lambda: _workers(pages) == WORKERS)
        yield f"spark://127.0.0.1:{master}", environment


@contextmanager
def connect_server(folder: Path, master: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a Spark Connect server on the cluster."""
    port = free_port()
    arguments = [
        "org.apache.spark.deploy.SparkSubmit", "--master", master, "--class",
        "org.apache.spark.sql.connect.service.SparkConnectServer", "--conf", f"spark.connect.grpc.binding.port={port}",
        "--conf", "spark.connect.grpc.binding.address=127.0.0.1", "spark-internal",
    ]  # fmt: skip
    # Spark's launcher takes it for a daemon, and gives it the memory of one.
    with _process(folder, "connect", arguments, dict(environment) | {"SPARK_DAEMON_MEMORY": "700m"}):
        _wait("the Connect server", folder, lambda: _is_open(port))
        yield f"sc://127.0.0.1:{port}"


def _environment(folder: Path) -> dict[str, str]:
    settings = folder / "conf"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "spark-defaults.conf").write_text(_documented_defaults())
    (settings / "log4j2.properties").write_text(_QUIET)
    return dict(os.environ) | {
        "SPARK_HOME": str(_HOME), "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "scratch"), "SPARK_DAEMON_MEMORY": "256m",
        # Master and workers do little, and should be there soon.
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }  # fmt: skip


def _documented_defaults() -> str:
    """What the guide writes into `spark-defaults.conf`."""
    found = re.search(r"^# \S+/spark-defaults\.conf$(.*?)^```$", _GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    if found is None:
        raise SystemExit(f"{_GUIDE} shows no spark-defaults.conf any more.")
    return found[1]


@contextmanager
def _process(folder: Path, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        # A session of its own, so that what it started ends with it.
        running = subprocess.Popen(
            [str(_HOME / "bin" / "spark-class"), *arguments], env=dict(environment), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, kind)
            running.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _wait(what: str, folder: Path, is_there) -> None:
    until = time.monotonic() + _SECONDS
    while not is_there():
        if time.monotonic() > until:
            said = "\n".join(f"{path.name}: {path.read_text()[:2_000]}" for path in sorted(folder.glob("*.log")))
            raise SystemExit(f"Spark did not bring up {what} within {_SECONDS} s:\n{said}")
        time.sleep(0.3)


def _workers(pages: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{pages}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, ValueError):
        # Not there yet, or not yet with this page.
        return 0


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
