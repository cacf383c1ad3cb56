"""How values are spread, which lie far out, and why some accounts have none."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from mainstay.ingest.sources import freshness, record_arrival
from mainstay.metrics import insight, past
from mainstay.metrics.errors import UnknownMetric
from mainstay.metrics.insight import Bin
from tests import builders
from tests.builders import Cast

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = date(2026, 11, 22)


def numbered(*values: float | None) -> dict[int, float | None]:
    return dict(enumerate(values))


def test_a_spread_says_who_has_a_value_and_how_they_lie() -> None:
    found = insight.spread(numbered(10, 20, 30, 40, None))
    assert (found.accounts, found.known, found.coverage) == (5, 4, 80)
    assert (found.low, found.p25, found.median, found.p75, found.high) == (10, 17.5, 25, 32.5, 40)


def test_without_any_value_nothing_is_claimed() -> None:
    found = insight.spread(numbered(None, None))
    assert (found.coverage, found.median) == (0, None)
    assert insight.spread({}).coverage is None
    assert (insight.bins({}), insight.outliers({})) == ([], [])


def test_few_values_have_a_bar_each() -> None:
    assert insight.bins(numbered(0, 1, 1, None)) == [Bin(0, 0, 1), Bin(1, 1, 2)]


def test_many_values_are_put_into_equal_steps_and_a_giant_flattens_nothing() -> None:
    found = insight.bins(numbered(*range(1000), 1_000_000))
    assert len(found) == insight.BINS
    assert sum(one.accounts for one in found) == 1001
    assert found[-1].end < 1000
    assert max(one.accounts for one in found) < 60


def test_outliers_lie_beyond_the_fences_the_farthest_first() -> None:
    found = insight.outliers(numbered(*range(20), 90, -200))
    assert found == [(21, -200), (20, 90)]
    assert insight.outliers(numbered(*[5] * 20, 90)) == []
    assert insight.outliers(numbered(1, 2, 90)) == []


@pytest.mark.django_db
class TestOfMetrics:
    def test_values_are_those_of_customers_now(self, cast: Cast) -> None:
        builders.profile(cast.acme, seats=10)
        builders.profile(cast.initech, seats=99)
        assert insight.values("seats") == {cast.acme.pk: 10, cast.globex.pk: None}
        with pytest.raises(UnknownMetric):
            insight.values("no_such_metric")

    def test_a_past_day_has_its_own_values_and_customers(self, cast: Cast) -> None:
        cast.initech.churned_on = date(2026, 12, 1)
        cast.initech.save(update_fields=["churned_on"])
        _keep(DAY, {cast.acme.pk: 4.0, cast.initech.pk: 6.0})
        assert insight.values("seats", DAY) == {cast.acme.pk: 4, cast.globex.pk: None, cast.initech.pk: 6}
        found = insight.summaries(DAY, ["seats", "arr"])
        assert (found["seats"].accounts, found["seats"].known, found["seats"].median) == (3, 2, 5)
        assert (found["arr"].known, found["arr"].median) == (0, None)

    def test_the_spread_is_told_day_by_day(self, cast: Cast) -> None:
        for ago, value in ((2, 4.0), (1, 8.0)):
            _keep(DAY - timedelta(days=ago), {cast.acme.pk: value})
        found = insight.over_time("seats", start=DAY - timedelta(days=30), end=DAY)
        assert [(day.day, one.known, one.median) for day, one in found] == [(20, 1, 4), (21, 1, 8)]

    def test_a_source_that_never_delivered_is_the_reason_for_all(self, cast: Cast) -> None:
        found = insight.values("seats")
        (group,) = insight.missing("seats", found, freshness(NOW))
        assert group.reason == "Nothing has come from subscriptions yet."
        assert list(group.account_ids) == [cast.acme.pk, cast.globex.pk]

    def test_a_missing_parent_is_named_before_anything_else(self, cast: Cast) -> None:
        for source in ("contracts", "product"):
            record_arrival(source, at=NOW, rows=1)
        builders.profile(cast.acme, seats=None, seats_used=3, seat_use=None)
        builders.profile(cast.globex, seats=0, seats_used=3, seat_use=None)
        found = insight.missing("seat_use", insight.values("seat_use"), freshness(NOW))
        assert {group.reason: list(group.account_ids) for group in found} == {
            "Seats has no value.": [cast.acme.pk],
            "What it is divided by is 0.": [cast.globex.pk],
        }
        (alone,) = insight.missing("seats", insight.values("seats"), freshness(NOW))
        assert alone.reason == "Nothing to count."


def _keep(day: date, seats: dict[int, float]) -> None:
    names = [key for key in insight.all_metrics() if key != "seats"]
    empty = pa.nulls(len(seats), pa.float64())
    table = {"account_id": pa.array(seats, pa.int64()), "seats": pa.array(seats.values(), pa.float64())}
    past.record([(day, pa.table(table | dict.fromkeys(names, empty)))], at=NOW)
