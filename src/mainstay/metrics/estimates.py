"""What a metric would cost, before it is saved: looked up in the catalogue of the lake, and measured on a sample."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import duckdb
from django.db.models import Count, Sum

from mainstay.common.time import DAY, midnight
from mainstay.facts import tables, tallies
from mainstay.facts.schema import USER_DAYS
from mainstay.facts.tally import TallySpec
from mainstay.lake import engine as lake
from mainstay.lake.store import Lake
from mainstay.metrics import engine, past
from mainstay.metrics.declaring import check_metric
from mainstay.metrics.needs import needs_of
from mainstay.metrics.own.document import Document
from mainstay.metrics.registry import Declared, all_metrics
from mainstay.metrics.tables import ACTIVITY_DAYS


@dataclass(frozen=True)
class Reading:
    """What is read: files of the lake, their rows and bytes, as the catalogue knows them."""

    files: int = 0
    rows: int = 0
    bytes: int = 0

    def __add__(self, other: "Reading") -> "Reading":
        return Reading(self.files + other.files, self.rows + other.rows, self.bytes + other.bytes)


@dataclass(frozen=True)
class Estimate:
    """The cost of a metric.

    `refresh` is what each refresh reads for it beyond what it reads anyway, `refresh_seconds` how long it takes on this
    machine, for all accounts: measured, or for a tally that is not built yet, measured on the sample and taken as many
    times as there are days. `building` is what must be read once before there is a value (nothing where the daily
    counts will do) and `building_seconds` how long that takes; `history_seconds`: for the days that are kept. `sample`
    is the day that was measured, with `sample_events` events.
    """

    refresh: Reading
    refresh_seconds: float
    building: Reading
    building_seconds: float
    history_days: int
    history_seconds: float
    sample: date | None
    sample_events: int


def estimate(document: Document, *, now: datetime) -> Estimate:
    """What the metric of this document would cost. Raises BadMetric as saving would. Takes as long as computing it."""
    metric = check_metric(document)
    metrics = Declared({**all_metrics(), metric.key: metric})
    needs, today = needs_of(metrics, [metric.key]), now.date()
    ready = tallies.complete_from(needs.tallies)
    missing = {
        spec: days for spec, days in needs.tallies.items() if ready.get(spec.name, today) > today - timedelta(days=days)
    }
    kept = [(spec.name, days) for spec, days in needs.tallies.items() if spec not in missing]
    refresh = sum((_reading(table, today, days) for table, days in [("usage", needs.event_days), *kept]), Reading())
    history_days = len(past.recorded_days())
    sample = _busiest_day(today) if missing else None
    if sample is None:
        seconds = _timed(lambda: engine.compute(now, keys=[metric.key], metrics=metrics))
        return Estimate(refresh, seconds, Reading(), 0, history_days, seconds * history_days, None, 0)
    building = sum((_reading("events", today, days) for days in missing.values()), Reading())
    measured = _measure(metric.key, metrics, missing, sample)
    days = max(missing.values())
    whole = _reading("events", sample + DAY, 1).bytes
    return Estimate(
        refresh=refresh + Reading(rows=measured.rows * days),
        refresh_seconds=measured.seconds * days,
        building=building,
        building_seconds=measured.building_seconds * building.bytes / max(1, whole) / len(missing),
        history_days=history_days,
        history_seconds=(measured.seconds * days + measured.building_seconds) * history_days,
        sample=sample,
        sample_events=measured.events,
    )


@dataclass(frozen=True)
class _Measured:
    """What a day took: seconds to build its tallies, to compute from them; the rows they have, of how many events."""

    building_seconds: float
    seconds: float
    rows: int
    events: int


def _measure(key: str, metrics: Declared, missing: Mapping[TallySpec, int], day: date) -> _Measured:
    moment = midnight(day + DAY)
    records = engine.records_read(metrics, (key,))
    with lake.cursor() as cursor:
        needs = needs_of(metrics, [key])
        tables.register(cursor, moment, history_days=ACTIVITY_DAYS, records_of=records, needs=needs)
        building = sum(_timed(partial(_build, cursor, spec, day, moment)) for spec in missing)
        complete = ", ".join(f"('{spec.name}', {days})" for spec, days in missing.items())
        cursor.execute(
            f"CREATE OR REPLACE TEMP VIEW tallies AS SELECT * FROM (VALUES {complete}) AS t(tally, first_age)"
        )
        seconds = _timed(lambda: engine.run(cursor, keys=[key], metrics=metrics))
        counts = [
            cursor.execute(f"SELECT count(*), coalesce(sum(n), 0)::BIGINT FROM {spec.name}").fetchall()[0]
            for spec in missing
        ]
    return _Measured(building, seconds, sum(rows for rows, _ in counts), sum(events for _, events in counts))


def _build(cursor: duckdb.DuckDBPyConnection, spec: TallySpec, day: date, moment: datetime) -> None:
    rows = tallies.counted_sql(cursor, spec, start=day, before=moment)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE sampled_{spec.name} AS {rows}")
    view = tallies.view_sql(spec, f"FROM sampled_{spec.name}", age="1")
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW {spec.name} AS {view}")


def _reading(table: str, today: date, days: int) -> Reading:
    """The files of a table that hold the `days` before `today`, and what is known of today."""
    if days == 0:
        return Reading()
    files = Lake().live(table, start=today - timedelta(days=days), end=today + DAY)
    found = files.order_by().aggregate(files=Count("pk"), rows=Sum("rows"), size=Sum("size_bytes"))
    return Reading(found["files"], found["rows"] or 0, found["size"] or 0)


def _busiest_day(today: date) -> date | None:
    """Of the last seven complete days the one with most events; None where there are none."""
    with lake.cursor() as cursor:
        source = Lake().relation("user_days", USER_DAYS, start=today - timedelta(days=7), end=today)
        found = cursor.execute(
            f"SELECT day FROM {source} WHERE day >= ? AND day < ? GROUP BY day ORDER BY sum(n) DESC, day DESC LIMIT 1",
            [today - timedelta(days=7), today],
        ).fetchone()
    return found[0] if found else None


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
