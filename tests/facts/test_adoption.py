"""Which account uses which feature."""

from datetime import timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.facts.adoption import feature_use
from mainstay.facts.services import load_features, refresh_rollups
from tests.facts.sending import NOW, days_ago, group, load, track

pytestmark = pytest.mark.django_db

CATALOGUE = """
    features:
      - {key: reports, core: true, events: [Report Viewed]}
      - {key: sms, premium: true, plans: [Enterprise], events: [SMS Sent]}
      - {key: api, integration: true, events: [API Used]}
"""


@pytest.fixture
def accounts() -> dict[str, int]:
    load_features(CATALOGUE)
    load(
        group("acme", "ann"), group("acme", "ben"), group("globex", "cas"),
        track("ann", at=NOW - timedelta(hours=1)), *(track("ann", at=days_ago(age)) for age in (1, 1, 28)),
        track("ben", "Other", at=days_ago(2)),
        *(track("ben", at=days_ago(age)) for age in (29, 56)),
        track(None, "API Used", account="acme", at=days_ago(3)),
        track("cas", "SMS Sent", at=days_ago(40)),
    )  # fmt: skip
    refresh_rollups(NOW)
    return dict(Account.objects.values_list("key", "pk"))


def _use(accounts: dict[str, int], **asked: object) -> dict[tuple[int, str], dict[str, object]]:
    found = feature_use(NOW, **asked).to_pylist()
    return {(row.pop("account_id"), row.pop("feature")): row for row in found}


def test_each_feature_has_its_reach_intensity_and_change(accounts):
    found = _use(accounts)
    acme, globex = accounts["acme"], accounts["globex"]
    assert set(found) == {(acme, "api"), (acme, "reports"), (globex, "api"), (globex, "reports"), (globex, "sms")}
    assert found[acme, "reports"] == {
        "is_in_plan": True, "users": 1, "reach": 50, "uses": 4, "intensity": 0.75, "change": 50, "last_age": 0
    }  # fmt: skip
    assert found[acme, "api"] == {
        "is_in_plan": True, "users": 0, "reach": 0, "uses": 1, "intensity": None, "change": None, "last_age": 3
    }  # fmt: skip
    assert found[globex, "reports"] == {
        "is_in_plan": True, "users": 0, "reach": None, "uses": 0, "intensity": None, "change": None, "last_age": None
    }  # fmt: skip
    assert found[globex, "sms"]["is_in_plan"] is False
    assert (found[globex, "sms"]["change"], found[globex, "sms"]["last_age"]) == (-100, 40)


def test_single_features_and_accounts_can_be_asked_for(accounts):
    assert set(_use(accounts, features=["sms"])) == {(accounts["globex"], "sms")}
    asked = _use(accounts, account_ids=[accounts["acme"]], features=["reports", "sms"])
    assert set(asked) == {(accounts["acme"], "reports")}


def test_the_past_is_told_as_it_was(accounts):
    (row,) = feature_use(days_ago(28), features=["reports"], account_ids=[accounts["acme"]]).to_pylist()
    assert (row["users"], row["uses"], row["last_age"]) == (1, 2, 1)
