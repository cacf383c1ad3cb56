"""Lists of accounts for machines: the accounts of a condition with chosen fields, now or of a day that is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from mainstay.api.schemas import AccountList
from mainstay.common.errors import Invalid
from mainstay.common.time import DAY, midnight
from mainstay.conditions import Type
from mainstay.lake.days import Known
from mainstay.scores.selectors import latest_run
from mainstay.segments import fields as segment_fields
from mainstay.segments import history, past_fields, selectors

USUAL = "key,name,tier,stage,owner,score,band,coverage,change_7d,arr,days_to_renewal"

type Value = float | str | bool | None


@dataclass(frozen=True)
class Asked:
    """What is asked for: a condition (empty: all accounts), names of fields with commas, a page."""

    condition: str
    fields: str
    after: int
    limit: int

    def names(self) -> list[str]:
        """The fields, each once. Raises Invalid for one that does not exist."""
        known = segment_fields.condition_fields()
        names = list(dict.fromkeys(name.strip() for name in self.fields.split(",") if name.strip()))
        for name in names:
            if name not in known:
                raise Invalid(f"fields names '{name}', which is no field of accounts; GET /api/v1/docs lists them.")
        return names or ["key"]


def present(asked: Asked, *, now: datetime) -> AccountList:
    """The accounts as they are. Raises ConditionError, Invalid."""
    names, columns = asked.names(), segment_fields.columns()
    where, parameters = ["accounts_account.id > %s"], list[Any]([asked.after])
    if asked.condition.strip():
        sql, values = selectors.where(selectors.condition(asked.condition))
        where.append(f"({sql})")
        parameters += values
    chosen = ", ".join(columns[name] for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT accounts_account.id, {chosen} FROM {segment_fields.FROM} WHERE {' AND '.join(where)}"
            f" ORDER BY accounts_account.id LIMIT {asked.limit + 1}",
            parameters,
        )
        rows = cursor.fetchall()
    run = latest_run()
    page = [dict(zip(names, row[1:], strict=True)) for row in rows[: asked.limit]]
    following = rows[asked.limit - 1][0] if len(rows) > asked.limit else None
    return AccountList(as_of=run.as_of if run else now, assumed=[], accounts=_told(page), next=following)


def past(asked: Asked, as_of: date, *, known: Known) -> AccountList:
    """The accounts as they were known before `as_of`. Raises ConditionError, Invalid, DayNotKept."""
    day, names = as_of - DAY, asked.names()
    ids: Sequence[int] | None = None
    assumed = set(past_fields.assumed(names))
    if asked.condition.strip():
        condition = selectors.condition(asked.condition)
        assumed |= set(history.assumed(condition))
        ids = [pk for pk in history.matching(condition, day, known=known) if pk > asked.after]
        ids = ids[: asked.limit + 1]
    rows = history.values(names, day, account_ids=ids, known=known).to_pylist()
    rows = [row for row in rows if row["account_id"] > asked.after][: asked.limit + 1]
    page = [{name: row[name] for name in names} for row in rows[: asked.limit]]
    following = rows[asked.limit - 1]["account_id"] if len(rows) > asked.limit else None
    return AccountList(as_of=midnight(as_of), assumed=sorted(assumed), accounts=_told(page), next=following)


def _told(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Value]]:
    """SQLite has neither booleans nor dates."""
    fields = segment_fields.condition_fields()
    return [{name: _value(value, fields[name].type) for name, value in row.items()} for row in rows]


def _value(value: Any, kind: Type) -> Value:
    if value is None:
        return None
    if kind is Type.BOOLEAN:
        return bool(value)
    if kind is Type.DATE:
        return value if isinstance(value, str) else date.isoformat(value)
    return float(value) if kind is Type.NUMBER else str(value)
