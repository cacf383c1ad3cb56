"""Prepares in a cursor what conditions on the past read, a month at a time: `profile`, `account` and `health`.

A day's rows are the accounts whose profile is kept of it. The health of an account on a day is its last kept score up
to that day, as in the present, where an account keeps the score it left with. So each month begins with what the months
before it left: one row an account (`past_latest`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection

from mainstay.accounts.models import StageChange
from mainstay.common.time import DAY
from mainstay.conditions import Type
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.scores import account_fields, history
from mainstay.segments.past_fields import Needed

_ARROW = {Type.NUMBER: pa.float64(), Type.TEXT: pa.string(), Type.BOOLEAN: pa.bool_(), Type.DATE: pa.date32()}
_SCORE = "kept.account_id, kept.day, kept.score, kept.band, kept.coverage"
_WEEK = timedelta(days=7)


class PastRows:
    """Rows of days in order, prepared in a cursor of the engine, at most a month at a time."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, needed: Needed, *, known: Known) -> None:
        self._cursor = cursor
        self._known = known
        self._needed = needed
        self._until: date | None = None
        cursor.register("past_accounts", _accounts(needed))
        if needed.stages:
            cursor.register("past_stages", _stages())

    def prepare(self, days: Sequence[date]) -> str:
        """SQL for FROM with the rows of these days, all later than those asked for before."""
        start, end = days[0], days[-1] + DAY
        profiles = past.relation(start=start, end=end, known=self._known, keys=self._needed.metrics)
        named = ", ".join(f"DATE '{day}'" for day in days)
        rows = (
            f"(SELECT * FROM {profiles} WHERE day IN ({named})) AS profile "
            "JOIN past_accounts AS account ON account.id = profile.account_id"
        )
        if self._needed.stages:
            rows += (
                " ASOF LEFT JOIN past_stages AS stages "
                "ON stages.account_id = profile.account_id AND stages.since <= profile.day"
            )
        if not self._needed.health:
            return rows
        latest = self._latest_before(start) if self._until is None else _last_of("past_health")
        # Days of which scores are kept and profiles are not lie between two months at times: they count as well.
        scored = self._scored(self._until or start, end)
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE past_latest AS {latest}")
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE past_health AS {scored}")
        self._until = end
        return (
            f"{rows} ASOF LEFT JOIN past_health AS health "
            "ON health.account_id = profile.account_id AND health.day <= profile.day"
        )

    def _kept(self, start: date | None, end: date) -> str:
        columns = ("score", "band", "coverage")
        return history.KEPT.relation(start=start, end=end, known=self._known, columns=columns)

    def _scored(self, start: date, end: date) -> str:
        """A query: the scores of these days, the latest before of each account, and what is derived from others."""
        rows = f"SELECT {_SCORE} FROM {self._kept(start, end)} AS kept"
        if self._needed.week:
            rows = (
                f"SELECT {_SCORE}, before.score AS score_7d_ago FROM {self._kept(start, end)} AS kept "
                f"LEFT JOIN {self._kept(start - _WEEK, end - _WEEK)} AS before "
                "ON before.account_id = kept.account_id AND before.day = kept.day - 7"
            )
        rows = f"{rows} UNION ALL BY NAME FROM past_latest"
        return _with_stays(rows) if self._needed.stay else rows

    def _latest_before(self, day: date) -> str:
        """A query: the last score of each account that was kept before `day`, in the columns of `_scored`."""
        kept = self._kept(None, day)
        latest = _last_of(f"(SELECT {_SCORE} FROM {kept} AS kept)")
        columns, joins = ["latest.*"], ""
        if self._needed.week:
            columns.append("before.score AS score_7d_ago")
            joins = (
                f"LEFT JOIN {kept} AS before ON before.account_id = latest.account_id AND before.day = latest.day - 7"
            )
        if self._needed.stay:
            columns += ["stays.since", "stays.previous_band"]
            joins += " JOIN stays ON stays.account_id = latest.account_id"
        return f"""
            WITH latest AS ({latest}), others AS (
                SELECT kept.account_id, max(kept.day) AS day, arg_max(kept.band, kept.day) AS band
                FROM {kept} AS kept JOIN latest ON latest.account_id = kept.account_id
                WHERE kept.band <> latest.band GROUP BY kept.account_id
            ), stays AS (
                SELECT kept.account_id, min(kept.day) AS since, coalesce(any_value(others.band), '') AS previous_band
                FROM {kept} AS kept LEFT JOIN others ON others.account_id = kept.account_id
                WHERE others.day IS NULL OR kept.day > others.day GROUP BY kept.account_id
            )
            SELECT {", ".join(columns)} FROM latest {joins}"""


def _accounts(needed: Needed) -> pa.Table:
    """`id` and the fields of accounts that are named, from the SQL database."""
    chosen = ["accounts_account.id", *(account_fields.COLUMNS[name] for name in needed.account)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(chosen)} FROM {account_fields.FROM}")
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(chosen)
    columns = {"id": pa.array(values[0], pa.int64())}
    for name, found in zip(needed.account, values[1:], strict=True):
        kind = account_fields.FIELDS[name].type
        columns[name] = pa.array([_typed(value, kind) for value in found], _ARROW[kind])
    if needed.stages:
        dated = set(StageChange.objects.order_by().values_list("account_id", flat=True).distinct())
        columns["has_stages"] = pa.array([pk in dated for pk in values[0]], pa.bool_())
    return pa.table(columns)


def _stages() -> pa.Table:
    """Which stage each account entered when."""
    rows = list(StageChange.objects.order_by().values_list("account_id", "stage", "since"))
    schema = pa.schema([("account_id", pa.int64()), ("stage", pa.string()), ("since", pa.date32())])
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema)


def _typed(value: Any, kind: Type) -> Any:
    # SQLite has no dates: they come as text.
    return date.fromisoformat(value) if kind is Type.DATE and isinstance(value, str) else value


def _with_stays(rows: str) -> str:
    """`since`: the first day of the stay in the band; `previous_band`: the one before, empty: none.

    A row that knows both already (the latest of an earlier month) begins a stay as one that changed the band does.
    """
    return f"""
        WITH rows AS ({rows}), compared AS (
            SELECT *, lag(band) OVER days AS band_before FROM rows
            WINDOW days AS (PARTITION BY account_id ORDER BY day)
        ), turned AS (
            SELECT *,
              CASE WHEN since IS NOT NULL THEN since WHEN band IS DISTINCT FROM band_before THEN day END AS begun,
              CASE WHEN since IS NOT NULL THEN previous_band
                WHEN band IS DISTINCT FROM band_before THEN coalesce(band_before, '') END AS former
            FROM compared
        )
        SELECT * EXCLUDE (band_before, begun, former, since, previous_band),
          last_value(begun IGNORE NULLS) OVER days AS since,
          last_value(former IGNORE NULLS) OVER days AS previous_band
        FROM turned WINDOW days AS (PARTITION BY account_id ORDER BY day)"""


def _last_of(rows: str) -> str:
    """A query: the last row of each account."""
    return f"SELECT unnest(arg_max(entry, entry.day)) FROM {rows} AS entry GROUP BY entry.account_id"


def kept_days(needed: Needed, start: date, end: date) -> list[date]:
    """The days of `[start, end)` of which what is needed is kept, in order."""
    days = past.recorded_days(start=start, end=end)
    return sorted(set(days) & set(history.recorded_days(start=start, end=end))) if needed.health else days
