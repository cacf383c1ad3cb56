"""The SQL of each field as of a day that is over, for the engine, and what has to be read for it.

Metrics and scores are kept per day. Of the fields of accounts, signing, churning and the stages have dates. All others
are taken as they are now; `assumed` names them, and whoever shows a result says so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mainstay.conditions import Field
from mainstay.metrics.registry import Unit, all_metrics
from mainstay.scores import account_fields
from mainstay.segments.fields import HEALTH_FIELDS, condition_fields

# Read from the score of seven days before, and from the days before: each takes more work than the score of the day.
_WEEK = frozenset({"score_7d_ago", "change_7d"})
_STAY = frozenset({"days_in_band", "previous_band"})
_HEALTH = {
    "score": "health.score",
    "band": "health.band",
    "coverage": "health.coverage",
    "score_7d_ago": "health.score_7d_ago",
    "change_7d": "(health.score - health.score_7d_ago)",
    "previous_band": "health.previous_band",
    "days_in_band": "(profile.day - health.since)",
}
# A day is what was known at its end, the first instant of the next one: who left on that next day has left.
# Before the first dated stage an account is in none that anybody knows. Where none is dated, the present stage is
# taken, but of who churned later it tells nothing about the day.
_HAS_CHURNED = """coalesce(account.churned_on <= profile.day + 1,
  CASE WHEN account.has_stages THEN coalesce(stages.stage = 'churned', false) ELSE account.stage = 'churned' END)"""
_DATED = {
    "today": "(profile.day + 1)",
    "churned": f"({_HAS_CHURNED})",
    "stage": f"""(CASE WHEN account.has_stages THEN stages.stage
      WHEN account.stage <> 'churned' OR {_HAS_CHURNED} THEN account.stage END)""",
}
_KNOWN = frozenset({"key", "signed_on", "churned_on", "churned"})


@dataclass(frozen=True)
class Needed:
    """What must be read to know some fields: metrics, columns of accounts and their stages, parts of the scores."""

    metrics: tuple[str, ...]
    account: tuple[str, ...]
    stages: bool
    health: bool
    week: bool
    stay: bool


def needed(names: Collection[str]) -> Needed:
    """What the fields `names` need."""
    account = {name for name in names if name in account_fields.FIELDS}
    stages = bool(account & {"churned", "stage"})
    if stages:
        account |= {"stage", "churned_on"}
    return Needed(
        metrics=tuple(name for name in names if name in all_metrics()),
        account=tuple(sorted(account - {"churned"})),
        stages=stages,
        health=bool(HEALTH_FIELDS & set(names)),
        week=bool(_WEEK & set(names)),
        stay=bool(_STAY & set(names)),
    )


def columns(names: Collection[str]) -> Mapping[str, str]:
    """The SQL of each of these fields over the relations `profile`, `account` and `health`."""
    return {name: _column(condition_fields()[name]) for name in names}


def assumed(names: Collection[str]) -> tuple[str, ...]:
    """Those of the fields that are taken as they are now, since no history of them is kept; in order.

    The stage is among them while it is not dated of every account.
    """
    return tuple(sorted(name for name in names if name in account_fields.FIELDS and name not in _KNOWN))


def _column(field: Field) -> str:
    metric = all_metrics().get(field.name)
    if metric is not None:
        column = f'profile."{field.name}"'
        return f"({column} <> 0)" if metric.unit is Unit.BOOLEAN else column
    return _HEALTH.get(field.name) or _DATED.get(field.name) or f'account."{field.name}"'
