"""Playbooks are started through the API: on accounts and contacts, once for a token; what did not begin says why."""

from typing import Any

import pytest
from django.test import Client

from mainstay.accounts.models import Contact
from mainstay.api.application import api
from mainstay.people.models import AuditEntry, User
from mainstay.people.services import create_api_key
from mainstay.playbooks.models import Playbook, Run
from tests.builders import Cast
from tests.playbooks.plays import play, publish


def start(user: User, key: str = "play", **body: Any) -> tuple[int, dict[str, Any]]:
    _, secret = create_api_key(user, name="crm")
    answer = Client().post(
        f"/api/v1/playbooks/{key}/runs",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.status_code, answer.json()


@pytest.fixture
def published(cast: Cast) -> Cast:
    """One about accounts, for small ones only; one about administrators."""
    publish(play(**{"for": {"where": "tier = 'smb'"}}))
    publish(play(key="people", subject={"contacts": {"persona": ["administrator"]}}))
    return cast


def test_runs_begin_on_accounts_whomever_it_is_for(published: Cast) -> None:
    status, told = start(published.alice, accounts=["acme", "globex", "acme"], why="Asked for", token="t")
    assert (status, told["version"], told["token"]) == (200, 1, "t")
    assert [(one["account"], one["contact"]) for one in told["started"]] == [("acme", None), ("globex", None)]
    assert told["not_started"] == []
    run = Run.objects.get(account=published.acme)
    assert (str(run.pk), run.why, run.started_by) == (told["started"][0]["id"], "Asked for", published.alice)
    assert AuditEntry.objects.filter(action="playbooks.started_by_hand").count() == 1


def test_the_same_token_starts_nothing_twice_and_what_is_under_way_goes_on(published: Cast) -> None:
    start(published.alice, accounts=["acme"], token="t")
    for token, reason in (("t", "ran"), ("u", "under_way")):
        _, told = start(published.alice, accounts=["acme"], token=token)
        assert told["started"] == []
        assert [one["reason"] for one in told["not_started"]] == [reason]
    assert Run.objects.count() == 1


def test_runs_begin_for_single_contacts(published: Cast) -> None:
    for key, persona in (("carol", "administrator"), ("dan", "administrator"), ("eve", "end user")):
        Contact.objects.create(key=key, name=key.title(), account=published.acme, persona=persona)
    _, told = start(published.alice, "people", contacts=["carol", "eve"])
    assert [one["contact"] for one in told["started"]] == ["carol"]
    assert [(one["contact"], one["reason"]) for one in told["not_started"]] == [("eve", "no_contact")]
    _, told = start(published.alice, "people", accounts=["acme", "globex"])
    assert [one["contact"] for one in told["started"]] == ["dan"]
    assert [(one["account"], one["contact"], one["reason"]) for one in told["not_started"]] == [
        ("acme", "carol", "under_way"),
        ("globex", None, "no_contact"),
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"accounts": ["acme", "gone"]}, "no account with the key 'gone'"),
        ({"contacts": ["gone"]}, "no contact with the key 'gone'"),
        ({}, "at least one account"),
        ({"accounts": ["acme"], "colour": "red", "token": "x" * 101}, "token"),
    ],
)
def test_bad_input_starts_nothing(published: Cast, body: dict[str, Any], said: str) -> None:
    status, told = start(published.alice, **body)
    assert (status, Run.objects.count()) == (422, 0)
    assert said in told["message"]


def test_contacts_are_refused_where_runs_are_about_accounts(published: Cast) -> None:
    Contact.objects.create(key="carol", name="Carol", account=published.acme)
    status, told = start(published.alice, contacts=["carol"])
    assert (status, told["code"]) == (422, "cannot_start")


def test_roles_unknown_playbooks_and_paused_ones(published: Cast) -> None:
    assert start(published.vera, accounts=["acme"])[0] == 403
    assert start(published.alice, "gone", accounts=["acme"])[0] == 404
    Playbook.objects.update(is_active=False)
    assert start(published.alice, accounts=["acme"])[1]["code"] == "cannot_start"
    assert Client().post("/api/v1/playbooks/play/runs", {}, content_type="application/json").status_code == 401
    assert not Run.objects.exists()


def test_the_description_names_it() -> None:
    assert "/api/v1/playbooks/{key}/runs" in api.get_openapi_schema()["paths"]
