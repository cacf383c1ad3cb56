"""Daily counts put straight into the lake, as the roll-ups would leave them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction

from mainstay.common.ids import derived_id
from mainstay.facts.schema import USAGE, USER_DAYS
from mainstay.lake.store import Lake

# Account, contact, day, event, how often. Logins are the events of this name.
Count = tuple[int, int | None, date, str, int]
LOGIN = "Signed In"


def put(counts: Sequence[Count]) -> None:
    """Write these counts into `usage` and `user_days`, one file each."""
    by_user_day: dict[tuple[int, int | None, date], list[int]] = {}
    for account, contact, day, event, n in counts:
        sums = by_user_day.setdefault((account, contact, day), [0, 0])
        sums[0] += n
        sums[1] += n if event == LOGIN else 0
    days = [count[2] for count in counts]
    lake = Lake()
    staged = [
        lake.write(table, min(days), _table(rows, schema), ends_on=max(days) + timedelta(days=1))
        for table, rows, schema in (
            ("usage", counts, USAGE),
            ("user_days", [(*key, *sums) for key, sums in by_user_day.items()], USER_DAYS),
        )
    ]
    with transaction.atomic():
        lake.commit(staged, key=str(derived_id("counts", counts)))


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(zip(*rows, strict=True), schema, strict=True)
    return pa.table([pa.array(cells, field.type) for cells, field in columns], schema=schema)


def every_day(account: int, contact: int, today: date, ages: range, *, event: str = LOGIN) -> list[Count]:
    """One event on each of these days before `today`."""
    return [(account, contact, today - timedelta(days=age), event, 1) for age in ages]
