"""What publishing would change, before anything is published.

Both sides come from the present profiles by the functions that refreshes use: what a preview says after is what the
accounts have once the version is published, and what it says before is not mixed with news of the accounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mainstay.common.garbage import no_search_for_cycles
from mainstay.ingest.sources import freshness
from mainstay.metrics import profile_table
from mainstay.scores import published, standings
from mainstay.scores.document import Document
from mainstay.scores.standings import NO_SCORE, NOTHING, Result

ARR = "arr"
BANDS = ("green", "yellow", "red", "unknown", NO_SCORE)


class Move(NamedTuple):
    """An account with another score or band than before. `arr`: major units of the reporting currency."""

    account_id: int
    score_before: int | None
    score_after: int | None
    band_before: str
    band_after: str
    arr: float | None

    @property
    def points(self) -> int | None:
        """The score after less the score before; None where one of them is missing."""
        if self.score_before is None or self.score_after is None:
            return None
        return self.score_after - self.score_before


@dataclass(frozen=True)
class Cell:
    """How many accounts, and their ARR."""

    accounts: int = 0
    arr: float = 0.0


@dataclass(frozen=True)
class Side:
    """The accounts a preview is about, on one side of the change. `coverage`: the mean of those that are served."""

    served: int
    bands: Mapping[str, Cell]
    coverage: float | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The effect of a change on the accounts it touches. `cells`: by band before and after; `moves`: largest first."""

    as_of: datetime
    accounts: int
    before: Side
    after: Side
    cells: Mapping[tuple[str, str], Cell]
    moves: Sequence[Move]
    _difference: standings.Difference

    @property
    def changing(self) -> Cell:
        """The accounts that change band."""
        changed = [cell for (then, now), cell in self.cells.items() if then != now]
        return Cell(sum(cell.accounts for cell in changed), sum(cell.arr for cell in changed))

    @property
    def losing(self) -> int:
        """Accounts that have a score and would have none."""
        return sum(move.score_after is None for move in self.moves if move.score_before is not None)

    @property
    def gaining(self) -> int:
        """Accounts without a score that would have one."""
        return sum(move.score_before is None for move in self.moves if move.score_after is not None)

    def reasons(self, moves: Sequence[Move]) -> dict[int, str]:
        """By account, why it moves: the dimension that moves most and what moves it, in a few words.

        Scores these accounts again: ask for those that are shown.
        """
        return self._difference.reasons([move.account_id for move in moves])


def preview(*documents: Document, removed: Iterable[str] = (), now: datetime) -> Preview:
    """What publishing these documents together, and removing the scorecards of `removed`, would change now.

    Raises BadScorecard when a document cannot be taken.
    """
    after = standings.replaced(published.in_force(now), documents, removed=removed)
    with no_search_for_cycles():
        return compare(standings.difference(after, now=now, sources=freshness(now)), as_of=now)


def compare(found: standings.Difference, *, as_of: datetime) -> Preview:
    """A difference in figures."""
    arr: dict[int, float | None] = dict(profile_table.read((ARR,))) if found.account_ids else {}
    cells: dict[tuple[str, str], list[float]] = {}
    moves = []
    for pk in found.account_ids:
        then, now, worth = found.before.get(pk, NOTHING), found.after.get(pk, NOTHING), arr.get(pk)
        cell = cells.setdefault((then.band, now.band), [0, 0.0])
        cell[0] += 1
        cell[1] += worth or 0.0
        if then.score != now.score or then.band != now.band:
            moves.append(Move(pk, then.score, now.score, then.band, now.band, worth))
    whole = {bands: Cell(int(count), worth) for bands, (count, worth) in cells.items()}
    return Preview(
        as_of=as_of,
        accounts=len(found.account_ids),
        before=_side(whole, 0, found.before),
        after=_side(whole, 1, found.after),
        cells=whole,
        moves=sorted(moves, key=_size),
        _difference=found,
    )


def _side(cells: Mapping[tuple[str, str], Cell], at: int, results: Mapping[int, Result]) -> Side:
    bands = {}
    for band in BANDS:
        own = [cell for pair, cell in cells.items() if pair[at] == band]
        bands[band] = Cell(sum(cell.accounts for cell in own), sum(cell.arr for cell in own))
    coverage = sum(result.coverage for result in results.values()) / len(results) if results else None
    return Side(len(results), bands, coverage)


def _size(move: Move) -> tuple[float, float, int]:
    """Largest moves first; coming and going of a score counts as the whole score; then by ARR."""
    points = abs((move.score_after or 0) - (move.score_before or 0))
    return -points, -(move.arr or 0.0), move.account_id
