"""Which tasks the pages show: filtered, sorted, page by page, now or then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import CharField, Count, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.people.models import User
from mainstay.playbooks.models import Task
from mainstay.playbooks.selectors import all_tasks, awake, tasks_as_they_stood, was_closed, was_open
from mainstay.web.moment import Moment
from mainstay.web.tasks.filters import BY_HAND, NOBODY, TaskFilter, window_of

PAGE_SIZE = 50
# A task without a due time stands after all that have one; one without account or owner before the named.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where a page ends: the key it is ordered by as text, and the id."""

    key: str
    pk: UUID

    def encode(self) -> str:
        """For an address."""
        return f"{self.key}~{self.pk}"


def parse_place(text: str, chosen: TaskFilter) -> Place | None:
    """A place of an address, for the order of the filter; None for what is not one."""
    key, _, pk = text.rpartition("~")
    try:
        found = Place(key, UUID(pk))
        _key_of(found, chosen)
    except (ValueError, OverflowError):
        return None
    return found


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks; `next` is None on the last."""

    tasks: Sequence[Task]
    next: Place | None


def matching(chosen: TaskFilter, user: User, moment: Moment) -> QuerySet[Task]:
    """The tasks of the filter in its order, with the key of the order as `place`.

    Those of the past are to be put through `tasks_as_they_stood`.
    """
    tasks = narrowed(chosen, user).filter(in_state(chosen.state, moment))
    if chosen.is_closed and chosen.sort == "due":
        return tasks.annotate(place=Coalesce("done_at", "dismissed_at")).order_by("-place", "-pk")
    match chosen.sort:
        case "new":
            return tasks.annotate(place=F("created_at")).order_by("-place", "-pk")
        case "account":
            return tasks.annotate(place=Coalesce("account__name", Value("", CharField()))).order_by("place", "pk")
        case "owner":
            return tasks.annotate(place=Coalesce("owner__name", Value("", CharField()))).order_by("place", "pk")
    return tasks.annotate(place=Coalesce("due_at", Value(_NEVER, DateTimeField()))).order_by("place", "pk")


def page(chosen: TaskFilter, user: User, moment: Moment, *, after: Place | None, size: int = PAGE_SIZE) -> TaskPage:
    """The page after a place."""
    tasks = matching(chosen, user, moment)
    if after is not None:
        way, key = "lt" if _is_descending(chosen) else "gt", _key_of(after, chosen)
        tasks = tasks.filter(Q(**{f"place__{way}": key}) | Q(**{"place": key, f"pk__{way}": after.pk}))
    found = list(tasks[: size + 1])
    last = found[size - 1] if len(found) > size else None
    place = _place_of(last) if last else None
    return TaskPage(tasks_as_they_stood(found[:size], moment.at) if moment.is_past else found[:size], place)


def counts(chosen: TaskFilter, user: User, moment: Moment) -> dict[str, int]:
    """How many tasks there are in each open state, in one statement. What was snoozed then is not kept."""
    states = ("open", "late", "week") if moment.is_past else ("open", "late", "week", "snoozed")
    still = was_open(moment.at) if moment.is_past else _OPEN
    tasks = narrowed(chosen, user).filter(still).order_by()
    found: dict[str, int] = tasks.aggregate(**{name: Count("pk", filter=in_state(name, moment)) for name in states})
    return found


def narrowed(chosen: TaskFilter, user: User) -> QuerySet[Task]:
    """The tasks of the filter in any state."""
    tasks = _in_scope(chosen.scope, user)
    if chosen.playbook == BY_HAND:
        tasks = tasks.filter(run=None)
    elif chosen.playbook:
        tasks = tasks.filter(run__playbook__key=chosen.playbook)
    if chosen.account:
        tasks = tasks.filter(account__key=chosen.account)
    if chosen.q:
        tasks = tasks.filter(Q(title__icontains=chosen.q) | Q(account__name__icontains=chosen.q))
    for field, text in (("due_at", chosen.due), ("created_at", chosen.opened)):
        if window := window_of(text):
            tasks = tasks.filter(**{f"{field}__gte": window[0], f"{field}__lt": window[1]})
    return tasks


def in_state(state: str, moment: Moment) -> Q:
    """Tasks in a state of `ALL_STATES`."""
    if moment.is_past:
        return _in_past_state(state, moment.at)
    match state:
        case "done":
            return ~_OPEN
        case "snoozed":
            return _OPEN & Q(snoozed_until__gt=moment.at)
        case "open" | "late" | "week":
            return _OPEN & awake(moment.at) & _by_due(state, moment.at)
    return _against_promise(state, moment.at)


def end_of_week(now: datetime) -> datetime:
    """The end of the seventh day from today, where the user is."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=8)


_OPEN = Q(done_at=None, dismissed_at=None)
# What was promised no time is always in time.
_KEPT = Q(promised_at=None) | Q(done_at__lte=F("promised_at"))


def _against_promise(state: str, now: datetime) -> Q:
    match state:
        case "in_time":
            return Q(done_at__isnull=False) & _KEPT
        case "done_late":
            return Q(done_at__gt=F("promised_at"))
        case "open_late":
            return _OPEN & Q(promised_at__lt=now)
        case "running":
            return _OPEN & (Q(promised_at=None) | Q(promised_at__gte=now))
        case "dismissed":
            return Q(dismissed_at__isnull=False, done_at=None)
    return Q()


def _in_past_state(state: str, at: datetime) -> Q:
    if state in ("open", "late", "week"):
        return was_open(at) & _by_due(state, at)
    if state == "snoozed":
        return Q(pk__in=[])
    closed = {"in_time": _KEPT & Q(done_at__lt=at), "done_late": Q(done_at__gt=F("promised_at"), done_at__lt=at)}
    if state in closed:
        return closed[state]
    if state == "dismissed":
        return Q(dismissed_at__lt=at)
    if state in ("open_late", "running"):
        late = Q(promised_at__lt=at)
        return was_open(at) & (late if state == "open_late" else ~late | Q(promised_at=None))
    return was_closed(at) if state == "done" else Q(created_at__lt=at)


def _by_due(state: str, now: datetime) -> Q:
    if state == "late":
        return Q(due_at__lt=now)
    return Q(due_at__gte=now, due_at__lt=end_of_week(now)) if state == "week" else Q()


def _in_scope(scope: str, user: User) -> QuerySet[Task]:
    tasks = all_tasks()
    match scope:
        case "mine":
            return tasks.filter(owner=user)
        case "team":
            return tasks.filter(account__owner=user)
        case "all":
            return tasks
    return tasks.filter(owner=None if scope == NOBODY else int(scope))


def _is_descending(chosen: TaskFilter) -> bool:
    return chosen.sort == "new" or (chosen.is_closed and chosen.sort == "due")


def _place_of(task: Task) -> Place:
    place = task.place  # type: ignore[attr-defined]  # annotated
    return Place(place.isoformat() if isinstance(place, datetime) else place, task.pk)


def _key_of(place: Place, chosen: TaskFilter) -> str | datetime:
    return place.key if chosen.sort in ("account", "owner") else datetime.fromisoformat(place.key).astimezone(UTC)
