"""The worker process: the refresh in a rhythm, woken early when something arrives, and jobs beside it."""

import logging
import threading
import time
from sqlite3 import Error as SqliteError

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from mainstay.common.errors import MainstayError
from mainstay.common.time import utc_now
from mainstay.config import maintenance
from mainstay.config.refresh import Refresher
from mainstay.ingest.inbox import Inbox, open_inbox
from mainstay.jobs import worker as jobs

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
STOP_SECONDS = 10.0
PLAY_SECONDS = 10.0
CORRECT_SECONDS = 5.0


def run(stop: threading.Event) -> bool:
    """Until `stop` is set; False when the jobs died, so that whoever watches starts the process again."""
    maintenance.schedule()
    beside = threading.Thread(target=jobs.run, args=[stop], name="jobs", daemon=True)
    beside.start()
    refresher = Refresher(should_stop=stop.is_set, play_seconds=PLAY_SECONDS, correct_seconds=CORRECT_SECONDS)
    inbox = open_inbox()
    while not stop.is_set() and beside.is_alive():
        started = time.monotonic()
        is_well = _refresh(refresher)
        _wait(stop, inbox, took=time.monotonic() - started, is_well=is_well)
    if stop.is_set():
        beside.join(STOP_SECONDS)
    connection.close()
    return stop.is_set()


def _refresh(refresher: Refresher) -> bool:
    """One refresh. An error is logged, gives False, and the next round repeats what is missing."""
    close_old_connections()
    try:
        refresher.refresh(utc_now())
    except Exception:
        # The edge of the loop: one bad stage must not end the worker, whose other stages go on next round.
        logger.exception("The refresh failed; it is tried again in %s s.", settings.REFRESH_SECONDS)
        connection.close()
        return False
    return True


def _wait(stop: threading.Event, inbox: Inbox, *, took: float, is_well: bool) -> None:
    """Until the next round is due. Arrivals bring it forward, but as long as the last round took is left free.

    After an error they do not: what stands in the inbox may be what is wrong.
    """
    earliest = time.monotonic() + max(LOOK_SECONDS, took)
    latest = time.monotonic() + max(settings.REFRESH_SECONDS, took)
    while not stop.wait(LOOK_SECONDS):
        now = time.monotonic()
        if now >= latest or (is_well and now >= earliest and _has_arrivals(inbox)):
            return


def _has_arrivals(inbox: Inbox) -> bool:
    try:
        return inbox.waiting()[0] > 0
    except (SqliteError, DatabaseError, MainstayError):
        return False  # the refresh will meet the same trouble and say it
