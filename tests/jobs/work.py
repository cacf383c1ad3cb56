"""Tasks for the tests, and a worker process to be killed: `python -m tests.jobs.work LEASE_SECONDS HEARTBEATS`."""

import os
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import django
from django.tasks import TaskContext, task

if __name__ == "__main__":
    django.setup()

from mainstay.jobs import worker


@task
def add(left: int, right: int = 0) -> int:
    return left + right


@task(priority=10)
def urgent() -> None: ...


@task
async def later(word: str) -> str:
    return word.upper()


@task
def broken() -> None:
    raise ValueError("the file is empty")


@task(takes_context=True)
def attempts(context: TaskContext) -> int:
    return context.attempt


@task
def leave_a_mark(folder: str, *, hang: bool) -> None:
    """One file per attempt; the first attempt hangs until its process is killed, which the test does in any case."""
    marks = Path(folder)
    number = len(list(marks.iterdir()))
    (marks / f"{number}-{os.getpid()}").touch()
    if hang and number == 0:
        time.sleep(3_600)


if __name__ == "__main__":
    rhythm = worker.Rhythm(
        lease=timedelta(seconds=float(sys.argv[1])), idle=timedelta(seconds=0.05), beats=int(sys.argv[2])
    )
    worker.run(threading.Event(), rhythm=rhythm)
