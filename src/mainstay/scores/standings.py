"""Where accounts stand under the scorecards in force, and under those there would be. The base of previews."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q

from mainstay.ingest.sources import Freshness
from mainstay.scores import published
from mainstay.scores.computing import Group, score_present
from mainstay.scores.document import Document
from mainstay.scores.families import Families, present_families, with_roll_ups
from mainstay.scores.models import Health, ScoringRun
from mainstay.scores.published import Published, Served
from mainstay.scores.reasons import Standing, reason
from mainstay.scores.roll_ups import ancestors

# The band of an account that no scorecard serves.
NO_SCORE = "none"


# Nothing of its own moves an account that moves all the same: its children do.
_CHILDREN = "The scores of its child accounts move"


class Result(NamedTuple):
    """What is kept of an account's score."""

    score: int | None
    band: str
    coverage: float


NOTHING = Result(None, NO_SCORE, 0.0)


def replaced(
    cards: Iterable[Published], documents: Sequence[Document], *, removed: Iterable[str] = (), number: int = 0
) -> list[Published]:
    """The scorecards there would be with these documents published and those of `removed` gone, in order.

    A document that says what is in force already stays the card it is. The others get the numbers from `number`
    downwards, which are none of stored versions.
    """
    kept = {card.scorecard.key: card for card in cards}
    for key in removed:
        kept.pop(key, None)
    for at, read in enumerate(documents):
        if read.key not in kept or published.document_of(kept[read.key]) != read:
            kept[read.key] = published.of_document(read, number=number - at)
    return published.in_order(kept.values())


@dataclass(frozen=True)
class Difference:
    """The accounts that another card would serve than does now, in order, and where they stand under both.

    An account that no scorecard serves is in neither.
    """

    account_ids: Sequence[int]
    before: Mapping[int, Result]
    after: Mapping[int, Result]
    _cards: tuple[list[Published], list[Published]]
    _served: tuple[list[Served], list[Served]]
    _sources: Mapping[str, Freshness]
    _today: date

    def reasons(self, account_ids: Collection[int]) -> dict[int, str]:
        """Why each of these accounts moves, in a few words: the dimension that moves most, and what moves it."""
        wanted = set(account_ids)
        before, after = (
            dict(_standings(score_present(cards, only(served, wanted), self._sources, today=self._today)))
            for cards, served in zip(self._cards, self._served, strict=True)
        )
        return {pk: reason(before.get(pk), after.get(pk)) or _CHILDREN for pk in account_ids}


def difference(after: list[Published], *, now: datetime, sources: Mapping[str, Freshness]) -> Difference:
    """What changes with these cards instead of those in force. Accounts that keep their card keep their score."""
    cards = published.in_force(now)
    then, there = published.serving(cards, as_of=now), published.serving(after, as_of=now)
    families = present_families(now)
    affected = _with_parents(touched(cards, then, after, there), families)
    groups = score_present(after, only(there, affected), sources, today=now.date())
    return Difference(
        sorted(affected),
        _present(cards, then, affected, now=now, sources=sources) if affected else {},
        dict(results(with_roll_ups(groups, families))),
        (cards, after),
        (then, there),
        sources,
        now.date(),
    )


def otherwise(
    after: list[Published], *, now: datetime, sources: Mapping[str, Freshness], known: Mapping[int, int]
) -> tuple[set[int], dict[int, tuple[Result, int]]]:
    """The accounts that another card would serve than does now, and their results with their profiles' fingerprints.

    `known`: fingerprints from which accounts were scored already; these are left out of the results.
    """
    cards = published.in_force(now)
    then, there = published.serving(cards, as_of=now), published.serving(after, as_of=now)
    affected = touched(cards, then, after, there)
    marks = {pk: mark for served in there for pk, mark in zip(served.account_ids, served.fingerprints, strict=True)}
    unserved = dict.fromkeys(affected - marks.keys(), (NOTHING, published.NO_PROFILE))
    wanted = {pk for pk in affected & marks.keys() if known.get(pk) != marks[pk]}
    scored = with_roll_ups(score_present(after, only(there, wanted), sources, today=now.date()), present_families(now))
    found = {pk: (result, marks[pk]) for pk, result in results(scored)}
    new = {pk: nothing for pk, nothing in unserved.items() if known.get(pk) != published.NO_PROFILE}
    return affected, new | found


def touched(
    before: Sequence[Published], then: Sequence[Served], after: Sequence[Published], there: Sequence[Served]
) -> set[int]:
    """The accounts that another card serves `there` than `then`."""
    was, would = dict(_by_account(before, then)), dict(_by_account(after, there))
    return {pk for pk in was | would if was.get(pk) is not would.get(pk)}


def only(serving: Sequence[Served], wanted: set[int]) -> list[Served]:
    """Those of the served accounts that are wanted."""
    kept = []
    for served in serving:
        if wanted.issuperset(served.account_ids):
            kept.append(served)
            continue
        pairs = zip(served.account_ids, served.fingerprints, strict=True)
        chosen = [(pk, mark) for pk, mark in pairs if pk in wanted]
        kept.append(Served([pk for pk, _ in chosen], [mark for _, mark in chosen]))
    return kept


def results(groups: Iterable[Group]) -> Iterator[tuple[int, Result]]:
    """What is kept of each account's score."""
    for group in groups:
        for pk, found in zip(group.scored.account_ids, group.scored.totals, strict=True):
            yield pk, Result(found.score, found.band, found.coverage)


def _present(
    cards: list[Published],
    serving: list[Served],
    wanted: set[int],
    *,
    now: datetime,
    sources: Mapping[str, Freshness],
) -> dict[int, Result]:
    """The standings in force: as they were written, or as they will be where the next refresh writes them anew."""
    stale = wanted
    if _late_at_last() == {key for key, found in sources.items() if found.is_late}:
        changed = published.serving(cards, as_of=now, only_changed=True)
        stale = wanted & {pk for served in changed for pk in served.account_ids}
    rows = Health.objects.values_list("pk", "score", "band", "coverage").iterator(10_000)
    fresh = wanted & {pk for served in serving for pk in served.account_ids} - stale
    found = {pk: Result(score, band, coverage) for pk, score, band, coverage in rows if pk in fresh}
    groups = score_present(cards, only(serving, stale), sources, today=now.date())
    return found | dict(results(with_roll_ups(groups, present_families(now))))


def _with_parents(affected: set[int], families: Families) -> set[int]:
    """And the parents whose score is that of their children, or would be where they have none: it moves with theirs."""
    above = ancestors(affected, families.children) - affected
    rows = Health.objects.filter(Q(is_rolled_up=True) | Q(score=None)).values_list("pk", flat=True)
    return affected | {pk for pk in rows if pk in above} if above else affected


def _late_at_last() -> set[str] | None:
    """The sources that were late at the last scoring; None before the first."""
    run = ScoringRun.objects.first()
    return {key for key, known in run.sources.items() if known["is_late"]} if run else None


def _standings(groups: Iterable[Group]) -> Iterator[tuple[int, Standing]]:
    for group in groups:
        scored = group.scored
        for pk, totals, row, marks in zip(scored.account_ids, scored.totals, scored.rows, scored.marks, strict=True):
            yield pk, Standing(group.card.scorecard, totals, row, marks)


def _by_account(cards: Sequence[Published], serving: Sequence[Served]) -> Iterator[tuple[int, Published]]:
    for card, served in zip(cards, serving, strict=True):
        for pk in served.account_ids:
            yield pk, card
