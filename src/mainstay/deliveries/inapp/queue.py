"""What somebody may see in the app now: one message of each kind at a time, the longest waiting first.

A message that was shown stays until its reader is done with it; shown again on the next page it is no second one, so
caps do not count it twice. Of tooltips all are told, for each waits for its place on some page; the browser shows one
new one a look, so that caps hold there too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from django.db.models import QuerySet

from mainstay.accounts.models import Contact
from mainstay.deliveries.content import IN_APP, Content, Kind, content_of
from mainstay.deliveries.inapp.accounts import hand_out
from mainstay.deliveries.models import Became, ChecklistItem, Delivery, State
from mainstay.deliveries.permission import Decision, Later, MayGo, Never, decide
from mainstay.deliveries.recipients import Facts, load_facts
from mainstay.deliveries.services import refuse

# More than anybody has; what is beyond waits until these are over.
_MOST = 50


@dataclass(frozen=True)
class Seen:
    """A message its reader may see. `ticked`: the items of a checklist that are, by number; `is_new`: never shown."""

    id: UUID
    title: str
    text: str
    content: Content
    ticked: tuple[int, ...]
    is_new: bool


def messages_for(contact: Contact, *, now: datetime) -> list[Seen]:
    """What this person may see now. What may never be seen is refused, with the reason; repeats change nothing."""
    hand_out(contact, now=now)
    # Mostly there is nothing: then a narrow statement is enough.
    ids = list(_alive(contact, now=now).values_list("pk", flat=True)[:_MOST])
    if not ids:
        return []
    found = Delivery.objects.select_related("contact__account", "account", "sender").filter(pk__in=ids)
    alive = list(found.order_by("created_at", "pk"))
    facts = load_facts(alive, now=now)
    chosen = _chosen(alive, facts, now=now)
    ticked = _ticked(chosen)
    return [
        Seen(
            id=one.pk,
            title=one.subject,
            text=one.text,
            content=content_of(one.content),
            ticked=tuple(ticked.get(one.pk, ())),
            is_new=one.state == State.QUEUED,
        )
        for one in chosen
    ]


def _alive(contact: Contact, *, now: datetime) -> QuerySet[Delivery]:
    waiting = {"channel": IN_APP, "state__in": [State.QUEUED, State.SENT], "became__in": ["", Became.SHOWN]}
    return Delivery.objects.filter(contact=contact, not_after__gt=now, **waiting).order_by("created_at", "pk")


def _chosen(alive: Sequence[Delivery], facts: Facts, *, now: datetime) -> list[Delivery]:
    """Those already shown keep their place; then what is new, as far as the kind is free."""
    chosen: list[Delivery] = []
    taken: set[str] = set()
    for one in sorted(alive, key=lambda one: one.state == State.QUEUED):
        kind = one.content.get("kind", "")
        if kind in taken or not _may_be_seen(one, facts, now=now):
            continue
        chosen.append(one)
        if kind != Kind.TOOLTIP:
            taken.add(kind)
            if one.state == State.QUEUED:
                facts.note_sent(one)
    return chosen


def _may_be_seen(one: Delivery, facts: Facts, *, now: datetime) -> bool:
    decision = _decision(one, facts, now=now)
    match decision:
        case MayGo():
            return True
        case Later():
            if one.state == State.QUEUED and one.note != decision.sentence:
                Delivery.objects.filter(pk=one.pk).update(note=decision.sentence)
            return False
        case Never():
            if one.state == State.QUEUED:
                refuse(one, decision.sentence, now=now)
            return False
        case _:
            assert_never(decision)


def _decision(one: Delivery, facts: Facts, *, now: datetime) -> Decision:
    question = facts.question(one, has_channel=True)
    if one.state == State.SENT:
        question = replace(question, to=replace(question.to, sent=()))
    return decide(question, facts.policy, now=now)


def _ticked(chosen: Sequence[Delivery]) -> dict[UUID, list[int]]:
    lists = [one.pk for one in chosen if one.content.get("kind") == Kind.CHECKLIST]
    found: dict[UUID, list[int]] = {}
    if lists:
        rows = ChecklistItem.objects.filter(delivery__in=lists, ticked_at__isnull=False).order_by("number")
        for pk, number in rows.values_list("delivery", "number"):
            found.setdefault(pk, []).append(number)
    return found
