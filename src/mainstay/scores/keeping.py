"""Scores the days that are over, from the kept profiles, and keeps the results in the lake."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from mainstay.common.time import DAY, midnight
from mainstay.ingest.sources import Freshness
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import past
from mainstay.metrics.errors import DayNotComputed
from mainstay.scores import history, published, trends
from mainstay.scores.computing import inputs_of, kept_profiles, score_groups
from mainstay.scores.families import ARR, families_of_day, with_roll_ups
from mainstay.scores.models import Health, Scorecard
from mainstay.scores.publishing import ensure_scorecards

_DAYS_CAUGHT_UP = 35


@dataclass(frozen=True)
class Scoring:
    """How days of the past are scored.

    `at`: recorded when (the end of each day unless given). `again`: kept days too. `by_current`: by the scorecards in
    force now, not by those in force then.
    """

    at: datetime | None = None
    again: bool = False
    by_current: bool = False


def backfill(
    dates: Iterable[date], *, at: datetime | None = None, again: bool = False, by_current: bool = False
) -> int:
    """Score these days from the kept profiles and keep the result, as recorded at `at`; how many were scored.

    Days that are kept already are left alone. With `again` they are scored too: what was recorded stays, and what
    differs from it stands beside it as a correction. The scorecards are those in force at the time (the first version
    before it was published), or those of now. Days without kept profiles are left out. Present scores learn from it
    how long they stand where they stand.
    """
    done = score_days(dates, Scoring(at, again, by_current))
    if done:
        tell_present_scores()
    return done


def score_days(dates: Iterable[date], how: Scoring) -> int:
    """`backfill` without a word to the present scores: for many calls one after another."""
    wanted, done = sorted(set(dates)), 0
    if wanted and not Scorecard.objects.exists():
        ensure_scorecards(midnight(wanted[-1] + DAY))
    for _, month in groupby(wanted, key=lambda day: (day.year, day.month)):
        done += _score_month(list(month), how)
    return done


def tell_present_scores() -> None:
    """The rows are written anew with the next scoring, with what the history tells now."""
    Health.objects.update(fingerprint=trends.HISTORY_CHANGED)


def keep_days_that_are_over(now: datetime, sources: Mapping[str, Freshness]) -> None:
    """Score and keep the days since the last one that is kept, as far as their profiles are."""
    today = now.date()
    latest = history.latest_day(before=today)
    start = max(latest + DAY, today - DAY * _DAYS_CAUGHT_UP) if latest else today - DAY
    for offset in range((today - start).days):
        day = start + DAY * offset
        # Yesterday ended just now, so a source that is late now was late then; of earlier days nothing is known.
        rows = of_day(day, sources=sources if day == today - DAY else {})
        if rows is not None:
            history.record([(day, rows)], at=now)
            history.merge_months(today)


def of_day(day: date, *, sources: Mapping[str, Freshness] | None = None, by_current: bool = False) -> pa.Table | None:
    """The scores of a day whose profiles are kept; None when they are not."""
    if not past.has_day(day):
        return None
    as_of, sources = midnight(day + DAY), sources or {}
    cards = published.in_force(None if by_current else as_of)
    serving = published.serving(cards, as_of=as_of)
    profiles = kept_profiles(day, [*inputs_of(cards), ARR])
    groups = score_groups(cards, serving, profiles, sources, today=day)
    groups = with_roll_ups(groups, families_of_day(as_of, profiles))
    parts: list[tuple[int, Any, Any]] = [
        (group.card.version_id, group.scored.account_ids, group.scored.totals) for group in groups
    ]
    return history.rows_of(parts, late_sources=[key for key, found in sources.items() if found.is_late])


def _scores_of(day: date, how: Scoring) -> pa.Table | None:
    """`of_day`. Raises DayNotComputed."""
    try:
        return of_day(day, by_current=how.by_current)
    except Exception as error:
        said = f"The scores of {day:%-d %B %Y} could not be computed: {error}"
        raise DayNotComputed(said, details={"day": day.isoformat()}) from error


def _score_month(days: Sequence[date], how: Scoring) -> int:
    kept = set(history.recorded_days(start=days[0], end=days[-1] + DAY))
    wanted = [day for day in days if how.again or day not in kept]
    scored = [(day, rows) for day in wanted if (rows := _scores_of(day, how)) is not None]
    history.record([(day, rows) for day, rows in scored if day not in kept], at=how.at)
    for day, rows in scored:
        if day in kept:
            notes = no_notes(rows["account_id"].to_pylist(), Reason.RECOMPUTED)
            history.KEPT.correct([Corrected(day, rows, notes)], at=how.at or midnight(day + DAY))
    return len(scored)
