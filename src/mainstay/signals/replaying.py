"""Replays that people ask for: kept as rows, carried out by a job, with progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from mainstay.common.errors import Invalid
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.signals import selectors
from mainstay.signals.document import Document, check
from mainstay.signals.errors import BadDefinition
from mainstay.signals.kind import Kind, build
from mainstay.signals.models import ReplayRun, ReplayState
from mainstay.signals.replay import Progress, replay
from mainstay.signals.replay_result import Replay

YEAR = timedelta(days=365)
KEPT = timedelta(days=90)
# What decides when a kind opens and closes. Only where it differs is the kind as it was replayed beside the draft.
_DECIDES = {"condition", "closes", "holds_for", "pause_days", "enabled"}


@dataclass(frozen=True)
class Replayed:
    """What came of a run: the draft, and the kind as it was (None: it is new, or the same)."""

    draft: Replay
    former: Replay | None


def ask_replay(document: Document, *, by: User, now: datetime) -> ReplayRun:
    """A run of the last 365 days, to be carried out by `jobs.run_replay`. Raises BadDefinition, NotAllowed."""
    require_role(by, Role.MANAGER)
    build(document)
    present = selectors.declared().get(document.key)
    former = present.document if present and present.kind and _differs(present.document, document) else None
    return ReplayRun.objects.create(
        id=uuid4(),
        key=document.key,
        document=document.as_dict(),
        former=former and former.as_dict(),
        starts_on=now.date() - YEAR,
        ends_on=now.date(),
        asked_at=now,
        asked_by=by,
    )


def carry_out(pk: UUID, *, now: datetime) -> None:
    """Replay what a run asks for. Can be repeated; a run that is gone is nothing to do."""
    run = ReplayRun.objects.filter(pk=pk).first()
    if run is None or run.state == ReplayState.DONE:
        return
    mine = ReplayRun.objects.filter(pk=pk)
    mine.update(state=ReplayState.RUNNING, done=0)
    try:
        found = replay(_kinds(run), start=run.starts_on, end=run.ends_on, progress=_telling(pk))
    except BadDefinition as error:  # a metric that it names went meanwhile
        mine.update(state=ReplayState.FAILED, error=error.message, finished_at=now)
        return
    results = None if found is None else msgspec.to_builtins(found, builtin_types=())
    mine.update(state=ReplayState.DONE, results=results, finished_at=now)


def note_fault(pk: UUID, error: Exception, *, now: datetime) -> None:
    """What nobody foresaw: the run says so instead of going on for ever."""
    said = f"The replay broke off: {error}. The log of the worker has the whole story; ask for it again."
    ReplayRun.objects.filter(pk=pk).update(state=ReplayState.FAILED, error=said, finished_at=now)


def result(run: ReplayRun) -> Replayed | None:
    """What came of a run that is done; None where nothing is kept that could be replayed."""
    if run.state != ReplayState.DONE:
        raise Invalid("This replay is not done yet; look again in a moment.")
    if run.results is None:
        return None
    found = msgspec.convert(run.results, list[Replay])
    return Replayed(found[0], found[1] if len(found) > 1 else None)


def document_of(run: ReplayRun) -> Document:
    """The draft that was replayed. Raises BadDefinition where it can no longer be taken."""
    return check(run.document, origin=f"The draft of '{run.key}'")


def prune(now: datetime) -> int:
    """Forget replays of a quarter ago; how many."""
    return ReplayRun.objects.filter(asked_at__lt=now - KEPT).delete()[0]


def _kinds(run: ReplayRun) -> Sequence[Kind]:
    kinds = [build(document_of(run))]
    if run.former is not None:
        kinds.append(build(check(run.former, origin=f"The kind '{run.key}' as it was")))
    return kinds


def _differs(one: Document, other: Document) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in _DECIDES)


def _telling(pk: UUID) -> Progress:
    def tell(done: int, of: int) -> None:
        ReplayRun.objects.filter(pk=pk).update(done=done, steps=of)

    return tell
