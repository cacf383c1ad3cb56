"""What changed since yesterday: scores that moved, signals that opened and closed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from heapq import nsmallest

from django.db.models import QuerySet

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.scores.models import Health
from mainstay.scores.rule_events import week_marks
from mainstay.scores.selectors import Move, latest_kept_day, latest_run, moves_since
from mainstay.signals.models import Signal
from mainstay.web.signals.rows import Row as SignalRow
from mainstay.web.signals.rows import rows_of

MOST_MOVES, MOST_SIGNALS, MOST_OF_WEEK = 10, 8, 5
# The most severe of so many are shown.
LOOKED_AT = 100
# Smaller changes stay grey everywhere; a week's list is for those that stand out.
NOTABLE_POINTS = 5


@dataclass(frozen=True)
class Moved:
    """An account whose score moved, and why.

    `rule`: the version of its scorecard that came in between; `rules`: positions of new ones among `health.weeks`.
    """

    account: Account
    health: Health
    then: int | None
    now: int | None
    changed_band: bool
    rule: str = ""
    rules: Sequence[int] = ()

    @property
    def change(self) -> int | None:
        """Points; None when there was or is no score."""
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def cause(self) -> str:
        """What moved it most. The words rest on the last seven days: left out where those moved the other way."""
        week = self.health.change_7d
        if self.change is None or not week or (week > 0) != (self.change > 0):
            return ""
        return self.health.cause


@dataclass(frozen=True)
class Changes:
    """What changed since `since`. `moved`: the largest drops first, then the largest rises; `fell`, `rose`: of all.

    `week`: the deepest drops of seven days that did not happen since `since`, so that a Monday shows last week.
    `open_count`: in the past all signals that were open are told of, in `opened` too; None: only the new ones.
    `is_kept`: whether there are two days with scores to compare.
    """

    since: datetime
    moved: Sequence[Moved]
    week: Sequence[Moved]
    fell: int
    rose: int
    opened: Sequence[SignalRow]
    opened_count: int
    closed: Sequence[SignalRow]
    closed_count: int
    now: datetime
    open_count: int | None = None
    is_kept: bool = True

    @property
    def listed_of(self) -> int:
        """How many signals `opened` is the first of."""
        return self.opened_count if self.open_count is None else self.open_count

    @property
    def since_word(self) -> str:
        """`yesterday`, or the day when the last refresh is longer ago."""
        days = (self.now.date() - self.since.date()).days
        return "yesterday" if days <= 1 else f"{self.since:%-d %B}"

    @property
    def more_moved(self) -> int:
        """How many moves are not listed."""
        return self.fell + self.rose - len(self.moved)


def changes(accounts: Collection[int] | None, *, now: datetime) -> Changes:
    """The changes at these accounts; None: at all of them."""
    day = _day_before_yesterday(now.date())
    since = midnight(day + DAY) if day else midnight(now.date() - DAY)
    moves = [one for one in _moves(day) if accounts is None or one.account_id in accounts] if day else []
    signals = Signal.objects.select_related("account__owner", "acknowledged_by")
    if accounts is not None:
        signals = signals.filter(account__in=accounts)
    opened = signals.filter(opened_at__gte=since, closed_at=None).order_by("-opened_at", "-pk")
    closed = signals.filter(closed_at__gte=since).order_by("-closed_at", "-pk")
    return Changes(
        since=since,
        moved=_shown(moves, since, now=now),
        week=_of_week(accounts, {one.account_id for one in moves}, now=now),
        fell=sum(1 for one in moves if points(one) < 0),
        rose=sum(1 for one in moves if points(one) > 0),
        opened=rows_of(most_severe(list(opened[:LOOKED_AT])), now=now),
        opened_count=opened.count(),
        closed=rows_of(list(closed[:MOST_SIGNALS]), now=now),
        closed_count=closed.count(),
        now=now,
    )


def _day_before_yesterday(today: date) -> date | None:
    """The day whose kept scores were those of yesterday's first instant, or the latest kept one before it."""
    return latest_kept_day(before=today - timedelta(days=1)) or latest_kept_day(before=today)


def _moves(day: date) -> Sequence[Move]:
    run = latest_run()
    return _moves_at(day, run.finished_at if run else None)


@lru_cache(maxsize=4)
def _moves_at(day: date, scored_at: datetime | None) -> Sequence[Move]:
    """The moves of all accounts, which change only with a scoring. A cache outside would copy them each time."""
    return [one for one in moves_since(day) if one.then is not None and one.now is not None]


def points(move: Move) -> int:
    """How far a score moved."""
    return (move.now or 0) - (move.then or 0)


def drops_first(moves: Sequence[Move]) -> list[Move]:
    """The moves that are listed: the deepest drops, then the highest rises."""
    return nsmallest(MOST_MOVES, moves, key=lambda one: (points(one) > 0, -abs(points(one)), one.account_id))


def _shown(moves: Sequence[Move], since: datetime, *, now: datetime) -> list[Moved]:
    first = drops_first(moves)
    ids = [one.account_id for one in first]
    accounts = Account.objects.select_related("owner").in_bulk(ids)
    health = _with_versions().in_bulk(ids)
    marks = week_marks(now)
    return [
        Moved(
            account=accounts[one.account_id],
            health=health[one.account_id],
            then=one.then,
            now=one.now,
            changed_band=health[one.account_id].band_since >= since and bool(health[one.account_id].previous_band),
            rule=_new_rule(health[one.account_id], since),
            rules=marks.get(health[one.account_id].scorecard_version_id, ()),
        )
        for one in first
        if one.account_id in accounts and one.account_id in health
    ]


def _of_week(accounts: Collection[int] | None, moved: Collection[int], *, now: datetime) -> list[Moved]:
    found = _with_versions().filter(change_7d__lte=-NOTABLE_POINTS).select_related("account__owner")
    if accounts is not None:
        found = found.filter(account__in=accounts)
    rows = [one for one in found.order_by("change_7d", "account")[: MOST_OF_WEEK + MOST_MOVES] if one.pk not in moved]
    marks = week_marks(now)
    return [
        Moved(
            account=one.account,
            health=one,
            # By the same rule, as the change is: what a new rule changed by itself is no fall.
            then=None if one.score is None or one.change_7d is None else one.score - one.change_7d,
            now=one.score,
            changed_band=one.band_since >= now - 7 * DAY and bool(one.previous_band),
            rules=marks.get(one.scorecard_version_id, ()),
        )
        for one in rows[:MOST_OF_WEEK]
    ]


def _with_versions() -> QuerySet[Health]:
    found = Health.objects.select_related("scorecard_version__scorecard")
    return found.defer("detail", "scorecard_version__document")


def _new_rule(health: Health, since: datetime) -> str:
    """`Standard v2` when that version came since; the first version of a scorecard is no change."""
    version = health.scorecard_version
    return (
        f"{version.scorecard.name} v{version.version}" if version.version > 1 and version.published_at >= since else ""
    )


def most_severe(signals: Sequence[Signal]) -> list[Signal]:
    """Those that are listed, of some that come in the order of their opening."""
    ranks = {"critical": 0, "warning": 1}
    return sorted(signals, key=lambda one: ranks.get(one.severity, 2))[:MOST_SIGNALS]
