"""Dry runs and replays are asked for and read through the API."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from mainstay.common.time import utc_now
from mainstay.people.models import User
from mainstay.people.services import create_api_key
from mainstay.playbooks import trials
from mainstay.playbooks.models import Run, Trial
from tests.builders import Cast
from tests.playbooks.plays import play, publish, signal


def call(user: User, method: str, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    _, secret = create_api_key(user, name="crm")
    headers = {"Authorization": f"Bearer {secret}"}
    client = Client()
    if method == "GET":
        answer = client.get(f"/api/v1/playbooks/{path}", headers=headers)
    else:
        answer = client.post(f"/api/v1/playbooks/{path}", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


@pytest.fixture
def published(cast: Cast) -> Cast:
    publish(play(), now=utc_now())
    signal(cast.acme)
    return cast


def test_one_is_asked_for_and_read_until_it_is_done(published: Cast) -> None:
    status, told = call(published.alice, "POST", "play/trials")
    assert (status, told["state"], told["purpose"], told["result"]) == (202, "waiting", "dry_run", None)
    trials.carry_out(Trial.objects.get().pk, now=utc_now())
    status, told = call(published.vera, "GET", f"trials/{told['id']}")
    assert (status, told["state"]) == (200, "done")
    assert (told["result"]["entering"], told["result"]["totals"]) == (1, {"task": {"least": 1, "most": 1}})
    assert not Run.objects.exists()


def test_accounts_may_be_chosen_and_must_be_known(published: Cast) -> None:
    status, told = call(published.alice, "POST", "play/trials", accounts=["globex"])
    assert status == 202
    assert Trial.objects.get().chosen == [published.globex.pk]
    status, told = call(published.alice, "POST", "play/trials", accounts=["nowhere"])
    assert (status, told["details"]["missing"]) == (422, ["nowhere"])


def test_a_replay_that_cannot_be_says_why(published: Cast) -> None:
    call(published.alice, "POST", "play/trials", purpose="replay")
    trial = Trial.objects.get()
    trials.carry_out(trial.pk, now=utc_now())
    _, told = call(published.alice, "GET", f"trials/{trial.pk}")
    assert (told["state"], told["error"][:23]) == ("failed", "No day of the past year")


def test_viewers_read_only_and_what_is_not_there_is_not_found(published: Cast) -> None:
    assert call(published.vera, "POST", "play/trials")[0] == 403
    assert call(published.alice, "POST", "nowhere/trials")[0] == 404
    assert call(published.alice, "GET", f"trials/{uuid4()}")[0] == 404
