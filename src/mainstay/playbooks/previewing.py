"""What a step would do on an account at this moment: its commands, carried out by nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from mainstay.accounts.models import Account, Contact
from mainstay.playbooks import reading
from mainstay.playbooks.commands import Command
from mainstay.playbooks.document import Document
from mainstay.playbooks.errors import CannotEdit
from mainstay.playbooks.facts import Surroundings, contexts_of
from mainstay.playbooks.models import Playbook, Run
from mainstay.playbooks.tree import Action
from mainstay.signals.models import Signal

_NOBODY = UUID(int=0)


def commands_of(
    step: Mapping[str, Any], account: Account, contact: Contact | None, *, name: str, now: datetime
) -> list[Command]:
    """What the raw step `step` of the playbook `name` would ask for. Raises BadPlaybook where it is not right yet,
    StepFailed or BadTemplate where it cannot be carried out on this account. `account` comes with its owner.
    """
    document = _document_with(step)
    action = document.all_steps[0]
    if not isinstance(action, Action):
        raise CannotEdit(f"'{action.id}' does nothing by itself; look at the steps inside it.")
    run = Run(
        id=_NOBODY,
        playbook=Playbook(key="preview", name=name),
        account=account,
        contact=contact,
        signal=Signal.objects.filter(account=account, closed_at=None).order_by("-opened_at").first(),
        why="Why the account entered stands here.",
        started_at=now,
        position=action.id,
    )
    around = Surroundings.load(base_url=settings.BASE_URL)
    context = contexts_of([run], around, with_health=document.asks_for_health, asks=document.asks, now=now)[0]
    commands: list[Command] = action.step_type.run(action.typed_params, context)
    return commands


def _document_with(step: Mapping[str, Any]) -> Document:
    """The step alone: what else is wrong with the playbook does not matter here."""
    content = {"key": "preview", "name": "Preview", "entry": {"by": "hand"}, "steps": [dict(step)]}
    return reading.check(content, origin="The step")
