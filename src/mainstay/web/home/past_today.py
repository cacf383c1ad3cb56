"""Today at a past moment: the signals and tasks that were open, the scores that moved in the week before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.people.models import User
from mainstay.playbooks.selectors import tasks_open_at
from mainstay.scores import history
from mainstay.scores.models import Health
from mainstay.scores.past_causes import Why, whys
from mainstay.scores.selectors import Move, latest_kept_day, moves_between
from mainstay.signals.models import Signal
from mainstay.signals.past import as_they_stood, open_at, signals_at
from mainstay.web.accounts.columns import COLUMNS, Sort
from mainstay.web.accounts.filters import Filter
from mainstay.web.accounts.past_book import WEEK, WEEKS, PastBook, latest_kept
from mainstay.web.home import changes
from mainstay.web.home.changes import Changes, Moved
from mainstay.web.home.renewals import DAYS, Renewals
from mainstay.web.home.renewals import MOST as MOST_RENEWALS
from mainstay.web.moment import Moment
from mainstay.web.signals.rows import rows_of
from mainstay.web.tasks.rows import Row as TaskRow
from mainstay.web.tasks.rows import with_health


@dataclass(frozen=True)
class PastToday:
    """What the page shows of a moment. `note`: what is not known of it."""

    changes: Changes
    renewals: Renewals
    tasks: Sequence[TaskRow]
    tasks_count: int
    late_tasks: int
    everyones_late_tasks: int
    note: str


def past_today(accounts: Collection[int] | None, *, owner: User, moment: Moment, most_tasks: int) -> PastToday:
    """Of these accounts (None: all) and the tasks of `owner`. Whose an account was is not kept: the owners of now."""
    day = latest_kept(before=moment.at)
    tasks = tasks_open_at(moment.at, owner=owner)
    everyones = tasks_open_at(moment.at).filter(due_at__lt=moment.at)
    return PastToday(
        changes=_changes(accounts, day, moment),
        renewals=_renewals(owner if accounts is not None else None, day, moment),
        tasks=with_health(list(tasks[:most_tasks]), moment),
        tasks_count=tasks.count(),
        late_tasks=tasks.filter(due_at__lt=moment.at).count(),
        everyones_late_tasks=0 if accounts is not None else everyones.count(),
        note=_note(day, moment),
    )


def _note(day: date | None, moment: Moment) -> str:
    owners = "Owners of accounts and tasks are those of now."
    if day is None:
        return f"No health is kept of that time or before it; signals and tasks are those of then. {owners}"
    if day == moment.kept_day:
        return owners
    return f"No health is kept of {moment.day:%-d %B %Y}: shown is that of {day:%-d %B %Y}. {owners}"


def _changes(accounts: Collection[int] | None, day: date | None, moment: Moment) -> Changes:
    """Those of the week before; signals that were open then, and those that had closed in that week."""
    before = latest_kept_day(before=day - WEEK + DAY) if day else None
    since = midnight(before + DAY) if before else moment.at - WEEK
    moves: Sequence[Move] = ()
    if day is not None and before is not None:
        moves = [
            one
            for one in moves_between(before, day, known=moment.known)
            if accounts is None or one.account_id in accounts
        ]
    still, over = open_at(moment.at), signals_at(moment.at).filter(closed_at__gte=since, closed_at__lt=moment.at)
    if accounts is not None:
        still, over = still.filter(account__in=accounts), over.filter(account__in=accounts)
    first = still.select_related("account__owner").order_by("-opened_at", "-pk")[: changes.LOOKED_AT]
    return Changes(
        since=since,
        moved=_moved(changes.drops_first(moves), before, day, moment) if day and before else [],
        week=[],
        fell=sum(1 for one in moves if changes.points(one) < 0),
        rose=sum(1 for one in moves if changes.points(one) > 0),
        opened=rows_of(changes.most_severe(as_they_stood(list(first))), now=moment.at),
        opened_count=still.filter(opened_at__gte=since).count(),
        open_count=still.count(),
        closed=rows_of(_closed(over), now=moment.at),
        closed_count=over.count(),
        now=moment.at,
        is_kept=before is not None,
    )


def _closed(over: QuerySet[Signal]) -> list[Signal]:
    latest = over.select_related("account__owner").order_by("-closed_at", "-pk")[: changes.MOST_SIGNALS]
    return as_they_stood(list(latest))


def _moved(moves: Sequence[Move], before: date, day: date, moment: Moment) -> list[Moved]:
    ids = [one.account_id for one in moves]
    accounts = Account.objects.select_related("owner").in_bulk(ids)
    kept, former = (history.of_day(one, ids, known=moment.known) for one in (day, before))
    weeks = history.scores_on([day - WEEK * back for back in range(WEEKS - 1, -1, -1)], ids, known=moment.known)
    reasons = whys(day, ids, since=before, known=moment.known)
    return [
        _moved_one(accounts[one.account_id], one, kept[one.account_id]["band"], former[one.account_id]["band"],
                   weeks=weeks.get(one.account_id, []), why=reasons.get(one.account_id, Why()))
        for one in moves
        if one.account_id in accounts
    ]  # fmt: skip


def _moved_one(account: Account, move: Move, band: str, former: str, *, weeks: Sequence[int | None], why: Why) -> Moved:
    """As the present has it; its health is never saved."""
    health = Health(
        account_id=account.pk,
        score=move.now,
        band=band,
        previous_band=former,
        change_7d=changes.points(move),
        cause=why.moved,
        weeks=list(weeks),
    )
    return Moved(account, health, move.then, move.now, changed_band=band != former, rule=why.rule)


def _renewals(owner: User | None, day: date | None, moment: Moment) -> Renewals:
    """Those of the 90 days after the moment, the nearest first, as contracts were known."""
    if day is None:
        return Renewals([], 0, 0.0, 0)
    values = {"condition": f"days_to_renewal between 0 and {DAYS}"} | ({"owner": str(owner.pk)} if owner else {})
    nearest = Sort(COLUMNS["renewal"], is_descending=False)
    found = PastBook(day, moment.known).page(Filter(values), nearest, size=MOST_RENEWALS, number=1)
    return Renewals(found.rows, found.summary.total, found.summary.arr, found.summary.red)
