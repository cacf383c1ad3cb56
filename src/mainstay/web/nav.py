"""The main navigation: what is in it, and the counts beside it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from mainstay.common.time import utc_now
from mainstay.people.models import Role, User
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import awake
from mainstay.signals.models import Signal
from mainstay.signals.selectors import looked_after_by

# Beyond this a count is "many": the exact figure would cost a scan and tell nothing.
MOST = 999


@dataclass(frozen=True)
class NavItem:
    """A line of the navigation."""

    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0
    is_minor: bool = False

    @property
    def shown_count(self) -> str:
        """Empty for none."""
        return f"{MOST}+" if self.count > MOST else str(self.count or "")


@dataclass(frozen=True)
class Page:
    """A page everybody uses; `name` is the name of its URL. A minor one is in the menu where there is little room."""

    label: str
    icon: str
    name: str
    is_minor: bool = False


DAILY = (
    Page("Today", "home", "today"),
    Page("Portfolio", "table-2", "portfolio"),
    Page("Signals", "bell", "signals"),
    Page("Tasks", "check-square", "tasks"),
    Page("Opportunities", "target", "opportunities", is_minor=True),
)
# What is measured and what is done about it: everybody reads it, managers change it.
OPERATIONS: tuple[Page, ...] = (
    Page("Metrics", "activity", "metrics"),
    Page("Features", "layers", "features"),
    Page("Scorecards", "scale", "scorecards"),
    Page("Segments", "filter", "segments"),
    Page("Playbooks", "workflow", "playbooks"),
    Page("Messages", "send", "messages"),
    Page("Data", "database", "data"),
)
# Below them, for whom they are.
WORKSPACE = (
    (Role.MANAGER, Page("Import", "file-up", "imports")),
    (Role.ADMINISTRATOR, Page("Settings", "settings", "settings")),
)


def daily_items(request: HttpRequest, user: User, *, is_past: bool = False) -> list[NavItem]:
    """The pages of every day, with the user's open tasks and signals; those say nothing of a day in the past."""
    counts = {} if is_past else {"signals": _open_signals(user), "tasks": _open_tasks(user)}
    return [
        NavItem(page.label, page.icon, url, _is_below(request.path, url), counts.get(page.name, 0), page.is_minor)
        for page in DAILY
        if (url := reverse(page.name))
    ]


def operations_items(request: HttpRequest) -> list[NavItem]:
    """The pages of what is declared: metrics, scorecards, playbooks."""
    urls = ((page, reverse(page.name)) for page in OPERATIONS)
    return [NavItem(page.label, page.icon, url, _is_below(request.path, url)) for page, url in urls]


def workspace_items(request: HttpRequest, user: User) -> list[NavItem]:
    """Imports for managers, settings for administrators; everybody has a profile in the menu below."""
    return [
        NavItem(page.label, page.icon, url, _is_below(request.path, url))
        for role, page in WORKSPACE
        if user.has_role(role) and (url := reverse(page.name))
    ]


def _is_below(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _open_tasks(user: User) -> int:
    tasks = Task.objects.filter(awake(utc_now()), owner=user, done_at=None, dismissed_at=None)
    return tasks.order_by()[: MOST + 1].count()


def _open_signals(user: User) -> int:
    """Those of the user's own accounts for a CSM, all for the others; acknowledged and snoozed ones are not new."""
    signals = Signal.objects.filter(closed_at=None, acknowledged_at=None, snoozed_until=None)
    if user.role == Role.CSM:
        signals = signals.filter(looked_after_by(user.pk))
    return signals.order_by()[: MOST + 1].count()
