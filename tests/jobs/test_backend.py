from datetime import timedelta

import pytest
from django.db import transaction
from django.tasks import TaskResultStatus
from django.tasks.exceptions import TaskResultDoesNotExist

from mainstay.common.time import utc_now
from mainstay.jobs import services
from mainstay.jobs.models import Job
from mainstay.jobs.worker import carry_out
from tests.jobs import work

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=30)


def run_next(worker: str = "w") -> Job | None:
    job = services.claim(worker=worker, now=utc_now(), lease=LEASE)
    if job:
        carry_out(job)
    return job


def test_a_job_runs_and_its_result_can_be_looked_up() -> None:
    result = work.add.enqueue(2, right=3)
    assert result.status == TaskResultStatus.READY
    run_next()
    found = work.add.get_result(result.id)
    assert found.status == TaskResultStatus.SUCCESSFUL
    assert found.return_value == 5
    assert (found.args, found.kwargs, found.attempts) == ([2], {"right": 3}, 1)


def test_a_coroutine_runs_too() -> None:
    result = work.later.enqueue("done")
    run_next()
    assert work.later.get_result(result.id).return_value == "DONE"


def test_a_task_may_ask_which_attempt_it_is() -> None:
    result = work.attempts.enqueue()
    run_next()
    assert work.attempts.get_result(result.id).return_value == 1


@pytest.mark.parametrize("unknown", ["0f2b0a9e-6f0e-4a6e-9c55-6f6f1a3a0c11", "nonsense"])
def test_an_unknown_result_is_refused(unknown: str) -> None:
    with pytest.raises(TaskResultDoesNotExist):
        work.add.get_result(unknown)


def test_a_job_is_part_of_the_transaction_that_asked_for_it() -> None:
    with transaction.atomic():
        work.add.enqueue(1)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_arguments_that_are_not_json_are_refused_at_once() -> None:
    with pytest.raises(TypeError):
        work.add.enqueue(object())


def test_a_unique_key_enqueues_once() -> None:
    first, made = services.enqueue_once(work.add, 1, unique_key="import:7")
    second, made_again = services.enqueue_once(work.add, 2, unique_key="import:7")
    assert (made, made_again) == (True, False)
    assert first.pk == second.pk
    assert second.arguments["args"] == [1]


def test_the_urgent_goes_first_and_the_deferred_waits() -> None:
    work.add.enqueue(1)
    work.urgent.enqueue()
    work.add.using(run_after=utc_now() + timedelta(minutes=1)).enqueue(2)
    done = [run_next(), run_next(), run_next()]
    assert [job and job.task_path.rsplit(".")[-1] for job in done] == ["urgent", "add", None]


def test_a_worker_of_one_queue_leaves_the_others_alone() -> None:
    work.add.using(queue_name="imports").enqueue(1)
    assert services.claim(worker="w", now=utc_now(), lease=LEASE, queues=["mail"]) is None
    assert services.claim(worker="w", now=utc_now(), lease=LEASE, queues=["imports"]) is not None
