from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mainstay.common import time
from mainstay.common.errors import Invalid

NINE_IN_BERLIN = datetime(2026, 11, 22, 9, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T08:00:00Z", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("2026-11-22T09:00:00+01:00", datetime(2026, 11, 22, 8, tzinfo=UTC)),
    ],
)
def test_as_of_is_a_day_or_an_instant(text: str, instant: datetime) -> None:
    assert time.parse_as_of(text) == instant


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-11-22T08:00:00", "22.11.2026"])
def test_as_of_that_is_neither_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match=f"as_of is '{text}'; use a date like 2026-11-22"):
        time.parse_as_of(text)


def test_days_are_counted_in_utc() -> None:
    late = datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert time.days_between(late, date(2026, 11, 22)) == 1
    assert time.days_between(NINE_IN_BERLIN, NINE_IN_BERLIN) == 0


def test_instants_are_written_with_a_z() -> None:
    assert time.isoformat(NINE_IN_BERLIN) == "2026-11-22T08:00:00Z"
    assert time.isoformat(NINE_IN_BERLIN.replace(microsecond=250_000)) == "2026-11-22T08:00:00.250Z"
    assert time.isoformat(None) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a moment"),
        (59, "a moment"),
        (60, "1 minute"),
        (3_599, "59 minutes"),
        (3_600, "1 hour"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit_days_from_two_on(seconds: int, words: str) -> None:
    assert time.span(seconds) == words
