"""Writes to the queue: enqueue once, claim, keep alive, finish, fail, put back, prune.

A worker owns a job while `lease_until` lies ahead. `(worker, attempt)` fences it: a worker that lost its lease (paused,
cut off) can no longer write, because another attempt has begun.
"""

from __future__ import annotations  # Django's Task takes type parameters in its stubs only

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.tasks import Task

from mainstay.jobs.backend import new_job
from mainstay.jobs.models import Job, State
from mainstay.jobs.results import error_entry

BACK_OFF = timedelta(seconds=5)
KEPT = timedelta(days=7)


def enqueue_once(
    task: Task[..., Any], *args: Any, unique_key: str, max_attempts: int = 5, **kwargs: Any
) -> tuple[Job, bool]:
    """The job with `unique_key` and whether it was made now. A repeat changes nothing until the ended job is pruned."""
    task.get_backend().validate_task(task)
    made = new_job(task, args, kwargs, max_attempts=max_attempts)
    defaults = {field.attname: getattr(made, field.attname) for field in Job._meta.concrete_fields}
    defaults.pop("unique_key")
    return Job.objects.get_or_create(unique_key=unique_key, defaults=defaults)


def claim(*, worker: str, now: datetime, lease: timedelta, queues: Sequence[str] = ()) -> Job | None:
    """Take the most urgent due job for `worker`, or None. Two workers never get the same attempt."""
    due = Job.objects.filter(state=State.READY, run_after__lte=now)
    if queues:
        due = due.filter(queue__in=queues)
    due = due.order_by("-priority", "run_after")
    # A plain read first: on SQLite the transaction below takes the write lock, too dear for an idle look.
    if not due.exists():
        return None
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        job.state = State.RUNNING
        job.attempt += 1
        job.worker = worker
        job.workers = [*job.workers, worker]
        job.lease_until = now + lease
        job.started_at = job.started_at or now
        job.attempted_at = now
        job.save(update_fields=["state", "attempt", "worker", "workers", "lease_until", "started_at", "attempted_at"])
    return job


def extend_lease(job: Job, *, until: datetime) -> bool:
    """Keep a claimed job. False when it is not ours any more."""
    return _ours(job).update(lease_until=until) == 1


def finish(job: Job, *, result: Any, now: datetime) -> bool:
    """Record success. False when the lease was lost: another attempt decides."""
    return _ours(job).update(state=State.DONE, result=result, finished_at=now, lease_until=None) == 1


def fail(job: Job, error: BaseException, *, now: datetime) -> bool:
    """Record an error; the job is ready again after its back-off, or failed after its last attempt."""
    return _give_back(job, [*job.errors, error_entry(error)], now=now)


def release(job: Job, *, now: datetime) -> bool:
    """Give a job back at once, without blame: its worker was asked to stop."""
    return _ours(job).update(state=State.READY, run_after=now, lease_until=None, attempt=F("attempt") - 1) == 1


def put_back_expired(now: datetime) -> int:
    """Make jobs ready again whose worker died (lease over), or fail them after their last attempt; how many."""
    expired = Job.objects.filter(state=State.RUNNING, lease_until__lt=now)
    return sum(
        _give_back(job, [*job.errors, error_entry(TimeoutError(_DEAD.format(job=job)))], now=now, only_expired=True)
        for job in expired
    )


_DEAD = "The worker {job.worker} stopped during attempt {job.attempt}: its lease ended without a word."


def prune(now: datetime) -> int:
    """Delete jobs that ended more than a week ago; how many."""
    ended = Q(state__in=[State.DONE, State.FAILED], finished_at__lt=now - KEPT)
    return Job.objects.filter(ended).delete()[0]


def back_off(attempt: int) -> timedelta:
    """5 s · 2^(attempt-1), spread by ±20 % so that jobs which failed together do not come back together."""
    return BACK_OFF * float(2 ** (attempt - 1)) * random.uniform(0.8, 1.2)


def _ours(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, worker=job.worker, attempt=job.attempt)


def _give_back(job: Job, errors: list[dict[str, str]], *, now: datetime, only_expired: bool = False) -> bool:
    rows = _ours(job)
    if only_expired:
        rows = rows.filter(lease_until__lt=now)
    if job.attempt >= job.max_attempts:
        changed = rows.update(state=State.FAILED, errors=errors, finished_at=now, lease_until=None)
    else:
        run_after = now + back_off(job.attempt)
        changed = rows.update(state=State.READY, errors=errors, run_after=run_after, lease_until=None)
    return changed == 1
