"""Background entries of playbooks."""

from uuid import UUID

from django.tasks import task

from mainstay.common.time import utc_now
from mainstay.playbooks import trials


@task
def run_trial(pk: str) -> None:
    """Carry out one dry run or replay. Killed, it is done again from its start."""
    try:
        trials.carry_out(UUID(pk), now=utc_now())
    except Exception as error:
        trials.note_fault(UUID(pk), error, now=utc_now())
        raise
