"""Which tasks the page shows: whose, in which state, page by page in the order of their due times, now or then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks, tasks_as_they_stood, was_closed, was_open
from mainstay.web.moment import Moment

SCOPES = {"mine": "Mine", "team": "My accounts", "all": "Everyone"}
STATES = {"open": "To do", "late": "Overdue", "week": "Next 7 days", "done": "Done"}
PAGE_SIZE = 50
# A task without a due time stands after all that have one.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TaskFilter:
    """Whose tasks, in which state."""

    scope: str = "mine"
    state: str = "open"

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "TaskFilter":
        """From the query string; what is not known becomes the default."""
        scope, state = values.get("who", "mine"), values.get("state", "open")
        return cls(scope if scope in SCOPES else "mine", state if state in STATES else "open")


@dataclass(frozen=True)
class Place:
    """Where a page ends: the key it is ordered by, and the id."""

    at: datetime
    pk: UUID

    def encode(self) -> str:
        """For an address."""
        return f"{self.at.isoformat()}~{self.pk}"


def parse_place(text: str) -> Place | None:
    """A place of an address; None for what is not one."""
    at, _, pk = text.partition("~")
    try:
        return Place(datetime.fromisoformat(at).astimezone(UTC), UUID(pk))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks; `next` is None on the last."""

    tasks: Sequence[Task]
    next: Place | None


def matching(chosen: TaskFilter, user: User, moment: Moment) -> QuerySet[Task]:
    """The tasks of the filter in the order of the page, with the key of the order as `place_at`.

    Those of the past are to be put through `tasks_as_they_stood`.
    """
    tasks = _in_scope(chosen.scope, user)
    if chosen.state == "done":
        closed = tasks.filter(was_closed(moment.at)) if moment.is_past else tasks.exclude(**_OPEN)
        return closed.annotate(place_at=Coalesce("done_at", "dismissed_at")).order_by("-place_at", "-pk")
    tasks = _still_open(tasks, moment)
    if chosen.state == "late":
        tasks = tasks.filter(due_at__lt=moment.at)
    elif chosen.state == "week":
        tasks = tasks.filter(due_at__gte=moment.at, due_at__lt=end_of_week(moment.at))
    return tasks.annotate(place_at=Coalesce("due_at", Value(_NEVER))).order_by("place_at", "pk")


def page(chosen: TaskFilter, user: User, moment: Moment, *, after: Place | None, size: int = PAGE_SIZE) -> TaskPage:
    """The page after a place."""
    tasks = matching(chosen, user, moment)
    if after is not None:
        way = "lt" if chosen.state == "done" else "gt"
        tasks = tasks.filter(Q(**{f"place_at__{way}": after.at}) | Q(**{"place_at": after.at, f"pk__{way}": after.pk}))
    found = list(tasks[: size + 1])
    last = found[size - 1] if len(found) > size else None
    place = Place(last.place_at, last.pk) if last else None  # type: ignore[attr-defined]  # annotated
    return TaskPage(tasks_as_they_stood(found[:size], moment.at) if moment.is_past else found[:size], place)


def counts(scope: str, user: User, moment: Moment) -> dict[str, int]:
    """How many tasks there are in each open state, in one statement."""
    now, tasks = moment.at, _still_open(_in_scope(scope, user), moment).order_by()
    return tasks.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(due_at__lt=now)),
        week=Count("pk", filter=Q(due_at__gte=now, due_at__lt=end_of_week(now))),
    )


def end_of_week(now: datetime) -> datetime:
    """The end of the seventh day from today, where the user is."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=8)


_OPEN = {"done_at": None, "dismissed_at": None}


def _still_open(tasks: QuerySet[Task], moment: Moment) -> QuerySet[Task]:
    return tasks.filter(was_open(moment.at)) if moment.is_past else tasks.filter(**_OPEN)


def _in_scope(scope: str, user: User) -> QuerySet[Task]:
    tasks = all_tasks()
    if scope == "mine":
        return tasks.filter(owner=user)
    if scope == "team":
        return tasks.filter(account__owner=user)
    return tasks
