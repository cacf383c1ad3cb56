"""Background entries of this room."""

from uuid import UUID

from django.tasks import task

from mainstay.common.time import utc_now
from mainstay.scores import backfilling
from mainstay.scores.models import BackfillRun


@task
def run_backfill(pk: str, turn: int) -> None:
    """Go on with a backfill for a while. Killed, it is run again; what it did is kept."""
    if backfilling.carry_out(UUID(pk), turn, clock=utc_now):
        start(BackfillRun.objects.get(pk=pk))


def start(run: BackfillRun) -> None:
    """Let a worker carry a run out, from where it is."""
    run_backfill.enqueue(str(run.pk), backfilling.next_turn(run))
