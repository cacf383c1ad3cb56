"""Features: how much of the product is used, by how many and how intensely.

Three words for three questions, each asked of all features, of the core ones and of the premium ones. *Reach*: how many
of the active users use any of them? *Coverage*: how many of those in the plan are used? *Intensity*: how often do those
who use them do so?
"""

from ibis.expr.types import IntegerColumn, Table, Value

from mainstay.facts.meaning import Meaning
from mainstay.metrics import bases
from mainstay.metrics.expressions import percent, percent_change, ratio, total
from mainstay.metrics.registry import Direction, Unit, metric


@metric(label="Feature users", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users, window_days=28,
        empty=0, spoken=bases.marked(), evidence="feature_users")  # fmt: skip
def feature_users(users: Table) -> Value:
    """Distinct users who used any feature of the catalogue in the last 28 days, today included."""
    return users.count(where=users.is_person & (users.known > 0))


@metric(label="Core feature users", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users, window_days=28,
        empty=0, spoken=bases.marked("core"), evidence="core_feature_users")  # fmt: skip
def core_feature_users(users: Table) -> Value:
    """Distinct users who used a core feature in the last 28 days, today included."""
    return users.count(where=users.is_person & (users.known_core > 0))


@metric(label="Premium feature users", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users,
        window_days=28, empty=0, spoken=bases.marked("premium"), evidence="premium_feature_users")  # fmt: skip
def premium_feature_users(users: Table) -> Value:
    """Distinct users who used a premium feature in the last 28 days, today included."""
    return users.count(where=users.is_person & (users.known_premium > 0))


@metric(label="Feature reach", unit=Unit.PERCENT, direction=Direction.UP, window_days=28, sources=["product"],
        parents=["feature_users", "monthly_active_users"], evidence="feature_users")  # fmt: skip
def feature_reach(row: Table) -> Value:
    """Users of any feature of the catalogue as a share of the users active in the last 28 days."""
    return percent(row.feature_users, row.monthly_active_users)


@metric(label="Core feature reach", unit=Unit.PERCENT, direction=Direction.UP, window_days=28, sources=["product"],
        parents=["core_feature_users", "monthly_active_users"], evidence="core_feature_users")  # fmt: skip
def core_feature_reach(row: Table) -> Value:
    """Users of a core feature as a share of the users active in the last 28 days."""
    return percent(row.core_feature_users, row.monthly_active_users)


@metric(label="Premium feature reach", unit=Unit.PERCENT, direction=Direction.UP, window_days=28, sources=["product"],
        parents=["premium_feature_users", "monthly_active_users"], evidence="premium_feature_users")  # fmt: skip
def premium_feature_reach(row: Table) -> Value:
    """Users of a premium feature as a share of the users active in the last 28 days."""
    return percent(row.premium_feature_users, row.monthly_active_users)


@metric(label="Feature coverage", unit=Unit.PERCENT, direction=Direction.UP, over=bases.feature_use,
        window_days=28)  # fmt: skip
def feature_coverage(features: Table) -> Value:
    """Features used in the last 28 days as a share of the features in the account's plan."""
    return percent(features.count(where=features.is_used), features.count())


@metric(label="Core feature coverage", unit=Unit.PERCENT, direction=Direction.UP, over=bases.feature_use,
        window_days=28, evidence="core_plan_features")  # fmt: skip
def core_feature_coverage(features: Table) -> Value:
    """Core features used in the last 28 days as a share of the core features in the account's plan."""
    return percent(features.count(where=features.is_used & features.core), features.count(where=features.core))


@metric(label="Premium feature coverage", unit=Unit.PERCENT, direction=Direction.UP, over=bases.feature_use,
        window_days=28, evidence="premium_plan_features")  # fmt: skip
def premium_feature_coverage(features: Table) -> Value:
    """Premium features used in the last 28 days as a share of the premium features in the account's plan."""
    return percent(features.count(where=features.is_used & features.premium), features.count(where=features.premium))


@metric(label="Feature intensity", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users, window_days=28,
        evidence="feature_users")  # fmt: skip
def feature_intensity(users: Table) -> Value:
    """Uses of features a week, averaged over the users who used one in the last 28 complete days."""
    return _intensity(users, users.uses)


@metric(label="Core feature intensity", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users,
        window_days=28, evidence="core_feature_users")  # fmt: skip
def core_feature_intensity(users: Table) -> Value:
    """Uses of core features a week, averaged over the users who used one in the last 28 complete days."""
    return _intensity(users, users.core)


@metric(label="Premium feature intensity", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_users,
        window_days=28, evidence="premium_feature_users")  # fmt: skip
def premium_feature_intensity(users: Table) -> Value:
    """Uses of premium features a week, averaged over the users who used one in the last 28 complete days."""
    return _intensity(users, users.premium)


@metric(label="Core feature use, change", unit=Unit.PERCENT, direction=Direction.UP, over=bases.feature_users,
        window_days=56)  # fmt: skip
def core_feature_trend(users: Table) -> Value:
    """Use of core features in the last 28 complete days against the 28 days before."""
    return percent_change(total(users.core), total(users.core_before))


@metric(label="Integrations in use", unit=Unit.COUNT, direction=Direction.UP, over=bases.feature_use,
        window_days=28, spoken=bases.marked("integration"), evidence="integrations")  # fmt: skip
def integrations_used(features: Table) -> Value:
    """Integrations (features marked so) of the account's plan that were used in the last 28 days."""
    return features.count(where=features.is_used & features.integration)


@metric(label="Workflow completion", unit=Unit.PERCENT, direction=Direction.UP, over=bases.meaning_users,
        window_days=28, spoken=bases.told(Meaning.WORKFLOW_STARTED), evidence="workflows")  # fmt: skip
def workflow_completion(rows: Table) -> Value:
    """Workflows completed as a share of those started in the last 28 complete days; 100 at most."""
    started, completed = total(rows.started), total(rows.completed)
    return percent((completed < started).ifelse(completed, started), started)


def _intensity(users: Table, uses: IntegerColumn) -> Value:
    return ratio(total(uses, where=users.is_person), users.count(where=users.is_person & (uses > 0)) * 4)
