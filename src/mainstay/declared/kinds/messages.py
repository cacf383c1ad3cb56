"""What may be sent to contacts: one file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count
from pydantic import BaseModel

from mainstay.declared.kind import Author, Change, Effect, Kind
from mainstay.deliveries.models import Delivery, State, StoredPolicy
from mainstay.deliveries.policies import policy_in_force, remove_policy, save_policy
from mainstay.deliveries.policy import Policy, check


def _stored() -> Mapping[str, BaseModel]:
    policy = policy_in_force()
    return {policy.key: policy}


def _as_shipped() -> frozenset[str]:
    return frozenset() if StoredPolicy.objects.exists() else frozenset(_stored())


def _check(content: Any, origin: str) -> BaseModel:
    return check(content, origin=origin)


def _save(document: BaseModel, author: Author) -> None:
    assert isinstance(document, Policy)
    save_policy(document, by=author.user, now=author.now)


def _remove(key: str, author: Author) -> None:
    """The rules go back to those Mainstay comes with."""
    remove_policy(by=author.user)


def _effect(changes: Sequence[Change], now: datetime) -> Effect:
    """Messages that wait in a category that goes: they will be refused."""
    kept = {one.key for change in changes if isinstance(change.after, Policy) for one in change.after.categories}
    waiting = Delivery.objects.filter(state=State.QUEUED, contact__isnull=False).order_by()
    counts = dict(waiting.values_list("category").annotate(Count("pk")))
    lost = {key: count for key, count in sorted(counts.items()) if kept and key not in kept}
    said = [f"'{key}' goes: {count} waiting messages of it will be refused." for key, count in lost.items()]
    return Effect(tuple(said), {"messages_refused": sum(lost.values())})


KIND = Kind(
    name="messages",
    label="Message rules",
    order=5,
    document=Policy,
    stored=_stored,
    check=_check,
    save=_save,
    remove=_remove,
    as_shipped=_as_shipped,
    is_always_there=True,
    effect=_effect,
)
