"""Every shipped kind: where it opens, where it does not yet, what keeps it open, what closes it, and what it says.

Worked by hand from the descriptions. Values that a case does not give are unknown.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from mainstay.segments.fields import condition_fields
from mainstay.signals import evidence, registry
from mainstay.signals.kind import build

type Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`opens`: it holds; `not_yet`: it does not; `stays`: open, it would not close; `ends`: it closes."""

    opens: list[Row]
    not_yet: list[Row]
    ends: list[Row]
    stays: list[Row] = field(default_factory=list)


def _at(name: str, *values: Any, **others: Any) -> list[Row]:
    return [{name: value, **others} for value in values]


CASES = {
    "health_red": Case(_at("band", "red"), _at("band", "yellow", "unknown", None), _at("band", "yellow"), [{}]),
    "score_drop": Case(_at("change_7d", -10, -40), _at("change_7d", -9, None), _at("change_7d", -9)),
    "logins_drop": Case(_at("login_drop_streak", 3, 8), _at("login_drop_streak", 2), _at("login_drop_streak", 0)),
    "core_down_tickets_up": Case(
        [{"core_feature_trend": -20, "tickets_trend": 20, "tickets_28d": 3}],
        [
            {"core_feature_trend": -20, "tickets_trend": 20, "tickets_28d": 2},
            {"core_feature_trend": -19, "tickets_trend": 20, "tickets_28d": 3},
            {"core_feature_trend": -20, "tickets_trend": None, "tickets_28d": 3},
        ],
        [{"core_feature_trend": -19}],
    ),
    "renewal_at_risk": Case(
        _at("days_to_renewal", 0, 90, band="yellow"),
        [*_at("days_to_renewal", 91, -1, band="red"), {"days_to_renewal": 30, "band": "unknown"}],
        [{"days_to_renewal": 30, "band": "green"}],
    ),
    "key_role_vacated": Case(
        _at("roles_vacated_90d", 1, 3), _at("roles_vacated_90d", 0, None), _at("roles_vacated_90d", 0)
    ),
    "negative_sentiment": Case(
        _at("sentiment_90d", -0.3, -1),
        _at("sentiment_90d", -0.29, None),
        _at("sentiment_90d", 0),
        _at("sentiment_90d", -0.2),
    ),
    "payment_overdue": Case(
        _at("overdue_days", 15), _at("overdue_days", 14, 0, None), _at("overdue_days", 0), _at("overdue_days", 5)
    ),
    "detractor": Case(_at("nps_latest", 6, 0), _at("nps_latest", 7, None), _at("nps_latest", 7)),
    "no_activity": Case(
        _at("days_since_last_activity", 14, 300, arr=1.0),
        [{"days_since_last_activity": 13, "arr": 1.0}, {"days_since_last_activity": 30, "arr": 0.0}],
        [{"days_since_last_activity": 0, "weekly_active_users": 2}],
        [{"days_since_last_activity": 0, "weekly_active_users": 1}, {"days_since_last_activity": 7}],
    ),
    "out_of_touch": Case(
        _at("days_since_last_touch", 60, arr=1.0),
        _at("days_since_last_touch", 59, None, arr=1.0),
        _at("days_since_last_touch", 0),
    ),
    "single_threaded": Case(
        _at("single_thread", True, days_since_signing=90),
        [
            *_at("single_thread", True, days_since_signing=89),
            *_at("single_thread", False, None, days_since_signing=400),
        ],
        _at("single_thread", False),
        _at("single_thread", None),
    ),
    "onboarding_stalled": Case(
        _at("milestones_overdue", 1, onboarding_progress=50),
        _at("milestones_overdue", 0, onboarding_progress=50) + _at("milestones_overdue", 1, onboarding_progress=100),
        [{"milestones_overdue": 0}, {"milestones_overdue": 2, "onboarding_progress": 100}],
    ),
    "urgent_ticket_open": Case(
        _at("open_urgent_tickets", 1), _at("open_urgent_tickets", 0, None), _at("open_urgent_tickets", 0)
    ),
    "one_user_carries_it": Case(
        _at("top_user_share", 60, monthly_active_users=5),
        _at("top_user_share", 59, monthly_active_users=5) + _at("top_user_share", 90, monthly_active_users=4),
        _at("top_user_share", 49),
        _at("top_user_share", 50),
    ),
    "seats_idle": Case(
        _at("seat_use", 32, seats=5, days_since_signing=90),
        [
            {"seat_use": 33, "seats": 5, "days_since_signing": 90},
            {"seat_use": 10, "seats": 4, "days_since_signing": 90},
            {"seat_use": 10, "seats": 5, "days_since_signing": 89},
        ],
        _at("seat_use", 40),
        _at("seat_use", 39),
    ),
    "seats_filling": Case(_at("seat_use", 80), _at("seat_use", 79.9), _at("seat_use", 74.9), _at("seat_use", 75)),
    "data_over_tier": Case(_at("data_use", 90, 120), _at("data_use", 89), _at("data_use", 79), _at("data_use", 80)),
    "api_near_limit": Case(
        _at("api_call_use", 80), _at("api_call_use", 79, None), _at("api_call_use", 69), _at("api_call_use", 70)
    ),
    "premium_attempted": Case(
        _at("premium_feature_users", 3, arr=1.0, premium_feature_coverage=None),
        _at("premium_feature_users", 2, arr=1.0)
        + _at("premium_feature_users", 9, arr=1.0, premium_feature_coverage=0.0),
        [{"premium_feature_users": 0}, {"premium_feature_users": 9, "premium_feature_coverage": 10.0}],
        _at("premium_feature_users", 1),
    ),
    "strong_growth": Case(
        _at("monthly_active_users_change", 25, arr=1.0),
        _at("monthly_active_users_change", 24, None, arr=1.0),
        _at("monthly_active_users_change", 9),
        _at("monthly_active_users_change", 10),
    ),
    "new_department": Case(
        _at("new_departments_28d", 1, 4, arr=1.0),
        _at("new_departments_28d", 0, None, arr=1.0) + _at("new_departments_28d", 2, arr=0.0),
        _at("new_departments_28d", 0),
        _at("new_departments_28d", 1, None),
    ),
    "referral_made": Case(_at("referrals_28d", 1, 5), _at("referrals_28d", 0, None), _at("referrals_28d", 0)),
    "community_contributor": Case(
        _at("community_contributions_28d", 3),
        _at("community_contributions_28d", 2, None),
        _at("community_contributions_28d", 0),
        _at("community_contributions_28d", 1, 2),
    ),
    "promoter": Case(_at("nps_latest", 9, 10), _at("nps_latest", 8, None), _at("nps_latest", 8)),
    "reference_candidate": Case(
        _at("nps_latest", 9, band="green", days_in_band=30),
        [
            {"nps_latest": 9, "band": "green", "days_in_band": 29},
            {"nps_latest": 8, "band": "green", "days_in_band": 90},
            {"nps_latest": 9, "band": "yellow", "days_in_band": 90},
        ],
        [{"band": "yellow"}, {"nps_latest": 8}],
        [{"nps_latest": None, "band": "green"}],
    ),
    "onboarding_done": Case(
        _at("onboarding_progress", 100, stage="onboarding"),
        _at("onboarding_progress", 99, stage="onboarding") + _at("onboarding_progress", 100, stage="adoption"),
        _at("onboarding_progress", 100, stage="adoption"),
    ),
    "stage_stuck": Case(
        _at("days_in_stage", 91, stage="onboarding"),
        _at("days_in_stage", 90, stage="onboarding") + _at("days_in_stage", 400, stage="adoption"),
        _at("days_in_stage", 400, stage="adoption"),
    ),
    "renewal_in_90": Case(
        _at("days_to_renewal", 61, 90), _at("days_to_renewal", 60, 91, None), _at("days_to_renewal", 60)
    ),
    "renewal_in_60": Case(_at("days_to_renewal", 31, 60), _at("days_to_renewal", 30, 61), _at("days_to_renewal", 30)),
    "renewal_in_30": Case(_at("days_to_renewal", 0, 30), _at("days_to_renewal", -1, 31), _at("days_to_renewal", -1)),
    "anniversary": Case(
        _at("days_since_signing", 365, 371, 730, 1095, 1461, 1826),
        _at("days_since_signing", 364, 372, 737, 1460, 2000),
        _at("days_since_signing", 372),
    ),
}
KINDS = sorted(registry.shipped())


@pytest.mark.parametrize("key", KINDS)
def test_it_opens_and_closes_where_its_lines_are(key: str) -> None:
    kind, case = build(registry.shipped()[key]), CASES[key]
    closes = kind.closes or kind.opens.negated()
    for row in case.opens:
        assert kind.opens.holds(row) is True, row
        assert closes.holds(row) is not True, f"it would close at once: {row}"
    for row in case.not_yet:
        assert kind.opens.holds(row) is not True, row
    for row in case.stays:
        assert closes.holds(row) is not True, row
    for row in case.ends:
        assert closes.holds(row) is True, row


@pytest.mark.parametrize("key", KINDS)
def test_its_sentence_is_whole_and_fits_with_values_and_without(key: str) -> None:
    document = registry.shipped()[key]
    now = {one.field: _sample(one.field, 12.0) for one in document.evidence}
    then = {one.field: _sample(one.field, 45.0) for one in document.evidence if one.days_ago}
    for former in (then, {}):
        shown = evidence.evidence(document, now, former)
        said = evidence.summary(document, shown, cause="Daily active rate 71% → 65%, under the 70% line")
        assert "{" not in said
        assert "unknown" not in said
        assert len(said) < evidence.MAX_SUMMARY


def test_money_is_said_with_its_currency() -> None:
    document = registry.shipped()["payment_overdue"]
    shown = evidence.evidence(document, {"overdue_days": 16.0, "overdue_amount": 2_160.0, "on_time_payment": 90.0}, {})
    assert evidence.summary(document, shown, cause="") == "A bill is 16 days past due; $2,160 is open."


def _sample(name: str, value: float) -> Any:
    return "green" if condition_fields()[name].type == "text" else value
