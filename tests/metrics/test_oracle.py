"""The engine against SQL written by hand for one metric at a time, on random facts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from benchmarks.metrics import by_hand

from mainstay.facts.meaning import Meaning
from mainstay.metrics import tables
from mainstay.metrics.engine import run
from mainstay.metrics.registry import shipped
from tests.metrics import facts

ACCOUNTS = range(1, 61)
# A metric's rows by hand: account and value. Accounts without a row have the value given first.
BY_HAND: dict[str, tuple[float | None, str]] = {
    "daily_active_users": (0, """
        SELECT account_id, count(DISTINCT (contact_id, age)) / 20 FROM user_days
        WHERE age BETWEEN 1 AND 28 AND weekday < 5 AND contact_id IS NOT NULL GROUP BY 1"""),
    "daily_active_rate": (None, """
        SELECT account_id, 100.0 * (SELECT count(DISTINCT (contact_id, age)) FROM user_days AS day
            WHERE age BETWEEN 1 AND 28 AND weekday < 5 AND contact_id IS NOT NULL AND day.account_id = s.account_id
          ) / 20 / sum(seats) FROM subscriptions AS s WHERE in_force GROUP BY 1 HAVING sum(seats) > 0"""),
    "weekly_active_users": (0, """
        SELECT account_id, count(DISTINCT contact_id) FROM user_days WHERE age BETWEEN 0 AND 7 GROUP BY 1"""),
    "monthly_active_users": (0, """
        SELECT account_id, count(DISTINCT contact_id) FROM user_days WHERE age BETWEEN 0 AND 28 GROUP BY 1"""),
    "weekly_active_users_change": (None, """
        WITH users AS (SELECT account_id, count(DISTINCT contact_id) FILTER (age BETWEEN 1 AND 7) AS now,
            count(DISTINCT contact_id) FILTER (age BETWEEN 8 AND 14) AS before FROM user_days GROUP BY 1)
        SELECT account_id, 100.0 * (now - before) / before FROM users WHERE before > 0"""),
    "monthly_active_users_change": (None, """
        WITH users AS (SELECT account_id, count(DISTINCT contact_id) FILTER (age BETWEEN 1 AND 28) AS now,
            count(DISTINCT contact_id) FILTER (age BETWEEN 29 AND 56) AS before FROM user_days GROUP BY 1)
        SELECT account_id, 100.0 * (now - before) / before FROM users
        WHERE before > 0 AND now + before >= 20"""),
    "stickiness": (None, """
        SELECT account_id, 100.0 * count(DISTINCT (contact_id, age)) / count(DISTINCT contact_id) / 28 FROM user_days
        WHERE age BETWEEN 1 AND 28 AND contact_id IS NOT NULL GROUP BY 1"""),
    "seat_use": (None, """
        SELECT account_id, 100.0 * (SELECT count(DISTINCT contact_id) FROM user_days AS day
            WHERE age BETWEEN 0 AND 28 AND day.account_id = s.account_id) / sum(seats)
        FROM subscriptions AS s WHERE in_force GROUP BY 1 HAVING sum(seats) > 0"""),
    "events_28d": (0, "SELECT account_id, sum(n) FROM user_days WHERE age BETWEEN 0 AND 28 GROUP BY 1"),
    "events_trend": (None, """
        SELECT account_id, 100.0 * coalesce(sum(n) FILTER (age BETWEEN 1 AND 28), 0)
            / sum(n) FILTER (age BETWEEN 29 AND 56) - 100 FROM user_days GROUP BY 1
        HAVING sum(n) FILTER (age BETWEEN 29 AND 56) > 0"""),
    "logins_per_week": (0, """
        SELECT account_id, sum(logins) / 4 FROM user_days WHERE age BETWEEN 1 AND 28 GROUP BY 1"""),
    "days_since_last_activity": (None, "SELECT account_id, min(age) FROM user_days GROUP BY 1"),
    "feature_coverage": (None, """
        SELECT account_id, 100.0 * count(DISTINCT feature) FILTER ((account_id, feature) IN
            (SELECT (account_id, feature) FROM feature_days WHERE age BETWEEN 0 AND 28)) / count(DISTINCT feature)
        FROM plan_features GROUP BY 1"""),
    "core_feature_trend": (None, """
        SELECT account_id, 100.0 * coalesce(sum(n) FILTER (age BETWEEN 1 AND 28), 0)
            / sum(n) FILTER (age BETWEEN 29 AND 56) - 100 FROM feature_days WHERE core GROUP BY 1
        HAVING sum(n) FILTER (age BETWEEN 29 AND 56) > 0"""),
    "tickets_28d": (0, "SELECT account_id, count(*) FROM tickets WHERE opened_age BETWEEN 0 AND 28 GROUP BY 1"),
    "open_urgent_tickets": (0, """
        SELECT account_id, count(*) FROM tickets WHERE severity = 'urgent' AND solved_age IS NULL GROUP BY 1"""),
    "csat_90d": (None, """
        SELECT account_id, avg(rating) FROM (
          SELECT account_id, csat AS rating, rated_age AS age FROM tickets
          UNION ALL SELECT account_id, score, age FROM responses WHERE kind = 'csat')
        WHERE age BETWEEN 0 AND 90 AND rating IS NOT NULL GROUP BY 1"""),
    "nps_latest": (None, """
        SELECT account_id, arg_max(score, "at") FROM responses WHERE kind = 'nps' AND age <= 365 GROUP BY 1"""),
    "review_attended": (None, """
        SELECT account_id, CAST(arg_min(attended, age) AS INTEGER) FROM interactions
        WHERE kind = 'business_review' AND age <= 180 AND attended IS NOT NULL GROUP BY 1"""),
    "response_rate": (None, """
        SELECT account_id, 100.0 * count(answered_age) / count(*) FROM interactions
        WHERE direction = 'outbound' AND age BETWEEN 4 AND 90 GROUP BY 1"""),
    "arr": (0, """
        SELECT account_id, sum(arr_minor) / 100 FROM subscriptions WHERE in_force AND NOT is_trial GROUP BY 1"""),
    "days_to_renewal": (None, """
        SELECT account_id, coalesce(min(-renewal_age) FILTER (renewal_age <= 0), max(-renewal_age)) FROM subscriptions
        WHERE in_force AND NOT is_trial GROUP BY 1"""),
    "on_time_payment": (None, """
        SELECT account_id, 100.0 * count(*) FILTER (paid_age >= due_age) / count(*) FROM invoices
        WHERE due_age BETWEEN 1 AND 365 GROUP BY 1"""),
    "champion_present": (0, """
        SELECT account_id, 1 FROM contact_roles WHERE role = 'champion' AND until_age IS NULL GROUP BY 1"""),
}  # fmt: skip


def _random_facts(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Facts of 60 accounts, a few of them without any."""
    dice = Random(seed)
    given: dict[str, list[dict[str, Any]]] = {name: [] for name in tables.names()}
    del given["active_days"]
    given |= {
        "accounts": [
            {"account": account, "signed_age": dice.choice([None, dice.randrange(900)]),
             "stage_age": dice.choice([None, dice.randrange(300)])}
            for account in ACCOUNTS
        ],
        "features": [
            {"feature": f"f{index}", "core": index < 4, "premium": index > 8, "integration": index in (3, 9)}
            for index in range(12)
        ],
    }  # fmt: skip
    for account in ACCOUNTS:
        if dice.random() > 0.1:
            _usage(dice, account, given)
        _records(dice, account, given)
    return given


def _usage(dice: Random, account: int, given: dict[str, list[dict[str, Any]]]) -> None:
    given["departments"] += [
        {"account": account, "contact": account * 100 + number, "department": f"team {number}"} for number in range(18)
    ]
    for contact in [None, *range(account * 100, account * 100 + dice.randrange(1, 18))]:
        for age in sorted(dice.sample(range(100), dice.randrange(40))):
            logins = dice.randrange(3)
            given["user_days"].append(
                {"account": account, "contact": contact, "age": age, "n": dice.randrange(1, 30), "logins": logins}
            )
            feature = dice.randrange(12)
            given["feature_days"].append(
                {"account": account, "contact": contact, "age": age, "feature": f"f{feature}", "core": feature < 4,
                 "premium": feature > 8, "n": dice.randrange(1, 9)}
            )  # fmt: skip
            if dice.random() < 0.3:
                given["meaning_days"].append(
                    {"account": account, "contact": contact, "age": age, "meaning": dice.choice(list(Meaning)),
                     "n": dice.randrange(1, 5)}
                )  # fmt: skip
    given["plan_features"] += [
        {"account": account, "feature": f"f{index}"} for index in dice.sample(range(12), dice.randrange(12))
    ]


def _records(dice: Random, account: int, given: dict[str, list[dict[str, Any]]]) -> None:
    def some(count: int) -> Iterator[int]:
        yield from range(dice.randrange(count + 1))

    if dice.random() < 0.7:
        given["first_values"].append({"account": account, "value_age": dice.randrange(600), "events_age": 600})
    for _ in some(4):
        due, reached = dice.randrange(-30, 200), dice.choice([None, dice.randrange(200)])
        given["milestones"].append({"account": account, "due_age": due, "reached_age": reached})
        given["pulses"].append(
            {"account": account, "score": dice.randrange(100), "age": due + 30, "at": _at(dice),
             "in_force": dice.random() < 0.5}
        )  # fmt: skip
    for age in dice.sample(range(60), 3):
        given["readings"].append(
            {"account": account, "limit_key": dice.choice(["data_gb", "api_calls"]), "used": dice.randrange(900),
             "age": age}
        )  # fmt: skip
    for _ in some(3):
        start = dice.randrange(1, 900)
        end = dice.choice([None, dice.randrange(-300, start)])
        given["subscriptions"].append(
            {"account": account, "seats": dice.choice([None, 0, 5, 50]), "arr_minor": dice.randrange(10**7),
             "is_trial": dice.random() < 0.2, "start_age": start, "end_age": end,
             "renewal_age": dice.choice([None, dice.randrange(-400, 100)]), "list_minor": dice.choice([None, 10**7]),
             "data_limit_gb": dice.choice([None, 500]), "api_call_limit": dice.choice([None, 1000])}
        )  # fmt: skip
    for _ in some(6):
        due = dice.randrange(-30, 500)
        paid = dice.choice([None, due, due + 3, max(due - 9, 0)])
        given["invoices"].append({"account": account, "due_age": due, "paid_age": paid, "amount_minor": due + 99})
    # Ages without repetition where the latest counts: two at the same instant have their own case.
    for age in dice.sample(range(250), dice.choice([12, 80])):
        kind = dice.choice(["business_review", "training", "certification", "email", "call", "note"])
        direction, attended = dice.choice(["", "outbound", "inbound"]), dice.choice([None, True, False])
        answered = dice.choice([None, max(age - 2, 0)])
        given["interactions"].append(
            {"account": account, "contact": dice.choice([None, account * 100, account * 100 + 1]), "kind": kind,
             "age": age, "direction": direction, "attended": attended, "answered_age": answered,
             "sentiment": dice.choice([None, 0.5])}
        )  # fmt: skip
        solved, rated = dice.choice([None, age // 2]), dice.choice([None, age // 3])
        csat = None if rated is None else float(dice.randrange(1, 6))
        given["tickets"].append(
            {"account": account, "severity": dice.choice(["normal", "high", "urgent"]), "opened_age": age,
             "solved_age": solved, "csat": csat, "rated_age": rated, "reopened_age": dice.choice([None, age // 2]),
             "response_hours": dice.choice([None, dice.random() * 9]), "sentiment": dice.choice([None, -1]),
             "resolution_hours": None if solved is None else dice.random() * 90}
        )  # fmt: skip
        score = dice.randrange(11)
        given["responses"].append(
            {"account": account, "contact": dice.choice([None, account * 100]), "score": score, "age": age,
             "kind": "nps" if age % 2 else dice.choice(["csat", "ces"]), "sentiment": dice.choice([None, 0.25])}
        )  # fmt: skip
    for contact in some(3):
        role, until = dice.choice(["champion", "economic_buyer", "executive_sponsor"]), dice.choice([None, 3, 200])
        given["contact_roles"].append(
            {"account": account, "contact": account * 100 + contact, "role": role, "since_age": 9, "until_age": until}
        )


def _at(dice: Random) -> datetime:
    return facts.AS_OF.replace(tzinfo=None) - timedelta(minutes=dice.randrange(10**6))


@pytest.fixture(scope="module", params=[1, 2])
def cursor(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with facts.engine() as made:
        facts.fill(made, _random_facts(request.param))
        yield made


@pytest.fixture(scope="module")
def profiles(cursor: duckdb.DuckDBPyConnection) -> pa.Table:
    return run(cursor)


@pytest.mark.parametrize("metric", sorted(BY_HAND))
def test_a_metric_equals_the_sql_written_by_hand(
    cursor: duckdb.DuckDBPyConnection, profiles: pa.Table, metric: str
) -> None:
    nothing, sql = BY_HAND[metric]
    expected = dict.fromkeys(ACCOUNTS, nothing) | dict(cursor.execute(sql).fetchall())
    assert len(set(expected.values())) > 1, "random facts that never differ would prove nothing"
    assert facts.values(profiles, metric) == pytest.approx(expected, abs=1e-6)


def test_every_metric_equals_the_whole_statement_written_by_hand(
    cursor: duckdb.DuckDBPyConnection, profiles: pa.Table
) -> None:
    theirs = cursor.sql(by_hand("bit_count", "round")).to_arrow_table()
    assert sorted(theirs.column_names) == sorted(profiles.column_names)
    for metric in shipped():
        values, by_hand_ = facts.values(profiles, metric), facts.values(theirs, metric)
        expected = {account: None if value is None else float(value) for account, value in by_hand_.items()}
        assert values == pytest.approx(expected, abs=1e-5), metric
        assert len(set(values.values())) > 1, f"'{metric}' never differs in random facts, which proves nothing"


def test_the_login_streak_equals_a_loop_over_weeks(cursor: duckdb.DuckDBPyConnection, profiles: pa.Table) -> None:
    logins = {account: [0] * 10 for account in ACCOUNTS}
    for account, age, count in cursor.execute("SELECT account_id, age, logins FROM user_days").fetchall():
        if 1 <= age <= 63:
            logins[account][(age - 1) // 7] += count
    expected = {}
    for account, weeks in logins.items():
        streak = 0
        while streak < 8 and weeks[streak + 1] >= 5 and weeks[streak] <= 0.6 * weeks[streak + 1] + 1e-9:
            streak += 1
        expected[account] = streak
    assert max(expected.values()) > 0
    assert facts.values(profiles, "login_drop_streak") == expected
