"""When a signal would have been open, from the days on which its conditions held. Pure.

Looks are the kept days, in order, and days are written as the bits of whole numbers: bit 0 of `opens` says whether the
condition held at the first look. A year of an account is then a few operations, not 365 steps.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mainstay.signals.document import Document


@dataclass(frozen=True)
class Rule:
    """What decides beside the conditions: how long they must hold, and how long the kind rests after it closed."""

    hold_days: int = 0
    hold_looks: int = 1
    pause_days: int = 0

    @classmethod
    def of(cls, document: Document) -> "Rule":
        """The rule of a kind."""
        hold = document.holds_for
        return cls(
            hold_days=(hold and hold.days) or 0,
            hold_looks=(hold and hold.periods) or 1,
            pause_days=document.pause_days,
        )


@dataclass(frozen=True)
class Episode:
    """A signal: the looks at which it opened and closed (None: still open at the last), by their number.

    `is_standing`: it was there at the first look, or waited since then, so that nobody knows when it began.
    """

    opened: int
    closed: int | None
    is_standing: bool


def episodes(opens: int, closes: int, rule: Rule, days: Sequence[date], *, end: int) -> list[Episode]:
    """The signals of one account over the looks at the end of `days`.

    `opens`, `closes`: the looks at which it would open and close. From look `end` on the account has churned: what is
    open closes there, and nothing opens. As live detection does, a look closes before it opens.
    """
    found: list[Episode] = []
    closed: int | None = None
    for start, stop in _runs(opens & ((1 << end) - 1)):
        while (opened := _opening(start, closed, rule, days)) < stop:
            first = closes >> (opened + 1)
            closed = min(end, opened + _lowest(first)) if first else end
            is_open = closed >= len(days)
            found.append(Episode(opened, None if is_open else closed, is_standing=start == 0 and not found))
            if is_open:
                return found
    return found


def _opening(start: int, closed: int | None, rule: Rule, days: Sequence[date]) -> int:
    """The look at which a run of the condition that began at `start` opens a signal, if it goes on for so long."""
    began = start if closed is None else max(start, closed)
    if began >= len(days):
        return began
    opened = began + rule.hold_looks - 1
    if rule.hold_days:
        opened = max(opened, bisect_left(days, days[began] + timedelta(days=rule.hold_days)))
    if rule.pause_days and closed is not None:
        opened = max(opened, bisect_left(days, days[closed] + timedelta(days=rule.pause_days)))
    return opened


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    """The runs of ones, as half-open ranges, in order."""
    at = 0
    while bits:
        skipped = _lowest(bits) - 1
        bits >>= skipped
        length = _lowest(~bits) - 1
        yield at + skipped, at + skipped + length
        bits >>= length
        at += skipped + length


def _lowest(bits: int) -> int:
    """The place of the lowest one, counted from 1; 0 for none. Two's complement keeps only it."""
    return (bits & -bits).bit_length()
