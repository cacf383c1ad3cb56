"""Who enters a playbook: judges those with a reason, and begins their runs.

One function judges, `judge`: what lets accounts in, what the page of an account says about why not, and what a dry run
counts are the same. Who is held out is decided here, by a hash, once and for good.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from mainstay.accounts.models import Account, Contact
from mainstay.common.errors import MainstayError
from mainstay.common.ids import derived_id
from mainstay.common.time import DAY
from mainstay.facts import arrivals
from mainstay.people.models import User
from mainstay.playbooks import many_rows, resting
from mainstay.playbooks.candidates import Among, Candidate, Listening, candidates
from mainstay.playbooks.document import Contacts, Document, Subject
from mainstay.playbooks.entries import OnEvent
from mainstay.playbooks.ledger import Ledger, Refusal
from mainstay.playbooks.machine import share
from mainstay.playbooks.models import Playbook, PlaybookVersion, Run, RunState, Watermark
from mainstay.playbooks.selectors import current_versions, document_of, newest_versions
from mainstay.segments import selectors as segments
from mainstay.signals.selectors import labels

logger = logging.getLogger(__name__)

# Events that waited longer than this for a playbook (it was paused) start nothing any more.
LONGEST_UNHEARD = 3 * DAY


@dataclass(frozen=True)
class Verdict:
    """What comes of a reason: a run with this id, held out or not; or why there is none."""

    candidate: Candidate
    run_id: UUID
    contact_id: int | None = None
    refusal: Refusal | None = None
    is_held_out: bool = False


def start_runs(now: datetime) -> int:
    """Begin a run for each reason that a playbook starts on and has not run for; how many, those held out too."""
    started, called, marks = 0, labels(), resting.marks()
    for version in current_versions():
        try:
            started += _start_runs_of(version, called, marks, now=now)
            problem = ""
        except MainstayError as error:  # a metric its condition names is gone: the other playbooks go on
            logger.error("The playbook %s cannot start runs: %s", version.playbook.key, error.message)
            problem = error.message
        if version.playbook.problem != problem:
            Playbook.objects.filter(pk=version.playbook_id).update(problem=problem)
    return started


def _start_runs_of(version: PlaybookVersion, called: Mapping[str, str], marks: resting.Marks, *, now: datetime) -> int:
    document = document_of(version)
    look = resting.look_due(version, document, marks, now=now)
    if look is None:
        return 0
    window = _window(version, document, now=now)
    listening = replace(listening_of(version, document, now), window=window, came_since=look.since)
    among = Among(accounts=accounts_for(document), ran=version.playbook.runs.all(), labels=called)
    verdicts = list(judge(document, candidates(document.entry, listening, among), now=now))
    entering = [one for one in verdicts if one.refusal is None]
    kept_out = sum(one.refusal is Refusal.CAPPED for one in verdicts)
    # What keeps out of an event for another reason than a cap keeps out for good.
    refused = kept_out if isinstance(document.entry, OnEvent) else len(verdicts) - len(entering)
    with transaction.atomic():
        begin(version, document, entering, now=now)
        _note_caps(version, kept_out, now=now)
        # What a cap keeps out is heard again; whoever entered has run for the same reason.
        if window is not None and not kept_out:
            Watermark.objects.update_or_create(name=_mark(version.playbook), defaults={"until": window[1]})
        resting.note(version, document, look, marks, refused=refused, now=now)
    return len(entering)


def accounts_for(document: Document) -> QuerySet[Account]:
    """The accounts the playbook is for."""
    if not document.audience.condition:
        return Account.objects.all()
    return segments.matching(segments.condition(document.audience.condition))


def judge(
    document: Document,
    found: Iterable[Candidate],
    *,
    now: datetime,
    by_hand: bool = False,
    ledger: Ledger | None = None,
) -> Iterator[Verdict]:
    """What comes of each reason, in their order. `by_hand`: somebody decided for the account, caps aside.

    The checks: whom it is for; the goal is not reached already; nothing ran for this reason; re-entry; playbooks it
    keeps clear of; caps. `ledger`: what ran before, as it is known; read when it is left out.
    """
    reasons = list(found)
    ids = {one.account_id for one in reasons}
    if not ids:
        return
    meant = segments.holding_among(segments.condition(text), ids) if (text := document.audience.condition) else ids
    at_goal = segments.holding_among(segments.condition(document.goal.where), ids) if document.goal else set()
    known = ledger or Ledger(document, now=now)
    known.read(ids)
    for one, contact_id in _subjects(document, reasons, now=now):
        run_id = run_id_of(document.key, one.account_id, contact_id, one.reason)
        held = not by_hand and share("holdout", document.key, one.account_id) < document.holdout
        if isinstance(document.subject, Subject) and contact_id is None:
            refusal: Refusal | None = Refusal.NO_CONTACT
        elif one.account_id not in meant and not by_hand:
            refusal = Refusal.NOT_FOR
        elif one.account_id in at_goal and not by_hand:
            refusal = Refusal.AT_GOAL
        else:
            refusal = known.enter((one.account_id, contact_id), run_id, now=now, by_hand=by_hand, is_held_out=held)
        yield Verdict(one, run_id, contact_id, refusal, is_held_out=held)


def _subjects(
    document: Document, reasons: Sequence[Candidate], *, now: datetime
) -> Iterator[tuple[Candidate, int | None]]:
    """Each reason with the contact a run is about: None for the account, or where there is no such contact."""
    if not isinstance(document.subject, Subject):
        yield from ((one, None) for one in reasons)
        return
    chosen = _contacts(document.subject.contacts, {one.account_id for one in reasons}, now=now)
    for one in reasons:
        people = chosen.get(one.account_id, [])
        if document.subject.contacts.actor:
            people = [pk for pk in people if pk == one.actor_id]
        if not people:
            yield one, None
        yield from ((one, pk) for pk in people[: document.subject.contacts.most])


def _contacts(wanted: Contacts, account_ids: set[int], *, now: datetime) -> Mapping[int, list[int]]:
    found = Contact.objects.filter(Q(left_on=None) | Q(left_on__gt=now.date()))
    if wanted.persona:
        found = found.filter(persona__in=wanted.persona)
    if wanted.role:
        today = now.date()
        plays = Q(roles__role__in=wanted.role, roles__since__lte=today)
        found = found.filter(plays & (Q(roles__until=None) | Q(roles__until__gt=today))).distinct()
    active: set[int] | None = None
    if wanted.active_within_days is not None:
        active = arrivals.active_contacts(since=now - timedelta(days=wanted.active_within_days), until=now)
    chosen: dict[int, list[int]] = {}
    ids = sorted(account_ids)
    for start in range(0, len(ids), 500):
        rows = found.filter(account__in=ids[start : start + 500]).order_by("name", "pk")
        for pk, account_id in rows.values_list("pk", "account_id"):
            if active is None or pk in active:
                chosen.setdefault(account_id, []).append(pk)
    return chosen


def begin(
    version: PlaybookVersion,
    document: Document,
    verdicts: Iterable[Verdict],
    *,
    now: datetime,
    by: User | None = None,
) -> list[Run]:
    """Write the runs. A run that is there already stays as it is."""
    runs = [
        Run(
            id=one.run_id,
            playbook=version.playbook,
            version=version,
            account_id=one.candidate.account_id,
            contact_id=one.contact_id,
            signal_id=one.candidate.signal_id,
            reason=one.candidate.reason,
            why=one.candidate.why[:300],
            state=RunState.HELD_OUT if one.is_held_out else RunState.ACTIVE,
            is_held_out=one.is_held_out,
            started_at=now,
            started_by=by,
            position=document.flow.first,
            wake_at=None if one.is_held_out else now,
            moved_at=now,
        )
        for one in verdicts
    ]
    many_rows.create(runs)
    return runs


def run_id_of(playbook_key: str, account_id: int, contact_id: int | None, reason: str) -> UUID:
    """The identity of a run: whom, which playbook, why. The same again is the same run."""
    contact = () if contact_id is None else (contact_id,)
    return derived_id("run", account_id, playbook_key, reason, *contact)


def listens_since(version: PlaybookVersion, document: Document) -> datetime:
    """When the playbook began to let accounts in as it does now: the first of the latest versions with this entry."""
    since = version.published_at
    rows = PlaybookVersion.objects.filter(playbook=version.playbook_id, version__lt=version.version)
    for row in rows.select_related("playbook").order_by("-version"):
        try:
            if document_of(row).entry != document.entry:
                break
        except MainstayError:  # a version of long ago whose words are gone
            break
        since = row.published_at
    return since


def listening_of(version: PlaybookVersion, document: Document, now: datetime) -> Listening:
    """What it listens to, no product events: since when, and what that stood before somebody let in."""
    since = listens_since(version, document)
    return Listening(since, now, takes_standing_until=version.playbook.takes_standing_until)


def listening_if_published(document: Document, now: datetime) -> Listening:
    """The same of a document that is not published: where it listens to the same, it goes on; else it begins now."""
    present = newest_versions().filter(playbook__key=document.key).first()
    if present is None or document_of(present).entry != document.entry:
        return Listening(now, now, takes_standing_until=now)
    return listening_of(present, document, now)


def _window(version: PlaybookVersion, document: Document, *, now: datetime) -> tuple[datetime, datetime] | None:
    """The arrival of events that are new to a playbook; None when there are none."""
    if not isinstance(document.entry, OnEvent):
        return None
    until = arrivals.received_until()
    heard = Watermark.objects.filter(name=_mark(version.playbook)).values_list("until", flat=True).first()
    since = max(heard or listens_since(version, document), now - LONGEST_UNHEARD)
    return None if until is None or until <= since else (since, until)


def _mark(playbook: Playbook) -> str:
    return f"entry:{playbook.pk}"


def _note_caps(version: PlaybookVersion, kept_out: int, *, now: datetime) -> None:
    if kept_out:
        logger.warning("The caps of the playbook %s keep %s out.", version.playbook.key, kept_out)
        Playbook.objects.filter(pk=version.playbook_id).update(capped_at=now, kept_out=kept_out)
    elif version.playbook.kept_out:
        Playbook.objects.filter(pk=version.playbook_id).update(kept_out=0)
