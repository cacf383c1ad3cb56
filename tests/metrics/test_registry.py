"""Declarations: what every metric says of itself, and what a wrong one is told."""

import re

import pytest

from mainstay.ingest.sources import LABELS
from mainstay.metrics import bases, lineage, registry
from mainstay.metrics.errors import BadDeclaration, UnknownMetric
from mainstay.metrics.registry import Kind, Unit, all_metrics

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
    assert set(metric.sources) <= set(LABELS), "a source of ingest"
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
        _metric(over=bases.tickets)(speechless)


@pytest.mark.parametrize("options", [{}, {"over": bases.tickets, "parents": ["arr"]}])
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


def test_an_unknown_metric_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UnknownMetric, match="Did you mean 'seat_use'"):
        registry.get("seat_uses")
