"""The profiles of past days, in the lake for good: table `profiles`, a row per account and `day`, a column per metric.

The profile of day D is the one as of the first instant of D + 1. What was recorded when the day ended never changes
(known then); corrections by late data stand beside it, and every function here answers with them (known now) unless it
is asked otherwise. See `lake.days`, which keeps them, and `relation` for questions over many days.

A metric that people declared stands in a column of its own for each meaning it ever had (`Metric.column`), so that a
changed definition never finds values of the one before. Everything here speaks of metrics by their keys.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa

from mainstay.common.time import DAY
from mainstay.lake import engine
from mainstay.lake.days import Corrected, DayTable, Known
from mainstay.lake.store import Lake
from mainstay.metrics.registry import Metric, all_metrics

TABLE = "profiles"


def _columns() -> pa.Schema:
    return pa.schema([(metric.column, pa.float64()) for metric in all_metrics().values()])


# Sums of fractions may differ in their last digits from one run to the next: that corrects nothing.
KEPT = DayTable(
    TABLE,
    _columns,
    differs="{a} IS DISTINCT FROM {b} AND coalesce(abs({a} - {b}) > 1e-6 * greatest(1, abs({a})), true)",
)


def relation(*, start: date, end: date, known: Known = Known.NOW, keys: Sequence[str] | None = None) -> str:
    """SQL for FROM: the profiles of the days `[start, end)`, one row per account and kept day.

    Columns: `account_id`, `day`, `recorded_at` (UTC, without a zone) and a float per metric of `keys` (all), null where
    there was no value. As known now, which is what every question over history means unless it says otherwise;
    `known=Known.THEN` gives what was recorded when each day ended.
    """
    wanted = list(all_metrics() if keys is None else keys)
    source = KEPT.relation(start=start, end=end, known=known, columns=[_column(key) for key in wanted])
    return _by_key(source, wanted)


def record(profiles: Iterable[tuple[date, pa.Table]], *, at: datetime | None = None) -> list[date]:
    """Keep the profiles of these days, all of one month, as recorded at `at`; the days that were not kept before."""
    return KEPT.record(((day, _stored(rows)) for day, rows in profiles), at=at)


def correct(computed: Iterable[Corrected], *, at: datetime) -> list[tuple[date, int]]:
    """Keep, beside what was recorded, the profiles that turned out to be others; their days and how many of each."""
    return KEPT.correct([replace(one, rows=_stored(one.rows)) for one in computed], at=at)


def fill(days: Sequence[tuple[date, pa.Table]], metrics: Sequence[Metric]) -> None:
    """Add the values of metrics that were not kept of these days, all of one month; what is kept stays.

    The tables have `account_id` and the keys of `metrics`. Days that are not kept are left out.
    """
    columns = {metric.key: metric.column for metric in metrics}
    KEPT.fill(
        [(day, rows.rename_columns([columns.get(name, name) for name in rows.column_names])) for day, rows in days]
    )


def keys_not_kept(*, start: date, end: date) -> dict[str, list[date]]:
    """The kept days of `[start, end)` on which a metric has no value for anybody, by metric."""
    empty = KEPT.columns_not_kept(start=start, end=end)
    return {key: empty[metric.column] for key, metric in all_metrics().items() if metric.column in empty}


def first_day() -> date | None:
    """A day at or before the first one whose profiles are kept."""
    file = Lake().live(TABLE).first()
    return file.starts_on if file else None


def _column(key: str) -> str:
    metric = all_metrics().get(key)
    return metric.column if metric else key


def _stored(rows: pa.Table) -> pa.Table:
    return rows.rename_columns([_column(name) for name in rows.column_names])


def _by_key(source: str, keys: Sequence[str]) -> str:
    columns = [(_column(key), key) for key in keys]
    if all(column == key for column, key in columns):
        return source
    named = "".join(f', "{column}" AS "{key}"' for column, key in columns)
    return f"(SELECT account_id, day, recorded_at{named} FROM {source})"


def merge_months(before: date) -> int:
    """Make one file of each month that ended by the first of `before`'s month and still has several; how many."""
    return KEPT.merge_months(before)


def recorded_days(*, start: date | None = None, end: date | None = None) -> list[date]:
    """The days in `[start, end)` whose profiles are kept, in order."""
    return KEPT.recorded_days(start=start, end=end)


def days_recorded_before(at: datetime, *, start: date, end: date) -> list[date]:
    """The kept days of `[start, end)` that were recorded, at least in part, before an instant."""
    return KEPT.days_recorded_before(at, start=start, end=end)


def latest_day(*, before: date) -> date | None:
    """The latest day before `before` whose profiles are kept."""
    return KEPT.latest_day(before=before)


def has_day(day: date) -> bool:
    """Whether the profiles of the day are kept."""
    return KEPT.has_day(day)


def read_day(day: date, *, known: Known = Known.NOW, keys: Sequence[str] | None = None) -> pa.Table:
    """The profiles kept of a day: `account_id` and the metrics of `keys` (all), ordered by account."""
    with engine.cursor() as cursor:
        source = relation(start=day, end=day + DAY, known=known, keys=keys)
        return engine.arrow(cursor, f"SELECT * EXCLUDE (day, recorded_at) FROM {source} ORDER BY account_id")


def read_accounts(
    day: date, account_ids: Collection[int], *, known: Known = Known.NOW, keys: Sequence[str] | None = None
) -> pa.Table:
    """`read_day` of these accounts only."""
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        source = relation(start=day, end=day + DAY, known=known, keys=keys)
        return engine.arrow(
            cursor,
            f"SELECT * EXCLUDE (id, day, recorded_at) FROM {source} JOIN wanted ON id = account_id ORDER BY account_id",
        )


def read_account(account_id: int, keys: Sequence[str], *, start: date, end: date, known: Known = Known.NOW) -> pa.Table:
    """The metrics of `keys` of one account, a row per kept day of `[start, end)`, in order; first column `day`."""
    return _account(account_id, relation(start=start, end=end, known=known, keys=keys))


def read_account_on(account_id: int, keys: Sequence[str], days: Collection[date]) -> pa.Table:
    """The metrics of `keys` of one account on those of `days` that are kept, in order; first column `day`.

    Reads only the files of these days, of which there must be at least one.
    """
    source = KEPT.relation_on(days, columns=[_column(key) for key in keys])
    return _account(account_id, _by_key(source, keys))


def _account(account_id: int, source: str) -> pa.Table:
    with engine.cursor() as cursor:
        return engine.arrow(
            cursor,
            f"SELECT * EXCLUDE (account_id, recorded_at) FROM {source} WHERE account_id = ? ORDER BY day",
            [account_id],
        )


def latest_values(
    keys: Sequence[str], account_ids: Collection[int], *, start: date, end: date
) -> dict[str, dict[int, tuple[float, date]]]:
    """For each metric, the accounts that had a value on a kept day of `[start, end)`: the latest one and its day."""
    found: dict[str, dict[int, tuple[float, date]]] = {key: {} for key in keys}
    if not keys or not account_ids:
        return found
    source = relation(start=start, end=end, keys=keys)
    with engine.cursor() as cursor:
        cursor.register("wanted", pa.table({"id": pa.array(account_ids, pa.int64())}))
        for key in keys:
            rows = cursor.execute(
                f"""SELECT account_id, arg_max("{key}", day), max(day) FROM {source} JOIN wanted ON id = account_id
                WHERE "{key}" IS NOT NULL GROUP BY account_id"""
            ).fetchall()
            found[key] = {row[0]: (row[1], row[2]) for row in rows}
    return found
