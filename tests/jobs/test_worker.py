"""Real worker processes, killed in the middle of a job, on SQLite and on PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from mainstay.common.time import utc_now
from mainstay.jobs import worker
from mainstay.jobs.errors import LockBusy
from mainstay.jobs.locks import only_one
from mainstay.jobs.models import Job, State
from tests.harness import PATIENCE, ROOT, until
from tests.jobs import work


def database_url() -> str:
    """The address of the test database, for child processes."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    return f"postgresql://{config['USER']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"


def child_environment() -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "MAINSTAY_HOME": str(settings.MAINSTAY_HOME),
        "MAINSTAY_LOG_LEVEL": "ERROR",
    }


class Workers:
    """Starts worker processes and ends what is left of them."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *, lease_seconds: float = 60, beats: int = 3) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.jobs.work", str(lease_seconds), str(beats)]
        process = subprocess.Popen(command, cwd=ROOT, env=child_environment())
        self.processes.append(process)
        return process


@pytest.fixture
def workers(transactional_db: None) -> Iterator[Workers]:
    started = Workers()
    yield started
    for process in started.processes:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_job_whose_worker_is_killed_runs_again_and_a_finished_one_does_not(workers: Workers, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    result = work.leave_a_mark.enqueue(str(marks), hang=True)
    victim = workers.start(lease_seconds=1)
    until(lambda: list(marks.iterdir()))
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    Job.objects.filter(pk=result.id).update(run_after=utc_now() - timedelta(minutes=1))
    assert Job.objects.get(pk=result.id).state == State.RUNNING

    workers.start(lease_seconds=1)
    until(lambda: Job.objects.filter(pk=result.id, attempt=1, state=State.READY).update(run_after=utc_now()))
    until(lambda: Job.objects.get(pk=result.id).state == State.DONE)
    assert len(list(marks.iterdir())) == 2
    assert len(set(Job.objects.get(pk=result.id).workers)) == 2


@pytest.mark.slow
def test_a_long_job_keeps_its_lease_by_heartbeats_while_two_workers_share_the_rest(
    workers: Workers, tmp_path: Path
) -> None:
    long, short = tmp_path / "long", tmp_path / "short"
    long.mkdir()
    short.mkdir()
    work.leave_a_mark.using(priority=5).enqueue(str(long), hang=True)
    for _ in range(20):
        work.leave_a_mark.enqueue(str(short), hang=False)
    # A heartbeat every tenth of a second, and leases that no worker comes near to losing, however slow the machine is.
    for _ in range(2):
        workers.start(lease_seconds=60, beats=600)
    until(lambda: Job.objects.filter(state=State.DONE).count() == 20)
    first = owned_until()
    second = until(lambda: owned_until() > first and owned_until(), what="a heartbeat")
    until(lambda: owned_until() > second, what="another one")
    assert len(list(short.iterdir())) == 20
    assert len(list(long.iterdir())) == 1
    assert Job.objects.get(state=State.RUNNING).attempt == 1


def owned_until() -> datetime:
    """When the lease of the job that runs ends, unless it is made longer."""
    found = Job.objects.get(state=State.RUNNING).lease_until
    assert found is not None
    return found


def test_a_worker_finishes_its_job_and_stops_when_asked(transactional_db: None) -> None:
    work.add.enqueue(1, right=1)
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run, args=[stop], kwargs={"rhythm": worker.Rhythm(idle=timedelta(milliseconds=10))}
    )
    thread.start()
    until(lambda: Job.objects.get().state == State.DONE)
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.slow
def test_a_lock_keeps_a_second_process_out_and_dies_with_its_holder(transactional_db: None) -> None:
    code = (
        "import django, time; django.setup()\n"
        "from mainstay.jobs.locks import only_one\n"
        "with only_one('refresh'): print('held', flush=True); time.sleep(3600)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockBusy, match="'refresh'"), only_one("refresh"):
            pass
        with only_one("another"):
            pass
        holder.kill()
        with only_one("refresh", wait_seconds=PATIENCE):
            pass
    finally:
        holder.kill()
        holder.communicate()


def test_a_lock_is_given_back(transactional_db: None) -> None:
    with only_one("refresh"):
        pass
    with only_one("refresh"):
        pass


def test_a_heartbeat_goes_on_when_the_database_was_away_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the lease would end under a job that goes on, and another worker would do it a second time."""
    beats, is_alive = list[datetime](), threading.Event()

    def extend(job: Job, *, until: datetime) -> bool:
        beats.append(until)
        if len(beats) == 1:
            raise OperationalError("the connection was lost")
        is_alive.set()
        return True

    monkeypatch.setattr(worker.services, "extend_lease", extend)
    beat = worker._Heartbeat(Job(), worker.Rhythm(lease=timedelta(milliseconds=30)))
    beat.start()
    try:
        assert is_alive.wait(10)
    finally:
        beat.stop()
