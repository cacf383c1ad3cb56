"""Writes of kinds: people's own ones, changed and restored shipped ones. Every change is a version and is audited."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.signals import registry, selectors
from mainstay.signals.document import Document
from mainstay.signals.kind import build
from mainstay.signals.models import Closing, KindVersion, Look, Pending, Signal, StoredKind


@transaction.atomic
def save_kind(document: Document, *, by: User | None, now: datetime, reason: str = "") -> bool:
    """Make or change a kind; False when it already is like this. `by` None: Mainstay itself.

    Open signals stay, and close by the new rule; where the kind is switched off they close now. Raises BadDefinition
    when a condition cannot be taken, NotAllowed below the role Manager.
    """
    if by is not None:
        require_role(by, Role.MANAGER)
    build(document)
    before = selectors.declared().get(document.key)
    if before is not None and before.document == document:
        return False
    version = _next_version(document.key)
    if registry.shipped().get(document.key) == document:
        StoredKind.objects.filter(key=document.key).delete()
    else:
        values = {"document": document.as_dict(), "version": version}
        StoredKind.objects.update_or_create(key=document.key, defaults=values)
    _record(document.key, version, document, by=by, now=now, reason=reason)
    _end_what_the_former_rule_began(document, now=now)
    return True


@transaction.atomic
def remove_kind(key: str, *, by: User | None, now: datetime, reason: str = "") -> bool:
    """Take away what people declared: an own kind is gone, a shipped one is as shipped; False when it is already.

    The open signals of a kind that is gone close; its versions and its signals stay to be read. Raises UnknownKind.
    """
    if by is not None:
        require_role(by, Role.MANAGER)
    found = selectors.get_declared(key)
    if not StoredKind.objects.filter(key=key).delete()[0]:
        return False
    _record(key, _next_version(key), None, by=by, now=now, reason=reason)
    if found.is_shipped:
        _end_what_the_former_rule_began(registry.shipped()[key], now=now)
    else:
        _end(key, now=now)
    return True


def switch_kind(key: str, *, enabled: bool, by: User | None, now: datetime, reason: str = "") -> bool:
    """Switch a kind on or off; False when it already is."""
    document = selectors.document_of(key).model_copy(update={"enabled": enabled})
    return save_kind(document, by=by, now=now, reason=reason)


def _end_what_the_former_rule_began(document: Document, *, now: datetime) -> None:
    """What waited did so under another rule; how long the new one has held is read from the history."""
    if document.enabled:
        _forget_waits(document.key)
    else:
        _end(document.key, now=now)


def _forget_waits(key: str) -> None:
    Pending.objects.filter(kind=key).delete()
    Look.objects.filter(kind=key).delete()


def _end(key: str, *, now: datetime) -> None:
    _forget_waits(key)
    Signal.objects.filter(kind=key, is_quiet=True).update(is_quiet=False)
    Signal.objects.filter(kind=key, closed_at=None).update(closed_at=now, closing=Closing.SWITCHED_OFF)


def _next_version(key: str) -> int:
    return int(KindVersion.objects.filter(key=key).aggregate(latest=Max("version"))["latest"] or 0) + 1


def _record(key: str, version: int, document: Document | None, *, by: User | None, now: datetime, reason: str) -> None:
    reason = " ".join(reason.split())[:300]
    KindVersion.objects.create(
        key=key, version=version, document=document and document.as_dict(), reason=reason, at=now, by=by
    )
    verb = "kind_saved" if document else "kind_removed"
    record_audit(by, f"signals.{verb}", f"signal_kind:{key}", version=version, reason=reason)
