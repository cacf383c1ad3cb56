"""What the pages of tasks are narrowed to, as it stands in their addresses."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

SCOPES = {"mine": "Mine", "team": "My accounts", "all": "Everyone"}
STATES = {"open": "To do", "late": "Overdue", "week": "Next 7 days", "snoozed": "Snoozed", "done": "Done"}
# What the report leads to: they have no tab until they are looked at.
MORE_STATES = {
    "in_time": "Done in time",
    "done_late": "Done late",
    "open_late": "Open past the promise",
    "running": "Open within the promise",
    "dismissed": "Dismissed",
    "any": "All",
}
ALL_STATES = STATES | MORE_STATES
SORTS = {"due": "Most pressing first", "new": "Newest first", "account": "By account", "owner": "By person"}
NOBODY, BY_HAND = "nobody", "hand"


@dataclass(frozen=True)
class TaskFilter:
    """Whose tasks, in which state, narrowed to what.

    `scope`: a word of `SCOPES`, `nobody`, or a user's id. `playbook`: a key, or `hand`. `account`: a key. `due` and
    `opened`: a day, or two with `..` between, where the user is.
    """

    scope: str = "mine"
    state: str = "open"
    playbook: str = ""
    account: str = ""
    q: str = ""
    due: str = ""
    opened: str = ""
    sort: str = "due"

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "TaskFilter":
        """From the query string; what is not known becomes the default."""
        scope, state = values.get("who", "mine"), values.get("state", "open")
        is_known = scope in SCOPES or scope == NOBODY or (scope.isdecimal() and len(scope) < 19)
        sort = values.get("sort", "due")
        return cls(
            scope=scope if is_known else "mine",
            state=state if state in ALL_STATES else "open",
            playbook=values.get("playbook", "")[:60],
            account=values.get("account", "")[:200],
            q=" ".join(values.get("q", "").split())[:100],
            due=_days_text(values.get("due", "")),
            opened=_days_text(values.get("opened", "")),
            sort=sort if sort in SORTS else "due",
        )

    def with_(self, **changes: str) -> "TaskFilter":
        """Another filter with something changed."""
        return replace(self, **changes)

    @property
    def is_closed(self) -> bool:
        """True for states of tasks that were closed: nothing is to be done with them but to reopen them."""
        return self.state in ("done", "in_time", "done_late", "dismissed")

    @property
    def values(self) -> dict[str, str]:
        """What differs from the default, by its name in addresses."""
        own, default = asdict(self), asdict(TaskFilter())
        return {_NAMES.get(name, name): value for name, value in own.items() if value != default[name]}

    @property
    def query(self) -> str:
        """The query string, empty for the default."""
        return urlencode(self.values)

    @property
    def everything(self) -> "TaskFilter":
        """The same people, state and order with nothing narrowed."""
        return TaskFilter(scope=self.scope, state=self.state, sort=self.sort)

    def url(self, name: str = "tasks", **more: str) -> str:
        """The address of a page of tasks with this filter."""
        query = urlencode({**self.values, **more})
        return reverse(name) + (f"?{query}" if query else "")


_NAMES = {"scope": "who"}


def days_of(text: str) -> tuple[date, date] | None:
    """The first and the last day of `2026-11-24` or `2026-11-24..2026-11-30`; None for what is neither."""
    first, _, last = text.partition("..")
    try:
        found = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return None
    return found if date.min < found[0] <= found[1] and found[1].year < 9999 else None


def window_of(text: str) -> tuple[datetime, datetime] | None:
    """The instants `[start, end)` of such days, where the user is."""
    days = days_of(text)
    return (start_of(days[0]), start_of(days[1] + timedelta(days=1))) if days else None


def start_of(day: date) -> datetime:
    """The first instant of a day where the user is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _days_text(text: str) -> str:
    return text if days_of(text) else ""
