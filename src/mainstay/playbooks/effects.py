"""Carries out what runs ask for: the only place that does.

The effects of a step, the row that says it was done and where the run then stands are one transaction. Ids of effects
are derived from run and step, so that whatever dies when, a repeat is a no-op. Many runs share a transaction, and
their rows are written together.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import assert_never

from django.conf import settings

from mainstay.accounts.services import change_account
from mainstay.common.ids import derived_id
from mainstay.common.money import Money, to_minor
from mainstay.interactions.services import write_note
from mainstay.opportunities.services import open_opportunity
from mainstay.playbooks import many_rows, sending
from mainstay.playbooks.commands import (
    Awaited,
    ChangeAccount,
    Effect,
    OpenOpportunity,
    OpenTask,
    RequestDelivery,
    SendToTarget,
    StartPlaybook,
    WriteNote,
)
from mainstay.playbooks.machine import Move
from mainstay.playbooks.machine import RunState as Standing
from mainstay.playbooks.models import Run, RunState, StepRun, Task, Watch
from mainstay.playbooks.starting import Start, start_from_steps
from mainstay.playbooks.task_mails import with_links

_TASK = (
    "id", "account", "owner", "title", "why", "checklist", "talk_track", "is_approval", "run", "step",
    "due_at", "promised_at", "created_at",
)  # fmt: skip
_OPENED = itemgetter(*(_TASK.index(name) for name in ("id", "run", "owner", "title")))
_NOTED = ("run", "step", "kind", "at", "outcome", "result")
# What is written of a run when it moves.
_MOVED = (
    "state", "ended_at", "ended_because", "error", "position", "wake_at", "moved_at", "awaits", "watch", "heard",
    "outcomes",
)  # fmt: skip


@dataclass
class Done:
    """A run with the moves it makes now, and where it stands after them; or why it cannot go on at `failed_at`."""

    run: Run
    moves: list[Move] = field(default_factory=list)
    standing: Standing | None = None
    error: str = ""


def carry_out(done: Sequence[Done], *, now: datetime) -> None:
    """Write it all. Within a transaction that holds the rows of the runs."""
    tasks: list[many_rows.Row] = []
    starts: list[Start] = []
    for one in done:
        for move in one.moves:
            for number, effect in enumerate(move.effects):
                _carry_out(one.run, move.step, number, effect, tasks=tasks, starts=starts, now=now)
    many_rows.insert(Task, _TASK, tasks, unique=("id",))
    _note_steps(done, now=now)
    _move_runs(done, now=now)
    leaving = [one.run.pk for one in done if any(move.dismisses_tasks for move in one.moves)]
    if leaving:
        Task.objects.filter(run__in=leaving, done_at=None, dismissed_at=None).update(dismissed_at=now)
    start_from_steps(starts, now=now)


def _carry_out(
    run: Run,
    step: str,
    number: int,
    effect: Effect,
    *,
    tasks: list[many_rows.Row],
    starts: list[Start],
    now: datetime,
) -> None:
    match effect:
        case OpenTask():
            tasks.append(_task(run, step, number, effect, now=now))
        case OpenOpportunity():
            _open_opportunity(run, step, number, effect, now=now)
        case RequestDelivery():
            opened = (_OPENED(row) for row in tasks)
            sending.request(run, step, with_links(effect, run, opened, now=now), now=now)
        case SendToTarget():
            sending.send_to_target(run, step, effect, now=now)
        case WriteNote():
            key = f"playbook:{derived_id('note', run.pk, step, number)}"
            write_note(run.account, key=key, title=effect.title, body=effect.body, now=now)
        case ChangeAccount():
            change_account(run.account, effect.field, effect.value, by=None, now=now)
        case StartPlaybook():
            starts.append(Start(run, step, effect.key))
        case _:
            assert_never(effect)


def _open_opportunity(run: Run, step: str, number: int, effect: OpenOpportunity, *, now: datetime) -> None:
    currency = effect.currency or settings.REPORTING_CURRENCY
    open_opportunity(
        derived_id("opportunity", run.pk, step, number),
        account=run.account,
        kind=effect.kind,
        title=effect.title,
        why=effect.why,
        owner_id=effect.owner_id,
        amount=Money(to_minor(effect.amount, currency), currency) if effect.amount is not None else None,
        run=run.pk,
        step=step,
        made_by=run.playbook.name,
        now=now,
    )


def _task(run: Run, step: str, number: int, effect: OpenTask, *, now: datetime) -> many_rows.Row:
    id = derived_id("task", run.pk, step, number)
    checklist = [{"text": text, "done": False} for text in effect.checklist]
    return (
        id, run.account_id, effect.owner_id, effect.title, effect.why, checklist, effect.talk_track,
        effect.is_approval, run.pk, step, effect.due_at, effect.due_at, now,
    )  # fmt: skip


def _note_steps(done: Iterable[Done], *, now: datetime) -> None:
    """Say which steps were carried out; those that waited were said to be already, and came to something now."""
    fresh: dict[tuple[object, str], many_rows.Row] = {}
    over: list[many_rows.Row] = []
    for one in done:
        for move in one.moves:
            if not move.step:
                continue
            outcome = {"commands": [type(effect).__name__ for effect in move.effects]}
            row = (one.run.pk, move.step, move.kind, now, outcome, move.outcome)
            if move.resumed and (one.run.pk, move.step) not in fresh:
                over.append(row)
            else:
                fresh[(one.run.pk, move.step)] = row
    many_rows.insert(StepRun, _NOTED, list(fresh.values()), unique=("run", "step"))
    many_rows.insert(StepRun, _NOTED, over, unique=("run", "step"), update=("result",))


def _move_runs(done: Sequence[Done], *, now: datetime) -> None:
    watches = _watches([_awaited(one) for one in done])
    for one in done:
        _set(one, watches, now=now)
    many_rows.update([one.run for one in done], *_MOVED)


def _set(one: Done, watches: dict[tuple[str, str], Watch], *, now: datetime) -> None:
    run, standing = one.run, one.standing
    end = one.moves[-1].end if one.moves else None
    if one.moves:
        run.moved_at = now
    if standing is not None:
        run.position, run.wake_at, run.heard = standing.position, standing.wake_at or now, standing.heard
        run.outcomes = dict(standing.outcomes)
        run.awaits = standing.awaits or ""
        awaited = _awaited(one)
        run.watch = watches[awaited] if awaited else (run.watch if run.awaits and not one.moves else None)
    if end is not None:
        run.state, run.ended_at, run.wake_at, run.ended_because = RunState(end.ending.value), now, None, end.why[:200]
        run.awaits, run.watch = "", None
    elif one.error:
        run.state, run.ended_at, run.error = RunState.FAILED, now, one.error


def _awaited(one: Done) -> tuple[str, str] | None:
    """The condition or event the run waits for from now on."""
    wait = one.moves[-1].wait if one.moves else None
    if wait is None or wait.what in (Awaited.TASKS, Awaited.DECISION) or one.moves[-1].end is not None:
        return None
    return (wait.what.value, wait.name)


def _watches(wanted: Iterable[tuple[str, str] | None]) -> dict[tuple[str, str], Watch]:
    """The rows of what is waited for, made where they are new."""
    digests = {digest_of(*one): one for one in wanted if one}
    if not digests:
        return {}
    rows = [Watch(kind=kind, name=name, digest=digest) for digest, (kind, name) in digests.items()]
    Watch.objects.bulk_create(rows, ignore_conflicts=True)
    return {(watch.kind, watch.name): watch for watch in Watch.objects.filter(digest__in=digests)}


def digest_of(kind: str, name: str) -> str:
    """Names what is waited for, however long it is."""
    return hashlib.sha256(f"{kind}\x1f{name}".encode()).hexdigest()
