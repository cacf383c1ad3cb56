"""The rows of the Portfolio, fast with 100,000 accounts.

One statement picks the ids of a page from narrow columns only, and joins a table only when the filter or the sort needs
it; the details of those fifty accounts are loaded afterwards. Paging is by key (the sort value and the id of the last
row), so a page costs the same anywhere. Accounts without a value come last in both directions: they are a second
statement, so that the first can follow an index.

Where statements run in the order they are written. `(…) IS TRUE` around a filter keeps SQLite from turning a LEFT JOIN
round and starting with an index whose rows lie scattered: measured, 160 to 180 ms instead of 50 to 70. Each of the
three tables has a narrow index led by the account's id (`…_narrow`), so that they are read side by side. PostgreSQL
takes no notice: it joins by hashes.
"""

import base64
import binascii
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import connection

from mainstay.common.ids import hash_secret
from mainstay.common.time import midnight
from mainstay.web.accounts.columns import ACCOUNTS, HEALTH, OWNER, PROFILE, TABLES, TASKS, Sort
from mainstay.web.accounts.filters import Filter, Term, Where

_OPEN_TASKS = (
    "(SELECT account_id, COUNT(*) AS n FROM playbooks_task WHERE done_at IS NULL AND dismissed_at IS NULL"
    " AND account_id IS NOT NULL GROUP BY account_id) open_tasks"
)


# Matches up to which all accounts are read and the matches sorted; above, the sort is followed to a full page.
FEW = 2000
# Owners looked at in one go when sorting by them: enough for a page where one account in fifty matches.
OWNERS = 20
SUMMARY_SECONDS = 15


@dataclass(frozen=True)
class Cursor:
    """A place in a sorted list: the sort value and the id of a row."""

    value: Any
    account_id: int

    def encode(self) -> str:
        """As addresses have it."""
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        return base64.urlsafe_b64encode(json.dumps([value, self.account_id]).encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Cursor | None:
    """The cursor of an address; None for none and for what is not one."""
    try:
        value, account_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error):
        return None
    if isinstance(value, dict | list | bool) or not isinstance(account_id, int):
        return None
    return Cursor(value, account_id)


@dataclass(frozen=True)
class Ids:
    """The ids of one page in order, and the cursors of its neighbours."""

    ids: list[int]
    previous: Cursor | None
    next: Cursor | None


def page_of_ids(
    chosen: Filter, sort: Sort, *, size: int, total: int, after: Cursor | None, before: Cursor | None
) -> Ids:
    """One page, after or before a cursor, or the first. `total`: how many accounts the filter has."""
    backwards = before is not None
    walk = _Walk(chosen.where, sort, backwards=backwards, follows_sort=total > FEW)
    rows = walk.rows(before or after, size + 1) if total else []
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, has_more) if backwards else (has_more, after is not None)
    return Ids(
        [row.account_id for row in rows],
        rows[0] if rows and has_previous else None,
        rows[-1] if rows and has_next else None,
    )


def all_ids(chosen: Filter, sort: Sort, *, size: int = 1000) -> Iterator[list[int]]:
    """Every id in order, in chunks."""
    after = None
    walk = _Walk(chosen.where, sort, backwards=False, follows_sort=True)
    while True:
        rows = walk.rows(after, size)
        if rows:
            yield [row.account_id for row in rows]
        if len(rows) < size:
            return
        after = rows[-1]


@dataclass(frozen=True)
class _Walk:
    """Through the rows of a filter in the order of a sort.

    `follows_sort`: start with the table of the sort and stop at a full page. Right when many rows match; few matches
    are found sooner by reading all accounts and sorting what is left.
    """

    where: Where
    sort: Sort
    backwards: bool
    follows_sort: bool

    def rows(self, start: Cursor | None, limit: int) -> list[Cursor]:
        """Rows with a value, then rows without one; the other way round when going backwards."""
        parts = [True, False] if self.backwards else [False, True]
        if start is not None and (start.value is None) != parts[0]:
            parts = parts[1:]
        found: list[Cursor] = []
        for index, is_null in enumerate(parts):
            if len(found) < limit:
                begin = start if index == 0 else None
                part = self._without_value if is_null else self._with_value
                found += part(begin, limit - len(found))
        return found

    def _with_value(self, start: Cursor | None, limit: int) -> list[Cursor]:
        if self.sort.column.table == OWNER and self.follows_sort:
            until = _name_after(start.value if start else None, is_descending=self.sort.is_descending != self.backwards)
            if until is not None:
                found = self._with_owners(until)._select(start, limit)
                if len(found) == limit:
                    return found
        return self._select(start, limit)

    def _with_owners(self, until: str) -> "_Walk":
        """The same walk over the accounts of the next owners only: found by the index of owners."""
        way = ">=" if self.sort.is_descending != self.backwards else "<="
        sql = f"accounts_account.owner_id IN (SELECT id FROM people_user WHERE name {way} %s)"
        return replace(self, where=self.where & Where((Term(sql, (until,), frozenset({ACCOUNTS})),)))

    def _select(self, start: Cursor | None, limit: int) -> list[Cursor]:
        column = self.sort.column
        base = column.table if self.follows_sort and column.table != OWNER else ACCOUNTS
        key = f"{TABLES[base]}.{'id' if base == ACCOUNTS else 'account_id'}"
        down = self.sort.is_descending != self.backwards
        parameters = self.where.parameters
        bounds = [f"{column.sql} IS NOT NULL"]
        if start is not None:
            bounds.append(f"({column.sql}, {key}) {'<' if down else '>'} (%s, %s)")
            parameters += [start.value, start.account_id]
        if base != column.table:
            bounds = [f"({bound}) IS TRUE" for bound in bounds]
        terms = [*self._filter(base), *bounds]
        direction = "DESC" if down else "ASC"
        statement = (
            f"SELECT {column.sql}, {key} FROM {_tables(base, self.where.tables | {column.table})}"
            f" WHERE {' AND '.join(terms)} ORDER BY 1 {direction}, 2 {direction} LIMIT {limit}"
        )
        return [Cursor(value, account_id) for value, account_id in _rows(statement, parameters)]

    def _without_value(self, start: Cursor | None, limit: int) -> list[Cursor]:
        column = self.sort.column
        terms, parameters = [f"{column.sql} IS NULL", *self._filter(ACCOUNTS)], self.where.parameters
        if start is not None:
            terms.append(f"accounts_account.id {'<' if self.backwards else '>'} %s")
            parameters.append(start.account_id)
        statement = (
            f"SELECT accounts_account.id FROM {_tables(ACCOUNTS, self.where.tables | {column.table})}"
            f" WHERE {' AND '.join(terms)} ORDER BY 1 {'DESC' if self.backwards else 'ASC'} LIMIT {limit}"
        )
        return [Cursor(None, account_id) for (account_id,) in _rows(statement, parameters)]

    def _filter(self, base: str) -> list[str]:
        return _terms(self.where, plain=base == ACCOUNTS)


def _name_after(name: str | None, *, is_descending: bool) -> str | None:
    """The name of the user some places after `name`; None when there are not that many."""
    way, direction = ("<=", "DESC") if is_descending else (">=", "ASC")
    where, parameters = ("", []) if name is None else (f" WHERE name {way} %s", [name])
    rows = _rows(f"SELECT name FROM people_user{where} ORDER BY name {direction} LIMIT 1 OFFSET {OWNERS}", parameters)
    return str(rows[0][0]) if rows else None


def _tables(base: str, needed: frozenset[str]) -> str:
    key = f"{TABLES[base]}.{'id' if base == ACCOUNTS else 'account_id'}"
    if OWNER in needed:
        needed |= {ACCOUNTS}
    joins = [_OPEN_TASKS if base == TASKS else TABLES[base]]
    if ACCOUNTS in needed and base != ACCOUNTS:
        joins.append(f"LEFT JOIN accounts_account ON accounts_account.id = {key}")
    for name in (HEALTH, PROFILE):
        if name in needed and base != name:
            joins.append(f"LEFT JOIN {TABLES[name]} ON {TABLES[name]}.account_id = {key}")
    if TASKS in needed and base != TASKS:
        joins.append(f"LEFT JOIN {_OPEN_TASKS} ON open_tasks.account_id = {key}")
    if OWNER in needed:
        joins.append("LEFT JOIN people_user ON people_user.id = accounts_account.owner_id")
    return " ".join(joins)


@dataclass(frozen=True)
class Summary:
    """The strip above the table, over all accounts of the filter. Money in major units of the reporting currency."""

    green: int = 0
    yellow: int = 0
    red: int = 0
    unknown: int = 0
    arr: float = 0
    arr_at_risk: float = 0
    renewing: int = 0
    renewing_arr: float = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """All accounts of the filter."""
        return self.green + self.yellow + self.red + self.unknown


_SUMMARY = """SELECT COUNT(*),
  COUNT(*) FILTER (WHERE scores_health.band = 'green'),
  COUNT(*) FILTER (WHERE scores_health.band = 'yellow'),
  COUNT(*) FILTER (WHERE scores_health.band = 'red'),
  COUNT(*) FILTER (WHERE scores_health.band_since >= %s AND scores_health.previous_band <> ''),
  SUM(metrics_profile.arr),
  SUM(metrics_profile.arr) FILTER (WHERE scores_health.band = 'red'),
  COUNT(*) FILTER (WHERE metrics_profile.days_to_renewal BETWEEN 0 AND 90),
  SUM(metrics_profile.arr) FILTER (WHERE metrics_profile.days_to_renewal BETWEEN 0 AND 90)"""


def summary(chosen: Filter, *, changed_since: date) -> Summary:
    """Counts and sums over all accounts of the filter, in one statement.

    Remembered for some seconds: it is the same on every page and in every sort of a filter.
    """
    key = f"summary:{cache.get('summary-version', 0)}:{hash_secret(f'{chosen.query}:{changed_since}')}"
    found: Summary | None = cache.get(key)
    if found is None:
        found = _summary(chosen.where, midnight(changed_since))
        cache.set(key, found, SUMMARY_SECONDS)
    return found


def forget_summaries() -> None:
    """After a change by a person, who wants to see it counted."""
    cache.set("summary-version", time.monotonic_ns(), None)


def _summary(where: Where, changed_since: datetime) -> Summary:
    since = connection.ops.adapt_datetimefield_value(changed_since)
    statement = f"{_SUMMARY} FROM {_tables(ACCOUNTS, where.tables | {HEALTH, PROFILE})}{_clause(where)}"
    row = _rows(statement, [since, *where.parameters])[0]
    total, green, yellow, red, changed, arr, arr_at_risk, renewing, renewing_arr = row
    return Summary(
        green=green,
        yellow=yellow,
        red=red,
        unknown=total - green - yellow - red,
        changed=changed,
        arr=float(arr or 0),
        arr_at_risk=float(arr_at_risk or 0),
        renewing=renewing,
        renewing_arr=float(renewing_arr or 0),
    )


def _clause(where: Where) -> str:
    terms = _terms(where, plain=True)
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def _terms(where: Where, *, plain: bool) -> list[str]:
    """`plain`: those over accounts alone may use an index of theirs, because the statement starts with accounts."""
    return [term.sql if plain and term.tables <= {ACCOUNTS} else f"({term.sql}) IS TRUE" for term in where.terms]


def count(where: Where) -> int:
    """How many accounts a predicate holds for."""
    statement = f"SELECT COUNT(*) FROM {_tables(ACCOUNTS, where.tables)}{_clause(where)}"
    return int(_rows(statement, where.parameters)[0][0])


def count_unanswered(where: Where) -> int:
    """For how many accounts a predicate has no answer: a value is missing."""
    sql = " AND ".join(term.sql for term in where.terms) or "(1 = 1)"
    statement = f"SELECT COUNT(*) FROM {_tables(ACCOUNTS, where.tables)} WHERE ({sql}) IS NULL"
    return int(_rows(statement, where.parameters)[0][0])


def some_ids(where: Where, limit: int) -> list[int]:
    """The first accounts the database comes across that a predicate holds for."""
    statement = f"SELECT accounts_account.id FROM {_tables(ACCOUNTS, where.tables)}{_clause(where)} LIMIT {limit}"
    return [row[0] for row in _rows(statement, where.parameters)]


def _rows(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall())
