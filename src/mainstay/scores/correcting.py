"""Corrects the past: what came late changes the profiles and scores of the days it belongs to, and of no others.

A look covers a span of time up to a minute ago. It finds what was told in it of days that had ended, computes these
accounts again for every kept day since, and keeps what differs beside what was recorded. It goes day by day, the
earliest first, within the seconds it is given; killed, or out of time, it goes on with the next day.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.accounts.models import Account
from mainstay.facts import late as facts
from mainstay.lake.days import Corrected
from mainstay.metrics import past
from mainstay.metrics.correcting import Late, correct_day
from mainstay.metrics.models import CorrectionLook
from mainstay.scores import history, trends
from mainstay.scores.keeping import of_day
from mainstay.scores.models import Health

# Looking costs little, correcting a day about a second: what trickles in is dealt with together.
PAUSE = timedelta(minutes=10)
# What was received a moment ago may still be on its way into the lake.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Corrections:
    """What was corrected: days looked at, and rows of profiles and of scores that turned out to be others."""

    days: int = 0
    profiles: int = 0
    scores: int = 0


def correct_late(now: datetime, *, seconds: float) -> Corrections:
    """Go on with the look that is under way, or begin one when the last is a while ago; for about so many seconds."""
    look, _ = CorrectionLook.objects.get_or_create(pk=1, defaults={"since": now})
    if look.until is None:
        if now - MARGIN - look.since < PAUSE:
            return Corrections()
        look.until = now - MARGIN
    found = facts.late(look.since, look.until)
    days = _days(found, look)
    if not days:
        _end(look)
        return Corrections()
    late, done = Late(found, look.until), Corrections()
    ends = time.monotonic() + seconds
    for day in days:
        done = _correct(day, late, done, at=now)
        look.next_day = day + timedelta(days=1)
        look.save(update_fields=["until", "next_day"])
        if time.monotonic() >= ends and day != days[-1]:
            return done
    _end(look)
    return done


def _days(found: pa.Table, look: CorrectionLook) -> list[date]:
    first = facts.first_day(found)
    if first is None or look.until is None:
        return []
    # What was recorded after the last of it had arrived, a backfill of imported history say, counted it already.
    arrived = pc.max(found["received_at"]).as_py().replace(tzinfo=UTC)
    start = max(first, look.next_day or first)
    return past.days_recorded_before(arrived + MARGIN, start=start, end=look.until.date())


def _correct(day: date, late: Late, done: Corrections, *, at: datetime) -> Corrections:
    profiles, notes = correct_day(day, late, at=at)
    affected = _with_parents(notes["account_id"].to_pylist())
    rows = of_day(day) if affected and history.has_day(day) else None
    scores = 0
    if rows is not None:
        rows = rows.filter(pc.is_in(rows["account_id"], value_set=pa.array(affected, pa.int64())))
        scores = sum(count for _, count in history.KEPT.correct([Corrected(day, rows, notes)], at=at))
        if scores:
            # Their trends are read again from the history with the next scoring.
            Health.objects.filter(pk__in=affected).update(fingerprint=trends.HISTORY_CHANGED)
    return Corrections(done.days + 1, done.profiles + profiles, done.scores + scores)


def _with_parents(account_ids: Collection[int]) -> list[int]:
    """The accounts and all above them, whose scores may be rolled up from theirs."""
    found, above = set(account_ids), set(account_ids)
    while above:
        parents = Account.objects.filter(pk__in=above).exclude(parent=None).values_list("parent_id", flat=True)
        above = set(parents) - found
        found |= above
    return sorted(found)


def _end(look: CorrectionLook) -> None:
    if look.until is not None:
        look.since, look.until, look.next_day = look.until, None, None
        look.save(update_fields=["since", "until", "next_day"])
