"""Files, commits, snapshots, vacuum: what readers see, and what a crash leaves behind."""

import os
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from django.db import connections, transaction

from mainstay.lake import engine
from mainstay.lake.compaction import Layout, compact
from mainstay.lake.errors import AlreadyCommitted, CommitConflict
from mainstay.lake.models import Commit, DataFile
from mainstay.lake.store import Lake
from tests.harness import until

DAY = date(2026, 11, 18)
SCHEMA = pa.schema([("account_id", pa.int64()), ("day", pa.date32()), ("n", pa.int64())])
COUNTS = Layout("counts", SCHEMA, ("account_id", "day"))


def rows(*numbers, day=DAY, account_id=1):
    """One row per number."""
    return pa.table([[account_id] * len(numbers), [day] * len(numbers), list(numbers)], schema=SCHEMA)


def add(*numbers, key, day=DAY, account_id=1, removed=()) -> Commit:
    """Write and commit one file."""
    lake = Lake()
    staged = lake.write("counts", day, rows(*numbers, day=day, account_id=account_id))
    with transaction.atomic():
        return lake.commit([staged], key=key, removed=removed)


def numbers(**options) -> list[int]:
    """What a reader sees."""
    with engine.cursor() as cursor:
        source = Lake().relation("counts", SCHEMA, **options)
        return [row[0] for row in cursor.execute(f"SELECT n FROM {source} ORDER BY n").fetchall()]


@pytest.mark.django_db
class TestCommits:
    def test_a_written_file_is_seen_only_when_it_is_committed(self):
        lake = Lake()
        staged = lake.write("counts", DAY, rows(1, 2))
        assert numbers() == []
        with transaction.atomic():
            lake.commit([staged], key="one")
        assert numbers() == [1, 2]

    def test_a_batch_is_committed_once(self):
        add(1, key="one")
        with pytest.raises(AlreadyCommitted, match="'one'"):
            add(2, key="one")
        assert numbers() == [1]

    def test_a_commit_fails_with_the_transaction_around_it(self):
        lake = Lake()
        staged = lake.write("counts", DAY, rows(1))
        with transaction.atomic():
            lake.commit([staged], key="one")
            transaction.set_rollback(True)
        assert numbers() == []
        with transaction.atomic():
            lake.commit([staged], key="one")
        assert numbers() == [1]

    def test_of_two_that_replace_the_same_file_the_second_is_refused(self):
        add(1, key="one")
        old = list(Lake().live("counts"))
        add(2, key="two", removed=old)
        with pytest.raises(CommitConflict, match="1 of 1 files"):
            add(3, key="three", removed=old)
        assert numbers() == [2]

    def test_a_snapshot_shows_the_table_as_of_a_commit(self):
        first = add(1, key="one")
        second = add(2, key="two")
        third = add(3, key="three", removed=list(Lake().live("counts")))
        assert [numbers(at=commit.pk) for commit in (first, second, third)] == [[1], [1, 2], [3]]

    def test_only_files_of_the_days_asked_for_are_read(self):
        for number in range(5):
            add(number, key=str(number), day=DAY + timedelta(days=number))
        assert numbers(start=DAY + timedelta(days=1), end=DAY + timedelta(days=3)) == [1, 2]

    def test_a_column_that_old_files_lack_is_null(self):
        add(1, key="one")
        wider = pa.schema([*SCHEMA, ("label", pa.string())])
        with engine.cursor() as cursor:
            found = cursor.execute(f"SELECT n, label FROM {Lake().relation('counts', wider)}").fetchall()
        assert found == [(1, None)]

    def test_an_empty_table_has_its_columns(self):
        with engine.cursor() as cursor:
            assert engine.arrow(cursor, f"SELECT * FROM {Lake().relation('counts', SCHEMA)}").schema == SCHEMA


@pytest.mark.django_db
class TestFiles:
    def test_a_crash_while_writing_leaves_no_file_under_its_name(self):
        with engine.cursor() as cursor, pytest.raises(Exception, match="division"):
            Lake().write_query(cursor, "SELECT 1 AS n, error('division')", "counts", DAY)
        assert [file.name for file in Lake().storage.stored()] == []

    def test_a_query_without_rows_makes_no_file(self):
        with engine.cursor() as cursor:
            assert Lake().write_query(cursor, "SELECT 1 AS n WHERE false", "counts", DAY) is None
        assert list(Lake().storage.stored()) == []

    def test_files_and_folders_are_synced_before_the_commit(self, monkeypatch):
        synced: list[str] = []
        original = os.fsync

        def remember(descriptor: int) -> None:
            synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            original(descriptor)

        monkeypatch.setattr(os, "fsync", remember)
        lake = Lake()
        staged = lake.write("counts", DAY, rows(1))
        assert synced[-1].endswith(".parquet.part")
        with transaction.atomic():
            lake.commit([staged], key="one")
        root = str(lake.storage.location(""))
        assert synced[1:] == [f"{root}/counts/2026-11", f"{root}/counts", root]

    def test_vacuum_deletes_what_was_replaced_an_hour_ago(self):
        add(1, key="one")
        now = add(2, key="two", removed=list(Lake().live("counts"))).at
        lake = Lake()
        assert lake.vacuum(now + timedelta(minutes=59)) == 0
        assert lake.vacuum(now + timedelta(minutes=61)) == 1
        assert [file.name for file in lake.storage.stored()] == [file.path for file in lake.live("counts")]
        assert numbers() == [2]

    def test_a_file_that_was_lost_is_named(self):
        add(1, key="one")
        assert Lake().missing() == []
        (lost,) = Lake().files("counts")
        lost.unlink()
        assert [Lake().storage.location(name) for name in Lake().missing()] == [lost]

    def test_vacuum_deletes_what_was_never_committed_but_not_what_is_being_written(self):
        add(1, key="one")
        lake = Lake()
        lake.write("counts", DAY, rows(2))
        (lake.storage.location("counts") / "2026-11" / "torn.parquet.part").write_bytes(b"PAR1")
        now = datetime.now(UTC)
        assert lake.vacuum(now) == 0
        assert lake.vacuum(now + timedelta(hours=2)) == 2
        assert numbers() == [1]


@pytest.mark.django_db(transaction=True)
def test_readers_see_every_row_once_while_files_are_added_and_merged():
    total, wrong, errors, done, turns = 40, [], [], threading.Event(), Counter()

    def read() -> None:
        try:
            while not done.is_set():
                before = Commit.objects.filter(key__startswith="add").count()
                seen = numbers()
                after = Commit.objects.filter(key__startswith="add").count()
                if len(seen) != len(set(seen)) or not before <= len(seen) <= after:
                    wrong.append((before, seen, after))
                turns["read"] += 1
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    def merge() -> None:
        try:
            while not done.is_set():
                compact(Lake(), COUNTS, today=DAY + timedelta(days=1))
                Lake().vacuum(datetime.now(UTC))
                turns["merged"] += 1
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=target) for target in (read, read, merge)]
    for thread in threads:
        thread.start()
    for number in range(total):
        add(number, key=f"add {number}")
        if number % 10 == 9:  # whichever is the quickest, some of each happens between the others
            before = turns.copy()
            until(lambda before=before: errors or all(turns[one] > before[one] + 1 for one in ("read", "merged")))
    done.set()
    for thread in threads:
        thread.join()
    assert (wrong, errors) == ([], [])
    assert numbers() == list(range(total))
    assert DataFile.objects.filter(removed_by=None).count() < total
