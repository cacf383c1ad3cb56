"""Which days of which month are kept, as they ended or later, and what was corrected since."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mainstay.lake.days import NOTES, Corrected
from mainstay.metrics import past
from mainstay.scores.kept_months import Kept, months_kept, recent_corrections
from mainstay.scores.services import backfill
from tests.builders import Cast
from tests.scores.cards import HEALTHY, SICK
from tests.scores.profiles import table

TODAY = date(2026, 11, 4)
NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# A Sunday of September that was computed in November, two days that were kept as they ended.
SUNDAY, FIRST, SECOND = date(2026, 9, 27), date(2026, 11, 1), date(2026, 11, 2)


@pytest.fixture
def kept(cast: Cast) -> Cast:
    past.record([(SUNDAY, table({cast.acme: HEALTHY}))], at=NOW)
    for day in (FIRST, SECOND):
        past.record([(day, table({cast.acme: HEALTHY, cast.globex: HEALTHY}))])
    backfill([SUNDAY, FIRST])
    return cast


def correct(cast: Cast, day: date, *, at: datetime) -> None:
    """214 events of that day made Acme sick."""
    note = {"account_id": cast.acme.pk, "reason": "late", "source": "product", "late_rows": 214, "late_from": day,
            "late_until": day, "received_at": at.replace(tzinfo=None)}  # fmt: skip
    notes = NOTES.empty_table().from_pylist([note], schema=NOTES)
    past.KEPT.correct([Corrected(day, table({cast.acme: SICK}), notes)], at=at)
    backfill([day], at=at, again=True)


def test_nothing_is_told_where_nothing_is_kept(db: None) -> None:
    assert months_kept(today=TODAY) == []
    assert recent_corrections(now=NOW) == []


def test_each_month_says_how_its_days_are_kept(kept: Cast) -> None:
    november, october, september = months_kept(today=TODAY)
    assert [one.kept for one in november.days] == [Kept.THEN, Kept.THEN, Kept.NOTHING]
    assert (november.profiles, november.scored, november.last) == (2, 1, date(2026, 11, 3))
    assert (october.profiles, len(october.days), october.weeks) == (0, 31, (0, 4))
    assert september.first == date(2026, 9, 1)
    assert (len(september.days), september.weeks) == (30, (1, 4))
    assert (september.count(Kept.LATER), september.count(Kept.THEN)) == (1, 0)


def test_corrections_are_counted_on_the_days_they_correct(kept: Cast) -> None:
    correct(kept, FIRST, at=NOW)
    november = months_kept(today=TODAY)[0]
    assert [one.corrected for one in november.days] == [1, 0, 0]
    assert november.corrected == 1


def test_what_was_corrected_lately_is_told_with_its_reason(kept: Cast) -> None:
    correct(kept, FIRST, at=NOW - 2 * DAY)
    correct(kept, SECOND, at=NOW - 2 * DAY)
    correct(kept, SUNDAY, at=NOW - DAY)
    found = recent_corrections(now=NOW)
    told = [(one.profiles.first_day, one.profiles.last_day, one.profiles.days, one.profiles.accounts) for one in found]
    assert told == [(SUNDAY, SUNDAY, 1, 1), (FIRST, SECOND, 2, 1)]
    note = found[1].profiles.note
    assert (note.reason, note.source, note.rows) == ("late", "product", 214)
    assert (note.first_day, note.last_day) == (FIRST, SECOND)
    assert recent_corrections(now=NOW + 100 * DAY) == []
