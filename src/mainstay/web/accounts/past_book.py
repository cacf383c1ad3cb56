"""The Portfolio of a day that is over: the accounts as they were kept, filtered and sorted in the engine.

One table of the day (the book) holds every account with the values of all columns; it is made once and remembered while
nothing it was made from changes. What has no history is taken as it is now: names, owners, tiers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
from django.db.models import Count, Max, Q

from mainstay.accounts.models import Account
from mainstay.common.time import DAY, midnight
from mainstay.lake import engine
from mainstay.lake.days import Known
from mainstay.lake.models import DataFile
from mainstay.metrics import past
from mainstay.playbooks.selectors import tasks_open_at
from mainstay.scores import history
from mainstay.scores.models import Health
from mainstay.scores.past_causes import Why, whys
from mainstay.segments import history as conditions
from mainstay.segments import selectors
from mainstay.web.accounts.columns import Sort
from mainstay.web.accounts.filters import NOBODY, Filter
from mainstay.web.accounts.query import Summary
from mainstay.web.accounts.rows import METRICS, Row
from mainstay.web.corrections import sentence

WEEK = timedelta(days=7)
WEEKS = 12
NOTHING_SAID = Why()
_TABLES = (past.KEPT.name, past.KEPT.corrections, history.KEPT.name, history.KEPT.corrections)
_SORTS = {
    "name": "name", "health": "score", "change": "change_7d", "arr": "arr", "seats": "seat_use",
    "renewal": "days_to_renewal", "stage": "stage", "tier": "nullif(tier, '')", "nps": "nps_latest",
    "active": "days_since_last_activity", "coverage": "coverage", "since": "signed_on", "owner": "owner",
    "tasks": "nullif(tasks, 0)",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A page of the book: its rows, the numbers above them, and whether there are pages before and after."""

    rows: Sequence[Row]
    summary: Summary
    has_more: bool


@dataclass(frozen=True)
class PastBook:
    """The accounts of a day that is kept, as known then or now."""

    day: date
    known: Known

    def page(self, chosen: Filter, sort: Sort, *, size: int, number: int) -> Found:
        """The rows of a page (from 1), and the numbers of all accounts of the filter. Raises DayNotKept."""
        with engine.cursor() as cursor:
            where, parameters = self._prepare(cursor, chosen)
            summary = _summary(cursor, where, parameters)
            ids = self._ids(cursor, where, parameters, sort, limit=size + 1, offset=size * (number - 1))
            found = _rows_of(cursor, ids[:size])
        return Found(self._complete(found), summary, len(ids) > size)

    def all_ids(self, chosen: Filter, sort: Sort) -> list[int]:
        """Every account of the filter in order."""
        with engine.cursor() as cursor:
            where, parameters = self._prepare(cursor, chosen)
            return self._ids(cursor, where, parameters, sort, limit=10**9, offset=0)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """These accounts, in this order; those the book does not have are left out."""
        with engine.cursor() as cursor:
            cursor.register("book", self._table())
            found = _rows_of(cursor, ids)
        return self._complete(found)

    def _table(self) -> pa.Table:
        return _book(self.day, self.known, _version())

    def _prepare(self, cursor: Any, chosen: Filter) -> tuple[str, list[Any]]:
        cursor.register("book", self._table())
        terms, parameters = _plain_terms(chosen)
        texts = [chosen.segment.condition if chosen.segment else "", chosen.condition]
        for number, text in enumerate(text for text in texts if text.strip()):
            members = _members(text, self.day, self.known, _version())
            cursor.register(f"members_{number}", pa.table({"id": members}))
            terms.append(f"id IN (SELECT id FROM members_{number})")
        return " AND ".join(terms) or "true", parameters

    def _ids(self, cursor: Any, where: str, parameters: list[Any], sort: Sort, *, limit: int, offset: int) -> list[int]:
        way = "DESC" if sort.is_descending else "ASC"
        rows = cursor.execute(
            f"SELECT id FROM book WHERE {where} ORDER BY {_SORTS[sort.column.key]} {way} NULLS LAST, id {way}"
            f" LIMIT {limit} OFFSET {offset}",
            parameters,
        ).fetchall()
        return [row[0] for row in rows]

    def _complete(self, found: Sequence[dict[str, Any]]) -> list[Row]:
        """What only the rows of a page show: names and owners from the database, the weeks, why, what was corrected."""
        ids = [values["id"] for values in found]
        accounts = Account.objects.select_related("owner").in_bulk(ids)
        days = [self.day - WEEK * back for back in range(WEEKS - 1, -1, -1)]
        weeks = history.scores_on(days, ids, known=self.known)
        corrected = _corrected(self.day, ids) if self.known is Known.NOW else {}
        tasks = _tasks(midnight(self.day + DAY), ids)
        reasons = whys(self.day, ids, since=self.day - WEEK, known=self.known)
        for values in found:
            if account := accounts.get(values["id"]):
                account.stage = values["stage"] or ""
        return [
            Row(
                account=accounts[values["id"]],
                health=_health(
                    values,
                    weeks.get(values["id"], []),
                    why=reasons.get(values["id"], NOTHING_SAID).words,
                    at=midnight(self.day + DAY),
                ),
                profile={key: values[key] for key in METRICS},
                tasks=tasks.get(values["id"], (0, 0))[0],
                late=tasks.get(values["id"], (0, 0))[1],
                corrected=corrected.get(values["id"], ""),
            )
            for values in found
            if values["id"] in accounts
        ]


def latest_kept(*, before: datetime) -> date | None:
    """The latest day that ended by an instant and whose profiles and scores are kept."""
    day = past.latest_day(before=before.date())
    while day is not None and not history.has_day(day):
        day = past.latest_day(before=day)
    return day


@lru_cache(maxsize=2)
def _book(day: date, known: Known, version: object) -> pa.Table:
    """A row per account whose profile is kept of the day."""
    keys = ", ".join(f'profile."{key}"' for key in METRICS)
    scores = ["score", "band", "coverage"]
    with engine.cursor() as cursor:
        cursor.register("accounts", _accounts())
        cursor.register("open_tasks", _task_counts(midnight(day + DAY)))
        health = history.relation(start=day, end=day + DAY, known=known, columns=scores)
        before = history.relation(start=day - WEEK, end=day - WEEK + DAY, known=known, columns=scores)
        profile = past.relation(start=day, end=day + DAY, known=known, keys=METRICS)
        return engine.arrow(
            cursor,
            f"""SELECT a.* EXCLUDE (stage, churned_on),
              CASE WHEN a.stage <> 'churned' OR coalesce(a.churned_on <= DATE '{day + DAY}', true)
                THEN nullif(a.stage, '') END AS stage,
              {keys}, health.score, coalesce(health.band, 'unknown') AS band, health.coverage,
              health.score - before.score AS change_7d, before.band AS band_before, coalesce(t.n, 0) AS tasks
            FROM {profile} AS profile JOIN accounts AS a ON a.id = profile.account_id
            LEFT JOIN {health} AS health ON health.account_id = a.id
            LEFT JOIN {before} AS before ON before.account_id = a.id
            LEFT JOIN open_tasks AS t ON t.account_id = a.id""",
        )


@lru_cache(maxsize=64)
def _members(text: str, day: date, known: Known, version: object) -> pa.Array:
    """The accounts a condition held for at the end of a day."""
    return pa.array(conditions.matching(selectors.condition(text), day, known=known), pa.int64())


def _version() -> object:
    """Changes with anything a book is made from: what is kept and corrected, and the accounts."""
    files = DataFile.objects.filter(table__in=_TABLES).aggregate(newest=Max("pk"), removed=Max("removed_by"))
    accounts = Account.objects.aggregate(count=Count("pk"), changed=Max("updated_at"))
    return (*files.values(), *accounts.values())


def _accounts() -> pa.Table:
    schema = pa.schema([
        ("id", pa.int64()), ("key", pa.string()), ("name", pa.string()), ("domain", pa.string()),
        ("tier", pa.string()), ("stage", pa.string()), ("owner_id", pa.int64()), ("owner", pa.string()),
        ("signed_on", pa.date32()), ("churned_on", pa.date32()),
    ])  # fmt: skip
    names = [name if name != "owner" else "owner__name" for name in schema.names]
    columns = list(zip(*Account.objects.order_by().values_list(*names), strict=True)) or [()] * len(schema)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema)


def _task_counts(at: datetime) -> pa.Table:
    found = tasks_open_at(at).exclude(account=None).select_related(None).order_by()
    counted = found.values("account").annotate(n=Count("pk")).values_list("account", "n")
    ids, numbers = list(zip(*counted, strict=True)) or [(), ()]
    return pa.table({"account_id": pa.array(ids, pa.int64()), "n": pa.array(numbers, pa.int64())})


def _tasks(at: datetime, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    found = tasks_open_at(at).filter(account__in=ids).select_related(None).order_by()
    counted = found.values("account").annotate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)))
    return {account: (number, late) for account, number, late in counted.values_list("account", "open", "late")}


def _plain_terms(chosen: Filter) -> tuple[list[str], list[Any]]:
    terms, parameters = [], list[Any]()
    if chosen.q:
        pattern = chosen.q.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        terms.append("(" + " OR ".join(f"lower({name}) LIKE ? ESCAPE '\\'" for name in ("name", "domain", "key")) + ")")
        parameters += [f"%{pattern}%"] * 3
    if chosen.owner:
        terms.append("owner_id IS NULL" if chosen.owner == NOBODY else "owner_id = ?")
        parameters += [] if chosen.owner == NOBODY else [int(chosen.owner)]
    for name in ("stage", "tier", "band"):
        if value := chosen.values.get(name, ""):
            terms.append(f"{name} = ?")
            parameters.append(value)
    return terms, parameters


def _summary(cursor: Any, where: str, parameters: list[Any]) -> Summary:
    found = cursor.execute(
        f"""SELECT count(*) FILTER (band = 'green'), count(*) FILTER (band = 'yellow'), count(*) FILTER (band = 'red'),
          count(*) FILTER (band = 'unknown'), coalesce(sum(arr), 0), coalesce(sum(arr) FILTER (band = 'red'), 0),
          count(*) FILTER (days_to_renewal BETWEEN 0 AND 90),
          coalesce(sum(arr) FILTER (days_to_renewal BETWEEN 0 AND 90), 0),
          count(*) FILTER (band_before IS NOT NULL AND band_before <> band)
        FROM book WHERE {where}""",
        parameters,
    ).fetchone()
    return Summary(*found)


def _rows_of(cursor: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    cursor.register("wanted", pa.table({"id": pa.array(ids, pa.int64()), "place": pa.array(range(len(ids)))}))
    found: list[dict[str, Any]] = engine.arrow(
        cursor, "SELECT book.* FROM book JOIN wanted USING (id) ORDER BY place"
    ).to_pylist()
    return found


def _health(values: dict[str, Any], weeks: Sequence[int | None], *, why: str, at: datetime) -> Health | None:
    """As the rows of the present have it; never saved."""
    if values["coverage"] is None:
        return None
    return Health(
        account_id=values["id"],
        score=values["score"],
        band=values["band"],
        coverage=values["coverage"],
        change_7d=values["change_7d"],
        cause=why,
        weeks=list(weeks),
        as_of=at,
    )


def _corrected(day: date, ids: Sequence[int]) -> dict[int, str]:
    """For the accounts whose score of the day was corrected: what it was when the day ended, and why it changed."""
    notes = history.KEPT.latest_notes(day, ids)
    was = history.scores_on([day], list(notes), known=Known.THEN)
    return {
        pk: sentence("unknown" if (score := was.get(pk, [None])[0]) is None else str(score), note)
        for pk, note in notes.items()
    }
