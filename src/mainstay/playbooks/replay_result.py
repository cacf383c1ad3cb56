"""What a replay of a playbook comes to: who would have entered, and what became of them beside the others. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mainstay.common.statistics import Difference, difference_of_shares
from mainstay.playbooks.document import AfterDays, Document
from mainstay.signals.outcomes import ENOUGH_EVENTS, Share

HORIZONS = (90, 180)
MOST_KEPT = 2_000


@dataclass(frozen=True)
class Entry:
    """An account would have entered on a day. `churned_on`: when it left, if it has."""

    account_id: int
    on: date
    churned_on: date | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of accounts within `days`: of those that would have entered, and of the others.

    `entered` counts from the first entry. `others`: customers that would never have entered, from the first kept day
    of each stretch of so many days. Only what could be watched for all `days` counts. `measure`: churned, contracted
    (their ARR went down, of those that stayed) or renewed (of those whose renewal was due).
    """

    measure: str
    days: int
    entered: Share
    others: Share

    @property
    def sides(self) -> tuple[Share, Share]:
        """Both, for tables."""
        return self.entered, self.others

    @property
    def is_enough(self) -> bool:
        """Whether the two can be compared."""
        enough_events = self.entered.events + self.others.events >= ENOUGH_EVENTS
        return self.entered.is_enough and self.others.is_enough and enough_events

    @property
    def difference(self) -> Difference | None:
        """Percentage points that those that would have entered have more; None without data enough."""
        one, other = self.entered, self.others
        if not self.is_enough:
            return None
        found = difference_of_shares(one.events, one.cases, other.events, other.cases)
        return found and Difference(100 * found.value, 100 * found.low, 100 * found.high)


@dataclass(frozen=True)
class Replay:
    """What would have been over the kept days from `first_day` to `last_day`. `looks`: how many of them are kept.

    `entries` by month (its first day), `accounts` that entered at all, `churned` of these, ever since. `not_for`,
    `at_goal`: reasons of whom it was not for, or whose goal was reached, on that day; `again`: those that re-entry
    refuses; `unjudged`: of whom that day is not kept. `assumed`: fields that were taken as they are now. `is_cut`:
    there were more events than are read.
    """

    first_day: date
    last_day: date
    looks: int
    entries: int
    months: tuple[tuple[date, int], ...]
    accounts: int
    churned: int
    not_for: int
    at_goal: int
    again: int
    unjudged: int
    assumed: tuple[str, ...]
    is_cut: bool
    outcomes: tuple[Outcome, ...]
    entered: tuple[Entry, ...]

    @property
    def gaps(self) -> int:
        """Days within the replay of which nothing is kept."""
        return (self.last_day - self.first_day).days + 1 - self.looks


def admitted(entries: Iterable[Entry], document: Document) -> tuple[list[Entry], int]:
    """Those that re-entry lets in, in order, and how many it refuses.

    How long runs would have taken nobody knows: where an account comes again after its run has ended, each reason
    counts.
    """
    latest: dict[int, date] = {}
    found, refused = [], 0
    for one in sorted(entries, key=lambda entry: (entry.on, entry.account_id)):
        before = latest.get(one.account_id)
        if before is not None and not _may_again(document, (one.on - before).days):
            refused += 1
            continue
        latest[one.account_id] = one.on
        found.append(one)
    return found, refused


def _may_again(document: Document, days: int) -> bool:
    match document.reentry:
        case "never":
            return False
        case AfterDays(after_days=wanted):
            return days >= wanted
        case _:
            return days > 0


def first_entries(entries: Iterable[Entry]) -> dict[int, date]:
    """The first day on which each account would have entered."""
    first: dict[int, date] = {}
    for one in entries:
        first[one.account_id] = min(one.on, first.get(one.account_id, one.on))
    return first


def by_month(entries: Iterable[Entry], first: date, last: date) -> tuple[tuple[date, int], ...]:
    """How many entered in each month, those without any too."""
    counts = Counter(one.on.replace(day=1) for one in entries)
    month, found = first.replace(day=1), []
    while month <= last:
        found.append((month, counts[month]))
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return tuple(found)


def newest(entries: Sequence[Entry], churned: Mapping[int, date]) -> tuple[Entry, ...]:
    """The newest to be looked at, with when they left."""
    rows = sorted(entries, key=lambda one: (one.on, one.account_id), reverse=True)[:MOST_KEPT]
    return tuple(Entry(one.account_id, one.on, churned.get(one.account_id)) for one in rows)
