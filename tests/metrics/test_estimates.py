"""What a metric would cost: looked up, and measured on a sample. Seconds are never compared with a limit here."""

from datetime import timedelta
from typing import Any

import pytest

from mainstay.facts.services import refresh_rollups
from mainstay.metrics import histories, past, services
from mainstay.metrics.errors import BadMetric
from mainstay.metrics.estimates import estimate
from mainstay.metrics.models import OwnMetric
from mainstay.metrics.own.document import Document
from mainstay.metrics.own.reading import check
from tests.builders import Cast
from tests.facts.sending import NOW, days_ago, group, load, track
from tests.metrics.test_histories import kept


def document(value: dict[str, Any]) -> Document:
    return check({"key": "own", "label": "Own", "description": "Made for a test.", "value": value}, origin="test")


COUNT = document({"operation": "count", "days": 28})
LONG = document({"operation": "count", "days": 90})
PAGES = document({"operation": "sum", "property": "pages", "properties": {"pages": "number"}, "days": 28})


@pytest.fixture
def printing(cast: Cast) -> Cast:
    """Three events a day for ten days, five on the busiest; two days are kept."""
    load(
        group("acme", "ann"),
        *(
            track(
                "ann", "Printed", at=days_ago(age) + timedelta(minutes=nth), account="acme", properties={"pages": nth}
            )
            for age in range(1, 11)
            for nth in range(5 if age == 4 else 3)
        ),
        track("ann", "Printed", at=days_ago(80), account="acme"),
    )
    refresh_rollups(NOW)
    past.record(kept(days_ago(age).date()) for age in (2, 1))
    return cast


def test_daily_counts_that_are_read_anyway_cost_nothing_more_to_read(printing: Cast) -> None:
    found = estimate(COUNT, now=NOW)
    assert (found.refresh.files, found.building.files, found.building_seconds) == (0, 0, 0)
    assert found.refresh_seconds > 0
    assert (found.history_days, found.sample) == (2, None)
    assert found.history_seconds == pytest.approx(found.refresh_seconds * 2)


def test_a_long_window_reads_daily_counts_that_others_do_not(printing: Cast) -> None:
    found = estimate(LONG, now=NOW)
    assert found.refresh.rows == 11
    assert found.refresh.bytes > 0


def test_properties_are_measured_on_the_busiest_day_of_the_last_week(printing: Cast) -> None:
    found = estimate(PAGES, now=NOW)
    assert (found.sample, found.sample_events) == (days_ago(4).date(), 5)
    assert found.refresh.rows == 5 * 28, "of the busiest day, for each day of the window"
    assert found.building.rows == 33, "events and the call that told the account"
    assert found.building_seconds > 0
    assert OwnMetric.objects.count() == 0


def test_a_tally_that_is_kept_need_not_be_built_again(printing: Cast) -> None:
    services.save_metric(PAGES, by=None, now=NOW)
    histories.fill(NOW)
    found = estimate(PAGES.model_copy(update={"key": "other"}), now=NOW)
    assert (found.building.files, found.sample) == (0, None)
    assert found.refresh.rows == 32


def test_before_any_event_there_is_nothing_to_measure(cast: Cast) -> None:
    found = estimate(PAGES, now=NOW)
    assert (found.sample, found.building.files, found.history_days) == (None, 0, 0)


def test_what_could_not_be_saved_has_no_cost(printing: Cast) -> None:
    with pytest.raises(BadMetric, match="There is no metric 'nothing'"):
        estimate(document({"operation": "expression", "expression": "nothing"}), now=NOW)
