"""Writes: the present scores into SQL, the scores of past days into the lake."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import batched
from time import monotonic

from django.db import transaction

from mainstay.common.time import isoformat, midnight
from mainstay.ingest.sources import Freshness, freshness
from mainstay.scores import health_table, published, shadows, standings, trends
from mainstay.scores.computing import Group, score_present
from mainstay.scores.families import present_families, stale_parents, with_roll_ups
from mainstay.scores.keeping import backfill as backfill
from mainstay.scores.keeping import keep_days_that_are_over
from mainstay.scores.models import Health, Scorecard, ScoringRun
from mainstay.scores.publishing import ensure_scorecards

# Runs are kept to be looked at, not for good: a worker makes thousands a day.
_RUNS_KEPT = timedelta(days=2)


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
    keep_days_that_are_over(now, sources)
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
