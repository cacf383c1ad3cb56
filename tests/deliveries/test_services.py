from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from mainstay.common.errors import Invalid, NotAllowed
from mainstay.common.ids import derived_id
from mainstay.common.time import utc_now
from mainstay.deliveries import selectors, services
from mainstay.deliveries.channel import Channel, DeliveryError, DeliveryUnsure, Message, Receipt
from mainstay.deliveries.models import Attempt, Delivery, State
from mainstay.people.models import AuditEntry
from tests.builders import Cast

NOW = utc_now()
MINUTE = timedelta(minutes=1)


class Recorder:
    """A channel that keeps what it sent, or fails as told."""

    kind = "email"

    def __init__(self, *, recognises_repeats: bool = False) -> None:
        self.recognises_repeats = recognises_repeats
        self.sent: list[Message] = []
        self.errors: list[Exception] = []
        self.is_off = False

    def problem(self) -> str | None:
        return "It is switched off." if self.is_off else None

    def send(self, message: Message) -> Receipt:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)
        return Receipt(detail="taken")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def channels(recorder: Recorder) -> Mapping[str, Channel]:
    return {"email": recorder}


def request(number: int = 1, *, recipient: str = "alice@orchard.example", channel: str = "email") -> UUID:
    id = derived_id("test", number)
    services.request_delivery(
        id, channel=channel, to=recipient, subject="Acme is\nat risk", text="Look at it.", now=NOW
    )
    return id


def state(id: UUID) -> str:
    return Delivery.objects.get(pk=id).state


def test_a_delivery_is_sent_once_with_its_attempt(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    id = request()
    assert services.send_due(NOW, channels=channels) == services.SendResult(sent=1)
    assert services.send_due(NOW + MINUTE, channels=channels) == services.SendResult()
    assert [message.id for message in recorder.sent] == [id]
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.message, state(id)) == ("sent", "taken", State.SENT)


def test_a_repeated_request_is_a_no_op(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    request()
    services.send_due(NOW, channels=channels)
    assert not services.request_delivery(
        derived_id("test", 1), channel="email", to="x@x.example", subject="", text="", now=NOW
    )
    services.send_due(NOW + MINUTE, channels=channels)
    assert len(recorder.sent) == 1


def test_a_subject_is_one_line(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    request()
    services.send_due(NOW, channels=channels)
    assert recorder.sent[0].subject == "Acme is at risk"


def test_a_temporary_error_is_tried_again_after_its_wait(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    id = request()
    recorder.errors = [DeliveryError("451 try later")]
    assert services.send_due(NOW, channels=channels).postponed == 1
    assert services.send_due(NOW + 0.5 * MINUTE, channels=channels) == services.SendResult()
    assert services.send_due(NOW + MINUTE, channels=channels).sent == 1
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["failed", "sent"]
    assert state(id) == State.SENT


def test_after_the_last_wait_a_delivery_has_failed(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    id = request()
    now = NOW
    for wait in (*services.WAITS, timedelta()):
        recorder.errors = [DeliveryError("451 try later")]
        services.send_due(now, channels=channels)
        now += wait
    assert state(id) == State.FAILED
    assert Attempt.objects.count() == len(services.WAITS) + 1


def test_a_permanent_error_is_final(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    id = request()
    recorder.errors = [DeliveryError("550 no such user", permanent=True)]
    assert services.send_due(NOW, channels=channels).failed == 1
    assert state(id) == State.FAILED
    assert services.send_due(NOW + timedelta(days=3), channels=channels) == services.SendResult()


def test_when_nobody_knows_it_is_not_repeated(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    id = request()
    recorder.errors = [DeliveryUnsure("the line broke")]
    assert services.send_due(NOW, channels=channels).unsure == 1
    services.send_due(NOW + timedelta(days=3), channels=channels)
    assert state(id) == State.UNSURE
    assert recorder.sent == []
    assert [delivery.last_message for delivery in selectors.recent_deliveries()] == ["the line broke"]


def test_a_server_that_is_down_is_asked_once_a_round(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    for number in range(3):
        request(number)
    recorder.errors = [DeliveryError("no route", channel_down=True)]
    assert services.send_due(NOW, channels=channels) == services.SendResult(postponed=3)
    assert Attempt.objects.count() == 1


def test_a_slow_server_does_not_hold_up_the_round(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        request(number)
    monkeypatch.setattr(services, "ROUND_SECONDS", 0.0)
    assert services.send_due(NOW, channels=channels) == services.SendResult(postponed=3)
    monkeypatch.undo()
    assert services.send_due(NOW, channels=channels).sent == 3


@pytest.mark.parametrize("trouble", ["it cannot be used", "it breaks off"])
def test_a_channel_that_is_down_holds_up_no_other(
    cast: Cast, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(services, "ROUND", 2)
    for number in range(3):
        request(number)
    last = request(9, channel="chat")
    Delivery.objects.filter(pk=last).update(next_attempt_at=NOW + MINUTE)
    recorder.is_off = trouble == "it cannot be used"
    recorder.errors = [DeliveryError("no route", channel_down=True)]
    result = services.send_due(NOW + MINUTE, channels={"email": recorder, "chat": Recorder()})
    assert (result.sent, state(last)) == (1, State.SENT)


def test_a_channel_with_a_problem_keeps_its_deliveries(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    id = request()
    recorder.is_off = True
    assert services.send_due(NOW, channels=channels).postponed == 1
    assert state(id) == State.QUEUED


@pytest.mark.parametrize(
    ("recipient", "channel", "said"),
    [
        ("stranger@example.com", "email", "not the address of an active user"),
        ("alice@orchard.example", "pigeon", "no channel 'pigeon'"),
    ],
)
def test_what_may_not_go_is_refused_with_the_reason(
    cast: Cast, channels: dict[str, Channel], recipient: str, channel: str, said: str
) -> None:
    id = request(recipient=recipient, channel=channel)
    assert services.send_due(NOW, channels=channels).failed == 1
    attempt = Attempt.objects.get()
    assert (state(id), attempt.outcome) == (State.REFUSED, "refused")
    assert said in attempt.message


def test_a_user_who_left_gets_nothing(cast: Cast, recorder: Recorder, channels: dict[str, Channel]) -> None:
    request()
    cast.alice.is_active = False
    cast.alice.save(update_fields=["is_active"])
    services.send_due(NOW, channels=channels)
    assert recorder.sent == []


def crash(recorder: Recorder, channels: dict[str, Channel]) -> None:
    recorder.errors = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        services.send_due(NOW, channels=channels)


def test_a_delivery_interrupted_while_sending_is_unsure_and_not_repeated(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    id = request()
    crash(recorder, channels)
    assert state(id) == State.SENDING
    assert services.send_due(NOW + MINUTE, channels=channels).unsure == 1
    services.send_due(NOW + timedelta(days=3), channels=channels)
    assert state(id) == State.UNSURE
    assert recorder.sent == []
    assert "may have gone" in Attempt.objects.get().message


def test_where_a_repeat_is_recognised_an_interrupted_delivery_is_sent_again(cast: Cast) -> None:
    recorder = Recorder(recognises_repeats=True)
    channels: dict[str, Channel] = {"email": recorder}
    id = request()
    crash(recorder, channels)
    assert services.send_due(NOW + MINUTE, channels=channels).sent == 1
    assert state(id) == State.SENT
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["unsure", "sent"]


def test_an_administrator_may_send_a_failed_one_again(
    cast: Cast, recorder: Recorder, channels: dict[str, Channel]
) -> None:
    delivery = Delivery.objects.get(pk=request())
    recorder.errors = [DeliveryUnsure("the line broke")]
    services.send_due(NOW, channels=channels)
    with pytest.raises(NotAllowed):
        services.send_again(delivery, by=cast.alice, now=NOW)
    services.send_again(delivery, by=cast.ada, now=NOW)
    assert services.send_due(NOW, channels=channels).sent == 1
    assert AuditEntry.objects.get().action == "deliveries.sent_again"
    with pytest.raises(Invalid, match="nothing to repeat"):
        services.send_again(delivery, by=cast.ada, now=NOW)
