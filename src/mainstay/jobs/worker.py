"""Carries jobs out, one at a time, until it is asked to stop."""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, connection
from django.tasks import TaskContext, task_backends
from django.tasks.signals import task_finished, task_started
from django.utils.json import normalize_json

from mainstay.common.time import utc_now
from mainstay.jobs import cron, services
from mainstay.jobs.models import Job
from mainstay.jobs.results import task_of, task_result

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
IDLE = timedelta(seconds=1)
BEATS = 3


@dataclass(frozen=True)
class Rhythm:
    """How long a job is owned without a heartbeat, how long an idle worker waits, and the heartbeats in a lease."""

    lease: timedelta = LEASE
    idle: timedelta = IDLE
    beats: int = BEATS


def worker_name() -> str:
    """Unique among the living: host, process, thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def run(stop: threading.Event, *, queues: Sequence[str] = (), rhythm: Rhythm | None = None) -> None:
    """Carry out due jobs until `stop` is set; the job under way is finished first."""
    rhythm = rhythm or Rhythm()
    name = worker_name()
    try:
        while not stop.is_set():
            close_old_connections()
            services.put_back_expired(utc_now())
            cron.tick(utc_now())
            job = services.claim(worker=name, now=utc_now(), lease=rhythm.lease, queues=queues)
            if job is None:
                stop.wait(rhythm.idle.total_seconds())
            else:
                carry_out(job, rhythm=rhythm)
    finally:
        connection.close()


def carry_out(job: Job, *, rhythm: Rhythm | None = None) -> None:
    """Run a claimed job under a heartbeat and record what came of it."""
    beat = _Heartbeat(job, rhythm or Rhythm())
    beat.start()
    try:
        result = _call(job)
    except Exception as error:  # noqa: BLE001 (the edge of the loop: the error is kept on the row)
        beat.stop()
        kept = services.fail(job, error, now=utc_now())
        _announce(job)
        logger.warning("Job %s (%s) failed at attempt %s: %s", job.id, job.task_path, job.attempt, error)
    except BaseException:
        beat.stop()
        services.release(job, now=utc_now())
        raise
    else:
        beat.stop()
        kept = services.finish(job, result=result, now=utc_now())
        _announce(job)
    if not kept:
        logger.warning("Job %s (%s): attempt %s lost its lease; another decides.", job.id, job.task_path, job.attempt)


def _call(job: Job) -> Any:
    task = task_of(job)
    result = task_result(job, backend=task.backend)
    task_started.send(type(task_backends[task.backend]), task_result=result)
    context = [TaskContext(task_result=result)] if task.takes_context else []
    return normalize_json(task.call(*context, *result.args, **result.kwargs))


def _announce(job: Job) -> None:
    """Tell Django's signal, on which its own log lines rest."""
    job.refresh_from_db()
    if job.finished_at is None:
        return
    try:
        result = task_result(job, backend="default")
    except (ImportError, TypeError):
        return  # the code of the task is gone: nothing to announce
    task_finished.send(type(task_backends["default"]), task_result=result)


class _Heartbeat(threading.Thread):
    """Extends the lease of one job some times per lease, on a connection of its own."""

    def __init__(self, job: Job, rhythm: Rhythm) -> None:
        super().__init__(name=f"heartbeat-{job.id}", daemon=True)
        self._job, self._lease, self._done = job, rhythm.lease, threading.Event()
        self._pause = rhythm.lease / rhythm.beats

    def run(self) -> None:
        try:
            while not self._done.wait(self._pause.total_seconds()):
                try:
                    if not services.extend_lease(self._job, until=utc_now() + self._lease):
                        return
                except DatabaseError as error:  # away for a moment: the next beat comes before the lease is over
                    logger.warning("Job %s: a heartbeat was lost: %s", self._job.id, error)
                    connection.close()
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop and wait: afterwards this thread writes nothing more."""
        self._done.set()
        self.join()
