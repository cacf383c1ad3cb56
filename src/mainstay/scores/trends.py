"""What a new score means against the ones before: since when, how much, why. Makes the rows of `Health`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

import pyarrow as pa

from mainstay.common.time import DAY, midnight
from mainstay.metrics import past
from mainstay.scores import causes, history
from mainstay.scores.arithmetic import GREEN, Mark, Totals
from mainstay.scores.bulk import Scored, score_columns
from mainstay.scores.models import Health, ScorecardVersion
from mainstay.scores.published import Published
from mainstay.scores.roll_ups import Rolled

WEEKS = 12
WEEK = timedelta(days=7)
# The fingerprint of a row whose trends must be read again from the history.
HISTORY_CHANGED = -1


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A scored account whose row must be written.

    `good`: the last known values that were used, `held_on` the days of those whose band is held; `asked`: the values of
    metrics that gates and lines ask for and no measure has; `fields`: the account fields that gates ask for; `rolled`:
    what its children come to, of a parent without a score of its own.
    """

    account_id: int
    card: Published
    row: tuple[float | None, ...]
    marks: tuple[Mark, ...]
    totals: Totals
    good: Mapping[str, float | None]
    held_on: Mapping[str, date]
    asked: Mapping[str, float | None]
    fields: Mapping[str, Any]
    late: frozenset[str]
    fingerprint: int
    rolled: Rolled | None = None

    @property
    def has_late(self) -> bool:
        """Whether one of its measures is left out because its source is late, and not because it has no value."""
        return bool(self.late) and any(
            measure.source in self.late and (value is not None or measure.metric in self.good)
            for measure, value in zip(self.card.scorecard.measures, self.row, strict=True)
        )

    @property
    def values(self) -> dict[str, float | None]:
        """The present values by metric."""
        measures = self.card.scorecard.measures
        return {**self.asked, **{m.metric: value for m, value in zip(measures, self.row, strict=True)}}

    @property
    def detail(self) -> dict[str, Any]:
        """What is kept to explain the score again."""
        found: dict[str, Any] = {"values": list(self.row), "good": dict(self.good)}
        if self.held_on:
            found["held_on"] = {metric: day.isoformat() for metric, day in self.held_on.items()}
        if self.asked:
            found["asked"] = dict(self.asked)
        if self.fields:
            found["fields"] = dict(self.fields)
        if self.rolled is not None and self.totals.is_rolled_up:
            found["rolled"] = asdict(self.rolled)
        return found


@dataclass(frozen=True)
class _Stored:
    band: str
    band_since: datetime
    previous_band: str
    fingerprint: int


def rows(changed: Sequence[Changed], *, now: datetime) -> list[dict[str, Any]]:
    """The rows to write, as `health_table` takes them."""
    if not changed:
        return []
    # The score of seven days ago is the one kept of the day before: what was known at that day's first instant.
    days = [now.date() - DAY - WEEK * back for back in range(WEEKS - 1, 0, -1)]
    weeks = history.scores_on(days, [one.account_id for one in changed])
    stored = _stored(changed)
    stays = history.stays(
        {one.account_id: one.totals.band for one in changed if _is_new(one, stored)}, before=now.date()
    )
    then = _a_week_ago(changed, now.date() - DAY - WEEK)
    new_rules = _new_rules(midnight(now.date() - WEEK))
    nothing: list[int | None] = [None] * len(days)
    return [
        _row(
            one,
            stored.get(one.account_id),
            stays.get(one.account_id),
            weeks.get(one.account_id, nothing),
            then.get(one.account_id),
            now=now,
            is_new_rule=one.card.version_id in new_rules,
        )
        for one in changed
    ]


def _new_rules(since: datetime) -> set[int]:
    """The versions that took the place of another one since."""
    found = ScorecardVersion.objects.filter(version__gt=1, published_at__gte=since)
    return set(found.values_list("pk", flat=True))


def _row(
    one: Changed,
    stored: _Stored | None,
    stay: tuple[date, str] | None,
    weeks: list[int | None],
    then: tuple[Totals, Sequence[Mark], Sequence[float | None]] | None,
    *,
    now: datetime,
    is_new_rule: bool,
) -> dict[str, Any]:
    band_since, previous_band = _standing(one.totals.band, stored, stay, now=now)
    score, before = one.totals.score, weeks[-1]
    if is_new_rule:
        # What the new rule gives the values of a week ago: what it changes by itself is no change of the account.
        before = then[0].score if then is not None else None
    # With a late source the score rests on fewer measures than it did: no change is claimed.
    change = score - before if score is not None and before is not None and not one.has_late else None
    found = ""
    if then is not None:
        found = causes.gate_cause(one.card.scorecard, then[0], one.totals, values={**one.values, **one.fields})
        if not found and change:
            found = causes.cause(one.card.scorecard, then=then, now=(one.totals, one.marks, one.row))
    return {
        "account_id": one.account_id,
        "scorecard_version_id": one.card.version_id,
        "score": score,
        "band": one.totals.band,
        "coverage": one.totals.coverage,
        "is_rolled_up": one.totals.is_rolled_up,
        "has_late": one.has_late,
        "as_of": now,
        "band_since": band_since,
        "previous_band": previous_band,
        "score_7d_ago": weeks[-1],
        "change_7d": change,
        "cause": found,
        "weeks": [*weeks, score],
        "detail": one.detail | {"slipped": _slipped(one, then)},
        "fingerprint": one.fingerprint,
    }


def _standing(
    band: str, stored: _Stored | None, stay: tuple[date, str] | None, *, now: datetime
) -> tuple[datetime, str]:
    """Since when the account is in its band, and in which one it was before."""
    if stored is not None and stored.band != band:
        return now, stored.band
    if stay is not None:
        since, previous = stay
        # A day's score is the one as of its end.
        return min(midnight(since + DAY), now), previous
    return (stored.band_since, stored.previous_band) if stored is not None else (now, "")


def _slipped(one: Changed, then: tuple[Totals, Sequence[Mark], Sequence[float | None]] | None) -> list[str]:
    """The dimensions that were green a week ago, or were when the account left its band, and are not any more."""
    if then is None or then[0].bands == one.totals.bands:
        return []
    return [
        dimension.key
        for dimension, before, after in zip(one.card.scorecard.dimensions, then[0].bands, one.totals.bands, strict=True)
        if before == GREEN and after not in (GREEN, "unknown")
    ]


def _is_new(one: Changed, stored: Mapping[int, _Stored]) -> bool:
    """Never scored before, or its history was filled in since."""
    known = stored.get(one.account_id)
    return known is None or (known.fingerprint == HISTORY_CHANGED and known.band == one.totals.band)


def _stored(changed: Iterable[Changed]) -> dict[int, _Stored]:
    found: dict[int, _Stored] = {}
    for chunk in batched((one.account_id for one in changed), 10_000):
        ids = sorted(chunk)
        # A range instead of a list of ids: what lies between costs less than ten thousand parameters.
        values = Health.objects.filter(account_id__gte=ids[0], account_id__lte=ids[-1]).values_list(
            "account_id", "band", "band_since", "previous_band", "fingerprint"
        )
        found.update((pk, _Stored(band, since, former, mark)) for pk, band, since, former, mark in values)
    return found


def _a_week_ago(
    changed: Sequence[Changed], day: date
) -> dict[int, tuple[Totals, Sequence[Mark], Sequence[float | None]]]:
    """The kept profiles of `day`, scored with the scorecards of today: what moved is then the values alone."""
    if not past.has_day(day):
        return {}
    profiles = past.read_day(day)
    order = {pk: at for at, pk in enumerate(profiles["account_id"].to_pylist())}
    cards = {one.card.version_id: one.card for one in changed}
    found: dict[int, tuple[Totals, Sequence[Mark], Sequence[float | None]]] = {}
    for version_id, card in cards.items():
        own = [one for one in changed if one.card.version_id == version_id and one.account_id in order]
        ids = [one.account_id for one in own]
        positions = pa.array([order[pk] for pk in ids], pa.int64())
        inputs = [metric for metric in card.scorecard.inputs if metric in profiles.column_names]
        scored: Scored = score_columns(
            card.scorecard,
            ids,
            {metric: profiles[metric].take(positions).to_pylist() for metric in inputs},
            last_good={metric: [one.good.get(metric) for one in own] for metric in card.scorecard.held_metrics},
            fields={name: [one.fields.get(name) for one in own] for name in card.scorecard.account_fields},
        )
        found.update(zip(ids, zip(scored.totals, scored.marks, scored.rows, strict=True), strict=True))
    return found
