"""How often sources deliver, and when they are late."""

from datetime import UTC, datetime, timedelta

import pytest

from mainstay.ingest.errors import UnknownSource
from mainstay.ingest.models import Source
from mainstay.ingest.sources import LABELS, declare_rhythm, freshness, learnt_rhythm, record_arrival

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def arrivals(*gaps: timedelta) -> list[datetime]:
    """Arrivals with these gaps, the last one now."""
    return [NOW - sum(gaps[n:], timedelta()) for n in range(len(gaps) + 1)]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([], None),
        ([DAY] * 6, None),
        ([DAY] * 7, 2 * DAY),
        ([HOUR] * 20, 26 * HOUR),
        ([7 * DAY] * 10, 14 * DAY),
        ([DAY] * 4 + [3 * DAY] + [DAY] * 4 + [3 * DAY], 6 * DAY),
        ([DAY] * 39 + [30 * DAY], 2 * DAY),
    ],
)
def test_the_rhythm_is_twice_the_gap_that_nearly_all_keep(gaps: list[timedelta], expected: timedelta | None) -> None:
    assert learnt_rhythm(arrivals(*gaps)) == (None if expected is None else expected.total_seconds())


@pytest.mark.django_db
def test_a_source_that_never_delivered_is_missing_and_not_late() -> None:
    known = freshness(NOW)
    assert list(known) == list(LABELS)
    product = known["product"]
    assert (product.last_received_at, product.age_seconds, product.is_late) == (None, None, False)
    assert product.rhythm_seconds == (3 * DAY).total_seconds()


@pytest.mark.django_db
def test_a_source_is_late_when_it_rests_longer_than_its_rhythm() -> None:
    record_arrival("product", at=NOW - 3 * DAY, rows=10)
    assert not freshness(NOW)["product"].is_late
    late = freshness(NOW + timedelta(seconds=1))["product"]
    assert (late.is_late, late.age_seconds) == (True, (3 * DAY).total_seconds() + 1)
    record_arrival("product", at=NOW, rows=5)
    assert not freshness(NOW + DAY)["product"].is_late
    assert Source.objects.get(key="product").rows_received == 15


@pytest.mark.django_db
def test_a_declared_rhythm_wins_over_the_learnt_one() -> None:
    for moment in arrivals(*[DAY] * 10):
        record_arrival("support", at=moment, rows=1)
    assert freshness(NOW)["support"].rhythm_seconds == (2 * DAY).total_seconds()
    declare_rhythm("support", 3600)
    assert freshness(NOW + 2 * HOUR)["support"].is_late
    declare_rhythm("support", None)
    assert not freshness(NOW + 2 * HOUR)["support"].is_late


@pytest.mark.django_db
def test_a_stream_counts_as_few_deliveries_and_order_does_not_matter() -> None:
    for minutes in range(0, 24 * 60, 10):
        record_arrival("product", at=NOW - DAY + timedelta(minutes=minutes), rows=100)
    record_arrival("product", at=NOW - 10 * DAY, rows=1)
    record_arrival("product", at=NOW, rows=0)
    source = Source.objects.get(key="product")
    assert len(source.arrivals) == 2
    assert source.last_received_at == NOW - timedelta(minutes=10)


@pytest.mark.django_db
def test_only_known_sources_deliver() -> None:
    with pytest.raises(UnknownSource, match="weather"):
        record_arrival("weather", at=NOW, rows=1)
    with pytest.raises(UnknownSource):
        declare_rhythm("weather", 5)


def test_what_usually_lies_between_two_deliveries_is_the_median_once_there_are_enough(db: None) -> None:
    for at in arrivals(*([DAY] * 6)):
        record_arrival("support", at=at, rows=1)
    assert freshness(NOW)["support"].usual_seconds is None
    for at in (NOW + DAY, NOW + 6 * DAY):
        record_arrival("support", at=at, rows=1)
    assert freshness(NOW)["support"].usual_seconds == DAY.total_seconds()
