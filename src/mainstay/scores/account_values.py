"""Reads the account fields that gates ask for."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import connection

from mainstay.scores.account_fields import COLUMNS, FROM

# Above this many accounts all are read: a longer list of ids costs more than the rows.
_MOST_NAMED = 500


def read(names: Collection[str], account_ids: Sequence[int]) -> dict[str, list[Any]]:
    """The present values of these fields, each in the order of `account_ids`; dates as ISO text."""
    wanted = sorted(names)
    if not wanted or not account_ids:
        return {name: [] for name in wanted}
    columns = ", ".join(f"{COLUMNS[name]} AS {name}_field" for name in wanted)
    where = ""
    if len(account_ids) <= _MOST_NAMED:
        where = f" WHERE accounts_account.id IN ({', '.join(str(int(pk)) for pk in account_ids)})"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT accounts_account.id, {columns} FROM {FROM}{where}")
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    nothing = (None,) * len(wanted)
    rows = [found.get(pk, nothing) for pk in account_ids]
    return {name: [_plain(row[at]) for row in rows] for at, name in enumerate(wanted)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
