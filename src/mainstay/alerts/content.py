"""What changed in somebody's book from one instant to another, and why: the content of a digest, as plain values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from mainstay.accounts.models import Account
from mainstay.alerts import selectors
from mainstay.alerts.late_sources import lateness_of
from mainstay.alerts.models import Outcome, Scope
from mainstay.alerts.periods import Period
from mainstay.common.money import Money, to_minor
from mainstay.common.time import DAY, midnight, span
from mainstay.metrics.profile_table import TABLE
from mainstay.people.models import User
from mainstay.playbooks.selectors import awake, open_tasks
from mainstay.scores.models import Health
from mainstay.scores.selectors import Move, latest_kept_day, latest_run, moves_since
from mainstay.signals.models import Closing, Signal
from mainstay.signals.selectors import labels, looked_after_by

# Of each part; how many there are in all stands beside it.
MOST = 8
# Smaller moves of a score are noise, unless they change the band.
NOTABLE_POINTS = 5
# The days before a renewal at which somebody wants to hear of it.
RENEWAL_MARKS = (90, 60, 30, 14, 7)


@dataclass(frozen=True)
class Moved:
    """A score that moved. `former_band` is empty where the band did not change."""

    account: str
    url: str
    then: int
    now: int
    band: str
    former_band: str
    cause: str


@dataclass(frozen=True)
class Opened:
    """A signal that opened and is open. `held`: why it was not told at once; empty where it was, or nobody asked."""

    label: str
    severity: str
    account: str
    url: str
    summary: str
    at_stake: str
    held: str


@dataclass(frozen=True)
class Closed:
    """A signal that closed."""

    label: str
    account: str
    url: str
    why: str


@dataclass(frozen=True)
class Renewing:
    """An account whose renewal came nearer than a mark."""

    account: str
    url: str
    days: int
    band: str
    arr: str


@dataclass(frozen=True)
class Due:
    """A task to be done. `task`: its id; empty in digests that were kept before."""

    title: str
    account: str
    url: str
    due: str
    is_late: bool
    task: str = ""


@dataclass(frozen=True)
class LateSource:
    """A source that became late and is. `usual` is empty where it is not known yet."""

    label: str
    url: str
    silent: str
    usual: str
    metrics: int
    scorecards: tuple[str, ...]


@dataclass(frozen=True)
class SourceBack:
    """A source that was late and delivers again."""

    label: str
    url: str
    silent: str


@dataclass(frozen=True)
class Content:
    """A digest. Each part has at most `MOST` lines; the counts are of all."""

    moved: tuple[Moved, ...] = ()
    moved_count: int = 0
    opened: tuple[Opened, ...] = ()
    opened_count: int = 0
    closed: tuple[Closed, ...] = ()
    closed_count: int = 0
    renewing: tuple[Renewing, ...] = ()
    renewing_count: int = 0
    due: tuple[Due, ...] = ()
    due_count: int = 0
    late_count: int = 0
    late_sources: tuple[LateSource, ...] = ()
    sources_back: tuple[SourceBack, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing changed and nothing is due; tasks that are late for longer are no news."""
        changed = self.moved or self.opened or self.closed or self.renewing or self.late_sources or self.sources_back
        return not (changed or self.due_count > self.late_count)


def content_of(user: User, scope: Scope, period: Period, *, following: datetime) -> Content:
    """What changed in the period at the accounts somebody is told of, with what was held back for her.

    `following`: when her next digest is due, and what tasks are told by.
    """
    book = _book(user) if scope == Scope.MINE else None
    moved, moved_count = _moved(book, period)
    opened, opened_count = _opened(user, scope, period)
    closed, closed_count = _closed(user, scope, period)
    renewing, renewing_count = _renewing(user if scope == Scope.MINE else None, period)
    due, due_count, late_count = _due(user, period, until=following)
    return Content(
        moved, moved_count, opened, opened_count, closed, closed_count, renewing, renewing_count, due, due_count,
        late_count, _late_sources(user, period, waiting_only=False), _sources_back(user, period),
    )  # fmt: skip


def held_only(user: User, period: Period) -> Content:
    """Only what was held back: for whoever asked for no digest, and must not miss it all the same."""
    waiting = [one for one in selectors.waiting_for(user) if one.created_at < period.end and not one.signal.closed_at]
    names = labels()
    opened = tuple(_opened_row(one.signal, names, one.reason) for one in waiting[:MOST])
    late = _late_sources(user, period, waiting_only=True)
    return Content(opened=opened, opened_count=len(waiting), late_sources=late)


def _book(user: User) -> set[int]:
    return set(Account.objects.filter(owner=user).values_list("pk", flat=True))


def _moved(book: Collection[int] | None, period: Period) -> tuple[tuple[Moved, ...], int]:
    day = latest_kept_day(before=period.start.date())
    if day is None:
        return (), 0
    run = latest_run()
    moves = [one for one in _moves(day, run.finished_at if run else None) if book is None or one.account_id in book]
    moves.sort(key=lambda one: (_points(one) > 0, -abs(_points(one)), one.account_id))
    # The band tells of more than points; it is looked at for the few that are shown at most.
    likely = moves[: 5 * MOST]
    health = Health.objects.select_related("account").defer("detail").in_bulk([one.account_id for one in likely])
    found = [_moved_row(one, health[one.account_id], period) for one in likely if one.account_id in health]
    notable = [one for one in found if one.former_band or abs(one.now - one.then) >= NOTABLE_POINTS]
    others = sum(1 for one in moves[5 * MOST :] if abs(_points(one)) >= NOTABLE_POINTS)
    return tuple(notable[:MOST]), len(notable) + others


@lru_cache(maxsize=4)
def _moves(day: date, scored_at: datetime | None) -> Sequence[Move]:
    """Of all accounts: the digests of one hour are of the same day."""
    return [one for one in moves_since(day) if one.then is not None and one.now is not None]


def _points(move: Move) -> int:
    return (move.now or 0) - (move.then or 0)


def _moved_row(move: Move, health: Health, period: Period) -> Moved:
    change, week = _points(move), health.change_7d
    # Scores are kept by day, so that the day on which the period begins is looked at as a whole.
    since = midnight(period.start.date())
    # The cause is that of the last seven days: left out where those moved the other way.
    is_of_this = bool(week) and ((week or 0) > 0) == (change > 0)
    return Moved(
        account=health.account.name,
        url=_account_url(health.account),
        then=move.then or 0,
        now=move.now or 0,
        band=health.band,
        former_band=health.previous_band if health.band_since >= since else "",
        cause=health.cause if is_of_this else "",
    )


def _opened(user: User, scope: Scope, period: Period) -> tuple[tuple[Opened, ...], int]:
    """Those of the period and those that wait for her, the most valuable first."""
    held = {
        one.signal_id: one.reason if one.outcome == Outcome.HELD else ""
        for one in selectors.waiting_for(user)
        if one.created_at < period.end
    }
    new = Signal.objects.filter(opened_at__gte=period.start, opened_at__lt=period.end)
    if scope == Scope.MINE:
        new = new.filter(looked_after_by(user.pk))
    found = (new | Signal.objects.filter(pk__in=held)).filter(closed_at=None).select_related("account", "assignee")
    ranks = {"critical": 0, "warning": 1}
    rows = sorted(found.distinct(), key=lambda one: (ranks.get(one.severity, 2), -(one.at_stake_minor or 0), one.pk))
    names = labels()
    return tuple(_opened_row(one, names, held.get(one.pk, "")) for one in rows[:MOST]), len(rows)


def _opened_row(signal: Signal, names: Mapping[str, str], held: str) -> Opened:
    stake = signal.at_stake_minor
    return Opened(
        label=names.get(signal.kind, signal.kind),
        severity=signal.severity,
        account=signal.account.name,
        url=f"{_base()}/signals/{signal.pk}/",
        summary=signal.summary,
        at_stake=Money(stake, signal.currency).short() if stake else "",
        held=held,
    )


def _closed(user: User, scope: Scope, period: Period) -> tuple[tuple[Closed, ...], int]:
    found = Signal.objects.filter(closed_at__gte=period.start, closed_at__lt=period.end)
    # What she dismissed herself is no news to her.
    found = found.exclude(closing__in=[Closing.DISMISSED, Closing.SWITCHED_OFF])
    if scope == Scope.MINE:
        found = found.filter(looked_after_by(user.pk))
    names = labels()
    rows = tuple(
        Closed(
            label=names.get(one.kind, one.kind),
            account=one.account.name,
            url=_account_url(one.account),
            why="the account churned" if one.closing == Closing.CHURNED else "its condition stopped",
        )
        for one in found.select_related("account").order_by("-at_stake_minor", "-pk")[:MOST]
    )
    return rows, found.count()


def _renewing(owner: User | None, period: Period) -> tuple[tuple[Renewing, ...], int]:
    """Accounts whose days to renewal passed a mark within the period."""
    days = max(1, round((period.end - period.start) / DAY))
    passed = " OR ".join(f"(days_to_renewal <= {mark} AND days_to_renewal > {mark - days})" for mark in RENEWAL_MARKS)
    where, values = (" AND accounts_account.owner_id = %s", [owner.pk]) if owner else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {TABLE}.account_id, days_to_renewal, renewing_arr_90d, scores_health.band FROM {TABLE} "
            f"JOIN accounts_account ON accounts_account.id = {TABLE}.account_id "
            f"LEFT JOIN scores_health ON scores_health.account_id = {TABLE}.account_id "
            f"WHERE ({passed}){where} ORDER BY days_to_renewal, renewing_arr_90d DESC, 1",
            values,
        )
        found = cursor.fetchall()
    accounts = Account.objects.in_bulk([row[0] for row in found[:MOST]])
    rows = tuple(
        Renewing(accounts[pk].name, _account_url(accounts[pk]), round(left), band or "unknown", _money(arr))
        for pk, left, arr, band in found[:MOST]
        if pk in accounts
    )
    return rows, len(found)


def _due(user: User, period: Period, *, until: datetime) -> tuple[tuple[Due, ...], int, int]:
    """Her tasks that are late, or due by the next digest; not those she snoozed."""
    tasks = open_tasks(owner=user).filter(awake(period.end), due_at__lt=until)
    rows = tuple(
        Due(
            title=one.title,
            account=one.account.name if one.account else "",
            url=f"{_base()}/tasks/{one.pk}/",
            due=f"{one.due_at.astimezone(timezone.get_current_timezone()):%a %-d %b}" if one.due_at else "",
            is_late=one.due_at is not None and one.due_at < period.end,
            task=str(one.pk),
        )
        for one in tasks[:MOST]
    )
    return rows, tasks.count(), tasks.filter(due_at__lt=period.start).count()


def _late_sources(user: User, period: Period, *, waiting_only: bool) -> tuple[LateSource, ...]:
    """Those she was told of in the period and those that wait for her, as far as they are late still."""
    new = Q(outcome=Outcome.DIGEST, digest=None)
    if not waiting_only:
        new |= Q(created_at__gte=period.start)
    told = selectors.data_alerts_of(user).filter(new, created_at__lt=period.end, problem__closed_at=None)
    found = [lateness_of(one.problem, period.end) for one in told]
    return tuple(
        LateSource(
            label=one.label,
            url=_source_url(one.source),
            silent=span(one.silent_seconds),
            usual=span(one.usual_seconds) if one.usual_seconds else "",
            metrics=len(one.frozen.metrics),
            scorecards=tuple(card.label for card in one.frozen.scorecards),
        )
        for one in found
    )


def _sources_back(user: User, period: Period) -> tuple[SourceBack, ...]:
    closed = {"problem__closed_at__gte": period.start, "problem__closed_at__lt": period.end}
    found = [lateness_of(one.problem, period.end) for one in selectors.data_alerts_of(user).filter(**closed)]
    return tuple(SourceBack(one.label, _source_url(one.source), span(one.silent_seconds)) for one in found)


def _source_url(source: str) -> str:
    return f"{_base()}/data/sources/{source}/"


def _account_url(account: Account) -> str:
    return f"{_base()}/accounts/{quote(account.key, safe='')}/"


def _base() -> str:
    return str(settings.BASE_URL).rstrip("/")


def _money(major: float | None) -> str:
    if not major:
        return ""
    currency = settings.REPORTING_CURRENCY
    return Money(to_minor(str(major), currency), currency).short()
