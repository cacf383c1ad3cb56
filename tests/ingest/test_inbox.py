"""The inbox on SQLite and PostgreSQL: durable, read in order, loaded exactly once, pruned."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from mainstay.ingest import inbox_file
from mainstay.ingest.envelope import Arrival, Rejection
from mainstay.ingest.errors import AlreadyLoaded, InboxBusy, InboxFailed
from mainstay.ingest.group_commit import GroupCommit, StoreError
from mainstay.ingest.inbox import Inbox, open_inbox
from mainstay.ingest.inbox_file import connect
from mainstay.ingest.inbox_sqlite import SqliteInbox
from mainstay.ingest.models import InboxRow
from tests.harness import PATIENCE

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
IS_SQLITE = connection.vendor == "sqlite"
only_sqlite = pytest.mark.skipif(not IS_SQLITE, reason="about the file")
only_postgres = pytest.mark.skipif(IS_SQLITE, reason="about the table")


def arrival(number: int, *, received_at: datetime = NOW, size: int = 0) -> Arrival:
    return Arrival("batch", b'{"n":%d}' % number + b" " * size, received_at, write_key_id=7)


def numbers(inbox: Inbox, *, limit_bytes: int = 10**9) -> list[int]:
    return [int(envelope.body.strip()[5:-1]) for envelope in inbox.read(limit_bytes=limit_bytes)]


def load(inbox: Inbox, *, limit_bytes: int = 10**9) -> int:
    """Load as the loader does; how many."""
    with transaction.atomic():
        ids = [envelope.id for envelope in inbox.read(limit_bytes=limit_bytes)]
        inbox.mark_loaded(ids)
    return len(ids)


@pytest.fixture
def inbox(db: None) -> Inbox:
    return open_inbox()


def test_what_is_put_in_comes_out_unchanged(inbox: Inbox) -> None:
    rejected = (Rejection(3, "m-3", "bad_id", "why"),)
    assert inbox.append_many([Arrival("track", b'{"a":"\xc3\xa9"}', NOW, None, rejected)]) == 1
    (envelope,) = inbox.read(limit_bytes=1)
    assert (envelope.kind, envelope.body, envelope.received_at) == ("track", b'{"a":"\xc3\xa9"}', NOW)
    assert (envelope.write_key_id, envelope.rejected) == (None, rejected)


def test_it_is_read_in_order_and_in_portions(inbox: Inbox) -> None:
    inbox.append_many(arrival(n, size=1000) for n in range(1200))
    assert numbers(inbox) == list(range(1200))
    assert numbers(inbox, limit_bytes=2500) == [0, 1]
    assert numbers(inbox, limit_bytes=1) == [0], "at least one, however large"
    assert load(inbox, limit_bytes=2500) == 2
    assert numbers(inbox, limit_bytes=2500) == [2, 3]
    assert load(inbox) == 1198
    assert inbox.read(limit_bytes=1) == []
    assert load(inbox) == 0


def test_a_load_that_fails_is_as_if_it_never_was(inbox: Inbox) -> None:
    inbox.append_many([arrival(1), arrival(2)])
    with transaction.atomic():
        inbox.mark_loaded([envelope.id for envelope in inbox.read(limit_bytes=10**6)])
        transaction.set_rollback(True)
    assert numbers(inbox) == [1, 2]


def test_two_loaders_cannot_load_the_same(inbox: Inbox) -> None:
    inbox.append_many([arrival(1), arrival(2), arrival(3)])
    ids = [envelope.id for envelope in inbox.read(limit_bytes=10**6)]
    with transaction.atomic():
        inbox.mark_loaded(ids[:2])
    with pytest.raises(AlreadyLoaded), transaction.atomic():
        inbox.mark_loaded(ids)
    assert numbers(inbox) == [3]


@pytest.mark.django_db(transaction=True)
def test_marking_needs_the_transaction_it_belongs_to() -> None:
    inbox = open_inbox()
    inbox.append_many([arrival(1)])
    with pytest.raises(RuntimeError, match="atomic"):
        inbox.mark_loaded([inbox.read(limit_bytes=1)[0].id])


@only_sqlite
def test_envelopes_are_loaded_without_a_gap(inbox: Inbox) -> None:
    inbox.append_many([arrival(1), arrival(2), arrival(3)])
    ids = [envelope.id for envelope in inbox.read(limit_bytes=10**6)]
    with pytest.raises(ValueError, match="in order"), transaction.atomic():
        inbox.mark_loaded([ids[0], ids[2]])


@only_postgres
def test_a_row_that_commits_late_is_not_skipped(inbox: Inbox) -> None:
    inbox.append_many([arrival(1), arrival(2), arrival(3)])
    late = InboxRow.objects.order_by("pk")[0]
    InboxRow.objects.filter(pk=late.pk).delete()
    assert load(inbox) == 2
    late.save(force_insert=True)
    assert numbers(inbox) == [1]


def test_loaded_requests_are_dropped_after_their_days(inbox: Inbox, settings: LazySettings) -> None:
    old = NOW - timedelta(days=settings.RAW_LOG_DAYS, seconds=1)
    inbox.append_many([arrival(1, received_at=old), arrival(2, received_at=old), arrival(3), arrival(4)])
    assert inbox.prune(NOW) == 0, "nothing is loaded yet"
    load(inbox)
    assert inbox.prune(NOW) == 2
    assert inbox.prune(NOW + timedelta(days=100)) == (1 if IS_SQLITE else 2), "a file keeps its newest row"
    inbox.append_many([arrival(5)])
    assert numbers(inbox) == [5], "ids are not used again"


@only_sqlite
def test_a_file_made_anew_is_loaded_from_its_start(inbox: Inbox, settings: LazySettings) -> None:
    inbox.append_many([arrival(1), arrival(2)])
    load(inbox)
    for path in Path(settings.MAINSTAY_HOME).glob("inbox.sqlite3*"):
        path.unlink()
    inbox.append_many([arrival(3)])
    assert numbers(inbox) == [3]


def test_what_waits_is_counted(inbox: Inbox) -> None:
    assert inbox.waiting() == (0, None)
    inbox.append_many([arrival(1, received_at=NOW - timedelta(hours=1)), arrival(2)])
    assert inbox.waiting() == (2, NOW - timedelta(hours=1))
    load(inbox)
    assert inbox.waiting() == (0, None)


def test_a_healthy_inbox_is_writable(inbox: Inbox) -> None:
    inbox.check_writable()


@only_sqlite
def test_an_inbox_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "inbox.sqlite3"
    with pytest.raises(InboxFailed, match="cannot be written"):
        SqliteInbox(path, keep_days=14).check_writable()


@only_sqlite
def test_nobody_else_may_read_the_file(inbox: Inbox, settings: LazySettings) -> None:
    inbox.append_many([arrival(1)])
    assert (Path(settings.MAINSTAY_HOME) / "inbox.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_appends_are_all_there_when_they_are_answered() -> None:
    inbox = open_inbox()

    async def send() -> None:
        inbox.start()
        await asyncio.gather(*(inbox.append(arrival(n)) for n in range(700)))
        await asyncio.gather(*(inbox.append(arrival(n)) for n in range(700, 710)))
        await inbox.stop()

    thread = threading.Thread(target=asyncio.run, args=[send()])
    thread.start()
    thread.join()
    assert sorted(numbers(inbox)) == list(range(710))


class Store:
    """A store that fails when told to, and can be held up."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.is_failing = False
        self.has_begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def write(self, arrivals: list[Arrival]) -> None:
        self.has_begun.set()
        self.go_on.wait()
        if self.is_failing:
            raise StoreError("disk full")
        self.groups.append(len(arrivals))

    def close(self) -> None:
        self.groups.append(-1)


def test_a_store_that_fails_fails_those_who_wait_and_nobody_later() -> None:
    async def send() -> None:
        store = Store()
        commit = GroupCommit(store)
        store.is_failing = True
        failed = await asyncio.gather(*(commit.append(arrival(n)) for n in range(3)), return_exceptions=True)
        assert [type(each) for each in failed] == [InboxFailed] * 3
        store.is_failing = False
        await commit.append(arrival(4))
        await commit.stop()
        assert store.groups == [1, -1]

    asyncio.run(send())


def test_what_comes_in_during_a_commit_shares_the_next_one() -> None:
    async def send() -> None:
        store = Store()
        commit = GroupCommit(store)
        store.go_on.clear()
        first = commit.append(arrival(0))
        await asyncio.to_thread(store.has_begun.wait)
        others = [commit.append(arrival(n)) for n in range(1, 50)]
        store.go_on.set()
        await asyncio.gather(first, *others)
        assert store.groups == [1, 49]
        await commit.stop()

    asyncio.run(send())


def test_a_full_queue_refuses_at_once_and_a_gone_client_is_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mainstay.ingest.group_commit.MAX_WAITING", 5)

    async def send() -> None:
        store = Store()
        commit = GroupCommit(store)
        store.go_on.clear()
        waiting = [commit.append(arrival(n)) for n in range(5)]
        with pytest.raises(InboxBusy):
            commit.append(arrival(6))
        waiting[0].cancel()
        store.go_on.set()
        await asyncio.gather(*waiting[1:])
        await commit.append(arrival(7))
        await commit.stop()
        assert sum(store.groups) == 6 - 1

    asyncio.run(send())


@only_sqlite
def test_a_locked_file_is_waited_for(inbox: Inbox, settings: LazySettings) -> None:
    inbox.append_many([arrival(1)])
    other = sqlite3.connect(
        Path(settings.MAINSTAY_HOME) / "inbox.sqlite3", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.1, lambda: other.execute("COMMIT"))
    timer.start()
    inbox.append_many([arrival(2)])
    timer.join()
    other.close()
    assert numbers(inbox) == [1, 2]


@only_sqlite
def test_the_file_may_be_made_by_several_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    together = threading.Barrier(6)
    generations: list[str] = []

    def make() -> None:
        together.wait()
        with closing(connect(path)) as file:
            generations.append(file.execute("SELECT generation FROM about").fetchone()[0])

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(generations) == 6
    assert len(set(generations)) == 1


@only_sqlite
def test_it_closes_although_it_is_told_just_when_the_log_is_to_be_carried_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_file, "CHECKPOINT_SECONDS", 0.001)
    store = inbox_file.FileStore(tmp_path / "inbox.sqlite3")

    class ClosedMeanwhile(threading.Event):
        def clear(self) -> None:
            store._is_closed.set()
            self.set()
            super().clear()

    waited_for, store._is_dirty = store._is_dirty, ClosedMeanwhile()
    waited_for.set()
    store._checkpointer.join(PATIENCE)
    assert not store._checkpointer.is_alive()
