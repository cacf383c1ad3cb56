"""Real child processes, small ones."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import PATIENCE, ROOT, until

SUPERVISE = """
import sys
from mainstay.config import supervisor
from mainstay.config.supervisor import Program, Supervisor
supervisor.GRACE = 3_600  # nobody is killed because the machine is slow
programs = [Program(name, (sys.executable, "-u", "-c", code)) for name, code in zip(sys.argv[1::2], sys.argv[2::2])]
Supervisor(programs, say=lambda line: print(line, flush=True)).run()
print("over", flush=True)
"""
STEADY = "import time, os\nprint('up', os.getpid())\ntime.sleep(3_600)"
STUBBORN = "import signal, time, os\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STEADY


class Supervised:
    """A supervisor in a process of its own, and what it printed."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.log = folder / "log"
        arguments = [part for program in programs.items() for part in program]
        with self.log.open("wb") as log:
            command = [sys.executable, "-c", SUPERVISE, *arguments]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def pids(self, name: str) -> list[int]:
        """The children called `name`, in the order of their starts."""
        return [int(line.split()[-1]) for line in self.lines if line.startswith(name) and "| up" in line]

    def has_started(self, name: str, *, times: int = 1) -> bool:
        return len(self.pids(name)) >= times


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the second, where it ends between opening and reading
        return False
    return "Z" not in stat.rpartition(")")[2].split()[0]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_children_run_until_the_supervisor_is_asked_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    supervised = Supervised(tmp_path, web=STEADY, worker=STEADY)
    until(lambda: supervised.has_started("web") and supervised.has_started("worker"))
    supervised.process.send_signal(number)
    assert supervised.process.wait(PATIENCE) == 0
    assert supervised.lines[-1] == "over"
    assert any(line.startswith("worker | up") for line in supervised.lines)
    assert not any(is_alive(pid) for pid in supervised.pids("web") + supervised.pids("worker"))


@pytest.mark.slow
def test_a_killed_child_is_started_again_and_the_other_runs_on(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, web=STEADY, worker=STEADY)
    until(lambda: supervised.has_started("web") and supervised.has_started("worker"))
    os.kill(supervised.pids("worker")[0], signal.SIGKILL)
    until(lambda: supervised.has_started("worker", times=2))
    assert "worker ended (killed by SIGKILL); starting it again in 0.5 s." in supervised.lines
    assert len(supervised.pids("web")) == 1
    supervised.process.terminate()
    supervised.process.wait(PATIENCE)


@pytest.mark.slow
def test_a_child_that_keeps_crashing_is_started_ever_more_slowly(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, web="import sys; print('last words', end=''); sys.exit(3)")
    until(lambda: "web ended (exit code 3); starting it again in 1 s." in supervised.lines)
    assert "web | last words" in supervised.lines
    supervised.process.terminate()
    supervised.process.wait(PATIENCE)


@pytest.mark.slow
def test_a_second_signal_does_not_wait_for_a_stubborn_child(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, web=STUBBORN)
    until(lambda: supervised.has_started("web"))
    supervised.process.send_signal(signal.SIGINT)
    until(lambda: "Stopping…" in supervised.lines)
    assert supervised.process.poll() is None
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.process.wait(PATIENCE) == 0
    assert not is_alive(supervised.pids("web")[0])


@pytest.mark.slow
def test_a_child_that_follows_its_parent_ends_when_the_parent_is_killed(tmp_path: Path) -> None:
    follow = "import os\nfrom mainstay.config.supervisor import follow_parent\nfollow_parent(os.getppid())\n"
    supervised = Supervised(tmp_path, web=follow + STEADY)
    until(lambda: supervised.has_started("web"))
    supervised.process.kill()
    supervised.process.wait()
    until(lambda: not is_alive(supervised.pids("web")[0]))
