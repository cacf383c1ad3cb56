"""Starts that steps of runs ask for: all of a batch in a few statements, each by the rules of what it starts.

The reason of such a run is the step of the run that asked, so that its id is derived from them: a repeat is a no-op.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.playbooks.candidates import Candidate
from mainstay.playbooks.entering import begin, judge
from mainstay.playbooks.errors import CannotStart, UnknownPlaybook
from mainstay.playbooks.models import Playbook, Run
from mainstay.playbooks.selectors import document_of, newest_version


@dataclass(frozen=True)
class Start:
    """A step of a run that starts the playbook `key`."""

    run: Run
    step: str
    key: str

    @property
    def candidate(self) -> Candidate:
        """The account of the run, with its reason; a contact the run is about takes the place of who sent an event."""
        name = self.run.playbook.name
        why = f"After “{name}”: {self.run.why}" if self.run.why else f"After “{name}”"
        return Candidate(self.run.account_id, f"run:{self.run.pk}:{self.step}", why, actor_id=self.run.contact_id)


def hold(keys: Iterable[str]) -> None:
    """Until the transaction ends nobody else starts these from steps.

    Two workers would not see each other's runs, and let in an account twice, or more than a cap allows. To be called
    before anything is written: whoever waits here holds nothing that those ahead of her need.
    """
    wanted = set(keys)
    if wanted:
        rows = Playbook.objects.select_for_update(no_key=True).filter(key__in=wanted).order_by("key")
        list(rows.values_list("pk"))


def start_from_steps(starts: Sequence[Start], *, now: datetime) -> None:
    """Begin the playbooks that these steps start, where their rules let the accounts in.

    Within the transaction that says the steps were carried out. Raises UnknownPlaybook, CannotStart.
    """
    by_key: dict[str, list[Start]] = {}
    for one in starts:
        by_key.setdefault(one.key, []).append(one)
    for key, same in by_key.items():
        _start(key, same, now=now)


def _start(key: str, starts: Sequence[Start], *, now: datetime) -> None:
    playbook = Playbook.objects.filter(key=key, removed_at=None).first()
    if playbook is None:
        raise UnknownPlaybook(f"The step '{starts[0].step}' starts the playbook '{key}', which does not exist.")
    for one in starts:
        if one.run.playbook_id == playbook.pk:
            raise CannotStart(f"The step '{one.step}' starts its own playbook '{key}', which would never end.")
    version = newest_version(playbook)
    document = document_of(version)
    verdicts = judge(document, (one.candidate for one in starts), now=now)
    begin(version, document, [one for one in verdicts if one.refusal is None], now=now)
