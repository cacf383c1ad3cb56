"""Reads: the accounts a condition holds for, the segments a user sees."""

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from mainstay.accounts.models import Account
from mainstay.conditions import Condition, parse
from mainstay.people.models import User
from mainstay.segments import fields
from mainstay.segments.models import Segment


def condition(text: str) -> Condition:
    """A condition over all fields of accounts, health and metrics. Raises ConditionError."""
    return parse(text, fields.condition_fields())


def where(condition: Condition) -> tuple[str, list[Any]]:
    """The SQL predicate over `fields.FROM`, with its parameters."""
    return condition.to_sql(fields.columns(), dialect=connection.vendor)


def ids_sql(condition: Condition) -> tuple[str, list[Any]]:
    """A statement that gives the ids of the accounts the condition holds for."""
    sql, parameters = where(condition)
    return f"SELECT accounts_account.id FROM {fields.FROM} WHERE {sql}", parameters


def matching(condition: Condition, *, base: QuerySet[Account] | None = None) -> QuerySet[Account]:
    """The accounts of `base` (all) that the condition holds for."""
    sql, parameters = ids_sql(condition)
    return (Account.objects.all() if base is None else base).filter(pk__in=RawSQL(sql, parameters))


def count(condition: Condition) -> int:
    """How many accounts the condition holds for."""
    sql, parameters = where(condition)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {fields.FROM} WHERE {sql}", parameters)
        return int(cursor.fetchone()[0])


def visible_segments(user: User) -> QuerySet[Segment]:
    """The shared segments and the user's own, in their order."""
    return Segment.objects.filter(Q(is_shared=True) | Q(owner=user))
