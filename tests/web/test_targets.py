"""The pages of targets: administrators only; a secret once, a URL never; a test with the answer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from standardwebhooks import Webhook

from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.connectors.registry import channels
from mainstay.deliveries import services, stopping, targets
from mainstay.deliveries.models import Dialect, Target
from mainstay.people.models import AuditEntry, User
from mainstay.playbooks.steps.chat import ChatParams
from mainstay.playbooks.steps.webhook import WebhookParams
from mainstay.web.playbooks.editor.fields import fields_of
from tests.builders import Cast
from tests.connectors.http_server import Reply, Server, serving
from tests.playbooks.plays import play, publish

type AsUser = Callable[[User], Client]
NOW = utc_now()
STEP = {"id": "tell", "type": "webhook", "with": {"target": "crm", "event": "account.at_risk"}}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


@pytest.fixture
def crm(cast: Cast, server: Server) -> Target:
    url = f"http://127.0.0.1:{server.server_port}/hidden-path"
    return targets.add_target("CRM", url, dialect=Dialect.STANDARD, by=cast.ada, now=NOW)[0]


def text(answer: Any) -> str:
    return answer.content.decode()


def url(name: str) -> str:
    return reverse(name, args=["crm"])


READ = ["target", "target-edit", "target-rotate", "target-remove"]


@pytest.mark.parametrize("name", READ)
def test_administrators_see_it_and_nobody_else(name: str, as_user: AsUser, cast: Cast, crm: Target) -> None:
    assert as_user(cast.ada).get(url(name)).status_code == 200
    for user in (cast.mary, cast.alice, cast.vera):
        assert as_user(user).get(url(name)).status_code == 403
    assert Client().get(url(name)).status_code == 302


@pytest.mark.parametrize("name", ["target-test", "target-rotate", "target-switch", "target-remove", "target-edit"])
def test_nobody_else_changes_anything(name: str, as_user: AsUser, cast: Cast, crm: Target, server: Server) -> None:
    assert as_user(cast.mary).post(url(name), {"name": "Other"}).status_code == 403
    crm.refresh_from_db()
    assert (crm.name, crm.is_active, crm.removed_at, crm.former_secret, server.taken) == ("CRM", True, None, "", [])


def test_a_target_is_added_and_its_secret_is_shown_once(as_user: AsUser, cast: Cast) -> None:
    client = as_user(cast.ada)
    values = {"name": "Orders", "dialect": "standard", "url": "https://hooks.example/hidden-path?token=x"}
    shown = text(client.post(reverse("target-new"), values))
    made = Target.objects.get()
    assert made.secret in shown
    assert "Webhook(&quot;whsec_" in shown or 'Webhook("whsec_' in shown
    for name in ("settings-targets", "target", "target-edit"):
        listed = text(client.get(reverse(name, args=[] if name == "settings-targets" else ["orders"])))
        assert made.secret not in listed
        assert "hidden-path" not in listed
    assert "hooks.example" in listed or "Orders" in listed


def test_a_url_that_cannot_be_used_is_refused_beside_its_field_and_nothing_typed_is_lost(
    as_user: AsUser, cast: Cast
) -> None:
    values = {"name": "Orders", "dialect": "slack", "url": "https://user:word@hooks.example/"}
    answer = as_user(cast.ada).post(reverse("target-new"), values)
    assert answer.status_code == 422
    assert "user name or password" in text(answer)
    assert 'value="Orders"' in text(answer)
    assert not Target.objects.exists()


def test_a_test_is_sent_signed_and_its_answer_is_shown(
    as_user: AsUser, cast: Cast, crm: Target, server: Server
) -> None:
    server.replies = [Reply(201), Reply(401, text="who are you")]
    client = as_user(cast.ada)
    assert "Taken with status 201" in text(client.post(url("target-test")))
    event = Webhook(crm.secret).verify(server.taken[0].body, server.taken[0].headers)
    assert event["type"] == "mainstay.test"
    assert "CRM answered 401: who are you." in text(client.post(url("target-test")))
    entries = AuditEntry.objects.filter(action="deliveries.target_tested").order_by("pk")
    assert [entry.details["taken"] for entry in entries] == [True, False]


def test_while_all_sending_is_stopped_no_test_goes(as_user: AsUser, cast: Cast, crm: Target, server: Server) -> None:
    stopping.stop_sending(by=cast.mary, reason="Wrong list", now=NOW)
    assert "Resume sending, then test" in text(as_user(cast.ada).post(url("target-test")))
    assert server.taken == []


def test_a_new_secret_is_shown_once_and_the_page_says_until_when_both_sign(
    as_user: AsUser, cast: Cast, crm: Target
) -> None:
    client, former = as_user(cast.ada), crm.secret
    shown = text(client.post(url("target-rotate")))
    crm.refresh_from_db()
    assert crm.secret != former
    assert crm.secret in shown
    page = text(client.get(url("target")))
    assert "The former secret signs beside the new one until" in page
    assert crm.secret not in page


def test_switching_off_can_be_undone(as_user: AsUser, cast: Cast, crm: Target) -> None:
    client = as_user(cast.ada)
    answer = client.post(url("target-switch"), follow=True)
    crm.refresh_from_db()
    assert not crm.is_active
    undo = next(message.extra_tags for message in answer.context["messages"]).removeprefix("undo:")
    client.post(undo.split()[0])
    crm.refresh_from_db()
    assert crm.is_active


def test_removing_asks_first_and_names_the_playbooks_that_send_there(as_user: AsUser, cast: Cast, crm: Target) -> None:
    publish(play(STEP))
    client = as_user(cast.ada)
    asked = text(client.get(url("target-remove")))
    assert "1 playbook sends to it and will stop there: Play." in asked
    assert "Play" in text(client.get(url("target")))
    client.post(url("target-remove"))
    crm.refresh_from_db()
    assert (crm.removed_at is not None, crm.url, crm.secret) == (True, "", "")
    assert client.get(url("target")).status_code == 404


def test_the_last_attempts_stand_on_its_page(as_user: AsUser, cast: Cast, crm: Target, server: Server) -> None:
    server.replies = [Reply(503, {"Retry-After": "3600"}, text="later")]
    services.request_delivery(
        derived_id("t", 1), channel="webhook", to=crm, subject="account.at_risk", text="{}", account=cast.acme, now=NOW
    )
    services.send_due(NOW, channels=channels())
    page = text(as_user(cast.ada).get(url("target")))
    for said in (
        "account.at_risk",
        "CRM answered 503: later.",
        "The last attempt failed.",
        "1 message waiting",
        "Acme",
    ):
        assert said in page
    assert "Rests until" in text(as_user(cast.ada).get(reverse("settings-targets")))
    assert "1 not reached" in text(as_user(cast.ada).get(reverse("settings")))


def test_the_forms_of_steps_offer_what_each_can_send_to(cast: Cast, crm: Target, server: Server) -> None:
    targets.add_target("CS", f"http://127.0.0.1:{server.server_port}/", dialect=Dialect.SLACK, by=cast.ada, now=NOW)
    offered = {
        kind: [option.value for field in fields_of(params, {}) if field.name == "target" for option in field.options]
        for kind, params in (("webhook", WebhookParams), ("chat", ChatParams))
    }
    assert offered == {"webhook": ["", "crm"], "chat": ["", "cs"]}


def test_the_data_of_a_webhook_is_written_as_rows(cast: Cast) -> None:
    (data,) = (one for one in fields_of(WebhookParams, {"data": {"next_step": "Call"}}) if one.name == "data")
    assert data.control == "rows"
    assert [[one.value for one in row] for row in data.rows] == [["next_step", "Call"], ["", ""]]
