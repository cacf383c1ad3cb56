"""Today: what changed and why, what is due, which renewals come near."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.people.models import Role, User, WriteKey
from mainstay.playbooks.backlog import Backlog, reminders
from mainstay.playbooks.selectors import awake, open_tasks, overdue_tasks
from mainstay.web.home.changes import Changes, changes
from mainstay.web.home.past_today import past_today
from mainstay.web.home.renewals import Renewals, renewals
from mainstay.web.home.setting_up import SetUp, what_is_left
from mainstay.web.http import is_htmx, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.tasks.rows import Row as TaskRow
from mainstay.web.tasks.rows import with_health

MINE, EVERYONE = "mine", "everyone"
MOST_TASKS = 8


@dataclass(frozen=True)
class Start:
    """How far a new installation has come."""

    has_key: bool
    has_accounts: bool
    has_colleagues: bool
    may_set_up: bool
    may_import: bool


@dataclass(frozen=True)
class Today:
    """The context of the page."""

    title: str
    scope: str
    changes: Changes
    tasks: Sequence[TaskRow]
    tasks_count: int
    late_tasks: int
    everyones_late_tasks: int
    nobodys_tasks: int
    renewals: Renewals
    owns_accounts: bool
    may_edit: bool
    url: str
    note: str = ""
    set_up: SetUp | None = None
    backlog: Sequence[Backlog] = ()

    @property
    def is_mine(self) -> bool:
        """True for the user's own accounts."""
        return self.scope == MINE

    @property
    def back(self) -> str:
        """For pages that lead back here."""
        return urlencode({"next": self.url})


@require_GET
@shows_the_past
def today(request: HttpRequest) -> HttpResponse:
    """The page; before the first account, the three steps to get there."""
    user = user_of(request)
    if not Account.objects.exists():
        return render(request, "home/start.html", {"start": _start(user), "title": "Welcome"})
    moment = moment_of(request)
    page = _past(request, user, moment) if moment.is_past else _today(request, user, moment.now)
    template = "home/body.html" if is_htmx(request) else "home/today.html"
    return render(request, template, {"page": page, "title": page.title})


def _is_mine(request: HttpRequest, user: User) -> bool:
    return request.GET.get("who", MINE if user.role == Role.CSM else EVERYONE) == MINE


def _owned(user: User) -> set[int]:
    return set(Account.objects.filter(owner=user).values_list("pk", flat=True))


def _url(*, is_mine: bool) -> str:
    return f"{reverse('today')}?{urlencode({'who': MINE if is_mine else EVERYONE})}"


def _past(request: HttpRequest, user: User, moment: Moment) -> Today:
    is_mine, owned = _is_mine(request, user), _owned(user)
    found = past_today(owned if is_mine else None, owner=user, moment=moment, most_tasks=MOST_TASKS)
    return Today(
        title="Today",
        scope=MINE if is_mine else EVERYONE,
        changes=found.changes,
        tasks=found.tasks,
        tasks_count=found.tasks_count,
        late_tasks=found.late_tasks,
        everyones_late_tasks=found.everyones_late_tasks,
        nobodys_tasks=0,
        renewals=found.renewals,
        owns_accounts=bool(owned),
        may_edit=False,
        url=_url(is_mine=is_mine),
        note=found.note,
    )


def _today(request: HttpRequest, user: User, now: datetime) -> Today:
    is_mine, owned = _is_mine(request, user), _owned(user)
    tasks = open_tasks(owner=user).filter(awake(now))
    return Today(
        title="Today",
        scope=MINE if is_mine else EVERYONE,
        changes=changes(owned if is_mine else None, now=now),
        tasks=with_health(list(tasks[:MOST_TASKS]), Moment(now)),
        tasks_count=tasks.count(),
        late_tasks=tasks.filter(due_at__lt=now).count(),
        everyones_late_tasks=0 if is_mine else overdue_tasks(now).count(),
        nobodys_tasks=0 if is_mine else open_tasks().filter(awake(now), owner=None).count(),
        renewals=renewals(user if is_mine else None, now=now),
        owns_accounts=bool(owned),
        may_edit=user.has_role(Role.CSM),
        url=_url(is_mine=is_mine),
        set_up=what_is_left(user, now),
        backlog=reminders(now=now, owner=user if is_mine else None) if user.has_role(Role.CSM) else (),
    )


def _start(user: User) -> Start:
    return Start(
        has_key=WriteKey.objects.filter(revoked_at=None).exists(),
        has_accounts=False,
        has_colleagues=User.objects.filter(is_active=True).count() > 1,
        may_set_up=user.has_role(Role.ADMINISTRATOR),
        may_import=user.has_role(Role.MANAGER),
    )
