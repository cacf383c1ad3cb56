"""Advances runs: claims what is due in batches, asks the machine, has it carried out.

A batch is a transaction over the runs of one playbook. On PostgreSQL its rows are locked and those that another worker
holds are left to it (SKIP LOCKED); on SQLite one transaction writes at a time. Playbooks take turns, so that a flood
in one holds up no other.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from math import inf
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from mainstay.common.errors import MainstayError
from mainstay.conditions import ConditionError
from mainstay.playbooks import effects, machine, starting
from mainstay.playbooks.commands import Awaited, StartPlaybook
from mainstay.playbooks.document import Document
from mainstay.playbooks.effects import Done
from mainstay.playbooks.facts import Surroundings, contexts_of
from mainstay.playbooks.machine import Truths
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState
from mainstay.playbooks.replies import replied_among
from mainstay.playbooks.selectors import document_of
from mainstay.segments import selectors as segments

logger = logging.getLogger(__name__)

# Runs advanced in one transaction: a commit costs as much as many steps, and on SQLite web requests that write wait for
# no longer than this.
BATCH = 200
_CHURNED = "churned"
_WITH = ("account__owner", "signal", "contact")


def advance(now: datetime, *, seconds: float = inf) -> int:
    """Carry out every step that is due, the longest due first, or as many as fit into `seconds`; how many.

    One batch is carried out in any case: on a machine that is slow at the moment, too, each round comes further.
    """
    ends, steps = monotonic() + seconds, 0
    surroundings = Surroundings.load(base_url=settings.BASE_URL)
    turns = list(Playbook.objects.filter(is_active=True, removed_at=None).values_list("pk", flat=True))
    while turns:
        for pk in list(turns):
            if steps and monotonic() >= ends:
                return steps
            looked_at, carried_out = _advance_batch(_due(pk, now)[:BATCH], surroundings, now=now)
            steps += carried_out
            if looked_at < BATCH:
                turns.remove(pk)
    return steps


def advance_these(pks: Iterable[UUID], *, now: datetime) -> int:
    """Look at these runs although they wait: what ends them may have come. Steps that were carried out."""
    surroundings = Surroundings.load(base_url=settings.BASE_URL)
    active = Run.objects.filter(state=RunState.ACTIVE, playbook__is_active=True)
    return sum(
        _advance_batch(active.filter(pk__in=chunk).order_by("pk"), surroundings, now=now)[1]
        for chunk in batched(pks, BATCH)
    )


def _due(playbook_id: int, now: datetime) -> QuerySet[Run]:
    due = Run.objects.filter(playbook=playbook_id, state=RunState.ACTIVE, wake_at__lte=now)
    return due.order_by("wake_at")  # as the index has it: nothing is sorted, however many are due


def _advance_batch(chosen: QuerySet[Run], surroundings: Surroundings, *, now: datetime) -> tuple[int, int]:
    """How many runs were looked at, and how many steps carried out."""
    # A plain read first: on SQLite the transaction below takes the write lock, too dear for an idle look.
    if not chosen.exists():
        return 0, 0
    with transaction.atomic():
        locked = chosen.select_for_update(skip_locked=True, of=("self",)).select_related(*_WITH)
        runs = _with_versions(list(locked))
        done = list(_asked(runs, surroundings, now=now))
        starting.hold(_started(done))
        _carry_out(done, now=now)
    return len(runs), sum(1 for one in done for move in one.moves if move.step)


def _started(done: Iterable[Done]) -> Iterator[str]:
    """The keys of the playbooks that these start."""
    effects_of = (effect for one in done for move in one.moves for effect in move.effects)
    yield from (effect.key for effect in effects_of if isinstance(effect, StartPlaybook))


def _with_versions(runs: list[Run]) -> list[Run]:
    """The runs with version and playbook, which many share: each is read once."""
    wanted = {run.version_id for run in runs}
    versions = PlaybookVersion.objects.select_related("playbook").in_bulk(wanted)
    for run in runs:
        run.version = versions[run.version_id]
        run.playbook = run.version.playbook
    return runs


def _carry_out(done: Sequence[Done], *, now: datetime) -> None:
    """All of them together; when anything is refused, each alone, so that only the one at fault fails."""
    try:
        with transaction.atomic():
            effects.carry_out(done, now=now)
    except Exception as error:  # the edge of the loop: a fault in one effect holds up nobody else
        if len(done) > 1:
            for one in done:
                _carry_out([one], now=now)
            return
        (one,) = done
        said = _said(error)
        logger.error("The playbook run %s failed: %s", one.run.pk, said, exc_info=_of_ours(error))
        run = Run.objects.get(pk=one.run.pk)
        effects.carry_out([Done(run, error=said)], now=now)


def _said(error: Exception) -> str:
    """Why a run failed, for people."""
    match error:
        case MainstayError():
            return error.message
        case DatabaseError():
            return f"The database refused it: {error}"
        case _:
            return f"An error of Mainstay ({type(error).__name__}: {error}). Please report it."


def _of_ours(error: Exception) -> Exception | None:
    """The error where it is a fault of ours, whose place belongs into the log."""
    return None if isinstance(error, MainstayError | DatabaseError) else error


def _asked(runs: Sequence[Run], surroundings: Surroundings, *, now: datetime) -> Iterable[Done]:
    """What the machine says of each run. What cannot be read fails alone."""
    by_version: dict[int, list[Run]] = {}
    for run in runs:
        by_version.setdefault(run.version_id, []).append(run)
    for same in by_version.values():
        try:
            document = document_of(same[0].version)
        except MainstayError as error:
            yield from (Done(run, error=error.message) for run in same)
            continue
        states = states_of(document, same, surroundings, now=now, with_health=document.asks_for_health)
        for run, state in zip(same, states, strict=True):
            yield _walked(run, state, now=now)


def states_of(
    document: Document, runs: Sequence[Run], surroundings: Surroundings, *, now: datetime, with_health: bool
) -> Iterable[machine.RunState]:
    """What the machine is told of each run of a document, in a few statements for all of them."""
    contexts = contexts_of(runs, surroundings, with_health=with_health, asks=document.asks, now=now)
    truths = truths_of(document, {run.account_id for run in runs})
    replied = replied_among(runs) if any(exit.when == "replied" for exit in document.exit) else frozenset()
    for run, context in zip(runs, contexts, strict=True):
        yield machine.RunState(
            document=document,
            position=run.position,
            context=context,
            wake_at=run.wake_at,
            awaits=Awaited(run.awaits) if run.awaits else None,
            heard=run.heard,
            outcomes=run.outcomes,
            truths=truths[run.account_id],
            is_signal_open=_is_signal_open(run),
            has_churned=_has_churned(run, now),
            has_replied=run.pk in replied,
            subject=subject_of(run),
        )


def _walked(run: Run, state: machine.RunState, *, now: datetime) -> Done:
    done = Done(run, standing=state)
    try:
        for move, after in machine.walk(state, now):
            done.moves.append(move)
            done.standing = after
    except Exception as error:  # the edge of the loop: a fault in one step type holds up nobody else
        done.error = _said(error)
        at = done.standing.position if done.standing else run.position
        logger.error(
            "The playbook run %s failed at its step '%s': %s", run.pk, at, done.error, exc_info=_of_ours(error)
        )
    return done


def truths_of(document: Document, account_ids: Iterable[int]) -> Mapping[int, Truths]:
    """Which of the conditions that runs ask for hold for each of these accounts: a statement for each condition."""
    ids = set(account_ids)
    holding: dict[int, set[str]] = {pk: set() for pk in ids}
    problems: dict[str, str] = {}
    for text in document.run_conditions:
        try:
            for pk in segments.holding_among(segments.condition(text), ids):
                holding[pk].add(text)
        except ConditionError as error:  # a metric that it names is gone
            problems[text] = error.reason
    return {pk: Truths(frozenset(found), problems) for pk, found in holding.items()}


def subject_of(run: Run) -> str:
    """Whom a run is about, the same in all of her runs."""
    return f"{run.account_id}/{run.contact_id or ''}"


def _is_signal_open(run: Run) -> bool:
    """A run that no signal started has nothing that could close; a signal that was deleted is closed."""
    if run.signal is None:
        return not run.reason.startswith("signal:")
    return run.signal.closed_at is None


def _has_churned(run: Run, now: datetime) -> bool:
    account = run.account
    return account.stage == _CHURNED or (account.churned_on is not None and account.churned_on <= now.date())
