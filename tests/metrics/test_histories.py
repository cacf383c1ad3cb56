"""The past of declared metrics: made in the background, a month at a time, the latest first."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from mainstay.accounts.models import Account
from mainstay.config.cli.metrics import metrics as command
from mainstay.facts.models import Tally
from mainstay.facts.services import refresh_rollups
from mainstay.jobs.locks import only_one
from mainstay.jobs.models import Job
from mainstay.lake.days import Corrected, Reason, no_notes
from mainstay.metrics import histories, jobs, past, selectors, services
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.own.reading import check
from mainstay.metrics.registry import all_metrics
from tests.builders import Cast
from tests.facts.sending import group, load, track

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
DAYS = [date(2026, 4, 20), date(2026, 5, 15), date(2026, 5, 16), date(2026, 6, 2)]


def declare(key: str, value: dict[str, Any]) -> None:
    content = {"key": key, "label": key, "description": "Made for a test.", "value": value}
    services.save_metric(check(content, origin="test"), by=None, now=NOW)


PRINTS = {"operation": "count", "events": ["Printed"], "days": 28}
PAGES = {"operation": "sum", "property": "pages", "properties": {"pages": "number"}, "days": 28}


@pytest.fixture
def printing(cast: Cast) -> Cast:
    """Acme printed four pages every tenth day since March; four days are kept, with shipped metrics only."""
    first = datetime(2026, 3, 1, 9, tzinfo=UTC)
    load(
        group("acme", "ann"),
        *(
            track("ann", "Printed", at=first + timedelta(days=10 * step), account="acme", properties={"pages": 4})
            for step in range(10)
        ),
        received_at=NOW,
        now=NOW,
    )
    refresh_rollups(NOW)
    for month in (DAYS[:1], DAYS[1:3], DAYS[3:]):
        past.record(kept(day) for day in month)
    return cast


def kept(day: date) -> tuple[date, pa.Table]:
    """A day that was kept before anything was declared: one metric will do."""
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    return day, pa.table({"account_id": pa.array(ids, pa.int64()), "arr": pa.array([1.0] * len(ids), pa.float64())})


def values(cast: Cast, key: str) -> list[float | None]:
    return [value for _, value in selectors.history(cast.acme.pk, key, DAYS[0], NOW.date())]


def test_the_past_gets_the_values_it_would_have_had(printing: Cast) -> None:
    declare("prints", PRINTS)
    declare("pages", PAGES)
    assert values(printing, "prints") == [None] * 4
    assert histories.fill(NOW) == 4
    # Printed on 1, 11, 21, 31 March, 10, 20, 30 April, 10, 20, 30 May.
    assert values(printing, "prints") == [3, 3, 3, 3]
    assert values(printing, "pages") == [12, 12, 12, 12]
    assert values(printing, "arr") == [1, 1, 1, 1], "what was kept stays"
    assert histories.fill(NOW) == 0


def test_the_latest_month_comes_first_and_it_goes_on_where_it_stopped(printing: Cast) -> None:
    declare("prints", PRINTS)
    seen = []
    stops = iter([False, True])
    histories.fill(NOW, should_stop=lambda: next(stops))
    seen.append(values(printing, "prints"))
    stops = iter([False, True])
    histories.fill(NOW, should_stop=lambda: next(stops))
    seen.append(values(printing, "prints"))
    assert seen == [[None, None, None, 3], [None, 3, 3, 3]]
    told = selectors.progress("prints", now=NOW)
    assert (told.days_done, told.days, told.is_complete) == (3, 4, False)
    histories.fill(NOW)
    assert selectors.progress("prints", now=NOW).is_complete


def test_a_metric_declared_meanwhile_is_taken_along(printing: Cast) -> None:
    declare("prints", PRINTS)
    stops = iter([False, True])
    histories.fill(NOW, should_stop=lambda: next(stops))
    declare("pages", PAGES)
    histories.fill(NOW)
    assert values(printing, "pages") == [12, 12, 12, 12]
    assert values(printing, "prints") == [3, 3, 3, 3]


def test_corrected_rows_get_the_values_too(printing: Cast) -> None:
    ids = [printing.acme.pk]
    columns = {key: pa.array([2.0 if key == "arr" else None], pa.float64()) for key in all_metrics()}
    rows = pa.table({"account_id": pa.array(ids, pa.int64()), **columns})
    past.correct([Corrected(DAYS[1], rows, no_notes(ids, Reason.RECOMPUTED))], at=NOW)
    declare("prints", PRINTS)
    histories.fill(NOW)
    assert values(printing, "prints") == [3, 3, 3, 3]
    assert values(printing, "arr") == [1, 2, 1, 1]


def test_nothing_is_pending_when_nothing_is_missing(printing: Cast) -> None:
    assert not histories.is_pending(NOW)
    declare("pages", PAGES)
    told = selectors.progress("pages", now=NOW)
    assert (told.is_counted, told.is_complete) == (False, False)
    assert histories.is_pending(NOW)
    histories.fill(NOW)
    assert not histories.is_pending(NOW)
    assert selectors.progress("pages", now=NOW).is_complete
    OwnMetric.objects.update(filled_from=None, removed_at=NOW, revision=9)
    assert not histories.is_pending(NOW)


def test_a_tally_is_built_though_no_day_is_kept(cast: Cast) -> None:
    declare("pages", PAGES)
    histories.fill(NOW)
    assert Tally.objects.get().complete_from <= NOW.date() - timedelta(days=28)
    assert selectors.progress("pages", now=NOW).is_complete


def test_another_meaning_is_filled_in_anew(printing: Cast) -> None:
    declare("prints", PRINTS)
    histories.fill(NOW)
    declare("prints", PRINTS | {"days": 56})
    assert values(printing, "prints") == [None] * 4
    assert selectors.progress("prints", now=NOW).days_done == 0
    histories.fill(NOW)
    assert values(printing, "prints") == [6, 6, 5, 6]


DOUBLED = {"operation": "expression", "expression": "prints * 2"}
WITH_ONE = {"operation": "expression", "expression": "doubled + 1"}


def test_a_change_is_filled_in_anew_for_everything_made_of_it(printing: Cast) -> None:
    for key, value in (("prints", PRINTS), ("doubled", DOUBLED), ("with_one", WITH_ONE), ("pages", PAGES)):
        declare(key, value)
    histories.fill(NOW)
    assert values(printing, "with_one") == [7, 7, 7, 7]
    declare("prints", PRINTS | {"days": 56})
    done = [selectors.progress(key, now=NOW).days_done for key in ("prints", "doubled", "with_one", "pages")]
    assert done == [0, 0, 0, 4], "the last one is not made of it"
    assert jobs.enqueue_histories(NOW) == 1
    assert jobs.fill_histories.call() == 4
    assert values(printing, "doubled") == [12, 12, 10, 12]
    assert values(printing, "with_one") == [13, 13, 11, 13]


def test_words_and_other_metrics_change_no_past(printing: Cast) -> None:
    declare("prints", PRINTS)
    declare("doubled", DOUBLED)
    histories.fill(NOW)
    content = {"key": "prints", "label": "Pages on paper", "description": "Renamed.", "value": PRINTS}
    services.save_metric(check(content, origin="test"), by=None, now=NOW)
    declare("pages", PAGES)
    assert [selectors.progress(key, now=NOW).is_complete for key in ("prints", "doubled")] == [True, True]


def test_a_past_of_another_meaning_is_found_though_nobody_saved_anything(printing: Cast) -> None:
    declare("prints", PRINTS)
    histories.fill(NOW)
    # As after an update that computes the same document in a new way.
    OwnMetric.objects.update(stored_as="prints:older")
    assert histories.is_pending(NOW)
    assert histories.fill(NOW) == 4
    assert not histories.is_pending(NOW)


def test_days_kept_while_a_metric_was_away_are_filled_in_when_it_comes_back(printing: Cast) -> None:
    declare("prints", PRINTS)
    histories.fill(NOW)
    services.remove_metric("prints", by=None, now=NOW)
    services.backfill([date(2026, 5, 20)])
    declare("prints", PRINTS)
    assert values(printing, "prints") == [3, 3, 3, None, 3]
    histories.fill(NOW)
    assert values(printing, "prints") == [3, 3, 3, 3, 3]


def test_a_job_does_it_once_for_every_change(printing: Cast) -> None:
    assert jobs.enqueue_histories(NOW) == 0
    declare("prints", PRINTS)
    assert jobs.enqueue_histories(NOW) == 1
    assert jobs.enqueue_histories(NOW) == 0
    assert Job.objects.get().task_path == "mainstay.metrics.jobs.fill_histories"
    declare("pages", PAGES)
    assert jobs.enqueue_histories(NOW) == 1
    with only_one("metric histories"):
        assert jobs.fill_histories.call() == 0, "another worker is at it"
    assert jobs.fill_histories.call() == 4


def test_what_went_wrong_is_written_down(printing: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("prints", PRINTS)

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(past, "fill", full)
    with pytest.raises(OSError, match="No space"):
        jobs.fill_histories.call()
    assert selectors.progress("prints", now=NOW).problem == "No space left on device"
    monkeypatch.undo()
    assert "Filled in 4 days" in CliRunner().invoke(command, ["fill"]).output
    assert selectors.progress("prints", now=NOW).problem == ""


def test_days_before_those_that_are_kept_have_it_from_the_start(printing: Cast) -> None:
    declare("pages", PAGES)
    services.backfill([date(2026, 4, 2)])
    assert selectors.history(printing.acme.pk, "pages", date(2026, 4, 1), date(2026, 4, 3)) == [(date(2026, 4, 2), 12)]
