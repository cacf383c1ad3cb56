"""Writes of playbooks: publish versions, start runs, advance them; the writes of tasks come from `tasks`.

The only file that carries out commands. The effects of a step and the row that says it was done are in one transaction,
and the ids of the effects are derived from run and step: whatever dies when, a repeat is a no-op.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched, takewhile
from math import inf
from pathlib import Path
from time import monotonic
from typing import assert_never
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from mainstay.common.errors import MainstayError
from mainstay.common.ids import derived_id
from mainstay.deliveries.services import request_delivery
from mainstay.people.services import record_audit
from mainstay.playbooks import machine
from mainstay.playbooks.commands import Command, End, OpenTask, RequestDelivery, WaitUntil
from mainstay.playbooks.document import Document, Step, load_document, stored_document
from mainstay.playbooks.facts import Surroundings, context_of
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, StepRun, Task
from mainstay.playbooks.selectors import current_versions
from mainstay.playbooks.tasks import (
    complete_task,
    create_task,
    dismiss_task,
    postpone_task,
    reassign_task,
    reopen_task,
    restore_task,
)
from mainstay.segments import selectors as segments
from mainstay.signals.models import Signal

__all__ = [
    "advance",
    "complete_task",
    "create_task",
    "dismiss_task",
    "ensure_playbooks",
    "postpone_task",
    "publish",
    "reassign_task",
    "reopen_task",
    "restore_task",
    "start_runs",
]

logger = logging.getLogger(__name__)
# Runs advanced in one transaction: a commit costs as much as a step, and web requests wait for no longer than this.
BATCH = 20
GALLERY = Path(__file__).parent / "gallery"


def ensure_playbooks(now: datetime) -> int:
    """Publish each shipped playbook that is new or whose document changed; how many versions were published."""
    documents = [load_document(path.read_text(), name=path.name) for path in sorted(GALLERY.glob("*.yaml"))]
    return sum(publish(document, now=now) for document in documents)


@transaction.atomic
def publish(document: Document, *, now: datetime) -> bool:
    """Make `document` the newest version of its playbook. False when it already is. Runs under way keep theirs.

    Raises ConditionError when its `where` cannot be used.
    """
    if document.starts_on.where:
        segments.condition(document.starts_on.where)
    playbook, _ = Playbook.objects.get_or_create(key=document.key, defaults={"name": document.name})
    newest = playbook.versions.order_by("-version").first()
    if newest is not None and newest.document == document.as_dict():
        return False
    if playbook.name != document.name:
        playbook.name = document.name
        playbook.save(update_fields=["name"])
    version = newest.version + 1 if newest else 1
    PlaybookVersion.objects.create(playbook=playbook, version=version, document=document.as_dict(), published_at=now)
    record_audit(None, "playbooks.published", f"playbook:{document.key}", version=version)
    return True


def document_of(version: PlaybookVersion) -> Document:
    """The checked document of a version."""
    return stored_document(json.dumps(version.document, sort_keys=True), name=version.playbook.key)


def start_runs(now: datetime) -> int:
    """Start a run for each open signal that a playbook starts on and has not run for; how many."""
    started = 0
    for version in current_versions():
        try:
            started += _start_runs_of(version, now=now)
        except MainstayError as error:  # a metric its condition names is gone: the other playbooks go on
            logger.error("The playbook %s cannot start runs: %s", version.playbook.key, error.message)
    return started


def _start_runs_of(version: PlaybookVersion, *, now: datetime) -> int:
    document = document_of(version)
    earlier = Run.objects.filter(version__playbook=version.playbook_id)
    fresh = now - timedelta(days=document.again_after_days)
    signals = (
        Signal.objects.filter(kind=document.starts_on.signal, closed_at=None)
        .filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
        .exclude(Exists(earlier.filter(signal=OuterRef("pk"))))
        .exclude(Exists(earlier.filter(account=OuterRef("account"), started_at__gt=fresh)))
    )
    if document.starts_on.where:
        signals = signals.filter(account__in=segments.matching(segments.condition(document.starts_on.where)))
    runs = [_new_run(version, document, signal, now=now) for signal in signals.order_by("opened_at", "pk")]
    Run.objects.bulk_create(runs, batch_size=500, ignore_conflicts=True)
    return len(runs)


def _new_run(version: PlaybookVersion, document: Document, signal: Signal, *, now: datetime) -> Run:
    reason = f"signal:{signal.pk}"
    return Run(
        id=derived_id("run", signal.account_id, document.key, reason),
        version=version,
        account_id=signal.account_id,
        signal=signal,
        reason=reason,
        started_at=now,
    )


def advance(now: datetime, *, seconds: float = inf) -> int:
    """Carry out every step that is due, the oldest runs first, or as many as fit into `seconds`; how many."""
    ends = monotonic() + seconds
    due = Run.objects.filter(Q(wake_at=None) | Q(wake_at__lte=now), state=RunState.ACTIVE)
    surroundings = Surroundings.load(base_url=settings.BASE_URL)
    pks = list(due.order_by("started_at", "pk").values_list("pk", flat=True))
    batches = takewhile(lambda _: monotonic() < ends, batched(pks, BATCH))
    return sum(_advance_batch(batch, surroundings, now=now) for batch in batches)


@transaction.atomic
def _advance_batch(pks: Iterable[UUID], surroundings: Surroundings, *, now: datetime) -> int:
    return sum(_advance_run(pk, surroundings, now=now) for pk in pks)


def _advance_run(pk: UUID, surroundings: Surroundings, *, now: datetime) -> int:
    """Steps of one run, until it waits or ends; how many. A run whose step cannot be carried out fails alone."""
    run = Run.objects.select_related("version__playbook", "account__owner", "signal").get(pk=pk)
    steps = 0
    try:
        document = document_of(run.version)
        state = machine.RunState(
            document=document,
            next_step=run.next_step,
            wake_at=run.wake_at,
            is_signal_open=run.signal is not None and run.signal.closed_at is None,
            context=context_of(run, surroundings, now=now),
        )
        while commands := machine.advance(state, now):
            wakes = [command.until for command in commands if isinstance(command, WaitUntil)]
            if not _carry_out(run, state, commands, wake_at=max(wakes, default=None), now=now):
                break
            steps += 1
            state = replace(state, next_step=state.next_step + 1, wake_at=max(wakes, default=None))
    except MainstayError as error:
        logger.error("The playbook run %s failed at its step %s: %s", pk, run.next_step + steps + 1, error.message)
        Run.objects.filter(pk=pk, state=RunState.ACTIVE).update(
            state=RunState.FAILED, ended_at=now, error=error.message
        )
    return steps


@transaction.atomic
def _carry_out(
    run: Run, state: machine.RunState, commands: list[Command], *, wake_at: datetime | None, now: datetime
) -> bool:
    """The commands of one step and the record of it. False when the run is over, or another process was faster."""
    mine = Run.objects.filter(pk=run.pk, state=RunState.ACTIVE, next_step=state.next_step)
    ending = next((command.ending for command in commands if isinstance(command, End)), None)
    if ending is not None:
        mine.update(state=ending.value, ended_at=now, wake_at=None)
        return False
    if not mine.update(next_step=state.next_step + 1, wake_at=wake_at):
        return False
    step = state.document.steps[state.next_step]
    for number, command in enumerate(commands):
        _apply(run, step, number, command, now=now)
    outcome = {"commands": [type(command).__name__ for command in commands]}
    StepRun.objects.create(run=run, step=step.id, kind=step.type, at=now, outcome=outcome)
    return True


def _apply(run: Run, step: Step, number: int, command: Command, *, now: datetime) -> None:
    match command:
        case OpenTask():
            _open_task(run, step, number, command, now=now)
        case RequestDelivery():
            request_delivery(
                derived_id("delivery", run.pk, step.id, command.recipient),
                channel=command.channel,
                to=command.recipient,
                subject=command.subject,
                text=command.text,
                html=command.html,
                account=run.account,
                now=now,
            )
        case WaitUntil() | End():
            pass  # these move the run itself: see `_carry_out`
        case _:
            assert_never(command)


def _open_task(run: Run, step: Step, number: int, command: OpenTask, *, now: datetime) -> None:
    Task.objects.get_or_create(
        id=derived_id("task", run.pk, step.id, number),
        defaults={
            "account": run.account,
            "owner_id": command.owner_id,
            "title": command.title,
            "why": command.why,
            "run": run,
            "due_at": command.due_at,
            "created_at": now,
        },
    )
