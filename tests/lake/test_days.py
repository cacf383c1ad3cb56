"""What was recorded of a day stays; what is known better later stands beside it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from django.db import transaction

from mainstay.lake import engine
from mainstay.lake.days import NOTES, Corrected, DayTable, Known, Reason, no_notes
from mainstay.lake.errors import CommitConflict
from mainstay.lake.store import Lake

FIRST = date(2026, 8, 28)
NEXT = FIRST + timedelta(days=1)
LATER = datetime(2026, 9, 3, 8, tzinfo=UTC)
KEPT = DayTable("heights", lambda: pa.schema([("height", pa.float64()), ("word", pa.string())]))

type Rows = Mapping[int, tuple[float | None, str | None]]


def table(rows: Rows) -> pa.Table:
    return pa.table(
        {
            "account_id": pa.array(rows, pa.int64()),
            "height": pa.array([row[0] for row in rows.values()], pa.float64()),
            "word": pa.array([row[1] for row in rows.values()], pa.string()),
        }
    )


def record(day: date, rows: Rows) -> list[date]:
    return KEPT.record([(day, table(rows))])


def correct(day: date, rows: Rows, *, at: datetime = LATER, notes: pa.Table | None = None) -> list[tuple[date, int]]:
    said = no_notes(list(rows), Reason.LATE) if notes is None else notes
    return KEPT.correct([Corrected(day, table(rows), said)], at=at)


def read(day: date, known: Known = Known.NOW) -> Rows:
    with engine.cursor() as cursor:
        source = KEPT.relation(start=day, end=day + timedelta(days=1), known=known)
        rows = cursor.execute(f"SELECT account_id, height, word FROM {source} ORDER BY account_id").fetchall()
    return {row[0]: row[1:] for row in rows}


pytestmark = pytest.mark.django_db


def test_a_recorded_day_is_never_overwritten() -> None:
    assert record(FIRST, {1: (1, "a")}) == [FIRST]
    assert record(FIRST, {1: (2, "b")}) == []
    assert KEPT.record([(FIRST, table({1: (3, "c")})), (NEXT, table({1: (4, "d")}))]) == [NEXT]
    assert (read(FIRST), read(NEXT)) == ({1: (1, "a")}, {1: (4, "d")})


def test_a_correction_is_known_now_and_what_was_recorded_is_known_then() -> None:
    record(FIRST, {1: (1, "a"), 2: (2, "b")})
    assert correct(FIRST, {1: (10, "a"), 2: (2, "b")}) == [(FIRST, 1)]
    assert read(FIRST) == {1: (10, "a"), 2: (2, "b")}
    assert read(FIRST, Known.THEN) == {1: (1, "a"), 2: (2, "b")}


def test_the_latest_of_several_corrections_counts() -> None:
    record(FIRST, {1: (1, "a")})
    correct(FIRST, {1: (2, "a")})
    correct(FIRST, {1: (3, "a")}, at=LATER + timedelta(hours=1))
    assert read(FIRST) == {1: (3, "a")}
    assert correct(FIRST, {1: (3, "a")}, at=LATER + timedelta(hours=2)) == [], "the same again corrects nothing"


def test_an_account_that_became_known_later_has_a_corrected_row_only() -> None:
    record(FIRST, {1: (1, "a")})
    assert correct(FIRST, {2: (5, "e")}) == [(FIRST, 1)]
    assert read(FIRST) == {1: (1, "a"), 2: (5, "e")}
    assert read(FIRST, Known.THEN) == {1: (1, "a")}


def test_a_value_that_came_or_went_is_a_correction() -> None:
    record(FIRST, {1: (None, "a"), 2: (2, "b")})
    assert correct(FIRST, {1: (1, "a"), 2: (None, "b")}) == [(FIRST, 2)]


def test_a_column_nobody_had_on_that_day_makes_no_row_a_corrected_one() -> None:
    record(FIRST, {1: (1, None), 2: (2, None)})
    assert correct(FIRST, {1: (1, "new"), 2: (3, "new")}) == [(FIRST, 1)]
    assert read(FIRST) == {1: (1, None), 2: (3, "new")}


def test_a_correction_says_why() -> None:
    record(FIRST, {1: (1, "a")})
    notes = pa.table(
        [[1], ["late"], ["product"], [214], [FIRST], [FIRST], [datetime(2026, 9, 3, 7)]],  # noqa: DTZ001
        schema=NOTES,
    )
    correct(FIRST, {1: (2, "a")}, notes=notes)
    with engine.cursor() as cursor:
        found = cursor.execute(
            f"SELECT reason, source, late_rows, late_from, recorded_at FROM {KEPT.corrections_relation()}"
        ).fetchall()
    assert found == [("late", "product", 214, FIRST, LATER.replace(tzinfo=None))]


def test_a_column_can_be_filled_in_where_nothing_was_recorded() -> None:
    record(FIRST, {1: (1, None), 2: (2, None)})
    record(NEXT, {1: (1, None)})
    KEPT.fill([(FIRST, table({1: (9, "x"), 3: (9, "z")}).select(["account_id", "word"]))])
    assert read(FIRST) == {1: (1, "x"), 2: (2, None)}
    assert read(NEXT) == {1: (1, None)}


def test_days_and_corrections_of_a_month_that_is_over_become_one_file_each() -> None:
    for day in (FIRST, NEXT):
        record(day, {1: (1, "a")})
        correct(day, {1: (2, "a")})
    assert KEPT.merge_months(date(2026, 8, 31)) == 0
    assert KEPT.merge_months(date(2026, 9, 1)) == 2
    assert [len(Lake().files(name)) for name in ("heights", "heights_corrected")] == [1, 1]
    assert (read(FIRST), read(FIRST, Known.THEN)) == ({1: (2, "a")}, {1: (1, "a")})


def test_many_small_files_of_corrections_are_merged_on_the_way() -> None:
    record(FIRST, {1: (0, "a")})
    for step in range(1, 14):
        correct(FIRST, {1: (step, "a")}, at=LATER + timedelta(minutes=step))
    assert len(Lake().files("heights_corrected")) == 2
    assert read(FIRST) == {1: (13, "a")}


def test_days_are_found_inside_a_month(db: None) -> None:
    for day in (FIRST, NEXT, date(2026, 9, 5)):
        record(day, {1: (1, "a")})
    KEPT.merge_months(date(2026, 9, 20))
    assert KEPT.recorded_days(start=NEXT) == [NEXT, date(2026, 9, 5)]
    assert (KEPT.has_day(NEXT), KEPT.has_day(NEXT + timedelta(days=1))) == (True, False)
    assert KEPT.latest_day(before=date(2026, 9, 5)) == NEXT
    assert KEPT.latest_day(before=NEXT) == FIRST
    assert KEPT.latest_day(before=FIRST) is None


def test_who_loses_a_race_goes_on_from_what_the_other_left(monkeypatch: pytest.MonkeyPatch) -> None:
    record(FIRST, {1: (1, "a")})
    merged = KEPT._merged
    other = [(NEXT, table({1: (7, "other")}))]

    def meanwhile(self: DayTable, old, new):  # type: ignore[no-untyped-def]
        file = merged(old, new)
        if other:
            KEPT.record([other.pop()])
        return file

    monkeypatch.setattr(DayTable, "_merged", meanwhile)
    days = [(NEXT, table({1: (8, "mine")})), (date(2026, 8, 30), table({1: (9, "mine")}))]
    assert KEPT.record(days) == [date(2026, 8, 30)]
    assert read(NEXT) == {1: (7, "other")}


def test_a_month_others_never_stop_writing_is_an_error_and_leaves_all_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record(FIRST, {1: (1, "a")})

    def always(*_: object, **__: object) -> None:
        raise CommitConflict("Somebody was faster.")

    monkeypatch.setattr(Lake, "commit", always)
    with pytest.raises(CommitConflict, match="written by others"):
        record(NEXT, {1: (2, "b")})
    with transaction.atomic():
        assert read(FIRST) == {1: (1, "a")}
