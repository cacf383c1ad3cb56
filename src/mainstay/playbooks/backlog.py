"""Those whose signals stood already when they were first looked at: a person decides whether playbooks begin for them.

When the history of accounts is brought in, signals open for all that was there before. None of it just happened, and a
task for each at once would bury those who are to do them. So such signals start nothing by themselves: they wait until
somebody lets all of them in, begins with some, or leaves them. Nothing is dropped: they wait while they are open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mainstay.common.errors import MainstayError
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks import resting
from mainstay.playbooks.by_hand import Judged, Started
from mainstay.playbooks.candidates import Among, is_undecided, of_signals, open_signals
from mainstay.playbooks.document import Document
from mainstay.playbooks.entering import accounts_for, begin, judge
from mainstay.playbooks.entries import OnSignal
from mainstay.playbooks.errors import CannotStart
from mainstay.playbooks.models import Playbook, PlaybookVersion
from mainstay.playbooks.selectors import current_versions, document_of, get_playbook, newest_version
from mainstay.signals.models import Signal
from mainstay.signals.selectors import labels


@dataclass(frozen=True)
class Backlog:
    """How many accounts wait for a decision about a playbook; `signal`: what their signals are called."""

    playbook: Playbook
    signal: str
    accounts: int


def waiting(version: PlaybookVersion, document: Document, *, now: datetime) -> QuerySet[Signal]:
    """The signals that wait for a decision, in the order of their opening; none where no signal starts it."""
    if not isinstance(document.entry, OnSignal):
        return Signal.objects.none()
    among = Among(accounts_for(document), ran=version.playbook.runs.all(), labels={})
    found = open_signals(document.entry, among, now=now)
    return found.filter(is_undecided(version.playbook.takes_standing_until))


def reminders(*, now: datetime, owner: User | None = None) -> Sequence[Backlog]:
    """The playbooks that run and have accounts waiting (of this owner; None: of anybody), without those left aside."""
    kinds = set(Signal.objects.filter(is_standing=True, closed_at=None).order_by().values_list("kind", flat=True))
    if not kinds:
        return []
    found, called = [], labels()
    for version in current_versions():
        try:
            document = document_of(version)
            if not isinstance(document.entry, OnSignal) or document.entry.kind not in kinds:
                continue
            count = _not_left(waiting(version, document, now=now), version.playbook, owner).count()
        except MainstayError:  # its own page says why it cannot be asked
            continue
        if count:
            found.append(Backlog(version.playbook, called.get(document.entry.kind, document.entry.kind), count))
    return found


def _not_left(found: QuerySet[Signal], playbook: Playbook, owner: User | None) -> QuerySet[Signal]:
    if playbook.leaves_standing_until is not None:
        found = found.filter(opened_at__gt=playbook.leaves_standing_until)
    return found if owner is None else found.filter(account__owner=owner)


@transaction.atomic
def let_in_all(key: str, *, by: User, now: datetime) -> int:
    """All that stand by now enter as if their signals had just opened, by its rules and caps; how many wait.

    They begin at the next refresh; whom a cap keeps out waits for room. Raises NotAllowed below the role Manager, and
    CannotStart for a playbook that is paused.
    """
    require_role(by, Role.MANAGER)
    version, document = _running(key)
    count = waiting(version, document, now=now).count()
    Playbook.objects.filter(pk=version.playbook_id).update(takes_standing_until=now)
    resting.forget(version.playbook_id)
    record_audit(by, "playbooks.standing_let_in", f"playbook:{key}", accounts=count, at=now.isoformat())
    return count


@transaction.atomic
def begin_with(key: str, signals: Iterable[int], *, by: User, now: datetime) -> Started:
    """Begin with some of those that wait, by the playbook's rules and caps: who is held out is left alone, as ever.

    Signals that do not wait (any more) are passed over. Raises NotAllowed below the role CSM, CannotStart like
    `let_in_all`.
    """
    require_role(by, Role.CSM)
    version, document = _running(key)
    chosen = waiting(version, document, now=now).filter(pk__in=list(signals))
    called = labels().get(document.entry.kind, "") if isinstance(document.entry, OnSignal) else ""
    verdicts = list(judge(document, of_signals(chosen, called), now=now))
    judged = Judged(version, document, verdicts)
    runs = begin(version, document, judged.entering, now=now, by=by)
    if runs:
        record_audit(by, "playbooks.standing_begun", f"playbook:{key}", runs=len(runs), at=now.isoformat())
    return Started(runs, judged)


@transaction.atomic
def leave(key: str, *, by: User, now: datetime) -> datetime | None:
    """Remind nobody any more of those that stand by now; until when they were left before, to take it back."""
    require_role(by, Role.MANAGER)
    playbook = get_playbook(key)
    _remind_after(playbook, now, by=by, now=now)
    return playbook.leaves_standing_until


@transaction.atomic
def remind_again(key: str, former: datetime | None, *, by: User, now: datetime) -> None:
    """Take back that they were left."""
    require_role(by, Role.MANAGER)
    _remind_after(get_playbook(key), former, by=by, now=now)


def _remind_after(playbook: Playbook, instant: datetime | None, *, by: User, now: datetime) -> None:
    Playbook.objects.filter(pk=playbook.pk).update(leaves_standing_until=instant)
    until = instant.isoformat() if instant else None
    record_audit(by, "playbooks.standing_left", f"playbook:{playbook.key}", until=until, at=now.isoformat())


def _running(key: str) -> tuple[PlaybookVersion, Document]:
    version = newest_version(get_playbook(key))
    if not version.playbook.is_active:
        raise CannotStart(f"“{version.playbook.name}” is paused. Resume it, then begin.")
    return version, document_of(version)
