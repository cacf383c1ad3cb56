"""Public data sets that were not written for Mainstay, imported with the maps and commands of the how-to.

The data lie beside the repository and not in it; without them these tests are skipped, and the maps are still checked.
"""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mainstay.accounts.models import Account
from mainstay.config.cli.import_ import import_command
from mainstay.config.refresh import refresh_history
from mainstay.facts.services import load_features
from mainstay.ingest.files.mapping import FileMapping, read_map
from mainstay.ingest.sources import freshness
from mainstay.interactions.models import Interaction, Response, Ticket
from mainstay.scores import selectors as scores
from mainstay.subscriptions.models import Subscription
from tests.builders import account

ROOT = Path(__file__).resolve().parents[3]
MAPS = ROOT / "examples" / "ravenstack"
DATA = ROOT.parent / "shared" / "data"
AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
STEPS = {
    "accounts": ("accounts", "accounts"),
    "subscriptions": ("subscriptions", "subscriptions"),
    "tickets": ("tickets", "support_tickets"),
    "usage": ("events", "feature_usage"),
    "churn": ("interactions", "churn_events"),
}

ravenstack = pytest.mark.skipif(not (DATA / "ravenstack").is_dir(), reason="the RavenStack data are not here")
nps_bank = pytest.mark.skipif(not (DATA / "nps-bank").is_dir(), reason="the NPS bank data are not here")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(import_command, [str(argument) for argument in arguments])


def taken(step: str, folder: Path) -> str:
    kind, name = STEPS[step]
    result = run(kind, folder / f"ravenstack_{name}.csv", "--map", MAPS / f"{step}.yaml")
    assert result.exit_code == 0, result.output
    return next(line for line in result.output.splitlines() if "rows read" in line)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The files in a folder that can be written to, for failures."""
    for path in (DATA / "ravenstack").glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_the_maps_and_the_commands_of_the_how_to_fit_together() -> None:
    text = (ROOT / "docs" / "how-to" / "import-ravenstack.md").read_text()
    for step, (kind, name) in STEPS.items():
        assert isinstance(read_map((MAPS / f"{step}.yaml").read_text(), kind), FileMapping)
        command = rf"mainstay import {kind} \S*ravenstack_{name}\.csv --map examples/ravenstack/{step}\.yaml"
        assert re.search(command, text), step


def test_the_maps_import_rows_of_their_shape(db: None, tmp_path: Path) -> None:
    rows = {
        "accounts": "account_id,account_name,industry,country,signup_date,referral_source,plan_tier,seats,is_trial,"
        "churn_flag\nA-1,Company_0,EdTech,US,2024-10-16,partner,Basic,9,False,False\n",
        "subscriptions": "subscription_id,account_id,start_date,end_date,plan_tier,seats,mrr_amount,arr_amount,"
        "is_trial,upgrade_flag,downgrade_flag,churn_flag,billing_frequency,auto_renew_flag\n"
        "S-1,A-1,2024-10-20,,Pro,17,833,9996,False,False,False,False,annual,True\n",
        "support_tickets": "ticket_id,account_id,submitted_at,closed_at,resolution_time_hours,priority,"
        "first_response_time_minutes,satisfaction_score,escalation_flag\n"
        "T-1,A-1,2024-10-17,2024-10-17 19:00:00,19.0,medium,93,4.0,False\n",
        "feature_usage": "usage_id,subscription_id,usage_date,feature_name,usage_count,usage_duration_secs,error_count,"
        "is_beta_feature\nU-1,S-1,2024-11-01,feature_20,9,5004,0,False\nU-1,S-1,2024-11-02,feature_3,0,0,0,False\n",
        "churn_events": "churn_event_id,account_id,churn_date,reason_code,refund_amount_usd,preceding_upgrade_flag,"
        "preceding_downgrade_flag,is_reactivation,feedback_text\n"
        "C-1,A-1,2024-12-01,pricing,4.03,False,False,False,too expensive\n",
    }
    for name, text in rows.items():
        (tmp_path / f"ravenstack_{name}.csv").write_text(text)
    for step in STEPS:
        assert "0 failed" in taken(step, tmp_path)
    assert "0 events new, 0 changed, 9 unchanged" in taken("usage", tmp_path)
    subscription = Subscription.objects.get()
    assert (subscription.amount_minor, subscription.period_months) == (999_600, 12)
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.csat, ticket.rated_at) == ("normal", 4.0, ticket.solved_at)
    notice = Interaction.objects.get()
    assert (notice.kind, notice.title) == ("churn_notice", "Churn notice: pricing")
    assert Account.objects.get().churned_on is None


@ravenstack
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ravenstack_is_imported_and_scored(copied: Path) -> None:
    load_features((MAPS / "features.yaml").read_text())
    lines = {step: taken(step, copied) for step in STEPS}
    assert lines == {
        "accounts": "500 rows read: 500 rows new, 0 changed, 0 unchanged, 0 failed.",
        "subscriptions": "5,000 rows read: 5,000 rows new, 0 changed, 0 unchanged, 0 failed.",
        "tickets": "2,000 rows read: 2,000 rows new, 0 changed, 0 unchanged, 0 failed.",
        "usage": "25,000 rows read: 250,525 events new, 0 changed, 0 unchanged, 0 failed.",
        "churn": "600 rows read: 600 rows new, 0 changed, 0 unchanged, 0 failed.",
    }
    assert "0 events new, 0 changed, 250,525 unchanged" in taken("usage", copied)
    assert "0 rows new, 0 changed, 5,000 unchanged" in taken("subscriptions", copied)
    refreshed = refresh_history(AS_OF.date(), now=datetime.now(UTC))
    assert {stage.name: stage.outcome for stage in refreshed.stages}["inbox"].events == 250_525
    results = [scores.health(pk, AS_OF) for pk in Account.objects.values_list("pk", flat=True)[::20]]
    assert Counter(health.score is None for health in results) == {False: 25}
    # Usage by account only: nothing can be said about users, and nothing is.
    health = results[0]
    measures = {one.metric: one.state for dimension in health.result.dimensions for one in dimension.measures}
    assert measures["daily_active_rate"] == "unknown"
    assert measures["feature_coverage"] == "known"
    assert 0.2 < health.coverage < 0.5
    assert freshness(AS_OF)["product"].age_seconds == 0
    assert all(source.is_late or source.last_received_at is None for source in freshness(datetime.now(UTC)).values())


@ravenstack
def test_the_three_flags_of_churn_contradict_each_other_so_that_none_is_used() -> None:
    def flagged(name: str, column: str | None) -> set[str]:
        with (DATA / "ravenstack" / f"ravenstack_{name}.csv").open(encoding="utf-8", newline="") as file:
            return {row["account_id"] for row in csv.DictReader(file) if column is None or row[column] == "True"}

    by_account, by_contract = flagged("accounts", "churn_flag"), flagged("subscriptions", "churn_flag")
    by_event = flagged("churn_events", None)
    assert (len(by_account), len(by_contract), len(by_event)) == (110, 312, 352)
    assert (len(by_account & by_event), len(by_account & by_contract)) == (75, 72)
    text = (ROOT / "docs" / "how-to" / "import-ravenstack.md").read_text()
    assert all(str(number) in text for number in (110, 312, 352, 75, 72))


@nps_bank
def test_the_dates_of_the_nps_bank_are_read_day_first(db: None, tmp_path: Path) -> None:
    path = tmp_path / "nps.csv"
    path.write_bytes((DATA / "nps-bank" / "NPStimeseries.csv").read_bytes())
    for market in ("US", "UK", "MEX"):
        account(market)
        Account.objects.filter(name=market).update(key=market)
    (tmp_path / "map.yaml").write_text(
        "columns: {key: ID, account_key: Market, score: NPS, answered_at: Survey date}\nconstants: {kind: nps}\n"
    )
    result = run("responses", path, "--map", tmp_path / "map.yaml")
    assert "5,000 rows read: 5,000 rows new" in result.output
    assert "The dates of answered_at are day first" in result.output
    months = Counter(moment.month for moment in Response.objects.values_list("answered_at", flat=True))
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert months == Counter(int(row["Month"]) for row in csv.DictReader(file))
