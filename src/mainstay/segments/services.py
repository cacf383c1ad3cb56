"""Writes: segments, and who enters and leaves them."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from mainstay.conditions import ConditionError
from mainstay.people.access import require_role
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.segments import selectors
from mainstay.segments.errors import BadSegment
from mainstay.segments.models import Segment

SHIPPED = Path(__file__).parent / "shipped.yaml"


@dataclass(frozen=True)
class MembershipResult:
    """What a refresh of the memberships changed."""

    entered: int
    left: int


def ensure_segments() -> int:
    """Make the shipped segments, and correct those that no person has changed; how many were written."""
    written = 0
    with transaction.atomic():
        stored = {segment.key: segment for segment in Segment.objects.filter(key__in=[key for key, _, _ in _shipped()])}
        for position, (key, name, condition) in enumerate(_shipped()):
            segment = stored.get(key)
            if segment is None:
                Segment.objects.create(key=key, name=name, condition=condition, position=position, is_shipped=True)
            elif segment.is_shipped and (segment.name, segment.condition, segment.position) != (
                name,
                condition,
                position,
            ):
                segment.name, segment.condition, segment.position = name, condition, position
                segment.save(update_fields=["name", "condition", "position"])
            else:
                continue
            written += 1
    return written


@transaction.atomic
def save_segment(
    *, name: str, condition: str, by: User, is_shared: bool = True, segment: Segment | None = None
) -> Segment:
    """Make a segment, or change `segment`. Raises ConditionError, BadSegment, NotAllowed.

    A CSM saves her own and shared ones; what another person keeps to herself, nobody else can change.
    """
    require_role(by, Role.CSM)
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise BadSegment("A segment needs a name of 1 to 100 characters, such as 'Renewing without a sponsor'.")
    selectors.condition(condition)
    if segment is not None and not segment.is_shared and segment.owner_id != by.pk:
        raise BadSegment(f"The segment '{segment.name}' belongs to somebody else; save it under another name.")
    others = selectors.visible_segments(by).filter(name__iexact=name)
    if (others.exclude(pk=segment.pk) if segment is not None else others).exists():
        raise BadSegment(f"There is a segment named '{name}' already; choose another name or change that one.")
    if segment is None:
        segment = Segment(key=_free_key(name), position=1000)
    segment.name, segment.condition, segment.is_shared = name, condition.strip(), is_shared
    segment.is_shipped, segment.problem = False, ""
    segment.owner = segment.owner or by
    segment.save()
    record_audit(by, "segments.saved", f"segment:{segment.key}", condition=segment.condition)
    return segment


@transaction.atomic
def delete_segment(segment: Segment, *, by: User) -> None:
    """Delete a segment with its memberships. One's own; those of others need a manager. Shipped ones stay."""
    if segment.is_shipped:
        raise BadSegment(f"The segment '{segment.name}' comes with Mainstay and cannot be deleted; it can be changed.")
    if segment.owner_id != by.pk:
        require_role(by, Role.MANAGER)
    record_audit(by, "segments.deleted", f"segment:{segment.key}", condition=segment.condition)
    segment.delete()


def refresh_memberships(now: datetime) -> MembershipResult:
    """Let accounts enter and leave every segment, each segment in a transaction of its own.

    Where the condition has no answer for an account (a value is missing) it is not a member. A segment whose condition
    can no longer be taken keeps its members and says so.
    """
    ensure_segments()
    entered = left = 0
    for segment in Segment.objects.all():
        try:
            statement, parameters = selectors.ids_sql(selectors.condition(segment.condition))
        except ConditionError as error:
            if segment.problem != error.message:
                segment.problem = error.message
                segment.save(update_fields=["problem"])
            continue
        came, went = _refresh(segment, statement, parameters, now=now)
        entered, left = entered + came, left + went
    return MembershipResult(entered, left)


def _refresh(segment: Segment, statement: str, parameters: list[Any], *, now: datetime) -> tuple[int, int]:
    at = connection.ops.adapt_datetimefield_value(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE segments_membership SET left_at = %s WHERE segment_id = %s AND left_at IS NULL "
            f"AND account_id NOT IN ({statement})",
            [at, segment.pk, *parameters],
        )
        left = cursor.rowcount
        cursor.execute(
            "INSERT INTO segments_membership (segment_id, account_id, entered_at) "
            f"SELECT %s, id, %s FROM ({statement}) AS found WHERE id NOT IN "
            "(SELECT account_id FROM segments_membership WHERE segment_id = %s AND left_at IS NULL) "
            "ON CONFLICT DO NOTHING",
            [segment.pk, at, *parameters, segment.pk],
        )
        entered = cursor.rowcount
        changed = {"member_count": segment.member_count + entered - left, "problem": ""}
        if entered or left or segment.problem:
            Segment.objects.filter(pk=segment.pk).update(**changed)
    return entered, left


@cache
def _shipped() -> list[tuple[str, str, str]]:
    return [(one["key"], one["name"], one["condition"]) for one in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))]


def _free_key(name: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50] or "segment"
    taken = set(Segment.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))) if key not in taken)
