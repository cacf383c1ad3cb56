"""Reads: which days of each month are kept, as they ended or computed later, and which were corrected since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mainstay.common.time import DAY
from mainstay.lake.kept_days import Corrections, KeptDay, corrected_days, corrections_since, kept_days
from mainstay.metrics import past
from mainstay.scores import history


class Kept(StrEnum):
    """How a day is kept: not at all, as it ended (what was known then), or computed later from the facts."""

    NOTHING = "nothing"
    THEN = "then"
    LATER = "later"


@dataclass(frozen=True)
class Day:
    """A day that is over. `is_scored`: its scores are kept too; `corrected`: how many accounts were corrected since."""

    day: date
    kept: Kept
    is_scored: bool
    corrected: int


@dataclass(frozen=True)
class Month:
    """The days of a month that are over, in order."""

    first: date
    days: Sequence[Day]

    def count(self, kept: Kept) -> int:
        """How many of its days are kept so."""
        return sum(1 for one in self.days if one.kept is kept)

    @property
    def profiles(self) -> int:
        """How many of its days have profiles."""
        return len(self.days) - self.count(Kept.NOTHING)

    @property
    def scored(self) -> int:
        """How many of its days have scores."""
        return sum(1 for one in self.days if one.is_scored)

    @property
    def weeks(self) -> tuple[int, int]:
        """How many of the weeks that end in it have profiles of their last day, and how many end in it."""
        ends = [one for one in self.days if one.day.weekday() == 6]
        return sum(1 for one in ends if one.kept is not Kept.NOTHING), len(ends)

    @property
    def corrected(self) -> int:
        """How many of its days were corrected."""
        return sum(1 for one in self.days if one.corrected)

    @property
    def last(self) -> date:
        """Its last day that is over."""
        return self.days[-1].day


@dataclass(frozen=True)
class Corrected:
    """Corrections of one day of work for one reason; `scores`: the accounts whose score is another one now."""

    profiles: Corrections
    scores: int


def months_kept(*, today: date) -> list[Month]:
    """Every month from that of the first kept day to now, the latest first; none where nothing is kept."""
    profiles = {one.day: one for one in kept_days(past.KEPT)}
    if not profiles:
        return []
    scored = {one.day for one in kept_days(history.KEPT)}
    corrected = corrected_days(past.KEPT)
    months: dict[date, list[Day]] = {}
    day = min(profiles).replace(day=1)
    while day < today:
        months.setdefault(day.replace(day=1), []).append(_day(day, profiles, scored, corrected))
        day += DAY
    return [Month(first, days) for first, days in sorted(months.items(), reverse=True)]


def recent_corrections(*, now: datetime, days: int = 90, most: int = 20) -> list[Corrected]:
    """What was corrected within these days, the latest first."""
    since = now - timedelta(days=days)
    scores = {_work(one): one.accounts for one in corrections_since(history.KEPT, since, most=10 * most)}
    found = corrections_since(past.KEPT, since, most=most)
    return [Corrected(one, scores.get(_work(one), 0)) for one in found]


def _work(one: Corrections) -> tuple[date, str, str | None]:
    return one.note.corrected_at.date(), one.note.reason, one.note.source


def _day(day: date, profiles: Mapping[date, KeptDay], scored: set[date], corrected: Mapping[date, int]) -> Day:
    found = profiles.get(day)
    kept = Kept.NOTHING if found is None else Kept.THEN if found.is_of_its_end else Kept.LATER
    return Day(day, kept, day in scored, corrected.get(day, 0))
