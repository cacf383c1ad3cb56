"""Reads: why the scores of a past day were what they were, in a few words each.

Worked out from the kept profiles by the version of the scorecard that gave the score, for the accounts of one page.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from mainstay.common.time import DAY
from mainstay.ingest.sources import Freshness, label_of
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.metrics.registry import all_metrics
from mainstay.scores import causes, history, published
from mainstay.scores.computing import Group, Profiles, score_groups
from mainstay.scores.errors import BadScorecard
from mainstay.scores.models import ScorecardVersion
from mainstay.scores.published import Published, Served


@dataclass(frozen=True)
class Why:
    """Why a score was what it was. `moved`: what moved it since the earlier day; `lowest`: what held it down most.

    `rule`: the version of the scorecard that came in between (`Standard v2`), empty for none.
    """

    moved: str = ""
    lowest: str = ""
    rule: str = ""

    @property
    def words(self) -> str:
        """A new rule first, so that it is never taken for news of the account; then what moved, else what held."""
        if self.rule:
            return f"{self.rule} came in between; {self.moved[:1].lower()}{self.moved[1:]}".rstrip("; ")
        return self.moved or self.lowest


@dataclass(frozen=True)
class _Kept:
    score: int | None
    version_id: int
    late: frozenset[str]


def whys(day: date, account_ids: Collection[int], *, since: date, known: Known = Known.NOW) -> dict[int, Why]:
    """Why these accounts had their scores at the end of a kept `day`, and what moved them since the end of `since`.

    Nothing is said of an account whose score its own values do not give (that of its children, or of account fields
    that are others by now), and no move is told where data was late or `since` is not kept.
    """
    kept, before = _scores(day, account_ids, known), _scores(since, account_ids, known)
    wanted = {one.version_id for one in (*kept.values(), *before.values())}
    versions = ScorecardVersion.objects.select_related("scorecard").in_bulk(list(wanted))
    found: dict[int, Why] = {}
    for version_id in {one.version_id for one in kept.values()} & versions.keys():
        ids = sorted(pk for pk, one in kept.items() if one.version_id == version_id)
        card = _card(versions[version_id])
        if card is not None:
            late = frozenset[str]().union(*(kept[pk].late for pk in ids))
            now = _scored(card, ids, day, late, known)
            then = _scored(card, [pk for pk in ids if pk in before], since, frozenset(), known)
            found |= {
                pk: Why(moved, lowest, _rule(before.get(pk), versions[version_id]))
                for pk, moved, lowest in _words(card, now, then, kept)
            }
    return found


def _scores(day: date, account_ids: Collection[int], known: Known) -> dict[int, _Kept]:
    source = history.relation(start=day, end=day + DAY, known=known)
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        rows = cursor.execute(
            f"SELECT account_id, score, scorecard_version_id, late_sources FROM {source} JOIN wanted ON id = account_id"
        ).fetchall()
    return {
        pk: _Kept(score, version, frozenset(filter(None, (late or "").split(",")))) for pk, score, version, late in rows
    }


def _card(version: ScorecardVersion) -> Published | None:
    """Ready to score with; None where a metric that it names is gone."""
    try:
        return published.of_version(version)
    except BadScorecard:
        return None


def _scored(card: Published, ids: Sequence[int], day: date, late: Collection[str], known: Known) -> Group | None:
    if not ids:
        return None
    keys = [key for key in card.scorecard.inputs if key in all_metrics()]
    table = past.read_accounts(day, ids, known=known, keys=keys)
    profiles = Profiles(table["account_id"].to_pylist(), {key: table[key].to_pylist() for key in keys})
    sources = {key: Freshness(key, label_of(key), None, None, 0, is_late=True) for key in late}
    return score_groups([card], [Served(list(ids), [0] * len(ids))], profiles, sources, today=day)[0]


def _words(
    card: Published, now: Group | None, then: Group | None, kept: Mapping[int, _Kept]
) -> Iterator[tuple[int, str, str]]:
    """For each account whose kept score its values give: what moved it, and what held it down."""
    if now is None:
        return
    former = {pk: at for at, pk in enumerate(then.scored.account_ids)} if then else {}
    for at, pk in enumerate(now.scored.account_ids):
        totals, marks, row = now.scored.totals[at], now.scored.marks[at], now.scored.rows[at]
        if totals.score is None or totals.score != kept[pk].score:
            continue
        moved = ""
        if then is not None and pk in former and not now.is_missing_for_late(at):
            moved = _moved(card, now, at, then, former[pk])
        yield pk, moved, causes.lowest(card.scorecard, totals, marks, row)


def _moved(card: Published, now: Group, at: int, then: Group, before: int) -> str:
    values = {key: column[at] for key, column in (*now.inputs.items(), *now.fields.items())}
    sides = [
        (group.scored.totals[place], group.scored.marks[place], group.scored.rows[place])
        for group, place in ((then, before), (now, at))
    ]
    capped = causes.gate_cause(card.scorecard, sides[0][0], sides[1][0], values=values)
    return capped or causes.cause(card.scorecard, then=sides[0], now=sides[1])


def _rule(before: _Kept | None, version: ScorecardVersion) -> str:
    if before is None or before.version_id == version.pk:
        return ""
    return f"{version.scorecard.name} v{version.version}"
