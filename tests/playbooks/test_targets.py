"""Playbooks that send to other systems, from the document to a real server on this machine."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from mainstay.common.time import utc_now
from mainstay.connectors.registry import channels
from mainstay.deliveries import services as deliveries
from mainstay.deliveries import targets
from mainstay.deliveries.models import Delivery, Dialect, State, Target
from mainstay.playbooks import insight, services
from mainstay.playbooks.errors import BadPlaybook
from mainstay.playbooks.models import Playbook, Run, RunState
from tests.builders import Cast
from tests.connectors.http_server import Reply, Server, serving
from tests.playbooks.plays import play, publish, refresh, signal

NOW = utc_now()
HOOK = {"id": "tell", "type": "webhook", "with": {"target": "orders", "event": "account.at_risk"}}
CHAT = {"id": "say", "type": "chat", "with": {"target": "cs", "title": "{{ account.name }}", "text": "{{ run.why }}"}}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


@pytest.fixture
def orders(cast: Cast, server: Server) -> Target:
    return add(cast, server, "Orders", Dialect.STANDARD)


def add(cast: Cast, server: Server, name: str, dialect: Dialect) -> Target:
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    return targets.add_target(name, url, dialect=dialect, by=cast.ada, now=NOW)[0]


def send(now: Any = NOW) -> deliveries.SendResult:
    return deliveries.send_due(now, channels=channels())


def test_a_run_sends_its_event_once_and_says_which_run_it_was(cast: Cast, orders: Target, server: Server) -> None:
    publish(play(HOOK))
    signal(cast.acme)
    refresh(NOW)
    refresh(NOW)
    assert send().sent == 1
    assert send().sent == 0
    (taken,) = server.taken
    body = Webhook(orders.secret).verify(taken.body, taken.headers)
    assert body["data"]["account"]["key"] == cast.acme.key
    assert body["data"]["run"]["id"] == str(Run.objects.get().pk)
    delivery = Delivery.objects.get()
    assert (delivery.origin, delivery.origin_step, delivery.account) == ("playbook:play", "tell", cast.acme)


@pytest.mark.parametrize(("dialect", "field"), [(Dialect.SLACK, "blocks"), (Dialect.TEAMS, "attachments")])
def test_a_chat_is_written_to_in_its_dialect(cast: Cast, server: Server, dialect: Dialect, field: str) -> None:
    add(cast, server, "cs", dialect)
    publish(play(CHAT))
    signal(cast.acme)
    refresh(NOW)
    assert send().sent == 1
    told = json.loads(server.taken[0].body)
    assert field in told
    assert f"/accounts/{cast.acme.key}/" in json.dumps(told)


def test_a_target_that_is_unknown_or_takes_something_else_cannot_be_published(cast: Cast, server: Server) -> None:
    with pytest.raises(
        BadPlaybook, match=r"steps\.tell\.with\.target: there is no target 'orders' \(there is: none yet\)"
    ):
        publish(play(HOOK))
    add(cast, server, "Orders", Dialect.SLACK)
    with pytest.raises(BadPlaybook, match="takes texts, not events; use the step `chat`"):
        publish(play(HOOK))


def test_a_target_that_was_removed_stops_the_run_with_the_reason_until_it_is_there_again(
    cast: Cast, orders: Target, server: Server
) -> None:
    publish(play(HOOK))
    targets.remove_target(orders, by=cast.ada, now=NOW)
    signal(cast.acme)
    signal(cast.globex)
    refresh(NOW)
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.FAILED}
    (fault,) = insight.faults(Playbook.objects.get())
    assert (fault.step, fault.runs) == ("tell", 2)
    assert "There is no target 'orders'" in fault.error
    add(cast, server, "Orders", Dialect.STANDARD)
    services.retry(Playbook.objects.get(), by=cast.alice)
    refresh(NOW)
    assert send().sent == 2


def test_messages_that_did_not_go_are_told_by_step_with_the_reason(cast: Cast, orders: Target, server: Server) -> None:
    server.replies = [Reply(404, text="no such hook"), Reply(403, text="not you")]
    publish(play(HOOK))
    for account in (cast.acme, cast.globex):
        signal(account)
        refresh(NOW)
        send()
    playbook = Playbook.objects.get()
    (found,) = insight.undelivered(playbook, now=NOW)
    assert (found.step, found.state, found.messages) == ("tell", State.FAILED, 2)
    assert found.reason in ("Orders answered 404: no such hook.", "Orders answered 403: not you.")
    assert insight.undelivered(playbook, now=NOW + timedelta(days=31)) == []
