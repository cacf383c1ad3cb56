"""The `django.tasks` backend on our own table."""

from __future__ import annotations  # Django's Task takes type parameters in its stubs only

from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID, uuid4

from django.tasks import Task, TaskResult
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import TaskResultDoesNotExist
from django.tasks.signals import task_enqueued
from django.utils.json import normalize_json

from mainstay.common.time import utc_now
from mainstay.jobs.models import Job
from mainstay.jobs.results import task_result

_P = ParamSpec("_P")
_R = TypeVar("_R")


class TableBackend(BaseTaskBackend):
    """Jobs are rows: enqueueing is part of the caller's transaction, so a job exists if and only if its cause does."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def enqueue(self, task: Task[_P, _R], args: list[Any], kwargs: dict[str, Any]) -> TaskResult[_P, _R]:
        """Store one call of `task`; a worker carries it out after `task.run_after`."""
        self.validate_task(task)
        job = new_job(task, args, kwargs)
        job.save(force_insert=True)
        result = cast("TaskResult[_P, _R]", task_result(job, backend=self.alias))
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[..., Any]:
        """The present state of the job with this id."""
        try:
            job = Job.objects.get(pk=UUID(result_id))
        except (Job.DoesNotExist, ValueError):
            raise TaskResultDoesNotExist(result_id) from None
        return task_result(job, backend=self.alias)


def new_job(task: Task[..., Any], args: Any, kwargs: Any, *, max_attempts: int = 5) -> Job:
    """An unsaved job for one call of `task`. TypeError when the arguments are not JSON."""
    now = utc_now()
    return Job(
        id=uuid4(),
        task_path=task.module_path,
        queue=task.queue_name,
        priority=task.priority,
        arguments={"args": normalize_json(list(args)), "kwargs": normalize_json(dict(kwargs))},
        max_attempts=max_attempts,
        run_after=task.run_after or now,
        enqueued_at=now,
    )
