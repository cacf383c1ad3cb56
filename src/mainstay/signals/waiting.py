"""Conditions that must hold for a while before their signal opens: what waits, since when, and what is ready.

Kept as rows, so that a wait outlives a restart. Each look removes what no longer holds (or is unknown: a wait asks to
know), counts the present day once, and begins a wait where the condition holds for the first time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import F

from mainstay.common.time import DAY
from mainstay.segments import fields
from mainstay.signals.kind import Kind
from mainstay.signals.models import Pending


def look(kind: Kind, where: str, parameters: Sequence[Any], *, now: datetime) -> None:
    """Bring the waits of a kind up to date. `where`: of the accounts its condition holds for, over `fields.FROM`.

    Inside the caller's transaction.
    """
    holding = f"SELECT accounts_account.id FROM {fields.FROM} WHERE {where}"
    today = now.date()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM signals_pending WHERE kind = %s AND account_id NOT IN ({holding})", [kind.key, *parameters]
        )
        # Between yesterday's look and this one nothing was missed; after a longer pause nobody knows.
        Pending.objects.filter(kind=kind.key, seen_on__lt=today - DAY).delete()
        Pending.objects.filter(kind=kind.key, seen_on=today - DAY).update(days=F("days") + 1, seen_on=today)
        cursor.execute(
            f"INSERT INTO signals_pending (kind, account_id, since, days, seen_on) "
            f"SELECT %s, id, %s, 1, %s FROM ({holding}) AS found WHERE id NOT IN "
            "(SELECT account_id FROM signals_pending WHERE kind = %s) ON CONFLICT DO NOTHING",
            [kind.key, connection.ops.adapt_datetimefield_value(now), today.isoformat(), *parameters, kind.key],
        )


def ready(kind: Kind, *, now: datetime) -> tuple[str, list[Any]]:
    """A statement for the accounts that have waited for as long as the kind asks for."""
    hold = kind.document.holds_for
    assert hold is not None  # asked only for kinds that wait
    if hold.days is not None:
        until = connection.ops.adapt_datetimefield_value(now - timedelta(days=hold.days))
        return "SELECT account_id FROM signals_pending WHERE kind = %s AND since <= %s", [kind.key, until]
    return "SELECT account_id FROM signals_pending WHERE kind = %s AND days >= %s", [kind.key, hold.periods]


def forget(kind: Kind, account_ids: Sequence[int]) -> None:
    """These waited long enough: their signals are open."""
    if kind.document.holds_for is None:
        return
    for chunk in batched(account_ids, 800):
        Pending.objects.filter(kind=kind.key, account__in=chunk).delete()
