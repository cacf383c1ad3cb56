"""Writes: shadows, the scorecards that run beside those in force.

A shadow is scored in every refresh, for the accounts that it would treat otherwise, and each of its days is kept in a
table of the lake of its own (`KEPT`). Pages show it beside the live scores; signals, playbooks and lists never see it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from mainstay.common.errors import NotFound
from mainstay.common.garbage import no_search_for_cycles
from mainstay.common.time import DAY, midnight
from mainstay.ingest.sources import Freshness
from mainstay.lake.days import DayTable
from mainstay.metrics import past
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import document, drafts, history, published, publishing, standings
from mainstay.scores.computing import Profiles, inputs_of, kept_profiles, score_groups
from mainstay.scores.document import Document
from mainstay.scores.errors import BadScorecard
from mainstay.scores.families import ARR, Families, families_of_day, with_roll_ups
from mainstay.scores.models import Draft, ScorecardVersion, Shadow, ShadowScore
from mainstay.scores.published import Published
from mainstay.scores.roll_ups import Standing as RolledStanding
from mainstay.scores.standings import NOTHING, Result

VALUES = pa.schema([("score", pa.int32()), ("band", pa.string()), ("coverage", pa.float64())])
_DAYS_CAUGHT_UP = 35
_BATCH = 2_000


def kept(shadow: Shadow) -> DayTable:
    """The table of its past days: `score`, `band` and `coverage` of the accounts it would treat otherwise."""
    return DayTable(f"shadow_{shadow.pk}", lambda: VALUES)


def get(pk: int) -> Shadow:
    """A shadow with its people; NotFound."""
    shadow = Shadow.objects.select_related("started_by", "ended_by", "draft").filter(pk=pk).first()
    if shadow is None:
        raise NotFound("There is no such shadow.")
    return shadow


def running(key: str) -> Shadow | None:
    """The shadow that runs beside a scorecard."""
    found = Shadow.objects.select_related("started_by", "draft").filter(key=key, ended_at=None)
    return found.first()


def document_of(shadow: Shadow) -> Document:
    """What runs. Raises BadScorecard when it cannot be taken any more."""
    return document.check(shadow.document, origin=f"shadow of '{shadow.key}'")


@transaction.atomic
def start(draft: Draft, *, by: User, now: datetime) -> Shadow:
    """Run a draft as it is now beside the scorecards in force; another shadow of its scorecard ends."""
    require_role(by, Role.MANAGER)
    read = drafts.document_of(draft)
    for other in Shadow.objects.select_for_update().filter(key=read.key, ended_at=None):
        _end(other, Shadow.Outcome.REPLACED, by=by, now=now)
    record_audit(by, "scores.shadow_started", f"scorecard:{read.key}")
    return Shadow.objects.create(
        key=read.key, document=read.model_dump(mode="json"), draft=draft, started_at=now, started_by=by
    )


@transaction.atomic
def stop(shadow: Shadow, *, by: User, now: datetime) -> None:
    """End a shadow; what was kept of it stays to be looked at."""
    require_role(by, Role.MANAGER)
    if _end(shadow, Shadow.Outcome.STOPPED, by=by, now=now):
        record_audit(by, "scores.shadow_stopped", f"scorecard:{shadow.key}")


@transaction.atomic
def resume(shadow: Shadow, *, by: User) -> None:
    """Take a stop back. Raises BadScorecard when another shadow runs by now."""
    require_role(by, Role.MANAGER)
    if running(shadow.key) is not None:
        raise BadScorecard("Another shadow of this scorecard runs by now; stop that one first.")
    Shadow.objects.filter(pk=shadow.pk).update(ended_at=None, ended_by=None, outcome="")
    record_audit(by, "scores.shadow_resumed", f"scorecard:{shadow.key}")


@transaction.atomic
def promote(shadow: Shadow, *, by: User, reason: str, now: datetime, over: int | None = None) -> ScorecardVersion:
    """Publish what runs as a shadow, as `publishing.publish` does; a draft that says the same is over with it."""
    read = document_of(shadow)
    made = publishing.publish(read, by=by, reason=reason, now=now, over=over)
    if shadow.draft is not None and drafts.check(shadow.draft).document == read:
        shadow.draft.delete()
    return made


def refresh(now: datetime, sources: Mapping[str, Freshness]) -> int:
    """Score every running shadow from the present profiles and keep its days that are over; rows written."""
    written = 0
    for shadow in Shadow.objects.filter(ended_at=None):
        try:
            read = document_of(shadow)
            after = standings.replaced(published.in_force(now), [read], number=-shadow.pk)
        except BadScorecard:
            # A metric went that it measures: it stands still, and its page says why.
            continue
        with no_search_for_cycles():
            written += _refresh(shadow, after, now=now, sources=sources)
        _keep_days(shadow, read, now=now, sources=sources)
    return written


def _refresh(shadow: Shadow, after: list[Published], *, now: datetime, sources: Mapping[str, Freshness]) -> int:
    context = {
        "day": now.date().isoformat(),
        "late": sorted(key for key, found in sources.items() if found.is_late),
        "cards": [card.version_id for card in [*published.in_force(now), *after]],
    }
    stored: dict[int, int] = {}
    if shadow.context == context:
        stored = dict(shadow.scores.values_list("account_id", "fingerprint").iterator(10_000))
    # Gates may ask for account fields, which are in no fingerprint.
    known = {} if any(card.scorecard.account_fields for card in after) else stored
    touched, results = standings.otherwise(after, now=now, sources=sources, known=known)
    rows = [
        ShadowScore(
            shadow=shadow,
            account_id=pk,
            score=result.score,
            band=result.band,
            coverage=result.coverage,
            fingerprint=mark,
        )
        for pk, (result, mark) in results.items()
    ]
    with transaction.atomic():
        if shadow.context != context:
            shadow.scores.all().delete()
        gone = [pk for pk in stored if pk not in touched]
        for start in range(0, len(gone), _BATCH):
            shadow.scores.filter(account_id__in=gone[start : start + _BATCH]).delete()
        ShadowScore.objects.bulk_create(
            rows,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["shadow", "account"],
            update_fields=["score", "band", "coverage", "fingerprint"],
        )
        Shadow.objects.filter(pk=shadow.pk).update(scored_at=now, context=context)
    return len(rows) + len(gone)


def _keep_days(shadow: Shadow, read: Document, *, now: datetime, sources: Mapping[str, Freshness]) -> None:
    """The days since it started that are over and not kept yet."""
    today, table = now.date(), kept(shadow)
    latest = table.latest_day(before=today)
    day = max(latest + DAY if latest else shadow.started_at.date(), today - DAY * _DAYS_CAUGHT_UP)
    while day < today:
        if past.has_day(day):
            late = sources if day == today - DAY else {}
            table.record([(day, _of_day(shadow, read, day, late))], at=now)
        day += DAY
    table.merge_months(today)


def _of_day(shadow: Shadow, read: Document, day: date, sources: Mapping[str, Freshness]) -> pa.Table:
    as_of = midnight(day + DAY)
    before = published.in_force(as_of)
    after = standings.replaced(before, [read], number=-shadow.pk)
    then, there = published.serving(before, as_of=as_of), published.serving(after, as_of=as_of)
    touched = standings.touched(before, then, after, there)
    profiles = kept_profiles(day, [*inputs_of(after), ARR])
    groups = score_groups(after, standings.only(there, touched), profiles, sources, today=day)
    groups = with_roll_ups(groups, _families(day, profiles))
    return _table(dict.fromkeys(touched, NOTHING) | dict(standings.results(groups)))


def _families(day: date, profiles: Profiles) -> Families:
    """The other children stand where the scorecards of the day put them."""
    kept_scores = history.of_day(day, profiles.account_ids)
    written = {pk: RolledStanding(row["score"], row["band"]) for pk, row in kept_scores.items()}
    return families_of_day(midnight(day + DAY), profiles, standings=written)


def _table(results: Mapping[int, Result]) -> pa.Table:
    rows: dict[str, list[Any]] = {
        "account_id": list(results),
        "score": [result.score for result in results.values()],
        "band": [result.band for result in results.values()],
        "coverage": [result.coverage for result in results.values()],
    }
    return pa.table(rows, schema=pa.schema([("account_id", pa.int64()), *VALUES])).sort_by("account_id")


def _end(shadow: Shadow, outcome: Shadow.Outcome, *, by: User, now: datetime) -> bool:
    running = Shadow.objects.filter(pk=shadow.pk, ended_at=None)
    return bool(running.update(ended_at=now, ended_by=by, outcome=outcome))
