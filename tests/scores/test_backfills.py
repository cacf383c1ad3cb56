"""Backfills: which days, in which order, stopped and begun again, in one process or several."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mainstay.common.errors import Invalid
from mainstay.config.cli import cli
from mainstay.lake.days import Known
from mainstay.metrics import past
from mainstay.metrics.errors import UnknownMetric
from mainstay.scores import backfills, history, selectors
from mainstay.scores.backfills import Done, Plan, days_between
from mainstay.scores.models import ScorecardVersion
from mainstay.scores.publishing import ensure_scorecards
from tests.builders import Cast
from tests.harness import installation
from tests.metrics import lake

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def plan(first: date, last: date, every: backfills.Every = "day", **options: object) -> Plan:
    return Plan(days_between(first, last, every, today=TODAY), at=NOW, **options)


def test_weeks_and_months_are_told_by_the_day_they_end_with() -> None:
    assert days_between(date(2026, 11, 1), date(2026, 11, 16), "week", today=TODAY) == (
        date(2026, 11, 1), date(2026, 11, 8), date(2026, 11, 15),
    )  # fmt: skip
    assert days_between(date(2026, 1, 15), date(2026, 3, 31), "month", today=TODAY) == (
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
    )  # fmt: skip


def test_only_days_that_are_over_are_computed() -> None:
    assert days_between(date(2026, 11, 23), date(2027, 1, 1), "day", today=TODAY) == (
        date(2026, 11, 23), date(2026, 11, 24),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "every", "said"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), "day", "no day from"),
        (date(2026, 11, 25), date(2026, 12, 1), "day", "no day from"),
        (date(2026, 11, 23), date(2026, 11, 24), "week", "Sunday"),
        (date(2026, 11, 1), date(2026, 11, 24), "month", "end of a month"),
    ],
)
def test_a_span_without_a_day_is_refused(first: date, last: date, every: backfills.Every, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        days_between(first, last, every, today=TODAY)


@given(st.dates(date(2020, 1, 1), date(2026, 11, 24)), st.integers(0, 800), st.sampled_from(backfills.EVERY))
def test_a_longer_backfill_meets_the_days_of_a_shorter_one(first: date, length: int, every: backfills.Every) -> None:
    try:
        days = set(days_between(first, first + DAY * length, every, today=TODAY))
    except Invalid:
        return
    assert days <= set(days_between(first - 40 * DAY, first + DAY * (length + 40), every, today=TODAY))


def test_metrics_are_checked_before_anything_is_computed(db: None) -> None:
    with pytest.raises(UnknownMetric, match="arrr"):
        backfills.check_metrics(["arr", "arrr"])


def test_the_latest_month_comes_first_and_progress_is_told_after_each(cast: Cast) -> None:
    told: list[Done] = []
    days = plan(date(2026, 10, 31), date(2026, 11, 1))
    assert backfills.run(days, progress=told.append) == told[-1] == Done(2, 2, 2)
    assert [month.days for month in days.months()] == [(date(2026, 11, 1),), (date(2026, 10, 31),)]
    assert [one.days for one in told] == [1, 2]
    assert past.recorded_days() == history.recorded_days() == list(days.days)


def test_stopped_it_goes_on_where_it_was(cast: Cast) -> None:
    whole = plan(date(2026, 8, 1), date(2026, 11, 2), "month")
    stops = iter([False, True])
    assert backfills.run(whole, should_stop=lambda: next(stops)) == Done(1, 1, 1)
    assert backfills.run(whole) == Done(3, 2, 2)
    assert backfills.run(whole) == Done(3, 0, 0)


def test_the_past_is_scored_by_the_version_of_then_or_the_one_of_now(cast: Cast) -> None:
    lake.put(lake.every_day(cast.globex.pk, 1, TODAY, range(1, 60)))
    ensure_scorecards(datetime(2026, 1, 1, tzinfo=UTC))
    first = ScorecardVersion.objects.get(scorecard__key="standard")
    second = ScorecardVersion.objects.create(
        scorecard=first.scorecard,
        version=2,
        document=first.document,
        published_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )
    days = plan(date(2026, 11, 19), date(2026, 11, 20))
    backfills.run(days)

    def versions(known: Known) -> list[int]:
        rows = history.of_account(cast.globex.pk, start=TODAY - 30 * DAY, end=TODAY, known=known)
        return [row["scorecard_version_id"] for row in rows]

    assert versions(Known.NOW) == [first.pk, second.pk]
    backfills.run(plan(date(2026, 11, 19), date(2026, 11, 20), again=True, by_current=True))
    assert versions(Known.NOW) == [second.pk, second.pk]
    assert versions(Known.THEN) == [first.pk, second.pk]
    view = selectors.health(cast.globex.pk, date(2026, 11, 20))
    assert view is not None
    assert view.version == 2


def test_the_command_says_what_it_did(cast: Cast) -> None:
    arguments = ["backfill", "--from", "2026-03-01", "--to", "2026-03-08", "--every", "week"]
    said = CliRunner().invoke(cli, arguments, catch_exceptions=False).output
    assert "2026-03-01 to 2026-03-08, 2 days: computed 2, scored 2" in said
    again = CliRunner().invoke(cli, [*arguments, "--metrics", "arr"], catch_exceptions=False).output
    assert "scored 0" in again


@pytest.mark.slow
def test_two_processes_keep_what_one_does(tmp_path: Path) -> None:
    with installation(tmp_path) as mainstay:
        told = mainstay.python(
            "from click.testing import CliRunner\n"
            "from mainstay.accounts.models import Account\n"
            "from mainstay.config.cli import cli\n"
            "from mainstay.metrics import past\n"
            "from mainstay.scores import history\n"
            "Account.objects.create(key='acme', name='Acme')\n"
            "arguments = ['backfill', '--from', '2026-01-31', '--to', '2026-02-01', '--every', 'day', '--jobs', '2']\n"
            "done = CliRunner().invoke(cli, arguments, catch_exceptions=False)\n"
            "days = [str(day) for day in past.recorded_days()], [str(day) for day in history.recorded_days()]\n"
            "print(json.dumps([done.output, *days]))"
        )
        said, computed, scored = told
        assert "computed 2, scored 2" in said
        assert computed == scored == ["2026-01-31", "2026-02-01"]
