"""Conditions on days that are over, over everything that was kept of them: the history printer's door.

Day D is what was known when D was over, at the first instant of D + 1. A condition means the same as in the present,
nulls included: on the day that has just ended both give the same accounts. What differs is what can be known:

* Accounts of which no profile is kept of a day (they had not signed yet, or nobody knew them) are not looked at, and
  deleted ones are gone.
* Fields of accounts without a history are taken as they are now. `assumed` names them: say so beside the result.
* A day of which nothing is kept has no answer. `kept_days` tells which have one.
* Values are the ones known now, corrected by what came late; `known=Known.THEN` takes those recorded at the time.
* A late source froze `change_7d` at the time; of the past the change of the kept scores is taken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa

from mainstay.accounts.models import Account
from mainstay.common.time import DAY
from mainstay.conditions import Condition
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.segments import past_fields, past_rows
from mainstay.segments.errors import DayNotKept


@dataclass(frozen=True)
class _Question:
    """A statement over the fields `names`, with `{rows}` where the rows of a month go."""

    names: frozenset[str]
    statement: str
    parameters: Sequence[Any]
    known: Known


SPANS = pa.schema([("account_id", pa.int64()), ("day", pa.date32())])


def matching(condition: Condition, day: date, *, known: Known = Known.NOW) -> list[int]:
    """The ids of the accounts the condition held for at the end of `day`, in order. Raises DayNotKept."""
    _require(condition.fields, day)
    found = spans(condition, day, day + DAY, known=known)
    return sorted(found["account_id"].to_pylist())


def spans(condition: Condition, start: date, end: date, *, known: Known = Known.NOW) -> pa.Table:
    """Every account and day of `[start, end)` the condition held for: `account_id`, `day`, in no order.

    All accounts and days at once, a month in memory; only the columns that the condition names are read.
    """
    sql, parameters = condition.to_sql(past_fields.columns(condition.fields), dialect="duckdb")
    statement = f"SELECT profile.account_id, profile.day FROM {{rows}} WHERE {sql}"
    found = _run(_Question(condition.fields, statement, parameters, known), start, end)
    return pa.concat_tables([SPANS.empty_table(), *found])


def answers(
    conditions: Mapping[str, Condition], start: date, end: date, *, known: Known = Known.NOW
) -> Iterator[pa.Table]:
    """Several conditions on every account and kept day of `[start, end)`, a table a month, days in order.

    Columns: `account_id`, `day`, and under the name of each condition true, false or null. Reading is shared, so
    twenty conditions cost little more than the most expensive one.
    """
    names = frozenset[str]().union(*(condition.fields for condition in conditions.values()))
    chosen, parameters = ["profile.account_id", "profile.day"], list[Any]()
    for name, condition in conditions.items():
        sql, values = condition.to_sql(past_fields.columns(condition.fields), dialect="duckdb")
        chosen.append(f"""{sql} AS "{name.replace('"', '""')}\"""")
        parameters += values
    return _run(_Question(names, f"SELECT {', '.join(chosen)} FROM {{rows}}", parameters, known), start, end)


def values(
    names: Sequence[str], day: date, *, account_ids: Collection[int] | None = None, known: Known = Known.NOW
) -> pa.Table:
    """`account_id` and the fields `names` of all accounts, or some, at the end of `day`. Raises DayNotKept."""
    _require(frozenset(names), day)
    columns = past_fields.columns(names)
    chosen = ["profile.account_id", *(f'{columns[name]} AS "{name}"' for name in names)]
    where, parameters = "", list[Any]()
    if account_ids is not None:
        where, parameters = "WHERE list_contains(?, profile.account_id)", [list(account_ids)]
    statement = f"SELECT {', '.join(chosen)} FROM {{rows}} {where} ORDER BY profile.account_id"
    return next(_run(_Question(frozenset(names), statement, parameters, known), day, day + DAY))


def kept_days(condition: Condition, start: date, end: date) -> list[date]:
    """The days of `[start, end)` of which everything the condition names is kept, in order."""
    return past_rows.kept_days(past_fields.needed(condition.fields), start, end)


def assumed(condition: Condition) -> tuple[str, ...]:
    """The fields of the condition that are taken as they are now, since no history of them is kept."""
    names = past_fields.assumed(condition.fields)
    if "stage" in names and not Account.objects.filter(stages=None).exclude(stage="").exists():
        return tuple(name for name in names if name != "stage")
    return names


def _require(names: frozenset[str], day: date) -> None:
    if not past_rows.kept_days(past_fields.needed(names), day, day + DAY):
        raise DayNotKept(day)


def _run(question: _Question, start: date, end: date) -> Iterator[pa.Table]:
    """The answers of each month in turn."""
    needed = past_fields.needed(question.names)
    days = past_rows.kept_days(needed, start, end)
    with engine.cursor() as cursor:
        rows = past_rows.PastRows(cursor, needed, known=question.known)
        for _, month in groupby(days, key=lambda day: (day.year, day.month)):
            statement = question.statement.replace("{rows}", rows.prepare(list(month)))
            yield cursor.sql(statement, params=list(question.parameters)).to_arrow_table()
