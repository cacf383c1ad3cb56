"""What people do with single runs: pause, resume, stop, retry, move to another version. Each is on record."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks.errors import CannotMove
from mainstay.playbooks.flow import END
from mainstay.playbooks.models import UNDER_WAY, Playbook, PlaybookVersion, Run, RunState, StepRun
from mainstay.playbooks.selectors import document_of, versions
from mainstay.playbooks.step_names import StepNames


@transaction.atomic
def pause_run(run: Run, *, by: User, now: datetime) -> bool:
    """It does nothing until it is resumed; False when it is not under way."""
    return _turn(run, (RunState.ACTIVE,), RunState.PAUSED, "run_paused", by=by, now=now)


@transaction.atomic
def resume_run(run: Run, *, by: User, now: datetime) -> bool:
    """It goes on; what fell due meanwhile is done at once. False when it is not paused."""
    return _turn(run, (RunState.PAUSED,), RunState.ACTIVE, "run_resumed", by=by, now=now)


@transaction.atomic
def stop_run(run: Run, *, by: User, now: datetime) -> bool:
    """It ends here and does not begin again for the same reason; open tasks stay. False when it has ended."""
    values = {"ended_at": now, "wake_at": None, "ended_because": f"Stopped by {by.name}"}
    return _turn(run, UNDER_WAY, RunState.STOPPED, "run_stopped", by=by, now=now, **values)


def _turn(
    run: Run, states: Iterable[RunState], into: RunState, verb: str, *, by: User, now: datetime, **values: object
) -> bool:
    require_role(by, Role.CSM)
    if not Run.objects.filter(pk=run.pk, state__in=list(states)).update(state=into, **values):
        return False
    record_audit(by, f"playbooks.{verb}", f"run:{run.pk}", playbook=run.playbook.key, at=now.isoformat())
    run.refresh_from_db()
    return True


@transaction.atomic
def retry(playbook: Playbook, *, step: str = "", run: Run | None = None, by: User) -> int:
    """Let failed runs try their step again: all of the playbook, those at a step, or one; how many.

    One that failed while it waited, because an exit could not be asked, waits on.
    """
    require_role(by, Role.CSM)
    failed = Run.objects.filter(playbook=playbook, state=RunState.FAILED)
    if step:
        failed = failed.filter(position=step)
    if run is not None:
        failed = failed.filter(pk=run.pk)
    tried = failed.update(state=RunState.ACTIVE, ended_at=None, error="")
    if tried:
        record_audit(by, "playbooks.retried", f"playbook:{playbook.key}", step=step, runs=tried)
    return tried


def _called(version: PlaybookVersion, step: str) -> str:
    return StepNames().among(versions(version.playbook), step)


@transaction.atomic
def move_runs(runs: QuerySet[Run], version: PlaybookVersion, *, by: User, now: datetime) -> int:
    """Put runs under way on another version of their playbook: each stays before the step it stands before.

    Raises CannotMove, and moves none, when that version lacks a step that some of them stand before, or has a step of
    another type where some of them wait.
    """
    require_role(by, Role.MANAGER)
    moving = runs.filter(playbook=version.playbook_id, state__in=UNDER_WAY).exclude(version=version)
    steps = document_of(version).flow.steps
    known = {END, *steps}
    lacking = sorted(set(moving.order_by().values_list("position", flat=True).distinct()) - known)
    if lacking:
        raise CannotMove(
            f"Version {version.version} has no step {_called(version, lacking[0])}, before which some runs stand. "
            "Move the others, or stop these."
        )
    at_waits = StepRun.objects.filter(run__in=moving.exclude(awaits=""), step=F("run__position")).order_by("step")
    for step, kind in at_waits.values_list("step", "kind").distinct():
        if steps[step].type != kind:
            raise CannotMove(
                f"Some runs stand at a {kind} that is {_called(version, step)} in version {version.version}. "
                "Move them when they have gone on, or stop them."
            )
    moved = moving.update(version=version)
    if moved:
        record_audit(
            by, "playbooks.moved", f"playbook:{version.playbook.key}", version=version.version, runs=moved,
            at=now.isoformat(),
        )  # fmt: skip
    return moved
