"""Background entries of this room."""

from datetime import datetime

from django.db.models import Max
from django.tasks import task

from mainstay.common.time import utc_now
from mainstay.jobs.errors import LockBusy
from mainstay.jobs.locks import only_one
from mainstay.jobs.services import enqueue_once
from mainstay.metrics import histories
from mainstay.metrics.models import OwnMetric


@task
def fill_histories() -> int:
    """Build the tallies and the past of declared metrics; how many days were filled in."""
    try:
        with only_one("metric histories"):
            return histories.fill(utc_now())
    except LockBusy:
        return 0  # whoever is at it goes on until nothing is missing
    except Exception as error:
        histories.note_problem(str(error))
        raise


def enqueue_histories(now: datetime) -> int:
    """Let a worker fill in what is missing, if anything is; how many jobs were made."""
    if not histories.is_pending(now):
        return 0
    revision = OwnMetric.objects.aggregate(latest=Max("revision"))["latest"]
    # Once for every change, and again an hour later should that have come to nothing.
    _, is_new = enqueue_once(fill_histories, unique_key=f"metric histories {revision} {now:%Y-%m-%dT%H}")
    return int(is_new)
