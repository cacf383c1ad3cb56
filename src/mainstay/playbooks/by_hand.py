"""Starts by hand: on accounts or contacts that somebody chose, whomever the playbook is for and whatever its caps say.

Nobody is held out. What still counts: that it is not under way there, that there is a contact a run can be about, and
that playbooks of its group keep clear of each other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mainstay.accounts.models import Account, Contact
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.playbooks.candidates import Candidate
from mainstay.playbooks.document import Document, Subject
from mainstay.playbooks.entering import Verdict, begin, judge, run_id_of
from mainstay.playbooks.errors import CannotStart
from mainstay.playbooks.ledger import Refusal
from mainstay.playbooks.models import PlaybookVersion, Run
from mainstay.playbooks.selectors import document_of, get_playbook, newest_version

REASONS: Mapping[Refusal, str] = {
    Refusal.UNDER_WAY: "it is under way there already",
    Refusal.NO_CONTACT: "there is no contact it is for",
    Refusal.APART: "another playbook of its group began there too short a time ago",
    Refusal.RAN: "it was started already",
    Refusal.NOT_FOR: "the playbook is not for it",
    Refusal.AT_GOAL: "the goal is reached already",
    Refusal.TOO_SOON: "the latest run began there too short a time ago",
    Refusal.ONCE: "it ran there, and runs once ever",
    Refusal.CAPPED: "the caps of the playbook leave no room",
}


@dataclass(frozen=True)
class Judged:
    """What starting it would come to. Nothing is written yet."""

    version: PlaybookVersion
    document: Document
    verdicts: Sequence[Verdict]

    @property
    def entering(self) -> list[Verdict]:
        """The runs that would begin."""
        return [one for one in self.verdicts if one.refusal is None]

    @property
    def refused(self) -> Mapping[str, int]:
        """How many do not, by the reason in words."""
        return Counter(reason_text(one.refusal) for one in self.verdicts if one.refusal is not None)


@dataclass(frozen=True)
class Started:
    """What became of it: the runs that began now, and the verdicts on all."""

    runs: Sequence[Run]
    judged: Judged


def reason_text(refusal: Refusal) -> str:
    """Why it does not start there."""
    return REASONS.get(refusal, refusal.value)


def judge_many(
    key: str,
    accounts: Iterable[Account],
    *,
    contacts: Iterable[Contact] = (),
    token: str,
    by: User | None,
    now: datetime,
    why: str = "",
) -> Judged:
    """What starting it on these accounts, and on these contacts of others, would come to.

    `token` makes the reason: the same again is refused as RAN. Raises UnknownPlaybook, and CannotStart for one that is
    paused, and for contacts where its runs are about accounts.
    """
    playbook = get_playbook(key)
    if not playbook.is_active:
        raise CannotStart(f"“{playbook.name}” is paused. Resume it, then start it.")
    version = newest_version(playbook)
    document = document_of(version)
    said = why or (f"Started by {by.name}" if by else "Started by hand")

    def candidates(ids: Iterable[int]) -> list[Candidate]:
        return [Candidate(pk, f"hand:{token}", said, actor_id=None) for pk in dict.fromkeys(ids)]

    verdicts = list(judge(document, candidates(one.pk for one in accounts), now=now, by_hand=True))
    wanted = {one.pk: one for one in contacts}
    if wanted:
        if not isinstance(document.subject, Subject):
            raise CannotStart(f"“{playbook.name}” is about accounts; start it on accounts, not on contacts.")
        there = candidates(one.account_id for one in wanted.values() if one.account_id)
        verdicts += _of_contacts(document.key, wanted, list(judge(document, there, now=now, by_hand=True)), said)
    return Judged(version, document, verdicts)


def _of_contacts(key: str, wanted: Mapping[int, Contact], verdicts: Sequence[Verdict], said: str) -> list[Verdict]:
    """The verdicts on these contacts alone; a run cannot be about those that have none."""
    found = [one for one in verdicts if one.contact_id in wanted]
    judged = {one.contact_id for one in found}
    for contact in wanted.values():
        if contact.pk not in judged:
            candidate = Candidate(contact.account_id or 0, "hand", said)
            run_id = run_id_of(key, candidate.account_id, contact.pk, candidate.reason)
            found.append(Verdict(candidate, run_id, contact.pk, Refusal.NO_CONTACT))
    return found


@transaction.atomic
def start_many(
    key: str,
    accounts: Iterable[Account],
    *,
    contacts: Iterable[Contact] = (),
    token: str,
    by: User,
    now: datetime,
    why: str = "",
) -> Started:
    """Begin what can begin, and tell about the others. Raises like `judge_many`, and NotAllowed below the role CSM."""
    require_role(by, Role.CSM)
    judged = judge_many(key, accounts, contacts=contacts, token=token, by=by, now=now, why=why)
    runs = begin(judged.version, judged.document, judged.entering, now=now, by=by)
    if runs:
        record_audit(by, "playbooks.started_by_hand", f"playbook:{key}", runs=len(runs), why=why[:300])
    return Started(runs, judged)


@transaction.atomic
def start_by_hand(
    key: str, accounts: Iterable[Account], *, token: str, by: User | None, now: datetime, why: str = ""
) -> list[Run]:
    """Begin runs on these accounts. The same `token` again is a no-op. Raises CannotStart where none can begin."""
    judged = judge_many(key, accounts, token=token, by=by, now=now, why=why)
    if not judged.entering and not any(one.refusal is Refusal.RAN for one in judged.verdicts):
        said = ", ".join(sorted(judged.refused)) or "no account was chosen"
        raise CannotStart(f"“{judged.version.playbook.name}” starts on none of them: {said}.")
    return begin(judged.version, judged.document, judged.entering, now=now, by=by)
