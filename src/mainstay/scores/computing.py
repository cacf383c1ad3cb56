"""Scores the accounts that scorecards serve, from profiles: present scores, past days and previews come about here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mainstay.common.time import DAY
from mainstay.ingest.sources import Freshness
from mainstay.metrics import past, profile_table
from mainstay.metrics.registry import all_metrics
from mainstay.scores import account_values
from mainstay.scores.arithmetic import Scorecard
from mainstay.scores.bulk import Scored, score_columns
from mainstay.scores.published import Published, Served
from mainstay.scores.roll_ups import Rolled

# Above this many accounts the whole table is read at once; a row by its key takes 0.1 ms, 100,000 rows a second.
_READ_ONE_BY_ONE = 3_000

type Columns = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Profiles:
    """Values by metric, all in the order of `account_ids`."""

    account_ids: Sequence[int]
    columns: Columns

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
class Group:
    """The accounts one scorecard serves, scored, and what they were scored with, all in the same order.

    `inputs`: the values by metric. `good`: the last known values of metrics whose source is late, or whose band is
    held; for the latter `held_on` is the day they were known. `fields`: the account fields that gates ask for. `late`:
    the late sources of its measures. `rolled`: what the children of parents without a score of their own come to.
    """

    card: Published
    scored: Scored
    fingerprints: Sequence[int]
    inputs: Columns
    good: Columns
    held_on: Mapping[str, Sequence[date | None]]
    fields: Mapping[str, Sequence[Any]]
    late: frozenset[str] = frozenset()
    rolled: Mapping[int, Rolled] = field(default_factory=dict)

    def is_missing_for_late(self, at: int) -> bool:
        """Whether a measure of the account at this position is left out because its source is late.

        And not because it has no value.
        """
        return bool(self.late) and any(
            measure.source in self.late and (value is not None or _known(self.good, measure.metric, at))
            for measure, value in zip(self.card.scorecard.measures, self.scored.rows[at], strict=True)
        )


def score_present(
    cards: Sequence[Published], serving: Sequence[Served], sources: Mapping[str, Freshness], *, today: date
) -> list[Group]:
    """Score the accounts each of `cards` serves from the present profiles; no group where nobody is served at all.

    What refreshes write, what previews show and what shadows keep comes from here, so that they cannot differ.
    """
    wanted = [pk for served in serving for pk in served.account_ids]
    if not wanted:
        return []
    return score_groups(cards, serving, present_profiles(inputs_of(cards), wanted), sources, today=today)


def inputs_of(cards: Iterable[Published]) -> list[str]:
    """Every metric that these scorecards need, each once."""
    return list(dict.fromkeys(metric for card in cards for metric in card.scorecard.inputs))


def score_groups(
    cards: Sequence[Published],
    serving: Sequence[Served],
    profiles: Profiles,
    sources: Mapping[str, Freshness],
    *,
    today: date,
) -> list[Group]:
    """Score the accounts each of `cards` serves. Measures of late `sources` are left out.

    `today` is the day the profiles are of; bands are held from the kept days before it.
    """
    late = {key for key, found in sources.items() if found.is_late}
    groups = []
    for card, served in zip(cards, serving, strict=True):
        inputs, ids = card.scorecard.inputs, served.account_ids
        columns = profiles.of(ids, inputs)
        good = _last_good({metric: source for metric, source in inputs.items() if source in late}, sources, ids)
        held = _held(card.scorecard, ids, {**columns, **good}, today=today)
        for metric, found in held.items():
            before = good.get(metric, [None] * len(ids))
            good[metric] = [last if one is None else one[0] for last, one in zip(before, found, strict=True)]
        fields = account_values.read(card.scorecard.account_fields, ids)
        scored = score_columns(card.scorecard, ids, columns, late_sources=late, last_good=good, fields=fields)
        groups.append(
            Group(
                card=card,
                scored=scored,
                fingerprints=served.fingerprints,
                inputs=columns,
                good=good,
                held_on={metric: [one[1] if one else None for one in found] for metric, found in held.items()},
                fields=fields,
                late=frozenset(measure.source for measure in card.scorecard.measures) & late,
            )
        )
    return groups


def _held(
    card: Scorecard, ids: Sequence[int], present: Columns, *, today: date
) -> dict[str, list[tuple[float, date] | None]]:
    """For the metrics that hold their band: the last known value and its day, where there is none in `present`."""
    nothing: Sequence[None] = [None] * len(ids)
    without = {
        metric: [pk for pk, value in zip(ids, present.get(metric, nothing), strict=True) if value is None]
        for metric in card.held_metrics
    }
    wanted = sorted(metric for metric, missing in without.items() if missing)
    missing = {pk for metric in wanted for pk in without[metric]}
    kept = past.latest_values(wanted, missing, start=today - DAY * card.hold_days, end=today)
    return {
        metric: [
            found.get(pk) if value is None else None
            for pk, value in zip(ids, present.get(metric, nothing), strict=True)
        ]
        for metric, found in kept.items()
    }


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
            good |= kept_profiles(day, keys).of(ids, keys)
    return good


def _known(columns: Columns, metric: str, at: int) -> bool:
    return metric in columns and columns[metric][at] is not None


def present_profiles(keys: Sequence[str], ids: Sequence[int]) -> Profiles:
    """The present values of these metrics, of these accounts at least."""
    if len(ids) <= _READ_ONE_BY_ONE:
        rows = [row for pk in ids for row in profile_table.read(keys, account_id=pk)]
    else:
        rows = profile_table.read(keys)
    found, *columns = list(zip(*rows, strict=True)) or [()] * (len(keys) + 1)
    return Profiles(found, dict(zip(keys, columns, strict=True)))


def kept_profiles(day: date, keys: Iterable[str]) -> Profiles:
    """The values of these metrics as kept of a day."""
    known = all_metrics()
    wanted = [key for key in dict.fromkeys(keys) if key in known]
    table = past.read_day(day, keys=wanted)
    return Profiles(table["account_id"].to_pylist(), {key: table[key].to_pylist() for key in wanted})
