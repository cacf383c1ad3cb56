"""A row of the queue as the `TaskResult` that Django's interface speaks of."""

from __future__ import annotations  # Django's Task takes type parameters in its stubs only

import traceback
from typing import Any

from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.base import TaskError
from django.utils.module_loading import import_string

from mainstay.jobs.models import Job, State

_STATUS = {
    State.READY: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.FAILED: TaskResultStatus.FAILED,
}


def task_of(job: Job) -> Task[..., Any]:
    """The task a job calls. ImportError or TypeError when the code it names is gone (after an upgrade, say)."""
    found = import_string(job.task_path)
    if not isinstance(found, Task):
        raise TypeError(f"{job.task_path} is not a task any more; declare it with @task or let the job fail.")
    return found.using(priority=job.priority, queue_name=job.queue, run_after=job.run_after)


def task_result(job: Job, *, backend: str) -> TaskResult[..., Any]:
    """The present state of `job` in Django's terms."""
    result: TaskResult[..., Any] = TaskResult(
        task=task_of(job),
        id=str(job.id),
        status=_STATUS[State(job.state)],
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.attempted_at,
        args=job.arguments["args"],
        kwargs=job.arguments["kwargs"],
        backend=backend,
        errors=[TaskError(**error) for error in job.errors],
        worker_ids=job.workers,
    )
    # The dataclass is frozen and takes no return value; Django's own backends set it this way.
    object.__setattr__(result, "_return_value", job.result)
    return result


def error_entry(error: BaseException) -> dict[str, str]:
    """What is kept of an error: its class and its traceback."""
    kind = type(error)
    return {
        "exception_class_path": f"{kind.__module__}.{kind.__qualname__}",
        "traceback": "".join(traceback.format_exception(error)),
    }
