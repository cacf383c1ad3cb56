"""Dry runs and replays that people ask for: kept as rows, carried out by a job, with progress, to be cancelled."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from mainstay.common.errors import Invalid, MainstayError
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.playbooks.document import Document
from mainstay.playbooks.dry_run import dry_run
from mainstay.playbooks.dry_run_result import DryRun
from mainstay.playbooks.models import Draft, Trial, TrialState
from mainstay.playbooks.publishing import check_names
from mainstay.playbooks.reading import stored_document
from mainstay.playbooks.replay import replay
from mainstay.playbooks.replay_result import Replay

DRY_RUN, REPLAY = "dry_run", "replay"
YEAR = timedelta(days=365)
KEPT = timedelta(days=90)


class _Cancelled(Exception):
    """Somebody does not want it any more."""


def ask(
    document: Document,
    purpose: str,
    *,
    by: User,
    now: datetime,
    draft: Draft | None = None,
    chosen: Sequence[int] = (),
) -> Trial:
    """A trial to be carried out by `jobs.run_trial`. Raises BadPlaybook, NotAllowed below the role CSM.

    `draft`: where the document is from. `chosen`: accounts that somebody would start it on by hand.
    """
    require_role(by, Role.CSM)
    check_names(document)
    return Trial.objects.create(
        id=uuid4(),
        purpose=purpose,
        key=document.key,
        document=document.as_dict(),
        draft=draft,
        chosen=list(chosen),
        asked_at=now,
        asked_by=by,
    )


def carry_out(pk: UUID, *, now: datetime) -> None:
    """Do what a trial asks for. Can be repeated; one that is gone, done or cancelled is nothing to do."""
    trial = Trial.objects.filter(pk=pk).first()
    mine = Trial.objects.filter(pk=pk, state__in=[TrialState.WAITING, TrialState.RUNNING])
    if trial is None or not mine.update(state=TrialState.RUNNING, done=0):
        return
    try:
        found = _found(trial, _telling(pk), now=now)
    except _Cancelled:
        return
    except MainstayError as error:  # what it names went meanwhile
        mine.update(state=TrialState.FAILED, error=error.message, finished_at=now)
        return
    results = msgspec.to_builtins(found, builtin_types=())
    mine.update(state=TrialState.DONE, results=results, finished_at=now)


def _telling(pk: UUID) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        going_on = Trial.objects.filter(pk=pk, state=TrialState.RUNNING)
        if not going_on.update(done=done, steps=of):
            raise _Cancelled

    return tell


def _found(trial: Trial, progress: Callable[[int, int], None], *, now: datetime) -> DryRun | Replay:
    if trial.purpose == REPLAY:
        today = now.date()
        return replay(document_of(trial), start=today - YEAR, end=today, progress=progress)
    return dry_run(document_of(trial), now=now, chosen=trial.chosen or None, progress=progress)


def cancel(trial: Trial, *, by: User, now: datetime) -> bool:
    """It ends at its next step; False when it had ended already."""
    require_role(by, Role.CSM)
    going_on = Trial.objects.filter(pk=trial.pk, state__in=[TrialState.WAITING, TrialState.RUNNING])
    return bool(going_on.update(state=TrialState.CANCELLED, finished_at=now))


def note_fault(pk: UUID, error: Exception, *, now: datetime) -> None:
    """What nobody foresaw: the trial says so instead of going on for ever."""
    said = f"It broke off: {error}. The log of the worker has the whole story; ask for it again."
    going_on = Trial.objects.filter(pk=pk).exclude(state=TrialState.CANCELLED)
    going_on.update(state=TrialState.FAILED, error=said, finished_at=now)


def dry_run_of(trial: Trial) -> DryRun:
    """What came of a dry run. Raises Invalid while it is not done."""
    if trial.state != TrialState.DONE or trial.purpose != DRY_RUN:
        raise Invalid("This dry run is not done yet; look again in a moment.")
    return msgspec.convert(trial.results, DryRun)


def replay_of(trial: Trial) -> Replay:
    """What came of a replay. Raises Invalid while it is not done."""
    if trial.state != TrialState.DONE or trial.purpose != REPLAY:
        raise Invalid("This replay is not done yet; look again in a moment.")
    return msgspec.convert(trial.results, Replay)


def document_of(trial: Trial) -> Document:
    """The document that is tried. Raises BadPlaybook where it can no longer be taken."""
    return stored_document(trial.document, key=trial.key)


def latest(key: str, purpose: str) -> Trial | None:
    """The latest of a playbook that is not cancelled, if any is kept."""
    kept = Trial.objects.filter(key=key, purpose=purpose).exclude(state=TrialState.CANCELLED)
    return kept.order_by("-asked_at").first()


def prune(now: datetime) -> int:
    """Forget those of a quarter ago; how many."""
    return Trial.objects.filter(asked_at__lt=now - KEPT).delete()[0]
