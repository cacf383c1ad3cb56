from datetime import timedelta

import pytest
from django.tasks import TaskResultStatus

from mainstay.common.time import utc_now
from mainstay.jobs import cron, services
from mainstay.jobs.cron import Every
from mainstay.jobs.models import Job, State
from mainstay.jobs.worker import carry_out
from tests.jobs import work

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=30)


def claimed(worker: str = "w") -> Job:
    job = services.claim(worker=worker, now=utc_now(), lease=LEASE)
    assert job is not None
    return job


def test_a_failure_is_kept_and_comes_back_after_its_back_off() -> None:
    result = work.broken.enqueue()
    before = utc_now()
    carry_out(claimed())
    after = utc_now()
    job = Job.objects.get()
    assert job.state == State.READY
    assert before + timedelta(seconds=4) <= job.run_after <= after + timedelta(seconds=6)
    assert "the file is empty" in work.broken.get_result(result.id).errors[0].traceback


def test_after_its_last_attempt_a_job_has_failed_with_every_error_kept() -> None:
    result = work.broken.enqueue()
    Job.objects.update(max_attempts=2)
    carry_out(claimed("first"))
    Job.objects.update(run_after=utc_now())
    carry_out(claimed("second"))
    found = work.broken.get_result(result.id)
    assert found.status == TaskResultStatus.FAILED
    assert [error.exception_class for error in found.errors] == [ValueError, ValueError]
    assert found.worker_ids == ["first", "second"]


def test_a_job_whose_code_is_gone_fails_instead_of_stopping_the_worker() -> None:
    work.add.enqueue(1)
    Job.objects.update(task_path="tests.jobs.work.removed", max_attempts=1)
    carry_out(claimed())
    job = Job.objects.get()
    assert job.state == State.FAILED
    assert "removed" in job.errors[0]["traceback"]


def test_the_back_off_doubles_and_spreads() -> None:
    waits = [services.back_off(attempt).total_seconds() for attempt in (1, 2, 3)]
    for wait, middle in zip(waits, (5, 10, 20), strict=True):
        assert middle * 0.8 <= wait <= middle * 1.2


def test_a_job_of_a_dead_worker_is_put_back_when_its_lease_is_over() -> None:
    work.add.enqueue(1)
    job = claimed("dead")
    assert services.put_back_expired(utc_now()) == 0
    assert services.put_back_expired(utc_now() + LEASE + timedelta(seconds=1)) == 1
    job.refresh_from_db()
    assert job.state == State.READY
    assert "stopped during attempt 1" in job.errors[0]["traceback"]


def test_a_worker_that_lost_its_lease_can_no_longer_write() -> None:
    work.add.enqueue(1)
    paused = claimed("paused")
    Job.objects.update(lease_until=utc_now() - timedelta(seconds=1))
    services.put_back_expired(utc_now())
    Job.objects.update(run_after=utc_now())
    other = claimed("other")
    assert not services.finish(paused, result="stale", now=utc_now())
    assert not services.extend_lease(paused, until=utc_now() + LEASE)
    assert services.finish(other, result="fresh", now=utc_now())
    assert Job.objects.get().result == "fresh"


def test_a_job_given_back_has_lost_no_attempt() -> None:
    work.add.enqueue(1)
    assert services.release(claimed(), now=utc_now())
    job = Job.objects.get()
    assert (job.state, job.attempt) == (State.READY, 0)


def test_ended_jobs_are_pruned_after_a_week() -> None:
    work.add.enqueue(1)
    work.add.enqueue(2)
    carry_out(claimed())
    assert services.prune(utc_now() + timedelta(days=8)) == 1
    assert Job.objects.get().state == State.READY


@pytest.mark.parametrize(
    ("when", "due"),
    [
        (Every(timedelta(days=1), offset=timedelta(hours=3)), "2026-11-21T03:00"),
        (Every(timedelta(days=1), offset=timedelta(hours=2)), "2026-11-22T02:00"),
        (Every(timedelta(minutes=15)), "2026-11-22T02:15"),
    ],
)
def test_the_last_due_instant(when: Every, due: str) -> None:
    now = utc_now().replace(year=2026, month=11, day=22, hour=2, minute=29, second=30)
    assert f"{when.last_due(now):%Y-%m-%dT%H:%M}" == due


def test_any_number_of_workers_enqueue_a_due_instant_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cron, "_entries", {})
    monkeypatch.setattr(cron, "_enqueued", {})
    cron.schedule("tidy", Every(timedelta(minutes=1)), work.add)
    now = utc_now().replace(second=10)
    assert cron.tick(now) == 1
    monkeypatch.setattr(cron, "_enqueued", {})  # another worker, which has not seen the key
    assert cron.tick(now + timedelta(seconds=20)) == 0
    assert cron.tick(now + timedelta(seconds=60)) == 1
    assert Job.objects.count() == 2


def test_a_schedule_has_one_task() -> None:
    cron.schedule("taken", Every(timedelta(days=1)), work.add)
    with pytest.raises(ValueError, match="exists already"):
        cron.schedule("taken", Every(timedelta(days=1)), work.broken)
    cron._entries.pop("taken")
