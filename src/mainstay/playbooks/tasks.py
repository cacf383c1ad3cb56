"""Writes of tasks by people: create, complete, reopen, dismiss, reassign, postpone, snooze. Each is on record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from mainstay.accounts.models import Account
from mainstay.common.errors import Invalid, NotAllowed
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks.commands import DISMISSED, DONE, Awaited
from mainstay.playbooks.models import Run, Task


@transaction.atomic
def create_task(
    *,
    account: Account | None,
    owner: User | None,
    title: str,
    why: str = "",
    due_at: datetime | None = None,
    by: User,
    now: datetime,
) -> Task:
    """A task made by hand."""
    require_role(by, Role.CSM)
    title = " ".join(title.split())
    if not title or len(title) > 300:
        raise Invalid("A task needs a title of 1 to 300 characters that says what is to be done.")
    _check_owner(owner)
    task = Task.objects.create(
        id=uuid4(),
        account=account,
        owner=owner,
        title=title,
        why=why.strip(),
        due_at=due_at,
        promised_at=due_at,
        created_at=now,
        created_by=by,
    )
    _record(by, "created", task, title=title)
    return task


@transaction.atomic
def complete_task(task: Task, *, by: User, now: datetime, how: str = "") -> bool:
    """Done; False when it was closed already, and then it stays as it is. `how`, where not on a page, is on record."""
    _check_may_close(task, by)
    if not _open(task).update(done_at=now, done_by=by):
        return False
    _record(by, "completed", task, **_said(how))
    _tell_run(task, now=now)
    return True


@transaction.atomic
def dismiss_task(task: Task, *, by: User, now: datetime) -> bool:
    """Not to be done; False when it was closed already, and then it stays as it is."""
    _check_may_close(task, by)
    if not _open(task).update(dismissed_at=now):
        return False
    _record(by, "dismissed", task)
    _tell_run(task, now=now)
    return True


@transaction.atomic
def reopen_task(task: Task, *, by: User, now: datetime) -> None:
    """Undo `complete_task` and `dismiss_task`. An open task stays as it is; no run that went on is called back."""
    require_role(by, Role.CSM)
    closed = Task.objects.filter(pk=task.pk).exclude(done_at=None, dismissed_at=None)
    if closed.update(done_at=None, done_by=None, dismissed_at=None):
        _record(by, "reopened", task, at=now.isoformat())
        # A step that waits for its task waits as long as it promised.
        _waiting_run(task).exclude(heard="").update(heard="", wake_at=task.promised_at or now)


@transaction.atomic
def reassign_task(task: Task, owner: User | None, *, by: User, now: datetime) -> bool:
    """Give the task to somebody else, or to nobody; False when it is theirs already, or closed.

    A CSM may give away her own and take what nobody has, but no approval: whom to ask is for managers to say.
    """
    require_role(by, Role.MANAGER if task.is_approval else Role.CSM)
    is_her_own = task.owner_id == by.pk or (task.owner_id is None and owner == by)
    if not is_her_own and not by.has_role(Role.MANAGER):
        raise NotAllowed("This task belongs to somebody else; its owner or a manager can reassign it.")
    _check_owner(owner)
    former = task.owner_id
    theirs = Q(owner__isnull=True) if owner is None else Q(owner=owner)
    if not _open(task).exclude(theirs).update(owner=owner):
        return False
    _record(by, "reassigned", task, former=former, owner=owner and owner.pk, at=now.isoformat())
    return True


@transaction.atomic
def postpone_task(task: Task, until: datetime | None, *, by: User, now: datetime) -> bool:
    """Give the task another due time, or none; False when it is closed. What was promised stays on record."""
    require_role(by, Role.CSM)
    if until is not None and until <= now:
        raise Invalid("A task can only be postponed to a time that is still to come.")
    former = task.due_at
    if not _open(task).update(due_at=until, promised_at=Coalesce("promised_at", Value(until, DateTimeField()))):
        return False
    _record(by, "postponed", task, former=former and former.isoformat(), due_at=until and until.isoformat())
    return True


@transaction.atomic
def snooze_task(task: Task, until: datetime | None, *, by: User, now: datetime, how: str = "") -> bool:
    """Out of sight until then, None: back at once; False when it is closed. Its due time stays: the clock goes on."""
    require_role(by, Role.CSM)
    if until is not None and until <= now:
        raise Invalid("A task can only be snoozed until a time that is still to come.")
    if not _open(task).update(snoozed_until=until):
        return False
    _record(by, "snoozed", task, until=until and until.isoformat(), **_said(how))
    return True


@dataclass(frozen=True)
class Former:
    """What can be changed about an open task, as it was before."""

    due_at: datetime | None
    owner_id: int | None
    snoozed_until: datetime | None


def former_of(task: Task) -> Former:
    """To be given to `restore_task`."""
    return Former(task.due_at, task.owner_id, task.snoozed_until)


@transaction.atomic
def restore_task(task: Task, former: Former, *, by: User, now: datetime) -> None:
    """Undo postponing, snoozing and reassigning: former times may be over, the former owner may be anybody."""
    require_role(by, Role.CSM)
    owner = User.objects.filter(pk=former.owner_id).first() if former.owner_id else None
    if _open(task).update(due_at=former.due_at, owner=owner, snoozed_until=former.snoozed_until):
        times = {"due_at": former.due_at, "snoozed_until": former.snoozed_until, "at": now}
        said = {name: at and at.isoformat() for name, at in times.items()}
        _record(by, "restored", task, owner=owner and owner.pk, **said)


@transaction.atomic
def tick_item(task: Task, number: int, *, is_done: bool, by: User, now: datetime) -> None:
    """Tick an item of the checklist off, or take the tick back; `number` from 0. Of an open task only."""
    require_role(by, Role.CSM)
    held = _open(task).select_for_update().first()
    if held is None:
        raise Invalid(f"“{task.title}” is closed; reopen it to tick something off.")
    if not 0 <= number < len(held.checklist):
        raise Invalid(f"“{task.title}” has {len(held.checklist)} things to tick off; there is no number {number + 1}.")
    if held.checklist[number]["done"] == is_done:
        return
    held.checklist[number]["done"] = is_done
    held.save(update_fields=["checklist"])
    verb = "ticked" if is_done else "unticked"
    _record(by, f"item_{verb}", task, item=held.checklist[number]["text"], at=now.isoformat())


def _tell_run(task: Task, *, now: datetime) -> None:
    """A run that waits for the tasks of its step hears of the last one: `dismissed` when any of them was."""
    same = Task.objects.filter(run=task.run_id, step=task.step)
    if task.run_id is None or not task.step or same.filter(done_at=None, dismissed_at=None).exists():
        return
    outcome = DISMISSED if same.exclude(dismissed_at=None).exists() else DONE
    _waiting_run(task).filter(heard="").update(heard=outcome, wake_at=now)


def _waiting_run(task: Task) -> QuerySet[Run]:
    """The run that waits for the tasks of its step, this one among them."""
    return Run.objects.filter(tasks=task, position=task.step, awaits=Awaited.TASKS)


def _check_may_close(task: Task, by: User) -> None:
    require_role(by, Role.CSM)
    if task.is_approval and task.owner_id != by.pk and not by.has_role(Role.MANAGER):
        whose = f"{task.owner}, whom it asks, or" if task.owner else "Only"
        raise NotAllowed(f"“{task.title}” asks for an approval: {whose} a manager can answer.")


def _open(task: Task) -> QuerySet[Task]:
    return Task.objects.filter(pk=task.pk, done_at=None, dismissed_at=None)


def _said(how: str) -> dict[str, str]:
    return {"how": how} if how else {}


def _check_owner(owner: User | None) -> None:
    if owner is not None and not (owner.is_active and owner.has_role(Role.CSM)):
        raise Invalid(f"{owner.email} cannot work on tasks (inactive, or only a viewer); choose somebody else.")


def _record(by: User, verb: str, task: Task, **details: object) -> None:
    record_audit(by, f"playbooks.task_{verb}", f"task:{task.pk}", **details)
    task.refresh_from_db()
