import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.test import Client

from mainstay.config.cli import cli
from mainstay.interactions.models import Ticket
from mainstay.metrics.services import refresh_profiles
from mainstay.people.services import create_api_key, revoke_api_key
from mainstay.playbooks.tasks import create_task
from mainstay.scores.services import backfill, score_all
from tests import builders
from tests.builders import Cast
from tests.scores import profiles
from tests.scores.cards import HEALTHY, TECHCORP

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def bearer(cast: Cast) -> dict[str, str]:
    _, secret = create_api_key(cast.vera, name="warehouse sync")
    return {"Authorization": f"Bearer {secret}"}


def test_an_account_is_told_with_its_health_metrics_signals_and_tasks(cast: Cast, bearer: dict[str, str]) -> None:
    builders.profile(cast.acme, daily_active_rate=72.5)
    score_all(NOW)
    create_task(account=cast.acme, owner=cast.alice, title="Call them", by=cast.alice, now=NOW)
    told = Client().get("/api/v1/accounts/acme", headers=bearer).json()
    assert told["key"] == "acme"
    assert told["name"] == "Acme"
    assert set(told["health"]) == {
        "score", "band", "coverage", "scorecard", "version", "sentence", "coverage_text", "dimensions", "gates", "path",
        "rolled_up",
    }  # fmt: skip
    measures = [measure for part in told["health"]["dimensions"] for measure in part["measures"]]
    assert {"metric", "value", "band", "as_of", "source_age_seconds"} <= set(measures[0])
    rate = next(measure for measure in measures if measure["metric"] == "daily_active_rate")
    assert (rate["value"], rate["band"], rate["state"]) == (72.5, "green", "known")
    assert told["metrics"]["daily_active_rate"] == 72.5
    assert [task["title"] for task in told["tasks"]] == ["Call them"]
    assert told["signals"] == []


def test_the_command_line_prints_the_same(cast: Cast, bearer: dict[str, str]) -> None:
    builders.profile(cast.acme, daily_active_rate=72.5)
    score_all(NOW)
    told = Client().get("/api/v1/accounts/acme", headers=bearer).json()
    printed = CliRunner().invoke(cli, ["account", "acme", "--json"], catch_exceptions=False)
    assert json.loads(printed.output) == told


def test_an_account_that_was_never_scored_has_no_health(cast: Cast, bearer: dict[str, str]) -> None:
    assert Client().get("/api/v1/accounts/initech", headers=bearer).json()["health"] is None


def test_an_unknown_account_is_an_error_in_the_one_shape(cast: Cast, bearer: dict[str, str]) -> None:
    answer = Client().get("/api/v1/accounts/nope", headers=bearer)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert "'nope'" in answer.json()["message"]


def test_a_bad_as_of_is_named_with_what_would_be_right(cast: Cast, bearer: dict[str, str]) -> None:
    answer = Client().get("/api/v1/accounts/acme?as_of=yesterday", headers=bearer)
    assert answer.status_code == 422
    assert "'yesterday'; use a date like" in answer.json()["message"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer ma_wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_a_key_the_answer_says_how_to_get_one(cast: Cast, headers: dict[str, str]) -> None:
    answer = Client().get("/api/v1/accounts/acme", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_and_the_key_of_somebody_who_left_are_refused(cast: Cast) -> None:
    key, secret = create_api_key(cast.bob, name="notebook")
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/accounts/acme", headers=headers).status_code == 200
    cast.bob.is_active = False
    cast.bob.save(update_fields=["is_active"])
    assert Client().get("/api/v1/accounts/acme", headers=headers).status_code == 401
    _, secret = create_api_key(cast.alice, name="notebook")
    key = cast.alice.api_keys.get()
    revoke_api_key(key, by=cast.ada)
    assert Client().get("/api/v1/accounts/acme", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_signed_in_browser_may_read(cast: Cast, client: Client) -> None:
    client.force_login(cast.vera)
    assert client.get("/api/v1/accounts/acme").status_code == 200


def test_a_key_may_hold_slashes(cast: Cast, bearer: dict[str, str]) -> None:
    builders.account("eu/Hooli")
    assert Client().get("/api/v1/accounts/eu/hooli", headers=bearer).json()["name"] == "eu/Hooli"


def test_the_api_describes_itself(cast: Cast, client: Client) -> None:
    client.force_login(cast.vera)
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/accounts/{key}" in described["paths"]
    assert client.get("/api/v1/docs").status_code == 200


def test_what_changed_since_a_day_is_told_when_asked(cast: Cast, bearer: dict[str, str]) -> None:
    day = NOW.date() - timedelta(days=8)
    profiles.keep(day, {cast.globex: HEALTHY})
    backfill([day])
    profiles.write({cast.globex: TECHCORP})
    score_all(NOW)
    since = (day + timedelta(days=1)).isoformat()
    told = Client().get(f"/api/v1/accounts/globex?since={since}", headers=bearer).json()
    assert told["since"]["change"] == -31
    assert told["since"]["points"] == {"usage": -20, "records": -11, "rule": 0, "freshness": 0}
    moved = [one["metric"] for one in told["since"]["moved"]["usage"]]
    assert moved == ["daily_active_rate", "feature_coverage"]
    path = told["health"]["path"]
    assert [fix["key"] for fix in path["smallest"]] == ["daily_active_rate", "feature_coverage"]
    assert (path["target"], path["climb"]) == ("green", [69, 89])
    printed = CliRunner().invoke(cli, ["account", "globex", "--since", since], catch_exceptions=False).output
    assert "100 → 69 (-31)" in printed
    assert "Shortest way to Healthy (89)" in printed
    as_json = CliRunner().invoke(cli, ["account", "globex", "--since", since, "--json"], catch_exceptions=False)
    assert json.loads(as_json.output)["since"] == told["since"]
    assert Client().get("/api/v1/accounts/globex", headers=bearer).json()["since"] is None
    late = Client().get("/api/v1/accounts/globex?since=2100-01-01", headers=bearer)
    assert (late.status_code, late.json()["code"]) == (422, "invalid")


def test_a_value_is_taken_apart_page_by_page(cast: Cast, bearer: dict[str, str]) -> None:
    for number in range(3):
        Ticket.objects.create(
            key=f"t{number}", account=cast.acme, severity="urgent", opened_at=NOW - timedelta(days=number + 1)
        )
    refresh_profiles(NOW)
    url = "/api/v1/accounts/acme/lineage/open_urgent_tickets"
    told = Client().get(url, headers=bearer).json()
    assert (told["value"], told["total"], told["sources"]) == (3.0, 3, ["support"])
    assert [row["key"] for row in told["rows"]] == ["t0", "t1", "t2"]
    page = Client().get(f"{url}?offset=1&limit=1", headers=bearer).json()
    assert ([row["key"] for row in page["rows"]], page["total"]) == (["t1"], 3)
    assert Client().get(f"{url}?limit=0", headers=bearer).status_code == 422
    assert Client().get("/api/v1/accounts/acme/lineage/nothing", headers=bearer).status_code == 404
