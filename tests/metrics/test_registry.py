"""Declarations: what every metric says of itself, and what a wrong one is told."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mainstay.ingest.own import OWN as WRITTEN_DOWN
from mainstay.ingest.sources import LABELS
from mainstay.metrics import bases, lineage, record_bases, registry
from mainstay.metrics.errors import BadDeclaration, UnknownMetric
from mainstay.metrics.registry import Declared, Kind, Metric, Unit, all_metrics
from mainstay.segments.fields import condition_fields

# Other rooms, scorecards and the HTTP API call metrics by these names: they stay.
PROMISED = (
    "daily_active_rate weekly_active_users weekly_active_users_change monthly_active_users monthly_active_users_change "
    "stickiness logins_per_week login_drop_streak events_28d events_trend feature_coverage core_feature_trend seats "
    "seats_used seat_use days_since_last_activity tickets_28d tickets_trend open_urgent_tickets csat_90d nps_latest "
    "review_attended trainings_completed champion_present executive_sponsor_present response_rate days_to_renewal "
    "on_time_payment expansion_12m arr"
).split()


def _metric(**options):
    return registry.metric(label="Test", unit=Unit.COUNT, **options)


def test_the_promised_metrics_are_there() -> None:
    assert set(PROMISED) <= set(all_metrics())


@pytest.mark.parametrize("key", sorted(all_metrics()))
def test_a_metric_says_what_it_is(key: str) -> None:
    metric = all_metrics()[key]
    assert metric.label
    assert re.fullmatch(r"[A-Z].*\.", metric.description), "the meaning is a sentence"
    assert set(metric.sources) <= {*LABELS, WRITTEN_DOWN}, "a source of ingest, or Mainstay itself"
    assert metric.evidence in lineage.BUILDERS, "evidence that can be shown"
    assert (metric.kind is Kind.SIMPLE) <= bool(metric.window_days)
    assert (metric.kind is Kind.DERIVED) == bool(metric.parents)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key), "a column name on every database"


def test_two_metrics_of_one_name_are_refused_with_both_places() -> None:
    def arr(rows):
        """Something else."""

    with pytest.raises(
        BadDeclaration, match=r"'arr' is declared twice, in mainstay\.metrics\.definitions\.revenue and in"
    ):
        _metric(over=bases.contracts)(arr)


def test_two_bases_of_one_name_are_refused() -> None:
    def tickets(tables):
        return tables.tickets

    with pytest.raises(BadDeclaration, match="Rename one of the two functions"):
        registry.base(sources=["support"], spoken=tickets, evidence="tickets")(tickets)


def test_a_metric_without_a_meaning_is_refused() -> None:
    def speechless(rows):
        return rows.count()

    with pytest.raises(BadDeclaration, match="'speechless' needs a docstring"):
        _metric(over=record_bases.tickets)(speechless)


@pytest.mark.parametrize("options", [{}, {"over": record_bases.tickets, "parents": ["arr"]}])
def test_a_metric_has_either_a_base_or_parents(options) -> None:
    with pytest.raises(BadDeclaration, match="not both or neither"):
        _metric(**options)(lambda rows: rows)


def test_a_derived_metric_says_its_sources_and_evidence() -> None:
    with pytest.raises(BadDeclaration, match="say its `sources="):
        _metric(parents=["arr"])(lambda rows: rows)


def test_parents_come_first_and_must_exist() -> None:
    metrics = all_metrics()
    order = [metric.key for metric in registry.in_order(["seat_use"], metrics)]
    assert order.index("monthly_active_users") < order.index("seats_used") < order.index("seat_use")
    orphaned = {key: value for key, value in metrics.items() if key != "seats"}
    with pytest.raises(BadDeclaration, match="'seat_use' is derived from 'seats', which is declared nowhere"):
        registry.in_order(["seat_use"], orphaned)


def test_an_unknown_metric_is_answered_with_the_nearest_one(db: None) -> None:
    with pytest.raises(UnknownMetric, match="Did you mean 'seat_use'"):
        registry.get("seat_uses")


class Declaring:
    """A provider whose metrics the test sets; another process sees a change only when it looks again."""

    def __init__(self) -> None:
        self.declared: dict[str, Metric] = {}
        self._seen = 0
        self.version = 0
        self.loads = 0

    def stamp(self) -> int:
        return self._seen

    def look_again(self) -> None:
        self._seen = self.version

    def metrics(self, shipped: Declared) -> dict[str, Metric]:
        self.loads += 1
        return dict(self.declared)

    def declare(self, **metrics: Metric) -> None:
        self.declared = metrics
        self.version += 1


@pytest.fixture
def provider() -> Iterator[Declaring]:
    made, before = Declaring(), registry._provider
    registry.extend(made)
    yield made
    registry.extend(before)


OWN = replace(registry.shipped()["arr"], key="own_arr", label="Own ARR")


def test_what_a_provider_brings_stands_behind_the_shipped_metrics(provider: Declaring) -> None:
    provider.declare(own_arr=OWN)
    assert list(registry.look_again()) == [*registry.shipped(), "own_arr"]
    assert "own_arr" not in registry.shipped()


def test_metrics_are_the_same_object_until_a_definition_changes(provider: Declaring) -> None:
    first = registry.look_again()
    assert all_metrics() is first
    provider.declare(own_arr=OWN)
    assert all_metrics() is first, "it may lag behind"
    second = registry.look_again()
    assert second is all_metrics() is not first
    assert "own_arr" in second
    assert "own_arr" not in first
    assert provider.loads == 2


def test_an_unknown_key_is_looked_for_again_before_it_is_refused(provider: Declaring) -> None:
    assert "own_arr" not in all_metrics()
    provider.declare(own_arr=OWN)
    assert registry.get("own_arr") is OWN
    with pytest.raises(UnknownMetric, match=r"There is no metric 'own_mrr'\. Did you mean 'own_arr'"):
        registry.get("own_mrr")


def test_what_people_declared_goes_before_a_shipped_metric_of_its_key(provider: Declaring) -> None:
    provider.declare(arr=replace(OWN, key="arr"))
    assert registry.look_again()["arr"].label == "Own ARR"
    assert registry.shipped()["arr"].label != "Own ARR"


def test_what_is_cached_on_the_metrics_follows_them(provider: Declaring) -> None:
    assert "own_arr" not in condition_fields()
    provider.declare(own_arr=OWN)
    registry.look_again()
    assert condition_fields()["own_arr"].label == "Own ARR"
    provider.declare()
    registry.look_again()
    assert "own_arr" not in condition_fields()
