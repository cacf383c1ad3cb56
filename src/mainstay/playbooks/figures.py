"""The figures that texts of playbooks name: metrics of the account, and what is usual among its peers.

Only what a document asks for is read, for a batch of runs in one statement; what is usual is read once a round.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from django.db import connection

from mainstay.accounts.models import Account
from mainstay.metrics.profile_table import TABLE, stored_columns
from mainstay.metrics.registry import Unit, all_metrics
from mainstay.playbooks.context import UNKNOWN, Figure
from mainstay.scores.values import written

FEWEST_PEERS = 5
"""Of fewer accounts nothing is told: what is usual among them would tell what one of them does."""


@dataclass
class Peers:
    """Medians by metric and tier, over the accounts that have a value and did not churn. Asked once a round."""

    _known: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def median(self, key: str, tier: str) -> float | None:
        """What is usual in a tier; None where there are too few."""
        if key not in self._known:
            self._known[key] = _medians(key)
        return self._known[key].get(tier)


def read(keys: Iterable[str], account_ids: Iterable[int]) -> dict[int, dict[str, float | None]]:
    """The present values of the accounts that have a profile; a metric that was not computed yet is left out."""
    ids = sorted(set(account_ids))
    names = sorted(set(keys) & stored_columns())
    if not ids or not names:
        return {}
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT account_id, {columns} FROM {TABLE} WHERE account_id IN ({marks})", ids)
        return {pk: dict(zip(names, values, strict=True)) for pk, *values in cursor.fetchall()}


def figure(key: str, value: float | None) -> Figure:
    """A value of a metric with the text of its unit: `65%`, `12 days`, `$148,000`, `yes`; `unknown` without one."""
    metric = all_metrics().get(key)
    if value is None or metric is None:
        return UNKNOWN
    return Figure(bool(value) if metric.unit is Unit.BOOLEAN else value, written(value, metric.unit))


def usual(key: str, value: float | None) -> Figure:
    """A median as people write it: nobody has half a user."""
    metric = all_metrics().get(key)
    is_whole = metric is not None and metric.unit in (Unit.COUNT, Unit.PERCENT, Unit.DAYS)
    return figure(key, round(value) if value is not None and is_whole else value)


def _medians(key: str) -> Mapping[str, float]:
    if key not in stored_columns():
        return {}
    by_tier: dict[str, list[float]] = {}
    accounts = Account._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT account.tier, profile."{key}" FROM {TABLE} profile '
            f"JOIN {accounts} account ON account.id = profile.account_id "
            f'WHERE profile."{key}" IS NOT NULL AND account.stage <> %s AND account.churned_on IS NULL',
            ["churned"],
        )
        for tier, value in cursor.fetchall():
            by_tier.setdefault(tier, []).append(value)
    return {tier: median(values) for tier, values in by_tier.items() if len(values) >= FEWEST_PEERS}
