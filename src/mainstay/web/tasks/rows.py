"""Tasks as the pages show them: with the health of their accounts, and how pressing they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.playbooks.clock import Level, level, near_by
from mainstay.playbooks.models import Task
from mainstay.scores.models import Health
from mainstay.web.healths import healths
from mainstay.web.moment import Moment


@dataclass(frozen=True)
class Row:
    """A task with the health of its account and the level of its due clock."""

    task: Task
    health: Health | None
    level: Level = Level.NONE
    is_asleep: bool = False

    @property
    def reason(self) -> str:
        """The first line of why."""
        return self.task.why.partition("\n")[0]

    @property
    def origin(self) -> str:
        """The playbook that made it, or empty."""
        return origin_of(self.task)

    @property
    def was_late(self) -> bool:
        """Done after what was promised."""
        done_at, promised_at = self.task.done_at, self.task.promised_at
        return done_at is not None and promised_at is not None and done_at > promised_at

    @property
    def ticked(self) -> str:
        """`2 of 5` of its checklist; empty without one."""
        items = self.task.checklist
        return f"{sum(bool(one['done']) for one in items)} of {len(items)}" if items else ""


def origin_of(task: Task) -> str:
    """The name of the playbook that made a task; empty for one made by hand."""
    return task.run.version.playbook.name if task.run else ""


def with_health(tasks: Sequence[Task], moment: Moment) -> list[Row]:
    """The tasks as rows, the health of their accounts in two statements."""
    health = healths([task.account_id for task in tasks if task.account_id], moment)
    near = near_by(moment.at)
    return [
        Row(
            task=task,
            health=health.get(task.account_id or 0),
            level=level(task.due_at, now=moment.at, near_until=near(task.owner.time_zone if task.owner else "UTC")),
            is_asleep=not moment.is_past and task.snoozed_until is not None and task.snoozed_until > moment.at,
        )
        for task in tasks
    ]
