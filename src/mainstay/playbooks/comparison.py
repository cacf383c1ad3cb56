"""Whether a playbook helps: who got it beside who was held out, with what chance leaves open. Pure.

By intention to treat: an account belongs to the side it was given to when it first entered, whatever came of its run,
and is counted once. Nothing is said before both sides are large enough, and nothing at all where the two sides are not
in the proportion that was asked for: then something beside chance decided who is where.
"""

from dataclasses import dataclass

from mainstay.common.statistics import (
    Difference,
    Sample,
    chance_of_count,
    difference_of_means,
    difference_of_shares,
)
from mainstay.signals.outcomes import ENOUGH_CASES, Share

SUSPICIOUS = 0.001
"""Proportions this unlikely are no chance: something lets accounts by, or keeps them out."""


@dataclass(frozen=True)
class Needed:
    """How many more accounts must have had their time before anything is said; 0 and 0: enough."""

    treated: int
    held_out: int

    @property
    def is_none(self) -> bool:
        """Whether there are enough."""
        return not self.treated and not self.held_out


def _needed(treated: int, held_out: int) -> Needed:
    return Needed(max(0, ENOUGH_CASES - treated), max(0, ENOUGH_CASES - held_out))


@dataclass(frozen=True)
class Shares:
    """How many of either side something happened to."""

    treated: Share
    held_out: Share

    @property
    def needed(self) -> Needed:
        """What is missing to say anything."""
        return _needed(self.treated.cases, self.held_out.cases)

    @property
    def difference(self) -> Difference | None:
        """Percentage points that those with the playbook have more; None while there is not enough."""
        if not self.needed.is_none:
            return None
        one, other = self.treated, self.held_out
        found = difference_of_shares(one.events, one.cases, other.events, other.cases)
        return found and Difference(100 * found.value, 100 * found.low, 100 * found.high)


@dataclass(frozen=True)
class Means:
    """What was measured of the accounts of either side."""

    treated: Sample
    held_out: Sample

    @property
    def needed(self) -> Needed:
        """What is missing to say anything."""
        return _needed(self.treated.count, self.held_out.count)

    @property
    def difference(self) -> Difference | None:
        """What the mean of those with the playbook has more; None while there is not enough."""
        return difference_of_means(self.treated, self.held_out) if self.needed.is_none else None


@dataclass(frozen=True)
class Ratio:
    """How many accounts are on either side, and how many percent were to be held out."""

    treated: int
    held_out: int
    percent: int

    @property
    def total(self) -> int:
        """Both."""
        return self.treated + self.held_out

    @property
    def expected(self) -> float:
        """How many would be held out on average."""
        return self.total * self.percent / 100

    @property
    def chance(self) -> float:
        """How likely proportions at least as far from what was asked for are by chance."""
        return chance_of_count(self.held_out, self.total, self.percent / 100)

    @property
    def is_off(self) -> bool:
        """Whether that is no chance: nothing may be concluded."""
        return self.chance < SUSPICIOUS


@dataclass(frozen=True)
class LeftOut:
    """Accounts that are not compared, by why."""

    not_over: int = 0
    other_share: int = 0
    had_churned: int = 0
    no_churn_day: int = 0
    no_score: int = 0


@dataclass(frozen=True)
class Comparison:
    """The two sides, `days` after each account entered. `goal` None: the playbook has none.

    `health`: points of the health score from entering on; `churn`: shares that left. `ratio` counts the time that is
    not over too.
    """

    days: int
    ratio: Ratio
    goal: Shares | None
    health: Means
    churn: Shares
    left_out: LeftOut
