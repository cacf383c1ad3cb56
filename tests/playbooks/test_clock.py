"""The due clock of a task: in time, near, late."""

from datetime import UTC, datetime

import pytest

from mainstay.playbooks.clock import Level, level, near_by


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due", "zone", "expected"),
    [
        (at(23, 10), None, "UTC", Level.NONE),
        (at(23, 10), at(23, 9, 59), "UTC", Level.LATE),
        (at(23, 10), at(23, 10), "UTC", Level.NEAR),
        (at(23, 10), at(23, 23, 59), "UTC", Level.NEAR),
        (at(23, 10), at(24, 10), "UTC", Level.NEAR),
        (at(23, 10), at(24, 10, 1), "UTC", Level.FINE),
        (at(27, 16), at(30, 16), "UTC", Level.NEAR),
        (at(27, 16), at(30, 17), "UTC", Level.FINE),
        (at(23, 23), at(24, 12), "America/New_York", Level.NEAR),
        (at(23, 23), at(24, 23, 30), "America/New_York", Level.FINE),
    ],
    ids=[
        "no due time", "over", "just now", "later today", "a working day", "more", "over a weekend", "and more",
        "where its owner is", "and no longer near there",
    ],
)  # fmt: skip
def test_a_level_says_how_pressing_a_task_is(now: datetime, due: datetime | None, zone: str, expected: Level) -> None:
    assert level(due, now=now, near_until=near_by(now)(zone)) is expected
