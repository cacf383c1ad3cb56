"""Reads: the health of an account now or at any past instant, with its explanation; its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from mainstay.common.time import DAY, as_of_instant, midnight
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.metrics import selectors as metrics
from mainstay.scores import account_values, parents, published
from mainstay.scores import history as kept
from mainstay.scores.arithmetic import LABELS, BandName, Scorecard
from mainstay.scores.explaining import LastGood, Plan, Result, rolled_up
from mainstay.scores.models import Health, ScorecardVersion, ScoringRun
from mainstay.scores.roll_ups import Rolled
from mainstay.scores.scoring import score
from mainstay.scores.sentences import coverage_text, sentence


class HistoryPoint(NamedTuple):
    """The score of a day, as of its end, by this version of the scorecard."""

    day: date
    score: int | None
    band: str
    version: int
    scorecard: str


class Move(NamedTuple):
    """A score that is another one than it was."""

    account_id: int
    then: int | None
    now: int | None


@dataclass(frozen=True)
class SourceAge:
    """What was known of a source when the accounts were scored."""

    is_late: bool
    age_seconds: float | None
    last_received_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """The health of an account as pages, API and command line show it. Trends are None for a past instant."""

    account_id: int
    result: Result
    as_of: datetime
    scorecard_name: str
    sentence: str
    coverage_text: str
    band_since: datetime | None = None
    previous_band: str = ""
    score_7d_ago: int | None = None
    change_7d: int | None = None
    cause: str = ""
    weeks: tuple[int | None, ...] = ()

    @property
    def score(self) -> int | None:
        """0 to 100; None: unknown."""
        return self.result.score

    @property
    def band(self) -> BandName:
        """green, yellow, red or unknown."""
        return self.result.band

    @property
    def label(self) -> str:
        """The band as people read it."""
        return LABELS[self.band]

    @property
    def coverage(self) -> float:
        """0 to 1: the share of the weight whose measures are known."""
        return self.result.coverage

    @property
    def version(self) -> int:
        """Of the scorecard."""
        return self.result.scorecard.version

    def plan(self) -> Plan:
        """The path to green."""
        return self.result.plan()

    def as_dict(self) -> dict[str, Any]:
        """For the HTTP API and the command line."""
        return self.result.as_dict()


def health(account_id: int, as_of: date | datetime | None = None, *, known: Known = Known.NOW) -> HealthView | None:
    """The health of an account with its explanation; None when no scorecard has served it yet.

    With `as_of` that of a past instant, from what is known of it now or was known then. Of a day that is kept, by the
    version of the scorecard and with the late sources it was scored with; of any other instant by the scorecards in
    force at it, account fields (which of them serves the account) as they are today, no source late.
    """
    if as_of is not None:
        return _past_health(account_id, as_of_instant(as_of), known)
    row = Health.objects.select_related("scorecard_version").filter(pk=account_id).first()
    if row is None:
        return None
    run = ScoringRun.objects.first()
    as_of = max(row.as_of, run.as_of) if run else row.as_of
    card = published.of_version(row.scorecard_version)
    sources = _sources(run, as_of)
    values = {m.metric: value for m, value in zip(card.scorecard.measures, row.detail["values"], strict=True)}
    result = score(
        card.scorecard,
        {**row.detail.get("asked", {}), **values},
        sources,
        last_good=_last_good(row.detail, card.scorecard, sources),
        fields=row.detail.get("fields"),
        as_of=as_of,
    )
    if row.is_rolled_up:
        result = rolled_up(result, Rolled(**row.detail["rolled"]))
    return HealthView(
        account_id=account_id,
        result=result,
        as_of=as_of,
        scorecard_name=card.scorecard.name,
        sentence=sentence(result, slipped=row.detail["slipped"]),
        coverage_text=coverage_text(result),
        band_since=row.band_since,
        previous_band=row.previous_band,
        score_7d_ago=row.score_7d_ago,
        change_7d=row.change_7d,
        cause=row.cause,
        weeks=tuple(row.weeks),
    )


def history(account_id: int, start: date, end: date, *, known: Known = Known.NOW) -> list[HistoryPoint]:
    """The kept scores of the days of `[start, end)`, in order."""
    rows = kept.of_account(account_id, start=start, end=end, known=known)
    ids = {row["scorecard_version_id"] for row in rows}
    versions = {
        pk: (number, key)
        for pk, number, key in ScorecardVersion.objects.filter(pk__in=ids).values_list(
            "pk", "version", "scorecard__key"
        )
    }
    return [
        HistoryPoint(row["day"], row["score"], row["band"], *versions.get(row["scorecard_version_id"], (0, "")))
        for row in rows
    ]


def moves_since(day: date) -> list[Move]:
    """The accounts whose score now is another one than the kept score of `day`, in no order.

    Accounts that were not scored on that day are left out: they did not move, they came. So are those with late data:
    their score rests on fewer measures than it did.
    """
    now = dict(Health.objects.filter(has_late=False).values_list("pk", "score").iterator(10_000))
    then = {pk: row["score"] for pk, row in kept.of_day(day, list(now)).items()}
    return [Move(pk, score, now[pk]) for pk, score in then.items() if score != now[pk]]


def moves_between(before: date, day: date, *, known: Known = Known.NOW) -> list[Move]:
    """The accounts whose kept score of `day` is another one than that of `before`, in no order.

    Accounts without a score on one of the two are left out, and so are those of whose two scores only one was worked
    out while the same sources were late: they rest on different measures.
    """
    sides = [kept.relation(start=one, end=one + DAY, known=known) for one in (before, day)]
    with engine.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT a.account_id, a.score, b.score FROM {sides[0]} AS a JOIN {sides[1]} AS b USING (account_id)"
            " WHERE a.score <> b.score AND a.late_sources IS NOT DISTINCT FROM b.late_sources"
        ).fetchall()
    return [Move(*row) for row in rows]


def latest_kept_day(*, before: date) -> date | None:
    """The latest day before `before` whose scores are kept."""
    return kept.latest_day(before=before)


def latest_run() -> ScoringRun | None:
    """The last scoring; None before the first."""
    return ScoringRun.objects.first()


def scorecards() -> list[published.Published]:
    """The scorecards in force, in the order in which they are asked whether they serve an account."""
    return published.in_force()


def _past_health(account_id: int, as_of: datetime, known: Known) -> HealthView | None:
    row = _kept(account_id, as_of, known)
    card = _card_of(row) if row else _card_at(account_id, as_of)
    if card is None:
        return None
    late = {
        key: SourceAge(is_late=True, age_seconds=None, last_received_at=None)
        for key in ((row and row["late_sources"]) or "").split(",")
        if key
    }
    fields = account_values.read(card.scorecard.account_fields, [account_id])
    result = score(
        card.scorecard,
        metrics.profile(account_id, as_of, known=known),
        late,
        last_good=held_before(account_id, card.scorecard, as_of),
        fields={name: values[0] for name, values in fields.items()},
        as_of=as_of,
    )
    rolled = parents.rolled_up_at(account_id, result, as_of)
    if rolled is not None and rolled.score is not None:
        result = rolled_up(result, rolled)
    return HealthView(
        account_id=account_id,
        result=result,
        as_of=as_of,
        scorecard_name=card.scorecard.name,
        sentence=sentence(result),
        coverage_text=coverage_text(result),
    )


def _kept(account_id: int, as_of: datetime, known: Known) -> dict[str, Any] | None:
    """The kept score as of an instant, if it is the end of a day that is kept."""
    if as_of != midnight(as_of.date()):
        return None
    return next(iter(kept.of_account(account_id, start=as_of.date() - DAY, end=as_of.date(), known=known)), None)


def _card_of(row: dict[str, Any]) -> published.Published | None:
    version = ScorecardVersion.objects.select_related("scorecard").filter(pk=row["scorecard_version_id"]).first()
    return published.of_version(version) if version else None


def _card_at(account_id: int, as_of: datetime) -> published.Published | None:
    cards = published.in_force(as_of)
    serving = published.serving(cards, as_of=as_of, account_id=account_id)
    return next((card for card, served in zip(cards, serving, strict=True) if served.account_ids), None)


def held_before(account_id: int, scorecard: Scorecard, as_of: datetime) -> dict[str, LastGood]:
    """The last values kept before an instant of the metrics that hold their band, by metric."""
    end = as_of.date()
    start = end - DAY * scorecard.hold_days
    kept = past.latest_values(scorecard.held_metrics, [account_id], start=start, end=end)
    return {
        metric: LastGood(value, midnight(day + DAY)) for metric, found in kept.items() for value, day in found.values()
    }


def _last_good(
    detail: Mapping[str, Any], scorecard: Scorecard, sources: Mapping[str, SourceAge]
) -> dict[str, LastGood]:
    """The last known values that were used: of the day they were held from, or of when their source last delivered."""
    held = {metric: midnight(date.fromisoformat(day) + DAY) for metric, day in detail.get("held_on", {}).items()}
    found = {}
    for metric, value in detail["good"].items():
        source = sources.get(scorecard.inputs.get(metric, ""))
        at = held.get(metric) or (source.last_received_at if source else None)
        if at is not None:
            found[metric] = LastGood(value, at)
    return found


def _sources(run: ScoringRun | None, as_of: datetime) -> dict[str, SourceAge]:
    found = {}
    for key, known in (run.sources if run else {}).items():
        text = known["last_received_at"]
        at = datetime.fromisoformat(text) if text else None
        found[key] = SourceAge(known["is_late"], max(0.0, (as_of - at).total_seconds()) if at else None, at)
    return found
