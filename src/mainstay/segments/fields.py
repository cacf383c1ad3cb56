"""Every field a condition can name, and the SQL of each over the tables by their own names.

Account fields and health fields have the words people use; every metric is a field under its key. Yes-or-no metrics are
booleans: `champion_present`, `not champion_present` and `champion_present = 0` all work.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.db import connection

from mainstay.conditions import Field, Type
from mainstay.metrics.registry import Declared, Unit, all_metrics
from mainstay.scores import account_fields

_JOINS = {
    "scores_health": "LEFT JOIN scores_health ON scores_health.account_id = accounts_account.id",
    "metrics_profile": "LEFT JOIN metrics_profile ON metrics_profile.account_id = accounts_account.id",
    "people_user": "LEFT JOIN people_user ON people_user.id = accounts_account.owner_id",
}
FROM = " ".join(["accounts_account", *_JOINS.values()])
# The day of the last scoring; of a past day, the day it ended at.
TODAY = Field("today", Type.DATE, "The present day, to compare dates with: today + 30")
_TODAY = {
    "postgresql": "((SELECT MAX(as_of) FROM scores_scoringrun) AT TIME ZONE 'UTC')::date",
    "sqlite": "date((SELECT MAX(as_of) FROM scores_scoringrun))",
}
_DAYS_IN_BAND = {
    "postgresql": f"({_TODAY['postgresql']} - (scores_health.band_since AT TIME ZONE 'UTC')::date)",
    "sqlite": f"CAST(julianday({_TODAY['sqlite']}) - julianday(date(scores_health.band_since)) AS INTEGER)",
}
_HEALTH = (
    (Field("score", Type.NUMBER, "Health score"), "scores_health.score"),
    (Field("band", Type.TEXT, "Health: green, yellow, red or unknown"), "scores_health.band"),
    (Field("previous_band", Type.TEXT, "Health before the present band"), "scores_health.previous_band"),
    (Field("coverage", Type.NUMBER, "Coverage of the score, 0 to 1"), "scores_health.coverage"),
    (Field("change_7d", Type.NUMBER, "Score, change in 7 days"), "scores_health.change_7d"),
    (Field("score_7d_ago", Type.NUMBER, "Score 7 days ago"), "scores_health.score_7d_ago"),
    (Field("days_in_band", Type.NUMBER, "Days in the present band"), ""),
)
HEALTH_FIELDS = frozenset(field.name for field, _ in _HEALTH)


def condition_fields() -> Mapping[str, Field]:
    """Account, health and metric fields by name."""
    return _condition_fields(all_metrics())


@lru_cache(maxsize=2)
def _condition_fields(declared: Declared) -> Mapping[str, Field]:
    metrics = {
        metric.key: Field(metric.key, Type.BOOLEAN if metric.unit is Unit.BOOLEAN else Type.NUMBER, metric.label)
        for metric in declared.values()
    }
    return {**account_fields.FIELDS, TODAY.name: TODAY, **{field.name: field for field, _ in _HEALTH}, **metrics}


def source(names: Iterable[str]) -> str:
    """`FROM` with only the tables that these fields need."""
    used = " ".join(columns()[name] for name in names)
    return " ".join(["accounts_account", *(join for table, join in _JOINS.items() if table in used)])


def columns() -> Mapping[str, str]:
    """The SQL of each field over `FROM`, for the database in use."""
    return _columns(all_metrics(), connection.vendor)


@lru_cache(maxsize=2)
def _columns(declared: Declared, vendor: str) -> Mapping[str, str]:
    # Who leaves on a day to come is a customer until then; the day is the one of the last scoring.
    churned = (
        "(accounts_account.stage = 'churned' OR (accounts_account.churned_on IS NOT NULL AND "
        f"accounts_account.churned_on <= COALESCE({_TODAY[vendor]}, accounts_account.churned_on)))"
    )
    metrics = {}
    for metric in declared.values():
        column = f'metrics_profile."{metric.key}"'
        metrics[metric.key] = f"({column} <> 0)" if metric.unit is Unit.BOOLEAN else column
    health = {field.name: column for field, column in _HEALTH} | {"days_in_band": _DAYS_IN_BAND[vendor]}
    return {**account_fields.COLUMNS, TODAY.name: _TODAY[vendor], "churned": churned, **health, **metrics}
