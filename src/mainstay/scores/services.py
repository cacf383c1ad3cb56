"""Writes: the present scores into SQL, the scores of past days into the lake."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import batched, groupby
from time import monotonic
from typing import Any

import pyarrow as pa
from django.db import transaction

from mainstay.common.time import DAY, isoformat, midnight
from mainstay.ingest.sources import Freshness, freshness
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import past
from mainstay.scores import health_table, history, published, shadows, standings, trends
from mainstay.scores.computing import Group, inputs_of, kept_profiles, score_groups, score_present
from mainstay.scores.families import ARR, families_of_day, present_families, stale_parents, with_roll_ups
from mainstay.scores.models import Health, Scorecard, ScoringRun
from mainstay.scores.publishing import ensure_scorecards

# Runs are kept to be looked at, not for good: a worker makes thousands a day.
_RUNS_KEPT = timedelta(days=2)
_DAYS_CAUGHT_UP = 35


def score_all(now: datetime) -> ScoringRun:
    """Score the accounts from the present profiles and write what changed; keep the days that are over.

    The accounts' rows and the run are one commit, each kept day is another; all can be done again. Churned accounts
    keep the score they left with; whom no scorecard serves has none. Sources that are late as of `now` freeze their
    measures; for an instant in the past no source is late, since its data has come by now.
    """
    began = monotonic()
    if not Scorecard.objects.exists():
        ensure_scorecards(now)
    sources = freshness(now)
    said = {
        key: {"last_received_at": isoformat(found.last_received_at), "is_late": found.is_late}
        for key, found in sources.items()
    }
    rows = trends.rows(_changed(now, sources, only_changed=_is_same_context(now, sources)), now=now)
    gone = published.unserved(published.in_force(now), as_of=now)
    with transaction.atomic():
        for ids in batched(gone, 500):
            Health.objects.filter(pk__in=ids).delete()
        health_table.upsert(rows)
        ScoringRun.objects.filter(as_of__lt=now - _RUNS_KEPT).delete()
        run = ScoringRun.objects.create(
            as_of=now,
            finished_at=now + timedelta(seconds=monotonic() - began),
            accounts=Health.objects.count(),
            changed=len(rows),
            sources=said,
        )
    shadows.refresh(now, sources)
    _keep_days_that_are_over(now, sources)
    return run


def _is_same_context(now: datetime, sources: Mapping[str, Freshness]) -> bool:
    """Whether the last scoring was on the same day (trends move with it) and with the same sources late.

    Then a score can only differ where the profile or the scorecard does.
    """
    latest = ScoringRun.objects.first()
    if latest is None or not midnight(now.date()) <= latest.as_of <= now:
        return False
    late = {key for key, known in latest.sources.items() if known["is_late"]}
    return late == {key for key, found in sources.items() if found.is_late}


def backfill(dates: Iterable[date], *, at: datetime | None = None, again: bool = False) -> int:
    """Score these days from the kept profiles and keep the result, as recorded at `at`; how many were scored.

    Days that are kept already are left alone. With `again` they are scored too: what was recorded stays, and what
    differs from it stands beside it as a correction. The scorecards are those in force at the time (the first version
    before it was published). Days without kept profiles are left out. Present scores learn from it how long they stand
    where they stand.
    """
    wanted, done = sorted(set(dates)), 0
    if wanted and not Scorecard.objects.exists():
        ensure_scorecards(midnight(wanted[-1] + DAY))
    for _, month in groupby(wanted, key=lambda day: (day.year, day.month)):
        done += _backfill_month(list(month), at=at, again=again)
    if done:
        # The rows are written anew with the next scoring, with what the history tells now.
        Health.objects.update(fingerprint=trends.HISTORY_CHANGED)
    return done


def _backfill_month(days: Sequence[date], *, at: datetime | None, again: bool) -> int:
    kept = set(history.recorded_days(start=days[0], end=days[-1] + DAY))
    scored = [(day, rows) for day in days if (again or day not in kept) and (rows := _of_day(day, {})) is not None]
    history.record([(day, rows) for day, rows in scored if day not in kept], at=at)
    for day, rows in scored:
        if day in kept:
            notes = no_notes(rows["account_id"].to_pylist(), Reason.RECOMPUTED)
            history.KEPT.correct([Corrected(day, rows, notes)], at=at or midnight(day + DAY))
    return len(scored)


def _changed(now: datetime, sources: Mapping[str, Freshness], *, only_changed: bool) -> list[trends.Changed]:
    cards = published.in_force(now)
    serving = published.serving(cards, as_of=now, only_changed=only_changed)
    groups = score_present(cards, serving, sources, today=now.date())
    families = present_families(now)
    stale = stale_parents(groups, cards, families)
    if stale:
        # Their own profiles are as they were; their children's scores are not.
        served = standings.only(published.serving(cards, as_of=now), stale)
        groups = [*groups, *score_present(cards, served, sources, today=now.date())]
    return [changed for group in with_roll_ups(groups, families) for changed in _changed_of(group)]


def _changed_of(group: Group) -> list[trends.Changed]:
    measured = {measure.metric for measure in group.card.scorecard.measures}
    asked = [(key, column) for key, column in group.inputs.items() if key not in measured]
    return [
        trends.Changed(
            account_id=pk,
            card=group.card,
            row=group.scored.rows[at],
            marks=group.scored.marks[at],
            totals=group.scored.totals[at],
            good={metric: column[at] for metric, column in group.good.items() if column[at] is not None},
            held_on={metric: day for metric, days in group.held_on.items() if (day := days[at]) is not None},
            asked={metric: column[at] for metric, column in asked},
            fields={name: column[at] for name, column in group.fields.items()},
            late=group.late,
            fingerprint=group.fingerprints[at],
            rolled=group.rolled.get(pk),
        )
        for at, pk in enumerate(group.scored.account_ids)
    ]


def _keep_days_that_are_over(now: datetime, sources: Mapping[str, Freshness]) -> None:
    today = now.date()
    latest = history.latest_day(before=today)
    start = max(latest + DAY, today - DAY * _DAYS_CAUGHT_UP) if latest else today - DAY
    for offset in range((today - start).days):
        day = start + DAY * offset
        # Yesterday ended just now, so a source that is late now was late then; of earlier days nothing is known.
        rows = _of_day(day, sources if day == today - DAY else {})
        if rows is not None:
            history.record([(day, rows)], at=now)
            history.merge_months(today)


def _of_day(day: date, sources: Mapping[str, Freshness]) -> pa.Table | None:
    if not past.has_day(day):
        return None
    as_of = midnight(day + DAY)
    cards = published.in_force(as_of)
    serving = published.serving(cards, as_of=as_of)
    profiles = kept_profiles(day, [*inputs_of(cards), ARR])
    groups = score_groups(cards, serving, profiles, sources, today=day)
    groups = with_roll_ups(groups, families_of_day(as_of, profiles))
    parts: list[tuple[int, Any, Any]] = [
        (group.card.version_id, group.scored.account_ids, group.scored.totals) for group in groups
    ]
    return history.rows_of(parts, late_sources=[key for key, found in sources.items() if found.is_late])
