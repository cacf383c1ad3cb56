"""Rolls the scores of child accounts up to one for their parent. Pure.

`worst`: the lowest score and the worst band among the children. `arr_weighted_mean`: the mean of their scores, weighted
by ARR, rounded down; where no child has an ARR each weighs the same. A child's ARR includes that of its own children. A
child without a score is left out; coverage is the share of the weight that has one, and below the minimum of the
parent's scorecard there is no score. A child that has no score of its own but children enters with theirs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, assert_never

from mainstay.scores.arithmetic import LEVELS, UNKNOWN, BandName, RollUp, Scorecard, Totals

_TOLERANCE = 1e-9

type Children = Mapping[int, Sequence[int]]


class Standing(NamedTuple):
    """The score and the band of an account."""

    score: int | None
    band: BandName


@dataclass(frozen=True)
class Rolled:
    """What the children of an account come to: `scored` of `children` have a score, `coverage` of the weight."""

    rule: RollUp
    score: int | None
    band: BandName
    coverage: float
    scored: int
    children: int


class Child(NamedTuple):
    """A child account; `weight`: its share of the parent's mean, 0 to 1."""

    account_id: int
    standing: Standing
    arr: float | None
    weight: float


def roll_up(scorecard: Scorecard, children: Sequence[Child]) -> Rolled:
    """The score of a parent from its children, by the rule of the parent's scorecard."""
    scored = [child for child in children if child.standing.score is not None]
    coverage = sum(child.weight for child in scored)
    nothing = Rolled(scorecard.roll_up, None, UNKNOWN, coverage, len(scored), len(children))
    if not coverage or coverage + _TOLERANCE < scorecard.minimum_coverage:
        return nothing
    match scorecard.roll_up:
        case "off":
            return nothing
        case "worst":
            score = min(child.standing.score or 0 for child in scored)
            band = min((child.standing.band for child in scored), key=LEVELS.index)
        case "arr_weighted_mean":
            mean = sum((child.standing.score or 0) * child.weight for child in scored) / coverage
            score = int(mean + _TOLERANCE)
            band = scorecard.band(score)
        case _:
            assert_never(scorecard.roll_up)
    return replace(nothing, score=score, band=band)


def weighed(
    account_id: int, children: Children, standings: Mapping[int, Standing], arr: Mapping[int, float | None]
) -> list[Child]:
    """The children of an account with their weights."""
    own = children.get(account_id, ())
    values = {pk: _arr_below(pk, children, arr) for pk in own}
    whole = sum(value or 0.0 for value in values.values())
    return [
        Child(
            pk,
            standings.get(pk, Standing(None, UNKNOWN)),
            values[pk],
            (values[pk] or 0.0) / whole if whole else 1 / len(own),
        )
        for pk in own
    ]


def roll_up_all(
    parents: Mapping[int, Scorecard],
    children: Children,
    standings: Mapping[int, Standing],
    arr: Mapping[int, float | None],
) -> dict[int, Rolled]:
    """The scores of these parents, which have none of their own, children before their parents."""
    found: dict[int, Rolled] = {}
    reached = dict(standings)
    for pk in _deepest_first(parents, children):
        found[pk] = roll_up(parents[pk], weighed(pk, children, reached, arr))
        reached[pk] = Standing(found[pk].score, found[pk].band)
    return found


def as_totals(own: Totals, rolled: Rolled) -> Totals:
    """The totals of a parent that has no score of its own; unchanged where its children have none either."""
    if rolled.score is None:
        return own
    nothing: tuple[BandName, ...] = tuple(UNKNOWN for _ in own.bands)
    return Totals(
        score=rolled.score,
        band=rolled.band,
        coverage=rolled.coverage,
        points=(None,) * len(own.points),
        bands=nothing,
        is_rolled_up=True,
    )


def ancestors(account_ids: Iterable[int], children: Children) -> set[int]:
    """The parents of these accounts, and their parents."""
    parent_of = {child: parent for parent, own in children.items() for child in own}
    found: set[int] = set()
    for pk in account_ids:
        parent = parent_of.get(pk)
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parent_of.get(parent)
    return found


def _deepest_first(parents: Mapping[int, Scorecard], children: Children) -> list[int]:
    order: dict[int, None] = {}

    def visit(pk: int, above: frozenset[int]) -> None:
        for child in children.get(pk, ()):
            # Accounts that are each other's parent have no top: the circle is cut where it closes.
            if child in children and child not in order and child not in above:
                visit(child, above | {pk})
        if pk in parents:
            order[pk] = None

    for pk in parents:
        visit(pk, frozenset())
    return list(order)


def _arr_below(account_id: int, children: Children, arr: Mapping[int, float | None]) -> float | None:
    """The ARR of an account and of all below it; None where none is known."""
    known: list[float] = []
    seen: set[int] = set()
    waiting = [account_id]
    while waiting:
        pk = waiting.pop()
        if pk in seen:
            continue
        seen.add(pk)
        value = arr.get(pk)
        if value is not None and value == value:
            known.append(max(value, 0.0))
        waiting += children.get(pk, ())
    return sum(known) if known else None
