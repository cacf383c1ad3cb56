"""Background entries of imports."""

from django.tasks import task

from mainstay.common.time import utc_now
from mainstay.ingest.files import services


@task
def run_import(pk: int) -> None:
    """Carry out one import. Killed, it is run again from its start: rows that are there change nothing."""
    try:
        services.run(pk, now=utc_now())
    except Exception as error:
        services.note_fault(pk, error, now=utc_now())
        raise
