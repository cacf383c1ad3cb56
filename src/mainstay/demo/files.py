"""Writes the demo company's exports: CSV files as its tools would give them, events as Parquet."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.demo import techcorp
from mainstay.demo.cast import MONTHS, Customer, customers
from mainstay.demo.meanings import more_events
from mainstay.demo.milestones import Row
from mainstay.demo.records import Rows, account_rows, records_of
from mainstay.demo.telemetry import Event, events_of_day, user_keys

_COLUMNS = ("message_id", "timestamp", "event", "user_key", "account_key")
_ROWS_A_GROUP = 100_000


def first_day(today: date) -> date:
    """The first day of the demo's telemetry."""
    return today - timedelta(days=round(MONTHS * 30.5))


def write_records(directory: Path, today: date) -> dict[str, Path]:
    """Write accounts, contacts, subscriptions, … as of `today`; the files by kind, in the order to import them."""
    everyone = [techcorp.customer(today), *customers(today)]
    rows = techcorp.records(today)
    for one in everyone[1:]:
        rows.extend(records_of(one, first=first_day(today), today=today))
    tables: dict[str, Sequence[Row]] = {"accounts": account_rows(everyone)}
    tables |= {one.name: getattr(rows, one.name) for one in fields(Rows)}
    return {kind: _write_csv(directory / f"{kind}.csv", table) for kind, table in tables.items()}


def _write_csv(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_events(
    path: Path, *, today: date, start: date, until: datetime, progress: Callable[[float], None]
) -> Path | None:
    """Write every event of `[start, until)` of the demo that began as of `today`; None when there is none."""
    everyone = customers(today)
    days = (until.date() - start).days + 1
    schema = pa.schema([(name, pa.timestamp("us", "UTC") if name == "timestamp" else pa.string()) for name in _COLUMNS])
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        rows: list[Event] = []
        for number in range(days):
            rows += _events(everyone, start + timedelta(days=number), today=today, until=until)
            if len(rows) >= _ROWS_A_GROUP or number == days - 1:
                columns = [[getattr(row, name) for row in rows] for name in _COLUMNS]
                writer.write_table(pa.table(columns, schema=schema))
                written += len(rows)
                rows = []
            progress((number + 1) / days)
    return path if written else None


def _events(everyone: Sequence[Customer], day: date, *, today: date, until: datetime) -> Iterator[Event]:
    first = first_day(today)
    for one in (techcorp.customer(today), *everyone):
        if one.key == techcorp.KEY:
            events = list(techcorp.events_of_day(day, today=today))
        else:
            events = list(events_of_day(one, day, first=first, last=today))
        events += list(more_events(events, user_keys(one), mood=one.story.mood))
        for event in events:
            if event.timestamp < until:
                yield event
