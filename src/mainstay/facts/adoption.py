"""Which account uses which feature, and how: reach, intensity and change, feature by feature.

The metrics of the family *features* say the same of all, of the core and of the premium features together; a column per
feature would be hundreds. So this is asked for when a page or a condition names a feature.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
from django.db.models import Q

from mainstay.common.time import as_of_instant
from mainstay.facts import tables
from mainstay.facts.models import Feature
from mainstay.lake import engine

# Eight weeks: the last 28 complete days, and the 28 before them.
_DAYS = 56
_STATEMENT = """
    WITH used AS (
      SELECT account_id, feature,
        count(DISTINCT contact_id) FILTER (age <= 28) AS users,
        coalesce(sum(n) FILTER (age <= 28), 0)::BIGINT AS uses,
        count(DISTINCT contact_id) FILTER (age BETWEEN 1 AND 28) AS complete_users,
        coalesce(sum(n) FILTER (age BETWEEN 1 AND 28 AND contact_id IS NOT NULL), 0)::BIGINT AS uses_of_people,
        coalesce(sum(n) FILTER (age BETWEEN 1 AND 28), 0)::BIGINT AS uses_now,
        coalesce(sum(n) FILTER (age BETWEEN 29 AND 56), 0)::BIGINT AS uses_before,
        min(age) AS last_age
      FROM feature_days WHERE age BETWEEN 0 AND 56 GROUP BY ALL
    ), active AS (
      SELECT account_id, count(DISTINCT contact_id) AS active_users
      FROM user_days WHERE age BETWEEN 0 AND 28 GROUP BY ALL
    ), included AS (SELECT DISTINCT account_id, feature, true AS is_in_plan FROM plan_features)
    SELECT account_id, feature, coalesce(is_in_plan, false) AS is_in_plan, coalesce(users, 0) AS users,
      users * 100.0 / nullif(active_users, 0) AS reach, coalesce(uses, 0) AS uses,
      uses_of_people / 4.0 / nullif(complete_users, 0) AS intensity,
      (uses_now - uses_before) * 100.0 / nullif(uses_before, 0) AS change, coalesce(uses_before, 0) AS uses_before,
      last_age
    FROM included FULL JOIN used USING (account_id, feature) LEFT JOIN active USING (account_id)
    {where}
    ORDER BY account_id, feature"""


@dataclass(frozen=True)
class Adoption:
    """A feature over some accounts in the last 28 days, today included; `_before`: in the 28 complete days before.

    `included`: accounts whose plan has it. `accounts` and `users` are those of them who used it, `uses` how often.
    """

    feature: Feature
    included: int = 0
    accounts: int = 0
    accounts_before: int = 0
    users: int = 0
    uses: int = 0

    @property
    def share(self) -> float | None:
        """Percent of the accounts that have it who use it; None where nobody has it."""
        return 100 * self.accounts / self.included if self.included else None

    @property
    def share_before(self) -> float | None:
        """The same of the 28 days before."""
        return 100 * self.accounts_before / self.included if self.included else None


def by_feature(as_of: date | datetime, account_ids: Collection[int] | None = None) -> list[Adoption]:
    """The adoption of every feature over all accounts, or over `account_ids`; retired ones left out, widest first."""
    use = feature_use(as_of, account_ids=account_ids)
    with engine.cursor() as cursor:
        cursor.register("use", use)
        found = cursor.execute("""
            SELECT feature, count(*), count(*) FILTER (uses > 0), count(*) FILTER (uses_before > 0),
              CAST(sum(users) AS BIGINT), CAST(sum(uses) AS BIGINT)
            FROM use WHERE is_in_plan GROUP BY feature""").fetchall()
    numbers = {row[0]: row[1:] for row in found}
    last = (as_of_instant(as_of) - timedelta(microseconds=1)).date()
    present = Feature.objects.filter(Q(retired_on=None) | Q(retired_on__gt=last))
    rows = [Adoption(feature, *numbers.get(feature.key, ())) for feature in present]
    return sorted(rows, key=lambda row: (-(row.share or 0), row.feature.label))


def feature_use(
    as_of: date | datetime,
    *,
    features: Collection[str] | None = None,
    account_ids: Collection[int] | None = None,
) -> pa.Table:
    """The use of each feature by each account that has it in its plan or used it in 56 days, now or in the past.

    `features` (keys) and `account_ids` leave only these. Columns: `account_id`, `feature`, `is_in_plan`; of the last
    28 days, today included, `users`, `reach` (percent of the active users) and `uses`; of complete days `intensity`
    (uses a week of somebody who uses it) and `change` (percent, against the 28 days before, in which it was used
    `uses_before` times); `last_age`, days since it was used.
    """
    with engine.cursor() as cursor:
        tables.register(
            cursor, as_of, account_ids=account_ids, history_days=_DAYS, records_of=("accounts", "subscriptions")
        )
        where = ""
        if features is not None:
            cursor.register("asked", pa.table({"feature": pa.array(sorted(features), pa.string())}))
            where = "WHERE feature IN (SELECT feature FROM asked)"
        return engine.arrow(cursor, _STATEMENT.format(where=where))
