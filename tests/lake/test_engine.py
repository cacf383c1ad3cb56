"""One engine per process: a cursor per use, nothing outside the data directory, nothing across a fork."""

import os
import threading

import duckdb
import pytest
from django.conf import settings

from mainstay.lake import engine


def test_threads_do_not_see_each_others_tables():
    seen: list[object] = []

    def other() -> None:
        with engine.cursor() as cursor:
            seen.extend(cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall())

    with engine.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == []


def test_temporary_tables_end_with_the_cursor():
    with engine.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n")
    with engine.cursor() as cursor, pytest.raises(duckdb.CatalogException):
        cursor.execute("FROM mine")


def test_many_threads_get_their_own_answers():
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(30):
            with engine.cursor() as cursor:
                found = cursor.execute(f"SELECT sum(i + {number}) FROM range(1000) r(i)").fetchall()
                if found != [(499500 + 1000 * number,)]:
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "SET memory_limit = '90GB'",
        "INSTALL httpfs",
    ],
)
def test_the_engine_reaches_only_the_data_directory_and_keeps_its_limits(statement):
    with engine.cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement)


def test_the_limits_are_the_declared_ones():
    with engine.cursor() as cursor:
        found = cursor.execute("SELECT current_setting('threads')").fetchall()
        assert found == [(settings.ENGINE_THREADS,)]


def test_what_does_not_fit_into_memory_is_spilled(settings):
    settings.ENGINE_MEMORY_MB = 128
    engine.close()
    try:
        with engine.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE t AS SELECT i, hash(i) AS h, repeat('x', 100) s FROM range(2000000) r(i)")
            found = cursor.execute("SELECT count(*) FROM (FROM t ORDER BY h LIMIT 1900000)").fetchall()
        assert found == [(1_900_000,)]
    finally:
        engine.close()


def test_a_forked_process_opens_an_engine_of_its_own():
    with engine.cursor() as cursor:
        cursor.execute("SELECT 1")
    parent = engine._opened
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            with engine.cursor() as cursor:
                answer = cursor.execute("SELECT 42").fetchall()
            if answer == [(42,)] and engine._opened[1] is not parent[1]:
                code = 0
        finally:
            os._exit(code)
    os.close(writing)
    os.close(reading)
    assert os.waitpid(child, 0)[1] == 0
    with engine.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchall() == [(1,)]
