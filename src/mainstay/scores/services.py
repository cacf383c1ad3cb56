"""Writes: scorecards from their files, the present scores into SQL, the scores of past days into the lake."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction

from mainstay.common.time import DAY, isoformat, midnight
from mainstay.ingest.sources import Freshness, freshness
from mainstay.metrics import past, profile_table
from mainstay.metrics.registry import all_metrics
from mainstay.scores import document, health_table, history, published, trends
from mainstay.scores.bulk import Scored, score_columns
from mainstay.scores.models import Health, Scorecard, ScorecardVersion, ScoringRun
from mainstay.scores.published import Published, Served

# Runs are kept to be looked at, not for good: a worker makes thousands a day.
_RUNS_KEPT = timedelta(days=2)
_DAYS_CAUGHT_UP = 35
# Above this many accounts the whole table is read at once; a row by its key takes 0.1 ms, 100,000 rows a second.
_READ_ONE_BY_ONE = 3_000


type _Columns = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class _Profiles:
    """Values by metric, all in the order of `account_ids`."""

    account_ids: Sequence[int]
    columns: _Columns

    def of(self, ids: Sequence[int], keys: Iterable[str]) -> dict[str, list[float | None]]:
        """The columns of `keys` in the order of `ids`; None where an account has no profile."""
        order = {pk: at for at, pk in enumerate(self.account_ids)}
        positions = [order.get(pk) for pk in ids]
        return {
            key: [None if at is None else column[at] for at in positions]
            for key in keys
            if (column := self.columns.get(key)) is not None
        }


@dataclass(frozen=True)
class _Group:
    """The accounts one scorecard serves, scored; `good`: the last good values of late metrics, in the same order."""

    card: Published
    scored: Scored
    fingerprints: Sequence[int]
    good: _Columns


def ensure_scorecards(now: datetime, *, shipped: Path = document.SHIPPED) -> int:
    """Publish the scorecards of files that are new or changed; how many. Raises BadScorecard, with nothing published.

    First the shipped ones, then those in `MAINSTAY_HOME/scorecards`, where a file with the key of a shipped one takes
    its place: from then on changes of the shipped one are left alone.
    """
    own = Path(settings.MAINSTAY_HOME) / "scorecards"
    with transaction.atomic():
        return sum(
            _publish(document.read(path.read_text(encoding="utf-8"), origin=path.name), now=now, is_shipped=is_shipped)
            for folder, is_shipped in ((shipped, True), (own, False))
            for path in sorted(folder.glob("*.yaml"))
        )


def _publish(read: document.Document, *, now: datetime, is_shipped: bool) -> bool:
    # A metric that does not exist must be told before anything is scored with it.
    document.build(read, version=0, metrics=all_metrics())
    content = read.model_dump(mode="json")
    card, _ = Scorecard.objects.select_for_update().get_or_create(
        key=read.key, defaults={"name": read.name, "position": read.position}
    )
    latest = card.versions.order_by("-version").first()
    if latest is not None and (latest.document == content or (is_shipped and not latest.is_shipped)):
        return False
    card.name, card.position = read.name, read.position
    card.save(update_fields=["name", "position"])
    number = latest.version + 1 if latest else 1
    ScorecardVersion.objects.create(
        scorecard=card, version=number, document=content, is_shipped=is_shipped, published_at=now
    )
    return True


def score_all(now: datetime) -> ScoringRun:
    """Score the accounts from the present profiles and write what changed; keep the days that are over.

    The accounts' rows and the run are one commit, each kept day is another; all can be done again. Churned accounts
    keep the score they left with. Sources that are late as of `now` freeze their measures; for an instant in the past
    no source is late, since its data has come by now.
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
    with transaction.atomic():
        health_table.upsert(rows)
        ScoringRun.objects.filter(as_of__lt=now - _RUNS_KEPT).delete()
        run = ScoringRun.objects.create(
            as_of=now,
            finished_at=now + timedelta(seconds=monotonic() - began),
            accounts=Health.objects.count(),
            changed=len(rows),
            sources=said,
        )
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


def backfill(dates: Iterable[date]) -> int:
    """Score these days from the kept profiles and keep the result, in place of what was kept; how many days.

    The scorecards are those in force at the time (the first version before it was published). Days without kept
    profiles are left out. Present scores learn from it how long they stand where they stand.
    """
    wanted, days = sorted(set(dates)), 0
    if wanted and not Scorecard.objects.exists():
        ensure_scorecards(midnight(wanted[-1] + DAY))
    for _, month in groupby(wanted, key=lambda day: (day.year, day.month)):
        scored = [(day, rows) for day in month if (rows := _of_day(day, {})) is not None]
        if scored:
            history.record(pa.concat_tables([rows for _, rows in scored]), [day for day, _ in scored])
        days += len(scored)
    if days:
        # The rows are written anew with the next scoring, with what the history tells now.
        Health.objects.update(fingerprint=trends.HISTORY_CHANGED)
    return days


def _changed(now: datetime, sources: Mapping[str, Freshness], *, only_changed: bool) -> list[trends.Changed]:
    cards = published.in_force(now)
    serving = published.serving(cards, as_of=now, only_changed=only_changed)
    wanted = [pk for served in serving for pk in served.account_ids]
    if not wanted:
        return []
    keys = list(dict.fromkeys(measure.metric for card in cards for measure in card.scorecard.measures))
    changed = []
    for group in _score(cards, serving, _present_profiles(keys, wanted), sources):
        late = frozenset(m.source for m in group.card.scorecard.measures if sources[m.source].is_late)
        good = list(group.good.items())
        changed += [
            trends.Changed(
                account_id=pk,
                card=group.card,
                row=group.scored.rows[at],
                marks=group.scored.marks[at],
                totals=group.scored.totals[at],
                good={metric: column[at] for metric, column in good if column[at] is not None},
                late=late,
                fingerprint=group.fingerprints[at],
            )
            for at, pk in enumerate(group.scored.account_ids)
        ]
    return changed


def _score(
    cards: Sequence[Published], serving: Sequence[Served], profiles: _Profiles, sources: Mapping[str, Freshness]
) -> list[_Group]:
    late = {key for key, found in sources.items() if found.is_late}
    groups = []
    for card, served in zip(cards, serving, strict=True):
        measures, ids = card.scorecard.measures, served.account_ids
        good = _last_good({m.metric: m.source for m in measures if m.source in late}, sources, ids)
        columns = profiles.of(ids, [measure.metric for measure in measures])
        scored = score_columns(card.scorecard, ids, columns, late_sources=late, last_good=good)
        groups.append(_Group(card, scored, served.fingerprints, good))
    return groups


def _last_good(
    frozen: Mapping[str, str], sources: Mapping[str, Freshness], ids: Sequence[int]
) -> dict[str, list[float | None]]:
    """The values of late metrics as of the end of the day their source last delivered."""
    good: dict[str, list[float | None]] = {}
    by_day: dict[date, list[str]] = {}
    for metric, source in frozen.items():
        last = sources[source].last_received_at
        if last is not None:
            by_day.setdefault(last.date(), []).append(metric)
    for day, keys in by_day.items():
        if past.has_day(day):
            good |= _kept_profiles(day, keys).of(ids, keys)
    return good


def _present_profiles(keys: Sequence[str], ids: Sequence[int]) -> _Profiles:
    if len(ids) <= _READ_ONE_BY_ONE:
        rows = [row for pk in ids for row in profile_table.read(keys, account_id=pk)]
    else:
        rows = profile_table.read(keys)
    found, *columns = list(zip(*rows, strict=True)) or [()] * (len(keys) + 1)
    return _Profiles(found, dict(zip(keys, columns, strict=True)))


def _kept_profiles(day: date, keys: Iterable[str]) -> _Profiles:
    table = past.read_day(day)
    names = set(table.column_names)
    return _Profiles(table["account_id"].to_pylist(), {key: table[key].to_pylist() for key in keys if key in names})


def _keep_days_that_are_over(now: datetime, sources: Mapping[str, Freshness]) -> None:
    today = now.date()
    latest = history.latest_day(before=today)
    start = max(latest + DAY, today - DAY * _DAYS_CAUGHT_UP) if latest else today - DAY
    for offset in range((today - start).days):
        day = start + DAY * offset
        # Yesterday ended just now, so a source that is late now was late then; of earlier days nothing is known.
        rows = _of_day(day, sources if day == today - DAY else {})
        if rows is not None:
            history.record(rows, [day])
            history.merge_months(today)


def _of_day(day: date, sources: Mapping[str, Freshness]) -> pa.Table | None:
    if not past.has_day(day):
        return None
    as_of = midnight(day + DAY)
    cards = published.in_force(as_of)
    keys = {measure.metric for card in cards for measure in card.scorecard.measures}
    groups = _score(cards, published.serving(cards, as_of=as_of), _kept_profiles(day, keys), sources)
    parts: list[tuple[int, Any, Any]] = [
        (group.card.version_id, group.scored.account_ids, group.scored.totals) for group in groups
    ]
    return history.rows_of(day, parts)
