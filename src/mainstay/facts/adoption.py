"""Which account uses which feature, and how: reach, intensity and change, feature by feature.

The metrics of the family *features* say the same of all, of the core and of the premium features together; a column per
feature would be hundreds. So this is asked for when a page or a condition names a feature.
"""

from collections.abc import Collection
from datetime import date, datetime

import pyarrow as pa

from mainstay.facts import tables
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
      (uses_now - uses_before) * 100.0 / nullif(uses_before, 0) AS change, last_age
    FROM included FULL JOIN used USING (account_id, feature) LEFT JOIN active USING (account_id)
    {where}
    ORDER BY account_id, feature"""


def feature_use(
    as_of: date | datetime,
    *,
    features: Collection[str] | None = None,
    account_ids: Collection[int] | None = None,
) -> pa.Table:
    """The use of each feature by each account that has it in its plan or used it in 56 days, now or in the past.

    `features` (keys) and `account_ids` leave only these. Columns: `account_id`, `feature`, `is_in_plan`; of the last
    28 days, today included, `users`, `reach` (percent of the active users) and `uses`; of complete days `intensity`
    (uses a week of somebody who uses it) and `change` (percent, against the 28 days before); `last_age`, days since it
    was used.
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
