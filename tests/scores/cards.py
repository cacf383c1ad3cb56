"""TechCorp's values, the shipped scorecards, and small scorecards for tests."""

from functools import cache

from mainstay.metrics.registry import all_metrics
from mainstay.scores import document
from mainstay.scores.arithmetic import Dimension, Measure, Scorecard

TECHCORP = {
    "daily_active_rate": 65.0,
    "feature_coverage": 55.0,
    "days_since_last_activity": 0.0,
    "monthly_active_users_change": 0.0,
    "review_attended": 1.0,
    "trainings_completed": 1.0,
    "response_rate": 80.0,
    "tickets_trend": 0.0,
    "csat_90d": 4.2,
    "open_urgent_tickets": 0.0,
    "champion_present": 1.0,
    "executive_sponsor_present": 0.0,
    "nps_latest": 8.0,
    "on_time_payment": 100.0,
    "expansion_12m": 0.0,
}
HEALTHY = TECHCORP | {
    "daily_active_rate": 80.0,
    "feature_coverage": 80.0,
    "executive_sponsor_present": 1.0,
    "nps_latest": 10.0,
    "expansion_12m": 12.0,
}
SICK = HEALTHY | {
    "daily_active_rate": 10.0,
    "feature_coverage": 10.0,
    "response_rate": 0.0,
    "csat_90d": 1.0,
    "nps_latest": 0.0,
    "expansion_12m": -50.0,
}


@cache
def shipped(key: str) -> Scorecard:
    """A scorecard as it is shipped, version 1."""
    text = (document.SHIPPED / f"{key}.yaml").read_text()
    return document.build(document.read(text, origin=key), version=1, metrics=all_metrics())


def measure(metric: str, green: float = 2, yellow: float = 1, source: str = "product") -> Measure:
    """A measure; green below yellow turns it round."""
    return Measure(
        metric=metric,
        label=metric.title(),
        unit="count",
        source=source,
        direction="up" if green >= yellow else "down",
        green=green,
        yellow=yellow,
    )


def card(*dimensions: Dimension, minimum_coverage: float = 0.0, **options: object) -> Scorecard:
    """A scorecard with these dimensions."""
    return Scorecard(
        key="small", name="Small", version=1, dimensions=dimensions, minimum_coverage=minimum_coverage, **options
    )


def dimension(key: str, weight: int, *measures: Measure, **options: object) -> Dimension:
    """A dimension; one measure named as the dimension unless given."""
    return Dimension(key=key, label=key.title(), weight=weight, measures=measures or (measure(key),), **options)
