"""`mainstay up` as people use it."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.harness import MAINSTAY, PATIENCE, ROOT, Installation, new_database, until


@pytest.mark.slow
def test_up_makes_an_installation_serves_it_heals_itself_and_stops_when_asked(tmp_path: Path) -> None:
    target = Installation(tmp_path, database_url=new_database(os.environ.get("DATABASE_URL", "")))
    log = tmp_path / "up.log"
    command = [*MAINSTAY, "up", "--port", str(target.port)]
    with log.open("wb") as output:
        up = subprocess.Popen(command, env=target.environment, cwd=ROOT, stdout=output, stderr=output)
    try:
        until(target.is_ready, what="the web process")
        listens = f"web    | Mainstay listens on http://localhost:{target.port}"
        said = until(lambda: (read := log.read_text()) and listens in read and read, what="its first line")
        assert re.search(r"Sign in as +admin@localhost\n +with the password +\w{16}\n", said)

        second = subprocess.run(command, env=target.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"Port {target.port} on 127.0.0.1 is in use" in second.stderr

        os.kill(_children(up.pid)["web"], signal.SIGKILL)
        until(lambda: "web ended (killed by SIGKILL)" in log.read_text())
        until(target.is_ready, what="the web process after its death")

        children = _children(up.pid)
        up.send_signal(signal.SIGINT)
        assert up.wait(PATIENCE) == 0
        assert "\nStopping…\n" in log.read_text()
        assert log.read_text().endswith("\nStopped.\n")
        assert not any(Path(f"/proc/{pid}").exists() for pid in children.values())
    finally:
        up.kill()
        up.wait()


def _children(parent: int) -> dict[str, int]:
    """The pids of the children by the command they run."""
    found = {}
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        found[words[words.index("mainstay.config") + 1]] = int(pid)
    return found
