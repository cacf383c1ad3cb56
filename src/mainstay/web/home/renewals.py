"""Renewals to come, with the health of their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from mainstay.metrics.profile_table import TABLE
from mainstay.people.models import User
from mainstay.web.accounts.rows import Row, rows

DAYS = 90
MOST = 8


@dataclass(frozen=True)
class Renewals:
    """The next renewals. `count` and `arr` (major units of the reporting currency) are of all of them."""

    rows: Sequence[Row]
    count: int
    arr: float
    at_risk: int


def renewals(owner: User | None, *, now: datetime) -> Renewals:
    """Those of the next 90 days, the nearest first; None: of everybody's accounts."""
    where = f"{TABLE}.days_to_renewal BETWEEN 0 AND %s"
    tables = f"{TABLE} LEFT JOIN scores_health ON scores_health.account_id = {TABLE}.account_id"
    values: list[int] = [DAYS]
    if owner is not None:
        tables += f" JOIN accounts_account ON accounts_account.id = {TABLE}.account_id"
        where += " AND accounts_account.owner_id = %s"
        values.append(owner.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), SUM({TABLE}.arr), SUM(CASE WHEN scores_health.band = 'red' THEN 1 ELSE 0 END)"
            f" FROM {tables} WHERE {where}",
            values,
        )
        count, arr, at_risk = cursor.fetchone()
        cursor.execute(
            f"SELECT {TABLE}.account_id FROM {tables} WHERE {where} ORDER BY {TABLE}.days_to_renewal, 1 LIMIT {MOST}",
            values,
        )
        ids = [row[0] for row in cursor.fetchall()]
    return Renewals(rows(ids, now=now), count, float(arr or 0), int(at_risk or 0))
