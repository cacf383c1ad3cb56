"""What a run would do: the machine run forward on a clock of its own, with everything as it stands today. Pure.

Waits for a time are exact. What may or may not happen (a condition, an event, a task that is closed) is followed every
way it can come to, so that each effect has an earliest and a latest instant, and is certain or not. Ways that meet
again are walked on as one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from heapq import heappop, heappush

from mainstay.common.errors import MainstayError
from mainstay.common.frozen import changed
from mainstay.playbooks import machine
from mainstay.playbooks.commands import TIMED_OUT, Effect
from mainstay.playbooks.flow import END
from mainstay.playbooks.machine import Move, RunState
from mainstay.playbooks.tree import Action

# Ways multiply with every outcome that a later branch asks for; nobody reads a playbook that comes near this.
_MOST_PLACES = 500


@dataclass(frozen=True)
class Foreseen:
    """An effect of a step, between two instants; not certain where some way does not come to it.

    `number` counts the effects of the step (those of one that waited begin at 0 again when it goes on).
    """

    step: str
    kind: str
    number: int
    effect: Effect
    earliest: datetime
    latest: datetime
    is_certain: bool


@dataclass(frozen=True)
class Course:
    """All that a run would do, in the order of its steps, and when it has ended at the latest.

    `errors`: the steps at which it would stop, each with why. `is_cut`: it has more ways than are followed.
    """

    effects: tuple[Foreseen, ...]
    ends_by: datetime
    errors: Mapping[str, str]
    is_cut: bool


type _Place = tuple[int, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class _Way:
    """A run at a step, with the share of all ways that come here, within two instants."""

    state: RunState
    share: Fraction
    earliest: datetime
    latest: datetime


@dataclass
class _Noted:
    """An effect with what is known of it so far."""

    kind: str
    effect: Effect
    share: Fraction
    earliest: datetime
    latest: datetime


@dataclass
class _Walk:
    """What was found so far, and the ways that are still to be walked by where they stand."""

    order: Mapping[str, int]
    asked: frozenset[str]
    effects: dict[tuple[str, bool, int], _Noted] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    ends_by: list[datetime] = field(default_factory=list)
    ways: dict[_Place, _Way] = field(default_factory=dict)
    places: list[_Place] = field(default_factory=list)

    def go(self, way: _Way) -> None:
        """Walk on from here; together with others that come to the same step with the same to be asked for."""
        known = {step: outcome for step, outcome in way.state.outcomes.items() if step in self.asked}
        place = (self.order[way.state.position], tuple(sorted(known.items())))
        other = self.ways.get(place)
        if other is None:
            heappush(self.places, place)
            self.ways[place] = changed(way, state=changed(way.state, outcomes=known))
            return
        self.ways[place] = changed(
            other,
            share=other.share + way.share,
            earliest=min(other.earliest, way.earliest),
            latest=max(other.latest, way.latest),
        )

    def note(self, move: Move, way: _Way) -> None:
        """What a move does."""
        for number, effect in enumerate(move.effects):
            key = (move.step, move.resumed, number)
            noted = self.effects.get(key)
            if noted is None:
                self.effects[key] = _Noted(move.kind, effect, way.share, way.earliest, way.latest)
                continue
            noted.share += way.share
            noted.earliest, noted.latest = min(noted.earliest, way.earliest), max(noted.latest, way.latest)


def foresee(run: RunState, start: datetime) -> Course:
    """The course of a run that begins at `start`, at the position it has."""
    walk = _Walk(run.document.places, run.document.asked_outcomes)
    walk.go(_Way(run, Fraction(1), start, start))
    looked = 0
    # No way leads back: the first place of all that are left is never come to again.
    while walk.places and looked < _MOST_PLACES:
        looked += 1
        way = walk.ways.pop(heappop(walk.places))
        if way.state.position == END:
            walk.ends_by.append(way.latest)
            continue
        try:
            _step(walk, way)
        except MainstayError as error:
            walk.errors.setdefault(way.state.position, error.message)
            walk.ends_by.append(way.latest)
    found = (
        Foreseen(step, one.kind, number, one.effect, one.earliest, one.latest, is_certain=one.share == 1)
        for (step, _, number), one in walk.effects.items()
    )
    return Course(tuple(found), max(walk.ends_by, default=start), walk.errors, is_cut=bool(walk.places))


def _step(walk: _Walk, way: _Way) -> None:
    move, late = _moves(way)
    walk.note(move, way)
    if move.wait is None or late.wait is None:
        _leave(walk, way, move, late)
        return
    for outcome, share in _outcomes(move.step, way):
        # It times out when its time is over; whatever else it comes to may happen at any moment until then.
        earliest = move.wait.until if outcome == TIMED_OUT else way.earliest
        heard = _Way(machine.after(way.state, move), share, earliest, late.wait.until)
        then, then_late = _moves(heard, heard=outcome)
        walk.note(then, heard)
        _leave(walk, heard, then, then_late)


def _moves(way: _Way, *, heard: str = "") -> tuple[Move, Move]:
    """The next move at the earliest and at the latest instant: the same step, which may wait for another while."""
    first = _move(way.state, way.earliest, heard)
    knows_time = isinstance(way.state.document.flow.steps.get(way.state.position), Action)
    return first, _move(way.state, way.latest, heard) if knows_time and way.latest != way.earliest else first


def _move(state: RunState, now: datetime, heard: str) -> Move:
    there = changed(
        state,
        context=state.context.at(now),
        wake_at=None,
        heard=heard,
        awaits=state.awaits if heard else None,
    )
    move = machine.advance(there, now)
    assert move is not None  # it waits for nothing
    return move


def _outcomes(step: str, way: _Way) -> Iterator[tuple[str, Fraction]]:
    action = way.state.document.flow.steps[step]
    assert isinstance(action, Action)  # nothing else waits
    outcomes = action.step_type.outcomes or (TIMED_OUT,)
    yield from ((outcome, way.share / len(outcomes)) for outcome in outcomes)


def _leave(walk: _Walk, way: _Way, move: Move, late: Move) -> None:
    """Go on behind the step, or end."""
    if move.end is not None:
        walk.ends_by.append(way.latest)
        return
    earliest = max(way.earliest, move.wake_at or way.earliest)
    latest = max(way.latest, late.wake_at or way.latest, earliest)
    walk.go(_Way(machine.after(way.state, move), way.share, earliest, latest))
