"""`mainstay config`: a directory is exported, planned, applied; also against a live installation."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_django.live_server_helper import LiveServer

from mainstay.config.cli import cli
from mainstay.facts import catalogue
from mainstay.facts.models import Feature
from mainstay.facts.services import save_feature
from mainstay.people.services import create_api_key
from tests.builders import Cast

REPORTS = "key: reports\nlabel: Reports\nevents: [Report Viewed]\n"


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["config", *map(str, arguments)], input=typed)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "reports.yaml").write_text(REPORTS)
    return tmp_path


@pytest.mark.django_db
class TestHere:
    def test_a_plan_is_shown_asked_about_and_applied(self, cast: Cast, directory: Path) -> None:
        shown = run("plan", directory).output
        assert "+ feature reports" in shown
        assert "1 new, 0 changed, 0 removed, 0 unchanged" in shown
        assert run("apply", directory, typed="n\n").exit_code == 1
        assert not Feature.objects.exists()
        assert "Applied." in run("apply", directory, typed="y\n").output
        assert Feature.objects.get().label == "Reports"
        assert "Nothing to do" in run("plan", directory).output

    def test_a_check_fails_for_ci_when_something_is_to_be_done_or_drifted(self, cast: Cast, directory: Path) -> None:
        assert run("plan", directory, "--check").exit_code == 1
        run("apply", directory, "--yes")
        assert run("plan", directory, "--check").exit_code == 0
        save_feature(catalogue.read(REPORTS.replace("Reports", "Other"), origin="x"), by=cast.mary)
        assert run("plan", directory, "--check").exit_code == 2
        refused = run("apply", directory, "--yes")
        assert (refused.exit_code, "Nothing was applied" in refused.output) == (1, True)
        assert "label: 'Other' → 'Reports'" in run("diff", directory).output

    def test_an_export_takes_changes_into_the_files_and_keeps_comments(self, cast: Cast, directory: Path) -> None:
        run("apply", directory, "--yes")
        (directory / "features" / "reports.yaml").write_text(f"# ours\n{REPORTS}")
        save_feature(catalogue.read(REPORTS.replace("Reports", "Other"), origin="x"), by=cast.mary)
        assert "wrote features/reports.yaml" in run("export", directory).output
        assert (directory / "features" / "reports.yaml").read_text().startswith("# ours\n")
        assert run("diff", directory).output == "The files say what is declared.\n"
        assert json.loads((directory / "schemas" / "features.json").read_text())["title"] == "Feature"

    def test_without_an_administrator_it_says_so(self, db: None, directory: Path) -> None:
        assert "There is no active administrator" in run("apply", directory, "--yes").output

    def test_an_address_needs_a_key(self, directory: Path) -> None:
        assert "needs --key" in run("--url", "https://mainstay.example.com", "plan", directory).output
        assert "use an address like" in run("--url", "mainstay", "plan", directory).output


def test_a_live_installation_is_planned_and_applied_through_its_api(
    cast: Cast, live_server: LiveServer, directory: Path
) -> None:
    _, secret = create_api_key(cast.mary, name="ci")
    live = ("--url", live_server.url, "--key", secret)
    assert "+ feature reports" in run(*live, "plan", directory).output
    assert "Applied." in run(*live, "apply", directory, "--yes").output
    assert Feature.objects.get().label == "Reports"
    assert "things are declared" in run(*live, "export", directory).output
    assert "API key" in run("--url", live_server.url, "--key", "ma_wrong", "plan", directory).output
