"""Puts messages into the outbox and sends what is due.

The order of sending, and what a crash between two steps leaves behind:
1. the attempt is written and committed (before: nothing happened, the delivery is still due);
2. the channel sends (a crash here: the attempt began and never ended);
3. the outcome is recorded and committed.
Whoever sends holds a lock that dies with its process, so an open attempt found at the start of a round belongs to the
dead: its delivery becomes `unsure` and is never repeated by itself, or is repeated when the channel recognises repeats.
"""

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import assert_never
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Q, QuerySet, When

from mainstay.accounts.models import Account, Contact
from mainstay.common.errors import Invalid
from mainstay.deliveries import targets
from mainstay.deliveries.channel import Channel, DeliveryError, DeliveryUnsure, KeepsConnection
from mainstay.deliveries.composing import compose
from mainstay.deliveries.content import IN_APP, Content
from mainstay.deliveries.feedback import Feedback, FeedbackKind, take_feedback
from mainstay.deliveries.models import Attempt, ChecklistItem, Delivery, Outcome, State, Stop, Target
from mainstay.deliveries.permission import Later, MayGo, Never, decide
from mainstay.deliveries.policies import policy_in_force
from mainstay.deliveries.policy import Policy
from mainstay.deliveries.receipts import ReceiptKind, note
from mainstay.deliveries.recipients import Facts, load_facts, person_key
from mainstay.jobs.errors import LockBusy
from mainstay.jobs.locks import only_one
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit

logger = logging.getLogger(__name__)

# The waits before the second, third… attempt. After the last one the delivery has failed: about two days in all.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
ROUND = 500
# What is known about recipients is loaded for so many at once.
BATCH = 100
# A slow mail server must not hold up what comes after: the rest goes in the next round.
ROUND_SECONDS = 10.0


@dataclass(frozen=True)
class SendResult:
    """What one round did: numbers of deliveries."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0
    unsure: int = 0

    def __add__(self, other: "SendResult") -> "SendResult":
        """Of two rounds together."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return SendResult(*(one + two for one, two in pairs))


def request_delivery(
    id: UUID,
    *,
    channel: str,
    to: User | Contact | Target | str,
    subject: str,
    text: str,
    html: str = "",
    category: str = "",
    origin: str = "",
    origin_step: str = "",
    account: Account | None = None,
    sender: User | None = None,
    thread: UUID | None = None,
    held_out: bool = False,
    not_after: datetime | None = None,
    content: Content | None = None,
    now: datetime,
) -> bool:
    """Put a message into the outbox, within the caller's transaction. A known id is a no-op; True when it is new.

    `to`: a user of ours (or her e-mail), a target, or a contact; for a contact `category` says what it is about, and
    whether it goes is decided when it is due. `origin`: what asks for it (`playbook:KEY`), at which step. `sender`
    None: the company. `thread`: the id of the first message of a conversation, which this one continues. `held_out`:
    it is refused, and kept with that reason. `not_after`: it is of no use then. `content`: what a message in the app
    is; it leaves when the browser of its recipient fetches it.
    """
    values = {
        "channel": channel,
        **_recipient(to, channel),
        "category": category if isinstance(to, Contact) else "",
        "subject": " ".join(subject.split())[:300],  # a line break would be a header of its own
        "text": text,
        "html": html,
        "origin": origin,
        "origin_step": origin_step,
        "account": account,
        "sender": sender,
        "thread": thread if thread != id else None,
        "held_out": held_out,
        "not_after": not_after,
        "next_attempt_at": None if channel == IN_APP else now,
        "created_at": now,
        "content": content.as_json() if content else {},
    }
    delivery, is_new = Delivery.objects.get_or_create(id=id, defaults=values)
    if is_new and content and content.items:
        events = [item.event.strip().lower()[:200] for item in content.items]
        items = [ChecklistItem(delivery=delivery, number=number, event=event) for number, event in enumerate(events)]
        ChecklistItem.objects.bulk_create(items)
    return is_new


def _recipient(to: User | Contact | Target | str, channel: str) -> dict[str, object]:
    if isinstance(to, Target):
        return {"recipient": to.name, "target": to}
    if isinstance(to, Contact):
        recipient = to.email.strip() if channel == "email" else to.key
        return {"recipient": recipient, "contact": to, "address": person_key(to)}
    return {"recipient": to.email if isinstance(to, User) else to}


def send_due(now: datetime, *, channels: Mapping[str, Channel]) -> SendResult:
    """Send what is due, oldest first. Not inside a transaction. Does nothing while another process sends."""
    is_due = Q(state=State.QUEUED, next_attempt_at__lte=now) | Q(state=State.SENDING)
    if not Delivery.objects.filter(is_due).exists() or _is_stopped():
        return SendResult()
    try:
        with only_one("send-deliveries"):
            unsure = _settle_interrupted(channels, now=now)
            with ExitStack() as sessions:
                for channel in channels.values():
                    if isinstance(channel, KeepsConnection):
                        sessions.enter_context(channel.session())
                # A round for each channel, and one for targets: a campaign, or a mail server that is down or hangs,
                # holds up no chat and no webhook, nor a webhook that hangs a mail.
                people, result = _due(now), SendResult(unsure=unsure)
                for kind in sorted(people.order_by().values_list("channel", flat=True).distinct()):
                    result += _send_round(people.filter(channel=kind), channels, now=now)
                return result + _send_round(_due_to_targets(now), channels, now=now)
    except LockBusy:
        return SendResult()


def send_again(delivery: Delivery, *, by: User, now: datetime) -> None:
    """A person decides that a message that failed, was refused or is unsure goes (perhaps a second time).

    It is decided again whether it may.
    """
    require_role(by, Role.ADMINISTRATOR)
    stuck = Delivery.objects.filter(pk=delivery.pk, state__in=[State.FAILED, State.REFUSED, State.UNSURE])
    with transaction.atomic():
        due = None if delivery.channel == IN_APP else now
        if not stuck.update(state=State.QUEUED, next_attempt_at=due, left_at=None, note="", became=""):
            raise Invalid(
                f"The message '{delivery.subject}' is neither failed, refused nor unsure; there is nothing to repeat."
            )
        record_audit(by, "deliveries.sent_again", f"delivery:{delivery.pk}", recipient=delivery.recipient)


def _settle_interrupted(channels: Mapping[str, Channel], *, now: datetime) -> int:
    """Decide about deliveries whose sender died in the middle; how many became unsure."""
    unsure = 0
    for delivery in Delivery.objects.filter(state=State.SENDING):
        channel = channels.get(delivery.channel)
        repeat = channel is not None and channel.recognises_repeats
        said = "Mainstay stopped while sending it; " + (
            "it is sent again, which this channel recognises." if repeat else "it may have gone, so it is not repeated."
        )
        with transaction.atomic():
            interrupted = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING)
            if repeat:
                interrupted.update(state=State.QUEUED, next_attempt_at=now, left_at=None)
            else:
                interrupted.update(state=State.UNSURE)
            open_attempts = Attempt.objects.filter(delivery=delivery, finished_at=None)
            open_attempts.update(finished_at=now, outcome=Outcome.UNSURE, message=said)
        unsure += not repeat
        logger.warning("Delivery %s to %s: %s", delivery.pk, delivery.recipient, said)
    return unsure


def _is_stopped() -> bool:
    return Stop.objects.filter(is_on=True).exists()


def _send_round(due: QuerySet[Delivery], channels: Mapping[str, Channel], *, now: datetime) -> SendResult:
    counts = {Outcome.SENT: 0, Outcome.FAILED: 0, Outcome.REFUSED: 0, Outcome.UNSURE: 0}
    postponed = 0
    # Channels, and of targets each alone.
    down: set[str | int] = {kind for kind, channel in channels.items() if channel.problem()}
    ends = time.monotonic() + ROUND_SECONDS
    for batch in batched(due[:ROUND], BATCH):
        facts = load_facts(batch, now=now)
        for delivery in batch:
            if delivery.channel in down or delivery.target_id in down or time.monotonic() > ends:
                postponed += 1
                continue
            outcome, is_down = _settle(delivery, channels.get(delivery.channel), facts, now=now)
            if is_down:
                down.add(delivery.target_id or delivery.channel)
            if outcome is None:
                postponed += 1
            else:
                counts[outcome] += 1
    failed = counts[Outcome.FAILED] + counts[Outcome.REFUSED]
    return SendResult(counts[Outcome.SENT], failed, postponed, counts[Outcome.UNSURE])


def _due(now: datetime) -> QuerySet[Delivery]:
    """What is due, oldest first; but an alert to one of us, or a service message, waits behind no campaign."""
    service = [one.key for one in policy_in_force().categories if one.service]
    goes_first = Case(When(Q(contact=None) | Q(category__in=service), then=0), default=1)
    due = Delivery.objects.filter(state=State.QUEUED, next_attempt_at__lte=now, target=None)
    return due.select_related("contact__account", "account", "sender").order_by(goes_first, "next_attempt_at", "pk")


def _due_to_targets(now: datetime) -> QuerySet[Delivery]:
    """What is due to other systems, oldest first, but of those that rest."""
    due = Delivery.objects.filter(state=State.QUEUED, next_attempt_at__lte=now, target__isnull=False)
    awake = due.filter(Q(target__rests_until=None) | Q(target__rests_until__lte=now))
    return awake.select_related("target", "account", "contact", "sender").order_by("next_attempt_at", "pk")


def _settle(delivery: Delivery, channel: Channel | None, facts: Facts, *, now: datetime) -> tuple[Outcome | None, bool]:
    """Decide about one that is due, and send it if it may go: as `_send`."""
    decision = decide(facts.question(delivery, has_channel=channel is not None), facts.policy, now=now)
    match decision:
        case Never():
            refuse(delivery, decision.sentence, now=now)
            return Outcome.REFUSED, False
        case Later():
            due = decision.at or delivery.next_attempt_at
            Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=due, note=decision.sentence)
            return None, False
        case MayGo():
            assert channel is not None  # without one the answer was never
            outcome, is_down = _send(delivery, channel, facts.policy, now=now)
            if outcome in (Outcome.SENT, Outcome.UNSURE):
                facts.note_sent(delivery)
            return outcome, is_down
        case _:
            assert_never(decision)


def _send(delivery: Delivery, channel: Channel, policy: Policy, *, now: datetime) -> tuple[Outcome | None, bool]:
    """One attempt: its outcome (None: to be tried again later) and whether the whole channel, or target, is down."""
    attempt = _begin(delivery, now=now)
    if attempt is None:
        return None, False
    try:
        receipt = channel.send(compose(delivery, policy, now=now))
    except DeliveryUnsure as error:
        _end(attempt, Outcome.UNSURE, error.message, state=State.UNSURE, now=now)
        return Outcome.UNSURE, targets.note_failure(delivery.target, now=now)
    except DeliveryError as error:
        is_down = targets.note_failure(delivery.target, error, now=now) or error.channel_down
        if error.permanent or attempt.number > len(WAITS):
            _end(attempt, Outcome.FAILED, error.message, state=State.FAILED, now=now)
            if error.bad_address and delivery.contact_id is not None:
                bounced = Feedback(FeedbackKind.BOUNCED, delivery.recipient, delivery.pk, detail=error.message)
                take_feedback([bounced], now=now)
            return Outcome.FAILED, is_down
        due = now + max(WAITS[attempt.number - 1], error.retry_after or timedelta(0))
        _end(attempt, Outcome.FAILED, error.message, state=State.QUEUED, now=now, due=due)
        return None, is_down
    _end(attempt, Outcome.SENT, receipt.detail, state=State.SENT, now=now)
    targets.note_success(delivery.target)
    return Outcome.SENT, False


def _begin(delivery: Delivery, *, now: datetime) -> Attempt | None:
    """Write the attempt and commit, before anything leaves the house. None: sending was stopped a moment ago."""
    with transaction.atomic(durable=True):
        if _is_stopped():
            return None
        values = {"state": State.SENDING, "next_attempt_at": None, "left_at": now, "note": ""}
        Delivery.objects.filter(pk=delivery.pk).update(**values)
        number = delivery.attempts.count() + 1
        return Attempt.objects.create(delivery=delivery, number=number, started_at=now)


def _end(
    attempt: Attempt, outcome: Outcome, message: str, *, state: State, now: datetime, due: datetime | None = None
) -> None:
    with transaction.atomic():
        attempt.finished_at, attempt.outcome, attempt.message = now, outcome, message
        attempt.save(update_fields=["finished_at", "outcome", "message"])
        values: dict[str, datetime | None] = {"next_attempt_at": due, "sent_at": now if state == State.SENT else None}
        if outcome in (Outcome.FAILED, Outcome.REFUSED):
            values["left_at"] = None
        Delivery.objects.filter(pk=attempt.delivery_id).update(state=state, **values)
        if outcome == Outcome.SENT and attempt.delivery.channel == "email":
            note(attempt.delivery, ReceiptKind.DELIVERED, at=now)


def refuse(delivery: Delivery, reason: str, *, now: datetime) -> None:
    """It may not go: kept as refused, with the reason. What left, or was refused, in between stays as it is."""
    with transaction.atomic():
        # An update, so that two pages of one reader, which ask at the same time, take turns.
        if not Delivery.objects.filter(pk=delivery.pk, state=State.QUEUED).update(state=State.REFUSED):
            return
        number = delivery.attempts.count() + 1
        attempt = Attempt.objects.create(delivery=delivery, number=number, started_at=now)
        _end(attempt, Outcome.REFUSED, reason, state=State.REFUSED, now=now)
        Delivery.objects.filter(pk=delivery.pk).update(note=reason)
