"""What runs put into the outbox: messages to people and to other systems, each once, told which step asks for them."""

from datetime import datetime
from uuid import UUID

from mainstay.accounts.models import Contact
from mainstay.common.ids import derived_id
from mainstay.deliveries.inapp.accounts import delivery_id, tell_account
from mainstay.deliveries.models import Dialect, Target
from mainstay.deliveries.services import request_delivery
from mainstay.deliveries.targets import channel_of, get_target
from mainstay.people.models import User
from mainstay.playbooks.commands import RequestDelivery, SendToTarget, Speaks
from mainstay.playbooks.errors import StepFailed
from mainstay.playbooks.models import Run


def request(run: Run, step: str, effect: RequestDelivery, *, now: datetime) -> None:
    """A message to people."""
    id = _id_of(run.pk, step, effect.contact_id or ("" if effect.everybody else effect.recipient))
    if effect.everybody and effect.content is not None and effect.not_after is not None:
        tell_account(
            id,
            run.account,
            subject=effect.subject,
            text=effect.text,
            content=effect.content,
            category=effect.category,
            not_after=effect.not_after,
            personas=effect.personas,
            origin=origin_of(run.playbook.key),
            origin_step=step,
            now=now,
        )
        return
    request_delivery(
        id,
        channel=effect.channel,
        to=effect.recipient if effect.contact_id is None else _contact(run, effect.contact_id),
        subject=effect.subject,
        text=effect.text,
        html=effect.html,
        category=effect.category,
        sender=_sender(run, effect.sender_id) if effect.sender_id else None,
        account=run.account,
        content=effect.content,
        not_after=effect.not_after,
        origin=origin_of(run.playbook.key),
        origin_step=step,
        now=now,
    )


def send_to_target(run: Run, step: str, effect: SendToTarget, *, now: datetime) -> None:
    """A message to another system, which is looked for now. Raises UnknownTarget, StepFailed."""
    target = get_target(effect.target)
    wrong = objection_to(target, effect.speaks)
    if wrong:
        raise StepFailed(f"{wrong}.")
    request_delivery(
        _id_of(run.pk, step, f"target:{effect.target}"),
        channel=channel_of(target),
        to=target,
        subject=effect.subject,
        text=effect.text,
        account=run.account,
        origin=origin_of(run.playbook.key),
        origin_step=step,
        now=now,
    )


def _id_of(run: UUID, step: str, to: object) -> UUID:
    return derived_id("delivery", run, step, to)


def is_message_of(run: UUID, step: str, contact_id: int, delivery: UUID) -> bool:
    """Whether a delivery to a contact is one that a step of a run asked for: to her, or to everybody at the account."""
    return delivery in (_id_of(run, step, contact_id), delivery_id(_id_of(run, step, ""), contact_id))


def origin_of(key: str) -> str:
    """What deliveries are told asked for them."""
    return f"playbook:{key}"


def objection_to(target: Target, speaks: Speaks) -> str:
    """Why a step cannot speak to a target; empty when it can."""
    takes = Speaks.EVENTS if target.dialect == Dialect.STANDARD else Speaks.TEXTS
    if takes is speaks:
        return ""
    step = "webhook" if takes is Speaks.EVENTS else "chat"
    return f"the target '{target.key}' takes {takes}, not {speaks}; use the step `{step}`, or another target"


def _sender(run: Run, pk: int) -> User | None:
    """The owner of the account, who is there already; somebody else where it has changed hands meanwhile."""
    return run.account.owner if run.account.owner_id == pk else User.objects.filter(pk=pk).first()


def _contact(run: Run, pk: int) -> Contact:
    """Mostly the contact the run is about, which is there already."""
    return run.contact if run.contact is not None and run.contact_id == pk else Contact.objects.get(pk=pk)
