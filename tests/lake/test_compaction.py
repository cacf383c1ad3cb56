"""What is merged and what is left alone, and what merged files look like."""

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import transaction

from mainstay.lake import compaction, engine, erasure
from mainstay.lake.compaction import Layout, compact, plan
from mainstay.lake.models import DataFile
from mainstay.lake.store import Lake
from tests.facts.sending import NOW

TODAY = date(2026, 11, 18)
SCHEMA = pa.schema([
    ("account_id", pa.int64()), ("day", pa.date32()), ("message_hash", pa.int64()), ("received_at", pa.int64()),
])  # fmt: skip
MESSAGES = Layout("messages", SCHEMA, ("account_id", "day"), unique_by="message_hash")


def file(day: date, rows: int = 100, days: int = 1) -> DataFile:
    """A file of the catalogue that exists nowhere else."""
    file.number = getattr(file, "number", 0) + 1
    return DataFile(pk=file.number, table="messages", starts_on=day, ends_on=day + timedelta(days=days), rows=rows)


def spans(files: list[DataFile], today: date = TODAY) -> list[tuple[int, date, date]]:
    """How many files go into which days."""
    return [(len(merge.files), *span) for merge in plan(files, today) for span in merge.spans]


def test_a_few_files_of_today_are_left_alone():
    assert plan([file(TODAY) for _ in range(11)], TODAY) == []


def test_many_files_of_today_are_merged():
    assert spans([file(TODAY) for _ in range(12)]) == [(12, TODAY, TODAY + timedelta(days=1))]


def test_a_large_file_of_today_is_not_written_again_for_small_ones():
    assert spans([file(TODAY, 100_000), *(file(TODAY) for _ in range(12))]) == [(12, TODAY, TODAY + timedelta(days=1))]


def test_a_day_that_is_over_becomes_one_file():
    yesterday = TODAY - timedelta(days=1)
    assert spans([file(yesterday), file(yesterday)]) == [(2, yesterday, TODAY)]


def test_a_month_that_is_over_becomes_one_file():
    days = [date(2026, 10, day) for day in range(1, 32)]
    assert spans([file(day) for day in days]) == [(31, date(2026, 10, 1), date(2026, 11, 1))]
    assert plan([file(date(2026, 10, 1), days=31)], TODAY) == []


def test_a_month_is_not_over_before_its_last_events_had_time_to_arrive():
    files = [file(date(2026, 10, 30)), file(date(2026, 10, 31))]
    assert plan(files, date(2026, 11, 2)) == []
    assert len(plan(files, date(2026, 11, 3))) == 1


def test_a_late_event_does_not_rewrite_a_month_but_many_do():
    month, late = file(date(2026, 10, 1), 1_000_000, 31), [file(date(2026, 10, 5), 1) for _ in range(11)]
    assert plan([month, *late[:5]], TODAY) == []
    assert spans([month, *late]) == [(12, date(2026, 10, 1), date(2026, 11, 1))]


def test_a_month_of_very_many_rows_stays_a_file_a_day(monkeypatch):
    monkeypatch.setattr(compaction, "MONTH_ROWS", 1000)
    days = [date(2026, 10, 1), date(2026, 10, 2)]
    assert plan([file(day, 900) for day in days], TODAY) == []
    assert spans([file(days[0], 600), file(days[0], 600), file(days[1], 900)]) == [(2, days[0], days[1])]
    imported = [file(days[0], 900, 31), file(days[1], 900)]
    assert len(spans(imported)) == 31


@pytest.mark.django_db
class TestMergedFiles:
    def add(self, *messages: tuple[int, int], day: date) -> None:
        """One file; a message is (account, hash)."""
        accounts, hashes = zip(*messages, strict=True)
        count = len(messages)
        table = pa.table([accounts, [day] * count, hashes, list(range(count))], schema=SCHEMA)
        lake = Lake()
        staged = lake.write("messages", day, table, received_until=NOW)
        with transaction.atomic():
            lake.commit([staged], key=f"{day} {hashes}")

    def read(self) -> list[tuple[int, int]]:
        """All messages as (account, hash)."""
        with engine.cursor() as cursor:
            source = Lake().relation("messages", SCHEMA)
            return cursor.execute(f"SELECT account_id, message_hash FROM {source} ORDER BY ALL").fetchall()

    def test_rows_are_sorted_and_messages_are_there_once(self):
        day = TODAY - timedelta(days=1)
        self.add((2, 20), (1, 10), day=day)
        self.add((1, 11), (2, 20), day=day)
        assert compact(Lake(), MESSAGES, today=TODAY) == 2
        (path,) = Lake().files("messages")
        table = pq.read_table(path)
        assert table["account_id"].to_pylist() == [1, 1, 2]
        assert self.read() == [(1, 10), (1, 11), (2, 20)]
        assert Lake().live("messages").get().received_until == NOW

    def test_a_month_is_split_into_days_when_it_is_very_large(self, monkeypatch):
        monkeypatch.setattr(compaction, "MONTH_ROWS", 2)
        first = date(2026, 10, 1)
        self.add((1, 10), (1, 11), day=first)
        self.add((1, 12), day=first)
        assert compact(Lake(), MESSAGES, today=TODAY) == 2
        assert [file.rows for file in Lake().live("messages")] == [3]
        assert compact(Lake(), MESSAGES, today=TODAY) == 0

    def test_an_erased_account_is_in_no_file(self):
        self.add((1, 10), (2, 20), day=TODAY)
        self.add((2, 21), day=TODAY)
        self.add((1, 11), day=TODAY)
        untouched = Lake().live("messages").last().pk
        with engine.cursor() as cursor:
            assert erasure.erase(cursor, Lake(), "messages", "account_id IN (2)", key="e1") == 2
            assert erasure.erase(cursor, Lake(), "messages", "account_id IN (2)", key="e2") == 0
        assert self.read() == [(1, 10), (1, 11)]
        assert Lake().live("messages").filter(pk=untouched).exists()
