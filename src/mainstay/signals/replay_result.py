"""What a replay comes to: how often a kind would have opened, where, for how long, and what came of it. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from mainstay.signals.outcomes import Outcome

# A signal that opens again within a week of closing has flapped.
FLAP = timedelta(days=7)
# For how many days signals were open: up to a day, a week, a month, a quarter, longer.
SPANS = (1, 7, 30, 90)
# The counts are of all; to be looked at, the newest are enough.
MOST_OPENINGS = 2_000


@dataclass(frozen=True)
class Opening:
    """A signal that would have been. Days are those that ended with it. `is_standing`: since before the first day."""

    account_id: int
    opened_on: date
    closed_on: date | None
    is_standing: bool
    at_stake_minor: int | None

    def days_open(self, until: date) -> int:
        """For how many days it was open, until it closed or until the last day."""
        return ((self.closed_on or until) - self.opened_on).days


@dataclass(frozen=True)
class Month:
    """A month of a replay; `month` is its first day."""

    month: date
    opened: int
    closed: int
    open_at_end: int
    at_stake_minor: int


@dataclass(frozen=True)
class Replay:
    """What a kind would have done. Of what was standing before the first day only `standing` and `open_now` tell.

    `spans`: how many were open for up to each of `SPANS`, and longer; `openings`: the newest first, at most
    `MOST_OPENINGS`; `assumed`: fields that were taken as they are now.
    """

    first_day: date
    last_day: date
    looks: int
    assumed: tuple[str, ...]
    opened: int
    accounts: int
    standing: int
    open_now: int
    flaps: int
    at_stake_minor: int
    median_days: float | None
    spans: tuple[int, ...]
    months: tuple[Month, ...]
    outcomes: tuple[Outcome, ...]
    openings: tuple[Opening, ...]

    @property
    def per_month(self) -> float:
        """Openings in thirty days, on average."""
        return self.opened / (((self.last_day - self.first_day).days + 1) / 30)

    @property
    def gaps(self) -> int:
        """Days within the replay of which nothing is kept."""
        return (self.last_day - self.first_day).days + 1 - self.looks

    @property
    def is_sparse(self) -> bool:
        """So many days are missing that short signals would not be seen."""
        return self.gaps > 0.1 * (self.looks + self.gaps)


def result_of(
    openings: Iterable[Opening], days: Sequence[date], *, assumed: Sequence[str], outcomes: Sequence[Outcome]
) -> Replay:
    """Put together what openings over the kept `days` come to."""
    newest = sorted(openings, key=lambda one: (one.opened_on, one.at_stake_minor or 0, one.account_id), reverse=True)
    new = [one for one in newest if not one.is_standing]
    lasted = [one.days_open(days[-1]) for one in new]
    return Replay(
        first_day=days[0],
        last_day=days[-1],
        looks=len(days),
        assumed=tuple(assumed),
        opened=len(new),
        accounts=len({one.account_id for one in new}),
        standing=len(newest) - len(new),
        open_now=sum(1 for one in newest if one.closed_on is None),
        flaps=_flaps(newest),
        at_stake_minor=sum(one.at_stake_minor or 0 for one in new),
        median_days=median(lasted) if lasted else None,
        spans=_spans(lasted),
        months=_months(newest, days),
        outcomes=tuple(outcomes),
        openings=tuple(newest[:MOST_OPENINGS]),
    )


def _flaps(newest: Sequence[Opening]) -> int:
    flaps, later = 0, dict[int, Opening]()
    for one in newest:
        after = later.get(one.account_id)
        if after is not None and one.closed_on is not None and after.opened_on - one.closed_on <= FLAP:
            flaps += 1
        later[one.account_id] = one
    return flaps


def _spans(lasted: Sequence[int]) -> tuple[int, ...]:
    counts = Counter(bisect_left(SPANS, days) for days in lasted)
    return tuple(counts[at] for at in range(len(SPANS) + 1))


def _months(openings: Sequence[Opening], days: Sequence[date]) -> tuple[Month, ...]:
    opened = Counter(one.opened_on.replace(day=1) for one in openings if not one.is_standing)
    closed = Counter(one.closed_on.replace(day=1) for one in openings if one.closed_on)
    money: Counter[date] = Counter()
    for one in openings:
        if not one.is_standing:
            money[one.opened_on.replace(day=1)] += one.at_stake_minor or 0
    found, still = [], sum(1 for one in openings if one.is_standing)
    for month in sorted({day.replace(day=1) for day in days}):
        # What stands at the first look opened in the first month; it is counted already.
        still += opened[month] - closed[month]
        found.append(Month(month, opened[month], closed[month], still, money[month]))
    return tuple(found)
