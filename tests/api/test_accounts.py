import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from django.test import Client

from mainstay.config.cli import cli
from mainstay.people.services import create_api_key, revoke_api_key
from mainstay.playbooks.tasks import create_task
from mainstay.scores.services import score_all
from tests import builders
from tests.builders import Cast

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
    assert set(told["health"]) == {"score", "band", "coverage", "scorecard", "version", "dimensions"}
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
