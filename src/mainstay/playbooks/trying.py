"""What a playbook would do, counted and not done: before it is published, or applied from files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mainstay.playbooks.candidates import Among, candidates
from mainstay.playbooks.document import Document
from mainstay.playbooks.entering import Verdict, accounts_for, judge, listening_if_published
from mainstay.playbooks.ledger import Refusal
from mainstay.playbooks.models import Run
from mainstay.playbooks.publishing import check_names
from mainstay.signals.selectors import labels


@dataclass(frozen=True)
class Entering:
    """Who would enter at once: runs, how many of them held out, and how many are refused for which reason."""

    verdicts: tuple[Verdict, ...]

    @property
    def entering(self) -> int:
        """Runs that would begin, those held out too."""
        return sum(one.refusal is None for one in self.verdicts)

    @property
    def held_out(self) -> int:
        """Of these, those that would be left alone."""
        return sum(one.refusal is None and one.is_held_out for one in self.verdicts)

    @property
    def refused(self) -> Mapping[Refusal, int]:
        """Who has a reason and would not enter."""
        return Counter(one.refusal for one in self.verdicts if one.refusal is not None)


def would_enter(document: Document, *, now: datetime) -> Entering:
    """Who has a reason at this moment, judged. Raises BadPlaybook. An event that is still to come has no reason yet."""
    check_names(document)
    runs = Run.objects.filter(playbook__key=document.key)
    listening = listening_if_published(document, now)
    among = Among(accounts=accounts_for(document), ran=runs, labels=labels())
    return Entering(tuple(judge(document, candidates(document.entry, listening, among), now=now)))
