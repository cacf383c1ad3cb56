"""The file of features: what it may say, and what is said about what it may not."""

import pytest
from click.testing import CliRunner

from mainstay.config.cli.features import features
from mainstay.facts import catalogue, selectors
from mainstay.facts.errors import BadCatalogue
from mainstay.facts.meaning import Meaning
from mainstay.facts.models import Feature
from mainstay.facts.services import load_features, refresh_rollups
from tests.facts.sending import NOW, days_ago, group, load, track

GOOD = """
logins: [Logged In]
features:
  - {key: reports, label: Reports, core: true, events: [Report Viewed, Report Exported]}
  - {key: sso, premium: true, plans: [Enterprise], events: [SSO Configured]}
"""


def test_the_shipped_file_names_events_for_every_meaning():
    assert set(catalogue.shipped_meanings()) == set(Meaning)
    assert catalogue.shipped_meanings()[Meaning.MAIL_CLICKED] == ("Email Link Clicked",)


def test_the_shipped_file_is_good_and_declares_logins():
    shipped = catalogue.parse(catalogue.SHIPPED.read_text())
    assert shipped.logins == ("login", "logged in", "signed in", "session started")
    assert shipped.features == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("features: [", "not YAML"),
        ("[1]", "must hold 'features', 'logins' and 'meanings'"),
        ("feature: []", "it has 'feature'"),
        ("features: {a: 1}", "must be a list"),
        ("features: [reports]", "Feature 1 is 'reports'; it must have"),
        ("features: [{label: x}]", "Feature 1 says key: None"),
        ("features: [{key: a b, events: [X]}]", "Feature 'a b' says key: 'a b'"),
        ("features: [{key: a, events: []}]", r"Feature 'a' says events: \[\].*at least 1 item"),
        ("features: [{key: a, events: X}]", r"Feature 'a' says events: 'X'.*valid tuple"),
        ("features: [{key: a, events: [1]}]", r"says events: \[1\].*valid string"),
        ("features: [{key: a, events: [X], core: maybe}]", "says core: 'maybe'.*valid boolean"),
        ("features: [{key: a, events: [X], colour: red}]", "has 'colour', which nobody reads"),
        ("features: [{key: a, events: [X]}, {key: a, events: [Y]}]", "'a' is declared 2 times"),
        ("features: [{key: a, retired_on: soon, events: [X]}]", "says retired_on: 'soon'.*valid date"),
        ("logins: Login", "The file says logins: 'Login'"),
        ("meanings: [X]", r"'meanings' is \['X'\]; give each meaning its events"),
        ("meanings: {opened: [X]}", "'meanings' has 'opened', which nobody reads; use first_value, "),
        ("meanings: {mail_opened: X}", "'meanings' says mail_opened: 'X'; use a list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, message):
    with pytest.raises(BadCatalogue, match=message):
        catalogue.parse(text)


@pytest.mark.django_db
class TestLoading:
    def test_a_file_replaces_the_catalogue(self):
        load_features(GOOD)
        load_features(GOOD.replace("sso", "saml").replace("label: Reports", "label: All reports"))
        assert [(one.key, one.label, one.is_core, one.is_premium, one.plans) for one in selectors.features()] == [
            ("reports", "All reports", True, False, []),
            ("saml", "saml", False, True, ["Enterprise"]),
        ]

    def test_a_bad_file_changes_nothing(self):
        load_features(GOOD)
        with pytest.raises(BadCatalogue):
            load_features("features: [{key: other, events: []}]")
        assert Feature.objects.count() == 2

    def test_other_logins_count_the_past_anew(self):
        load(group("acme", "u1"), track("u1", "Entered", at=days_ago(3)), track("u1", "LOGIN", at=days_ago(2)))
        refresh_rollups(NOW)
        account = selectors.Account.objects.get().pk
        start, end = days_ago(4).date(), days_ago(0).date()
        assert [day.logins for day in selectors.daily_active(account, start, end)] == [0, 0, 1, 0]
        load_features("logins: [entered]")
        assert refresh_rollups(NOW) == 2
        assert [day.logins for day in selectors.daily_active(account, start, end)] == [0, 1, 0, 0]
        load_features("logins: [Entered]")
        assert refresh_rollups(NOW) == 0

    def test_the_command_line_loads_and_lists(self, tmp_path):
        file = tmp_path / "features.yaml"
        file.write_text(GOOD)
        run = CliRunner().invoke
        assert "No features are declared" in run(features, ["list"]).output
        assert run(features, ["load", str(file)]).output == "2 features; logins: logged in.\n"
        assert "Report Viewed, Report Exported" in run(features, ["list"]).output
