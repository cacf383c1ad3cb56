"""Scores the accounts that scorecards serve, from profiles: present scores, past days and previews come about here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mainstay.ingest.sources import Freshness
from mainstay.metrics import past, profile_table
from mainstay.scores.bulk import Scored, score_columns
from mainstay.scores.published import Published, Served

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
    """The accounts one scorecard serves, scored; `good`: the last good values of late metrics, in the same order."""

    card: Published
    scored: Scored
    fingerprints: Sequence[int]
    good: Columns


def score_present(
    cards: Sequence[Published], serving: Sequence[Served], sources: Mapping[str, Freshness]
) -> list[Group]:
    """Score the accounts each of `cards` serves from the present profiles; no group where nobody is served at all.

    What refreshes write, what previews show and what shadows keep comes from here, so that they cannot differ.
    """
    wanted = [pk for served in serving for pk in served.account_ids]
    if not wanted:
        return []
    keys = list(dict.fromkeys(measure.metric for card in cards for measure in card.scorecard.measures))
    return score_groups(cards, serving, present_profiles(keys, wanted), sources)


def score_groups(
    cards: Sequence[Published], serving: Sequence[Served], profiles: Profiles, sources: Mapping[str, Freshness]
) -> list[Group]:
    """Score the accounts each of `cards` serves. Measures of late `sources` are left out."""
    late = {key for key, found in sources.items() if found.is_late}
    groups = []
    for card, served in zip(cards, serving, strict=True):
        measures, ids = card.scorecard.measures, served.account_ids
        good = _last_good({m.metric: m.source for m in measures if m.source in late}, sources, ids)
        columns = profiles.of(ids, [measure.metric for measure in measures])
        scored = score_columns(card.scorecard, ids, columns, late_sources=late, last_good=good)
        groups.append(Group(card, scored, served.fingerprints, good))
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
            good |= kept_profiles(day, keys).of(ids, keys)
    return good


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
    table = past.read_day(day)
    names = set(table.column_names)
    return Profiles(table["account_id"].to_pylist(), {key: table[key].to_pylist() for key in keys if key in names})
