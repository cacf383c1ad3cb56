"""Background entries of signals."""

from uuid import UUID

from django.tasks import task

from mainstay.common.time import utc_now
from mainstay.signals import replaying


@task
def run_replay(pk: str) -> None:
    """Carry out one replay. Killed, it is run again from its start."""
    try:
        replaying.carry_out(UUID(pk), now=utc_now())
    except Exception as error:
        replaying.note_fault(UUID(pk), error, now=utc_now())
        raise
