"""Webhooks from the outbox to a real server on this machine, checked with the library of Standard Webhooks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.connectors.registry import channels
from mainstay.deliveries import services, stopping, targets
from mainstay.deliveries.models import Attempt, Delivery, Dialect, State, Target
from tests.builders import Cast
from tests.connectors.http_server import Hourglass, Reply, Server, serving

NOW = utc_now()
MINUTE = timedelta(minutes=1)
EVENT = {"type": "account.at_risk", "timestamp": "2026-11-25T10:00:00Z", "data": {"name": "Ümläut"}}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


@pytest.fixture
def target(cast: Cast, server: Server) -> Target:
    return make(cast, server)


def make(cast: Cast, server: Server, name: str = "Orders") -> Target:
    url = f"http://127.0.0.1:{server.server_port}/hook"
    return targets.add_target(name, url, dialect=Dialect.STANDARD, by=cast.ada, now=NOW)[0]


def request(target: Target, number: int = 1) -> UUID:
    id = derived_id("test", target.pk, number)
    text = json.dumps(EVENT, ensure_ascii=False)
    services.request_delivery(id, channel="webhook", to=target, subject="account.at_risk", text=text, now=NOW)
    return id


def two(target: Target) -> list[UUID]:
    """In the order in which they go."""
    return sorted(request(target, number) for number in (1, 2))


def send(now: Any = NOW) -> services.SendResult:
    return services.send_due(now, channels=channels())


def state(id: UUID) -> str:
    return Delivery.objects.get(pk=id).state


def said(id: UUID) -> list[str]:
    return list(Attempt.objects.filter(delivery=id).values_list("message", flat=True))


def test_an_event_arrives_signed_as_the_specification_has_it(target: Target, server: Server) -> None:
    id = request(target)
    assert send() == services.SendResult(sent=1)
    (taken,) = server.taken
    assert Webhook(target.secret).verify(taken.body, taken.headers) == EVENT
    assert taken.headers["webhook-id"] == f"msg_{id.hex}"
    assert taken.headers["content-type"] == "application/json"


def test_a_repeat_has_the_same_id_and_a_fresh_signature(target: Target, server: Server) -> None:
    server.replies = [Reply(500, text="oops"), Reply(200)]
    id = request(target)
    assert send() == services.SendResult(postponed=1)
    assert said(id) == ["Orders answered 500: oops."]
    assert send(NOW + MINUTE / 2) == services.SendResult()  # not yet
    assert send(NOW + MINUTE) == services.SendResult(sent=1)
    assert {taken.headers["webhook-id"] for taken in server.taken} == {f"msg_{id.hex}"}
    for taken in server.taken:
        Webhook(target.secret).verify(taken.body, taken.headers)
    target.refresh_from_db()
    assert (target.failures, target.rests_until) == (0, None)


def test_what_may_have_been_taken_is_sent_again_under_the_same_id(target: Target, server: Server) -> None:
    server.replies = [Reply(resets=True), Reply(200)]
    id = request(target)
    send()
    assert state(id) == State.QUEUED
    assert "may have taken the message. It is sent again under the same id" in said(id)[0]
    assert send(NOW + MINUTE).sent == 1
    assert len({taken.headers["webhook-id"] for taken in server.taken}) == 1


def test_an_attempt_that_a_crash_interrupted_is_repeated(target: Target, server: Server) -> None:
    id = request(target)
    Delivery.objects.filter(pk=id).update(state=State.SENDING, next_attempt_at=None)
    Attempt.objects.create(delivery_id=id, number=1, started_at=NOW)
    assert send(NOW + MINUTE) == services.SendResult(sent=1)
    assert len(server.taken) == 1


def test_too_many_is_answered_with_the_rest_that_is_asked_for(target: Target, server: Server) -> None:
    server.replies = [Reply(429, {"Retry-After": "600"}), Reply(200)]
    first, second = two(target)
    assert send() == services.SendResult(postponed=2)
    assert len(server.taken) == 1, "the second is not even tried"
    assert (said(first), said(second)) == (["Orders answered 429: ok."], [])
    assert send(NOW + 9 * MINUTE) == services.SendResult()
    assert send(NOW + 10 * MINUTE) == services.SendResult(sent=2)


def test_one_that_hangs_is_tried_once_a_rest_and_holds_up_nobody_else(
    cast: Cast, target: Target, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies, server.when_held = [Reply(hangs=True)], Hourglass(monkeypatch).run_out
    waiting = [request(target, number) for number in range(5)]
    with serving() as well:
        other = request(make(cast, well, "Billing"))
        assert send() == services.SendResult(sent=1, postponed=5)
        assert state(other) == State.SENT
    assert len(server.taken) == 1
    assert send(NOW + MINUTE / 2) == services.SendResult()
    send(NOW + MINUTE)
    assert len(server.taken) == 2
    assert {state(id) for id in waiting} == {State.QUEUED}


def test_a_redirect_to_a_private_address_is_refused_for_good(target: Target, server: Server) -> None:
    server.replies = [Reply(302, {"Location": "http://169.254.169.254/latest/meta-data/"})]
    id = request(target)
    assert send() == services.SendResult(failed=1)
    assert state(id) == State.FAILED
    assert said(id) == ["Orders answered 302. Redirects are not followed; give the address it leads to."]
    assert len(server.taken) == 1


def test_an_address_inside_the_network_is_refused_for_good(target: Target, server: Server, settings: Any) -> None:
    settings.WEBHOOKS_PRIVATE = []
    id = request(target)
    assert send() == services.SendResult(failed=1)
    assert "leads inside a network: 127.0.0.1 is this machine itself" in said(id)[0]
    assert server.taken == []


def test_a_refusal_of_one_event_says_nothing_about_the_next(target: Target, server: Server) -> None:
    server.replies = [Reply(422), Reply(200)]
    bad, good = two(target)
    assert send() == services.SendResult(sent=1, failed=1)
    assert {state(bad), state(good)} == {State.FAILED, State.SENT}


def test_one_that_says_it_is_gone_is_switched_off(target: Target, server: Server) -> None:
    server.replies = [Reply(410)]
    first, second = two(target)
    send()
    target.refresh_from_db()
    assert not target.is_active
    assert state(first) == State.FAILED
    assert send(NOW + MINUTE) == services.SendResult(failed=1)
    assert state(second) == State.REFUSED
    assert said(second) == ["“Orders” answered that it is gone (410), so it was switched off."]
    assert len(server.taken) == 1


def test_nothing_goes_to_a_target_that_is_off_or_removed(cast: Cast, target: Target, server: Server) -> None:
    off, gone = two(target)
    targets.switch_target(target, is_active=False, by=cast.ada, now=NOW)
    Delivery.objects.filter(pk=gone).update(next_attempt_at=NOW + MINUTE)
    assert send() == services.SendResult(failed=1)
    targets.remove_target(target, by=cast.ada, now=NOW)
    assert send(NOW + MINUTE) == services.SendResult(failed=1)
    assert [said(off), said(gone)] == [["The target “Orders” is switched off."], ["The target “Orders” was removed."]]
    assert server.taken == []


def test_the_emergency_stop_holds_for_targets_too(cast: Cast, target: Target, server: Server) -> None:
    stopping.stop_sending(by=cast.mary, reason="", now=NOW)
    id = request(target)
    assert send() == services.SendResult()
    assert (state(id), server.taken) == (State.QUEUED, [])


def test_a_secret_that_was_replaced_signs_beside_the_new_one_for_a_day(
    cast: Cast, target: Target, server: Server
) -> None:
    former = target.secret
    fresh = targets.rotate_secret(target, by=cast.ada, now=NOW)
    request(target, 1)
    send(NOW)
    request(target, 2)
    Delivery.objects.filter(state=State.QUEUED).update(next_attempt_at=NOW)
    send(NOW + targets.GRACE)
    graceful, later = server.taken
    for secret in (former, fresh):
        Webhook(secret).verify(graceful.body, graceful.headers)
    Webhook(fresh).verify(later.body, later.headers)
    assert later.headers["webhook-signature"].count("v1,") == 1
