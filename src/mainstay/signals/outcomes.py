"""What came of accounts after a signal: shares with their interval, or that there is not enough to tell. Pure."""

from dataclasses import dataclass

from mainstay.common.statistics import wilson

# Below this a share says more about chance than about the signal.
ENOUGH_CASES = 30
ENOUGH_EVENTS = 5


@dataclass(frozen=True)
class Share:
    """`events` of `cases`."""

    cases: int
    events: int

    @property
    def value(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.events / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson (1927): honest near 0 and 1 and for few cases, unlike `p ± 1.96 s`."""
        return wilson(self.events, self.cases)

    @property
    def is_enough(self) -> bool:
        """Whether there are cases enough to show the share."""
        return self.cases >= ENOUGH_CASES


@dataclass(frozen=True)
class Outcome:
    """How many churned within `days` after their first signal, and of all customers within as many days.

    `base` counts every customer on the first day of each month; only what could be watched for all `days` counts.
    """

    days: int
    after: Share
    base: Share

    @property
    def is_enough(self) -> bool:
        """Whether the two can be compared."""
        return self.after.is_enough and self.base.is_enough and self.base.events >= ENOUGH_EVENTS

    @property
    def lift(self) -> float | None:
        """How many times as often as all customers; None without data enough."""
        if not self.is_enough or self.after.value is None or not self.base.value:
            return None
        return self.after.value / self.base.value

    @property
    def verdict(self) -> str:
        """`more`, `less` (beyond chance), `same`, or empty without data enough."""
        if not self.is_enough or self.base.value is None:
            return ""
        low, high = self.after.interval
        return "more" if low > self.base.value else "less" if high < self.base.value else "same"
