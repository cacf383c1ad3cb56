"""The path to the next band: which single fix, or which smallest set of fixes, reaches it. Exact, and pure.

A *fix* brings one measure to its green line, or opens one gate that keeps the account from the band.

In a dimension no `k` fixes earn more than those of the `k` lowest marks: with `worst` only they raise the lowest mark,
with `average` they add most. So a dimension is a list of the most points that 0, 1, 2… fixes earn, and the most that
`k` fixes earn in all is a knapsack over the dimensions whose items cost what they count: at most nine dimensions of
twenty measures. (Bellman, Dynamic Programming, 1957, chapter I; here with unit costs.)

A fix may open a gate that asks for its metric. Every choice of such measures is tried with the knapsack for the others;
of more than MOST_TRIED measures that gates ask for, the lowest are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any, Literal, NamedTuple

from mainstay.scores.arithmetic import GREEN, LEVELS, UNKNOWN, BandName, Dimension, Mark, Scorecard, points_of
from mainstay.scores.gates import Gate
from mainstay.scores.wording import gate_words, needs_for

MOST_TRIED = 6
# A measure or a gate, by its position in the scorecard.
type Place = tuple[Literal["measure", "gate"], int]
_GREEN_MARK = 2.0


class Standing(NamedTuple):
    """Where an account stands: what counts for each measure, its score, its band, and what the gates see."""

    scorecard: Scorecard
    marks: tuple[Mark, ...]
    greens: tuple[float, ...]
    score: int
    band: BandName
    gate_values: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Fix:
    """One measure brought to green, or one gate opened, and what that does alone.

    `key` is that of the metric or the gate, `dimension` the label of the measure's (empty for a gate), `needs` what is
    to be done in a few words.
    """

    kind: Literal["measure", "gate"]
    key: str
    label: str
    dimension: str
    needs: str
    gain: int
    score_after: int
    band_after: BandName
    is_enough: bool


@dataclass(frozen=True)
class Path:
    """The way to `target`, the next band. None when the account is green.

    `fixes`: what moves something by itself, the largest gain first. `smallest`: the fewest that reach the target
    together, with the score after each in `climb`; of equally few those that earn most.
    """

    target: BandName
    fixes: tuple[Fix, ...]
    smallest: tuple[Fix, ...]
    climb: tuple[int, ...]


def path_to_next_band(standing: Standing) -> Path | None:
    """The path from where an account stands; None when there is no better band, or no score."""
    if standing.band in (GREEN, UNKNOWN):
        return None
    target = LEVELS[LEVELS.index(standing.band) + 1]
    search = _Search(standing, target)
    fixes = [fix for fix in search.singles() if fix.gain > 0 or fix.is_enough or fix.kind == "gate"]
    chosen = search.smallest()
    smallest = tuple(search.alone(place) for place in chosen)
    climb = tuple(search.score([at for kind, at in chosen[: n + 1] if kind == "measure"]) for n in range(len(chosen)))
    return Path(target, tuple(sorted(fixes, key=lambda fix: (not fix.is_enough, -fix.gain))), smallest, climb)


class _Search:
    def __init__(self, standing: Standing, target: BandName) -> None:
        self._standing = standing
        self._card = standing.scorecard
        self._target = target
        self._spans = _spans(self._card)
        self._weight = sum(d.weight for d, own in self._spans if any(standing.marks[at] is not None for at in own))
        line = self._card.green if target == GREEN else self._card.yellow
        # 100 * points // weight >= line, without the division.
        self._points_needed = -(-line * self._weight // 100)
        self._blocking = [
            at for at, gate in enumerate(self._card.gates) if LEVELS.index(gate.at_most) < LEVELS.index(target)
        ]

    def singles(self) -> list[Fix]:
        """Every possible fix alone: of measures in the order of the scorecard, then of gates that are in the way."""
        places: list[Place] = [("measure", at) for at in self._open_measures()]
        places += [("gate", at) for at in self._closed(())]
        return [self.alone(place) for place in places]

    def score(self, fixed: Sequence[int]) -> int:
        """The score with these measures green."""
        points = sum(points_of(dimension, marks) for dimension, marks in self._marks(fixed))
        return 100 * points // self._weight

    def smallest(self) -> list[Place]:
        """The fewest fixes that reach the target: measures by what their dimension gains, then gates."""
        asked = [at for at in self._open_measures() if self._is_asked_for(at)]
        asked = sorted(asked, key=lambda at: self._standing.marks[at] or 0.0)[:MOST_TRIED]
        best: tuple[tuple[int, int], list[int], list[int]] | None = None
        for forced in chain.from_iterable(combinations(asked, size) for size in range(len(asked) + 1)):
            chosen = self._knapsack(forced, [at for at in asked if at not in forced])
            if chosen is None:
                continue
            measures = [*forced, *chosen]
            gates = self._closed(measures)
            rank = (len(measures) + len(gates), -self.score(measures))
            if best is None or rank < best[0]:
                best = (rank, measures, gates)
        if best is None:
            return []
        _, measures, gates = best
        return [*(("measure", at) for at in self._in_order(measures)), *(("gate", at) for at in gates)]

    def alone(self, place: Place) -> Fix:
        """One fix and what it does without any other."""
        kind, at = place
        fixed = [at] if kind == "measure" else []
        after = self.score(fixed)
        closed = set(self._all_closed(fixed)) - ({at} if kind == "gate" else set())
        allowed: list[BandName] = [self._card.band(after), *(self._card.gates[gate].at_most for gate in closed)]
        band = min(allowed, key=LEVELS.index)
        label, dimension, needs = self._words(place)
        return Fix(
            kind=kind,
            key=self._card.gates[at].key if kind == "gate" else self._card.measures[at].metric,
            label=label,
            dimension=dimension,
            needs=needs,
            gain=after - self._standing.score,
            score_after=after,
            band_after=band,
            is_enough=LEVELS.index(band) >= LEVELS.index(self._target),
        )

    def _words(self, place: Place) -> tuple[str, str, str]:
        kind, at = place
        if kind == "gate":
            gate = self._card.gates[at]
            said = gate_words(gate, self._standing.gate_values[at])
            return said, "", gate.needs or f"no more “{said}”"
        measure = replace(self._card.measures[at], green=self._standing.greens[at])
        dimension = next(dimension.label for dimension, own in self._spans if at in own)
        return measure.label, dimension, needs_for(measure)

    def _open_measures(self) -> list[int]:
        return [at for at, mark in enumerate(self._standing.marks) if mark is not None and mark < _GREEN_MARK]

    def _is_asked_for(self, at: int) -> bool:
        """Whether a gate could open or close by it: a strange one may close where a measure turns green."""
        metric = self._card.measures[at].metric
        return any(metric in self._card.gates[gate].condition.fields for gate in self._blocking)

    def _closed(self, fixed: Sequence[int]) -> list[int]:
        """The gates that keep the account from the target while these measures are green."""
        return [at for at in self._all_closed(fixed) if at in self._blocking]

    def _all_closed(self, fixed: Sequence[int]) -> list[int]:
        healed = {self._card.measures[at].metric: self._standing.greens[at] for at in fixed}
        return [
            at
            for at, (gate, values) in enumerate(zip(self._card.gates, self._standing.gate_values, strict=True))
            if _holds(gate, values, healed)
        ]

    def _marks(self, fixed: Sequence[int]) -> list[tuple[Dimension, list[float]]]:
        """What counts in each dimension that counts, with these measures green."""
        found = []
        for dimension, own in self._spans:
            marks = [
                _GREEN_MARK if at in fixed else mark for at in own if (mark := self._standing.marks[at]) is not None
            ]
            if marks:
                found.append((dimension, marks))
        return found

    def _knapsack(self, forced: Sequence[int], forbidden: Sequence[int]) -> list[int] | None:
        """The fewest further measures that reach the points needed; None when all of them together do not."""
        # best[k]: the most points with k fixes in the dimensions so far, and which.
        best: list[tuple[int, list[int]]] = [(0, [])]
        for dimension, own in self._spans:
            counted = [at for at in own if self._standing.marks[at] is not None]
            if counted:
                best = _joined(best, self._earned(dimension, counted, forced, forbidden))
        return next((chosen for points, chosen in best if points >= self._points_needed), None)

    def _earned(
        self, dimension: Dimension, counted: Sequence[int], forced: Sequence[int], forbidden: Sequence[int]
    ) -> list[tuple[int, list[int]]]:
        """The points of a dimension with 0, 1, 2… further fixes, the lowest marks first, and which they are."""
        now = {at: _GREEN_MARK if at in forced else self._standing.marks[at] or 0.0 for at in counted}
        lowest = sorted(
            (at for at in counted if now[at] < _GREEN_MARK and at not in forbidden), key=lambda at: (now[at], at)
        )
        found = []
        for count in range(len(lowest) + 1):
            healed = now | dict.fromkeys(lowest[:count], _GREEN_MARK)
            found.append((points_of(dimension, list(healed.values())), lowest[:count]))
        return found

    def _in_order(self, measures: Sequence[int]) -> list[int]:
        """By what their dimension gains, and in a dimension the lowest mark first."""
        gains: dict[int, tuple[int, str]] = {}
        for dimension, own in self._spans:
            inside = [at for at in own if at in measures]
            if inside:
                gains |= dict.fromkeys(inside, (self.score([]) - self.score(inside), dimension.key))
        return sorted(measures, key=lambda at: (gains[at], self._standing.marks[at] or 0.0, at))


def _joined(
    best: Sequence[tuple[int, list[int]]], more: Sequence[tuple[int, list[int]]]
) -> list[tuple[int, list[int]]]:
    found: list[tuple[int, list[int]]] = []
    for count in range(len(best) + len(more) - 1):
        choices = [
            (best[count - own][0] + more[own][0], best[count - own][1] + more[own][1])
            for own in range(max(0, count - len(best) + 1), min(count, len(more) - 1) + 1)
        ]
        found.append(max(choices, key=lambda choice: choice[0]))
    return found


def _holds(gate: Gate, values: Mapping[str, Any], healed: Mapping[str, float]) -> bool:
    return gate.holds({name: healed.get(name, value) for name, value in values.items()})


def _spans(card: Scorecard) -> list[tuple[Dimension, range]]:
    """Each dimension and the positions of its measures."""
    found, start = [], 0
    for dimension in card.dimensions:
        found.append((dimension, range(start, start + len(dimension.measures))))
        start += len(dimension.measures)
    return found
