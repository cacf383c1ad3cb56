"""Backfills that people ask for in the browser: kept as rows, carried out by jobs, cancelled and resumed.

A job goes on for some seconds and leaves the rest to the next one, so that other work has its turn in between. What is
done is kept for good: a run that was cancelled, or that an error stopped, goes on where it was.
"""

import logging
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from mainstay.metrics.errors import DayNotComputed
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import backfills
from mainstay.scores.backfills import Done, Every, Plan, days_between
from mainstay.scores.errors import BackfillUnderWay
from mainstay.scores.models import BackfillRun, BackfillState

logger = logging.getLogger(__name__)

# Between two months: a month takes from a second to a minute.
TURN_SECONDS = 30.0
# Nothing heard of for so long: no worker is running, or it died again and again.
SILENCE = timedelta(minutes=15)
_UNDER_WAY = (BackfillState.WAITING, BackfillState.RUNNING)


@transaction.atomic
def ask_backfill(first: date, last: date, every: Every, *, by: User, now: datetime) -> BackfillRun:
    """A run of the days of `[first, last]` that are over, to be started by `jobs.start`.

    Raises Invalid for a span without a day, BackfillUnderWay, NotAllowed.
    """
    require_role(by, Role.ADMINISTRATOR)
    days = days_between(first, last, every, today=now.date())
    other = BackfillRun.objects.filter(state__in=_UNDER_WAY).first()
    if other is not None:
        raise BackfillUnderWay(
            f"The backfill of {other.starts_on} to {other.ends_on} is under way; wait until it is done, or cancel it."
        )
    run = BackfillRun.objects.create(
        id=uuid4(), starts_on=first, ends_on=last, every=every, days=len(days), asked_at=now, asked_by=by, moved_at=now
    )
    _record(by, "asked", run, every=every, days=len(days))
    return run


@transaction.atomic
def cancel_backfill(run: BackfillRun, *, by: User, now: datetime) -> None:
    """Stop after the month that is being computed; what is done stays. Raises BackfillUnderWay, NotAllowed."""
    require_role(by, Role.ADMINISTRATOR)
    found = BackfillRun.objects.filter(pk=run.pk, state__in=_UNDER_WAY)
    if not found.update(state=BackfillState.CANCELLED, moved_at=now, finished_at=now):
        raise BackfillUnderWay("This backfill is over already; there is nothing to cancel.")
    _record(by, "cancelled", run)


@transaction.atomic
def resume_backfill(run: BackfillRun, *, by: User, now: datetime) -> None:
    """Let it go on where it was, to be started by `jobs.start`. Raises BackfillUnderWay, NotAllowed."""
    require_role(by, Role.ADMINISTRATOR)
    run.refresh_from_db()
    if not may_resume(run, now=now):
        raise BackfillUnderWay("This backfill is done or under way; there is nothing to resume.")
    other = BackfillRun.objects.filter(state__in=_UNDER_WAY).exclude(pk=run.pk).first()
    if other is not None:
        raise BackfillUnderWay(
            f"The backfill of {other.starts_on} to {other.ends_on} is under way; wait until it is done, or cancel it."
        )
    BackfillRun.objects.filter(pk=run.pk).update(
        state=BackfillState.WAITING, error="", failed_on=None, moved_at=now, finished_at=None
    )
    _record(by, "resumed", run)


def is_silent(run: BackfillRun, *, now: datetime) -> bool:
    """Whether it should be going on, and nothing has been heard of it for a while."""
    return run.state in _UNDER_WAY and now - run.moved_at > SILENCE


def may_resume(run: BackfillRun, *, now: datetime) -> bool:
    """Whether it stands still before it is done."""
    return run.state in (BackfillState.CANCELLED, BackfillState.FAILED) or is_silent(run, now=now)


def next_turn(run: BackfillRun) -> int:
    """Make the next job the only one that may carry it out; its number."""
    BackfillRun.objects.filter(pk=run.pk).update(turn=F("turn") + 1)
    run.refresh_from_db()
    return run.turn


def carry_out(pk: UUID, turn: int, *, clock: Callable[[], datetime], seconds: float = TURN_SECONDS) -> bool:
    """Go on with a run for about so many seconds, whole months at a time; whether there is more to do.

    Can be repeated. Nothing is done for a run that is gone, over or cancelled, or whose next turn has begun. `clock`
    gives the present, for what is written down as it goes.
    """
    of_turn = BackfillRun.objects.filter(pk=pk, turn=turn)
    mine = of_turn.filter(state__in=_UNDER_WAY)
    if not mine.update(state=BackfillState.RUNNING, moved_at=clock()):
        return False
    run = BackfillRun.objects.get(pk=pk)
    ends, before = time.monotonic() + seconds, Done(run.days_done, run.computed, run.scored)
    months = iter(plan_of(run, at=clock()).months())

    def tell(done: Done) -> None:
        so_far = before + done
        reached = next(months).days[0]
        # Cancelled meanwhile, the month that was under way is done all the same.
        of_turn.update(
            days_done=so_far.days, computed=so_far.computed, scored=so_far.scored, reached=reached, moved_at=clock()
        )

    def should_stop() -> bool:
        return time.monotonic() >= ends or not mine.exists()

    try:
        backfills.run(plan_of(run, at=clock()), progress=tell, should_stop=should_stop)
    except Exception as error:
        # The edge of the run: whoever asked for it reads what went wrong, and may resume it when that is mended.
        logger.exception("The backfill of %s to %s stopped.", run.starts_on, run.ends_on)
        _note_fault(pk, turn, error, now=clock())
        return False
    if mine.exists() and not plan_of(BackfillRun.objects.get(pk=pk), at=clock()).days:
        mine.update(state=BackfillState.DONE, moved_at=clock(), finished_at=clock())
        return False
    return mine.exists()


def plan_of(run: BackfillRun, *, at: datetime) -> Plan:
    """What is still to be done of a run; no days where nothing is."""
    days = days_between(run.starts_on, run.ends_on, _every(run.every), today=run.asked_at.date())
    return Plan(tuple(day for day in days if run.reached is None or day < run.reached), at=at)


def _every(text: str) -> Every:
    return next(every for every in backfills.EVERY if every == text)


def _note_fault(pk: UUID, turn: int, error: Exception, *, now: datetime) -> None:
    said = str(error) or type(error).__name__
    day = error.details.get("day") if isinstance(error, DayNotComputed) else None
    BackfillRun.objects.filter(pk=pk, turn=turn, state=BackfillState.RUNNING).update(
        state=BackfillState.FAILED, error=said, failed_on=day, moved_at=now, finished_at=now
    )


def _record(by: User, verb: str, run: BackfillRun, **details: object) -> None:
    span = {"from": run.starts_on.isoformat(), "to": run.ends_on.isoformat()}
    record_audit(by, f"scores.backfill_{verb}", f"backfill:{run.pk}", **span, **details)
