"""Writes: segments, and who is in them."""

import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from django.db import transaction

from mainstay.common.errors import NotFound
from mainstay.conditions import ConditionError
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.segments import memberships, naming, selectors
from mainstay.segments.document import Document
from mainstay.segments.errors import BadSegment
from mainstay.segments.memberships import MembershipResult
from mainstay.segments.models import Segment

SHIPPED = Path(__file__).parent / "shipped.yaml"
# How long a removed segment can be taken back.
KEPT_AFTER_REMOVAL = timedelta(days=7)
_AFTER_THE_SHIPPED = 1000


def ensure_segments(now: datetime | None = None) -> int:
    """Make the shipped segments, and correct those that no person has changed; how many were written.

    `now`: when their conditions change, so that who enters then is not taken for a customer who changed.
    """
    written = 0
    with transaction.atomic():
        stored = {segment.key: segment for segment in Segment.with_removed.filter(key__in=shipped())}
        for position, document in enumerate(shipped().values()):
            segment = stored.get(document.key)
            if segment is None:
                segment = Segment(key=document.key, is_shipped=True)
            elif not segment.is_shipped or (selectors.document_of(segment), segment.position) == (document, position):
                continue
            segment.position = position
            _write(segment, document, now=now)
            written += 1
    return written


@transaction.atomic
def save(document: Document, *, by: User, now: datetime) -> Segment:
    """Make the segment of this key, or change it, with its members. Raises ConditionError, BadSegment, NotAllowed.

    Shared ones need a manager; a CSM keeps others to herself, and those nobody else can change.
    """
    segment = Segment.with_removed.filter(key=document.key).first()
    is_own = segment is None or segment.removed_at is not None or segment.owner_id == by.pk
    is_public = document.shared or (segment is not None and segment.removed_at is None and segment.is_shared)
    require_role(by, Role.MANAGER if is_public else Role.CSM)
    if segment is not None and not is_own and not segment.is_shared:
        raise BadSegment(f"The segment '{document.key}' belongs to somebody else; save it under another key.")
    selectors.condition(document.condition, of=document.key)
    if segment is not None and segment.is_shared and not document.shared:
        _require_unnamed(segment)
    name = " ".join(document.name.split())
    others = selectors.visible_segments(by).exclude(key=document.key)
    if not name or others.filter(name__iexact=name).exists():
        raise BadSegment(f"There is a segment named '{name}' already; choose another name or change that one.")
    segment = segment or Segment(key=document.key, position=_AFTER_THE_SHIPPED)
    before = selectors.document_of(segment) if segment.pk and segment.removed_at is None else None
    # Whose a removed one was does not matter to who makes it anew.
    segment.owner = by if segment.removed_at is not None else segment.owner or by
    segment.is_shipped, segment.removed_at = False, None
    _write(segment, document.model_copy(update={"name": name, "condition": document.condition.strip()}), now=now)
    memberships.refresh(segment, now)
    changed = document.model_dump(exclude=set() if before is None else _same(before, document))
    record_audit(by, "segments.saved", f"segment:{segment.key}", **changed)
    return segment


def new_key(name: str) -> str:
    """A key for a segment of this name that no other has."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
    stem = stem if stem[:1].isalpha() else f"segment_{stem}".rstrip("_")
    taken = set(Segment.with_removed.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))) if key not in taken)


@transaction.atomic
def remove(key: str, *, by: User, now: datetime) -> None:
    """Remove a segment; `restore` takes it back for a week. One's own private one; shared ones need a manager.

    Raises BadSegment for one that came with Mainstay, or that something names.
    """
    segment = _visible(key, by)
    if key in shipped():
        raise BadSegment(f"The segment '{segment.name}' comes with Mainstay and cannot be removed; it can be changed.")
    require_role(by, Role.MANAGER if segment.is_shared else Role.CSM)
    _require_unnamed(segment)
    segment.removed_at = now
    segment.save(update_fields=["removed_at"])
    record_audit(by, "segments.removed", f"segment:{key}", condition=segment.condition)


@transaction.atomic
def restore(key: str, *, by: User, now: datetime) -> Segment:
    """Take back that a segment was removed, with who was in it; who came and went meanwhile is told from now on."""
    segment = Segment.with_removed.exclude(removed_at=None).filter(key=key).first()
    if segment is None:
        raise NotFound(f"There is no removed segment '{key}' to take back.")
    require_role(by, Role.MANAGER if segment.is_shared or segment.owner_id != by.pk else Role.CSM)
    segment.removed_at = None
    segment.save(update_fields=["removed_at"])
    memberships.refresh(segment, now)
    record_audit(by, "segments.restored", f"segment:{key}")
    return segment


def refresh_memberships(now: datetime) -> MembershipResult:
    """Let accounts enter and leave every segment, each segment in a transaction of its own.

    A segment whose condition can no longer be taken keeps its members and says so.
    """
    ensure_segments(now)
    Segment.with_removed.filter(removed_at__lt=now - KEPT_AFTER_REMOVAL).delete()
    entered = left = 0
    for segment in Segment.objects.all():
        try:
            result = memberships.refresh(segment, now)
        except ConditionError as error:
            if segment.problem != error.message:
                segment.problem = error.message
                segment.save(update_fields=["problem"])
            continue
        entered, left = entered + result.entered, left + result.left
    return MembershipResult(entered, left)


@cache
def shipped() -> dict[str, Document]:
    """The documents of the segments every installation starts with, by key."""
    documents = [Document.model_validate(one) for one in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))]
    return {document.key: document for document in documents}


def _write(segment: Segment, document: Document, *, now: datetime | None) -> None:
    if segment.condition != document.condition:
        segment.condition_since = now
    segment.name, segment.description = document.name, document.description
    segment.condition, segment.is_shared, segment.problem = document.condition, document.shared, ""
    segment.save()


def _require_unnamed(segment: Segment) -> None:
    if uses := naming.of(segment.key):
        raise BadSegment(f"The {uses[0]} names '{segment.name}', and would have no condition. Change that first.")


def _visible(key: str, user: User) -> Segment:
    segment = selectors.visible_segments(user).filter(key=key).first()
    if segment is None:
        raise NotFound(f"There is no segment '{key}'.")
    return segment


def _same(before: Document, after: Document) -> set[str]:
    """What need not be written down again: the fields that did not change."""
    return {name for name in Document.model_fields if name != "key" and getattr(before, name) == getattr(after, name)}
