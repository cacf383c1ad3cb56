"""Who enters and leaves a segment: whom its condition holds for against who is in it; the difference is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from mainstay.segments import selectors
from mainstay.segments.models import Segment


@dataclass(frozen=True)
class MembershipResult:
    """What a refresh of memberships changed."""

    entered: int
    left: int


def refresh(segment: Segment, now: datetime) -> MembershipResult:
    """Let accounts enter and leave, in one transaction. Raises ConditionError, with nothing changed.

    Where the condition has no answer for an account (a value is missing) it is not a member.
    """
    statement, parameters = selectors.ids_sql(selectors.condition(segment.condition, of=segment.key))
    with transaction.atomic():
        entered, left = _difference(segment, statement, parameters)
        at = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE segments_membership SET left_at = %s "
                "WHERE segment_id = %s AND account_id = %s AND left_at IS NULL",
                [(at, segment.pk, pk) for pk in left],
            )
            # Another process may do the same: the database keeps one stay.
            cursor.executemany(
                "INSERT INTO segments_membership (segment_id, account_id, entered_at) VALUES (%s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                [(segment.pk, pk, at) for pk in entered],
            )
        if entered or left or segment.problem:
            segment.member_count = segment.memberships.filter(left_at=None).count()
            segment.problem = ""
            segment.save(update_fields=["member_count", "problem"])
    return MembershipResult(len(entered), len(left))


def _difference(segment: Segment, statement: str, parameters: list[Any]) -> tuple[list[int], list[int]]:
    """The accounts to enter and those to leave. The condition is looked at once; what stays is never fetched."""
    query = (
        f"WITH found AS MATERIALIZED ({statement}), members AS MATERIALIZED "
        "(SELECT account_id FROM segments_membership WHERE segment_id = %s AND left_at IS NULL) "
        "SELECT id, 1 FROM found WHERE id NOT IN (SELECT account_id FROM members) "
        "UNION ALL SELECT account_id, 0 FROM members WHERE account_id NOT IN (SELECT id FROM found)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*parameters, segment.pk])
        rows = cursor.fetchall()
    return [pk for pk, enters in rows if enters], [pk for pk, enters in rows if not enters]
