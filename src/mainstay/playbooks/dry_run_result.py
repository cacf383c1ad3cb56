"""What a dry run comes to: who enters by day, what is sent and opened by day, and how much work that is. Pure.

Each figure is a pair of bounds: what happens in any case, and at most. They differ where a run waits for what may or
may not happen. Counts are of all; of single entries and messages the first are kept to be looked at.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

DAYS = 30
MOST_KEPT = 2_000


class Sort(StrEnum):
    """What an effect is for people: a message to a contact, one to our own people, a task, anything else."""

    MESSAGE = "message"
    NOTICE = "notice"
    TASK = "task"
    OTHER = "other"


class Word(StrEnum):
    """What the function that decides about messages says, by what is known today."""

    GOES = "goes"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True)
class Bounds:
    """In any case, and at most."""

    least: int = 0
    most: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether both are the same."""
        return self.least == self.most


@dataclass(frozen=True)
class Day:
    """A day: runs that begin, accounts that are held out, who waits for room, and what is done by sort."""

    day: date
    begins: int
    held_out: int
    waits: int
    done: Mapping[Sort, Bounds]

    def of(self, sort: Sort) -> Bounds:
        """What is done of a sort."""
        return self.done.get(sort, Bounds())


@dataclass(frozen=True)
class StepLine:
    """What a step does within the days, and how much of it lies beyond them at most."""

    step: str
    kind: str
    within: Bounds
    later: int


@dataclass(frozen=True)
class Load:
    """The tasks that somebody gets by calendar week, beside those that are open now. `owner_id` None: of nobody."""

    owner_id: int | None
    open_now: int
    weeks: tuple[Bounds, ...]


@dataclass(frozen=True)
class Count:
    """How often something is said."""

    says: str
    count: int
    word: str = ""


@dataclass(frozen=True)
class Entrant:
    """Who has a reason, on which day, and what comes of it; `refusal` empty: a run begins."""

    account_id: int
    contact_id: int | None
    day: date
    why: str
    is_held_out: bool
    refusal: str


@dataclass(frozen=True)
class Sent:
    """A message to a contact, between two days. `word` and `says`: whether it would go, by what is known today."""

    account_id: int
    contact_id: int
    step: str
    subject: str
    earliest: date
    latest: date
    is_certain: bool
    word: str
    says: str


@dataclass(frozen=True)
class Usual:
    """How many had a reason of this sort in the past `days`: an expectation, no promise."""

    count: int
    days: int

    @property
    def per_day(self) -> float:
        """On average."""
        return self.count / self.days


@dataclass(frozen=True)
class DryRun:
    """What a playbook would do from `as_of` on, were it in force. `usual` None: its entry has no such rate.

    `refused`: who has a reason today and does not enter, by why; `hindered`: messages that would not go at once, by
    what is said; `errors`: steps at which runs would stop; `cut`: runs with more ways than were followed; `skipped`:
    runs that were counted but not walked, since there are too many.
    """

    as_of: datetime
    days: tuple[Day, ...]
    weeks: tuple[date, ...]
    entering: int
    held_out: int
    usual: Usual | None
    refused: tuple[Count, ...]
    steps: tuple[StepLine, ...]
    load: tuple[Load, ...]
    hindered: tuple[Count, ...]
    errors: tuple[tuple[str, str, int], ...]
    cut: int
    skipped: int
    entrants: tuple[Entrant, ...]
    sent: tuple[Sent, ...]

    totals: Mapping[Sort, Bounds]

    @property
    def at_once(self) -> int:
        """Runs that begin on the first day, those held out too."""
        return self.days[0].begins + self.days[0].held_out

    def total(self, sort: Sort) -> Bounds:
        """What is done of a sort within the days."""
        return self.totals.get(sort, Bounds())


@dataclass
class _Pair:
    """Bounds that are still counted."""

    least: int = 0
    most: int = 0

    def add(self, *, is_certain: bool) -> None:
        """One more."""
        self.most += 1
        self.least += is_certain

    @property
    def bounds(self) -> Bounds:
        """As they stand."""
        return Bounds(self.least, self.most)


@dataclass
class _Step:
    """What was counted of a step."""

    kind: str
    within: _Pair = field(default_factory=_Pair)
    later: int = 0


@dataclass
class Tally:
    """Adds up what single runs come to; memory grows with days and steps, not with runs."""

    now: datetime
    begins: Counter[int] = field(default_factory=Counter)
    held_out: Counter[int] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    hindered: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    skipped: int = 0
    entrants: list[Entrant] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    _by_day: dict[tuple[Sort, int], _Pair] = field(default_factory=dict)
    _totals: dict[Sort, _Pair] = field(default_factory=dict)
    _steps: dict[str, _Step] = field(default_factory=dict)
    _load: dict[tuple[int | None, int], _Pair] = field(default_factory=dict)

    @cached_property
    def first(self) -> date:
        """The day on which it begins."""
        return self.now.astimezone(UTC).date()

    @cached_property
    def weeks(self) -> tuple[date, ...]:
        """The Mondays of the calendar weeks that the days lie in."""
        monday = self.first - timedelta(days=self.first.weekday())
        last = self.first + timedelta(days=DAYS - 1)
        return tuple(monday + timedelta(days=7 * at) for at in range((last - monday).days // 7 + 1))

    def at(self, instant: datetime) -> int:
        """The number of the day an instant lies in, from 0."""
        return (instant.astimezone(UTC).date() - self.first).days

    def add(self, step: str, kind: str, sort: Sort, when: tuple[datetime, datetime], *, is_certain: bool) -> None:
        """An effect of a step between two instants."""
        first, last = self.at(when[0]), self.at(when[1])
        line = self._steps.setdefault(step, _Step(kind))
        if first >= DAYS:
            line.later += 1
            return
        in_any_case = is_certain and last < DAYS
        line.within.add(is_certain=in_any_case)
        self._totals.setdefault(sort, _Pair()).add(is_certain=in_any_case)
        for day in range(first, min(last, DAYS - 1) + 1):
            self._by_day.setdefault((sort, day), _Pair()).add(is_certain=is_certain and first == last)

    def add_task(self, owner_id: int | None, when: tuple[datetime, datetime], *, is_certain: bool) -> None:
        """A task for somebody, by the week in which it is opened."""
        into = self.first.weekday()
        first, last = ((self.at(one) + into) // 7 for one in when)
        if self.at(when[0]) >= DAYS:
            return
        for week in range(first, min(last, len(self.weeks) - 1) + 1):
            self._load.setdefault((owner_id, week), _Pair()).add(is_certain=is_certain and first == last)

    def result(self, order: Sequence[str], open_now: Mapping[int | None, int], usual: Usual | None) -> DryRun:
        """All of it. `order`: the steps as they are read; `open_now`: the open tasks of people."""
        return DryRun(
            as_of=self.now,
            days=tuple(self._day(number) for number in range(DAYS)),
            weeks=self.weeks,
            entering=self.begins.total() + self.held_out.total(),
            held_out=self.held_out.total(),
            usual=usual,
            refused=tuple(Count(says, count) for says, count in self.refused.most_common()),
            steps=tuple(
                StepLine(step, one.kind, one.within.bounds, one.later)
                for step in order
                if (one := self._steps.get(step)) is not None
            ),
            load=self._loads(open_now),
            hindered=tuple(Count(says, count, word) for (word, says), count in self.hindered.most_common(100)),
            errors=tuple((step, error, count) for (step, error), count in self.errors.most_common(20)),
            cut=self.cut,
            skipped=self.skipped,
            entrants=tuple(self.entrants),
            sent=tuple(self.sent),
            totals={sort: one.bounds for sort, one in self._totals.items()},
        )

    def _day(self, number: int) -> Day:
        done = {sort: pair.bounds for sort in Sort if (pair := self._by_day.get((sort, number))) is not None}
        day = self.first + timedelta(days=number)
        return Day(day, self.begins[number], self.held_out[number], self.waits[number], done)

    def _loads(self, open_now: Mapping[int | None, int]) -> tuple[Load, ...]:
        nothing = _Pair()
        weeks = range(len(self.weeks))
        loads = [
            Load(owner, open_now.get(owner, 0), tuple(self._load.get((owner, at), nothing).bounds for at in weeks))
            for owner in {owner for owner, _ in self._load}
        ]
        return tuple(sorted(loads, key=lambda one: (-sum(week.most for week in one.weeks), one.owner_id or 0)))
