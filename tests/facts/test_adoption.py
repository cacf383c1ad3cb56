"""Which account uses which feature."""

from datetime import date, timedelta

import pytest

from mainstay.accounts.models import Account
from mainstay.common.errors import NotAllowed, NotFound
from mainstay.facts import catalogue
from mainstay.facts.adoption import by_feature, feature_use
from mainstay.facts.catalogue import Document
from mainstay.facts.models import Feature
from mainstay.facts.services import load_features, refresh_rollups, remove_feature, save_feature
from mainstay.people.models import AuditEntry, Role
from tests.builders import Cast, user
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
        "is_in_plan": True, "users": 1, "reach": 50, "uses": 4, "intensity": 0.75, "change": 50, "uses_before": 2,
        "last_age": 0,
    }  # fmt: skip
    assert found[acme, "api"] == {
        "is_in_plan": True, "users": 0, "reach": 0, "uses": 1, "intensity": None, "change": None, "uses_before": 0,
        "last_age": 3,
    }  # fmt: skip
    assert found[globex, "reports"] == {
        "is_in_plan": True, "users": 0, "reach": None, "uses": 0, "intensity": None, "change": None,
        "uses_before": 0, "last_age": None,
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


def _adoption(ids: list[int] | None = None) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (row.feature.key, row.included, row.accounts, row.accounts_before, row.users, row.uses)
        for row in by_feature(NOW, ids)
    ]


def test_a_feature_is_counted_over_the_accounts_whose_plan_has_it(accounts):
    # Globex used SMS without having it in its plan.
    assert _adoption() == [("api", 2, 1, 0, 0, 1), ("reports", 2, 1, 1, 1, 4), ("sms", 0, 0, 0, 0, 0)]
    assert [row.share for row in by_feature(NOW)] == [50, 50, None]


def test_only_the_accounts_asked_for_count(accounts):
    assert _adoption([accounts["globex"]]) == [
        ("api", 1, 0, 0, 0, 0),
        ("reports", 1, 0, 0, 0, 0),
        ("sms", 0, 0, 0, 0, 0),
    ]


def test_a_retired_feature_is_left_out_from_its_day_on(accounts):
    reports = catalogue.document_of(Feature.objects.get(key="reports"))
    save_feature(reports.model_copy(update={"retired_on": days_ago(1).date()}), by=user("Mary", Role.MANAGER))
    assert [row[0] for row in _adoption()] == ["api", "sms"]
    assert "reports" in [row.feature.key for row in by_feature(days_ago(1).date())]


def test_managers_save_and_remove_features_and_it_is_on_record(cast: Cast):
    document = Document(key="reports", label="Reports", events=("Report Viewed",))
    with pytest.raises(NotAllowed):
        save_feature(document, by=cast.alice)
    assert save_feature(document, by=cast.mary)
    assert not save_feature(document, by=cast.mary)
    assert catalogue.document_of(Feature.objects.get()) == document
    remove_feature("reports", by=cast.mary)
    with pytest.raises(NotFound, match="There is no feature 'reports'"):
        remove_feature("reports", by=cast.mary)
    found = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(found) == ["features.saved", "features.removed"]


def test_a_feature_is_read_from_its_own_file():
    text = "key: reports\nevents: [Report Viewed, Report Viewed]\nretired_on: 2026-12-31\n"
    document = catalogue.read(text, origin="reports.yaml")
    assert (document.name, document.events, document.retired_on) == ("reports", ("Report Viewed",), date(2026, 12, 31))
