"""Chat messages through an incoming webhook, of a user or of a target, to a real server on this machine."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from mainstay.alerts.models import Preferences
from mainstay.connectors.slack.channel import CHANNEL, blocks_of, escaped, text_of
from mainstay.deliveries.channel import Address, DeliveryError, DeliveryUnsure, Message
from tests.builders import NOW, Cast
from tests.connectors.http_server import Reply, Server, serving

MESSAGE = Message(
    UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01"), "alice@orchard.example", "Acme: red", "Score <20> & falling", ""
)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


@pytest.fixture
def alice(cast: Cast, server: Server) -> Cast:
    url = f"http://127.0.0.1:{server.server_port}/services/T/B/x?y=1"
    Preferences.objects.create(user=cast.alice, webhook=url, since=NOW)
    return cast


def test_a_message_goes_to_the_webhook_of_its_recipient(alice: Cast, server: Server) -> None:
    assert CHANNEL.send(MESSAGE).detail == "Taken with status 200."
    (taken,) = server.taken
    assert taken.path == "/services/T/B/x?y=1"
    assert json.loads(taken.body) == {"text": "Acme: red\nScore &lt;20&gt; &amp; falling"}


def test_a_refusal_says_what_the_chat_said(alice: Cast, server: Server) -> None:
    server.replies = [Reply(404, text="no_service")]
    with pytest.raises(DeliveryError, match="The chat answered 404: no_service") as refused:
        CHANNEL.send(MESSAGE)
    assert refused.value.permanent


def test_a_chat_knows_no_repeat_so_what_may_have_gone_is_unsure(alice: Cast, server: Server) -> None:
    server.replies = [Reply(resets=True)]
    with pytest.raises(DeliveryUnsure):
        CHANNEL.send(MESSAGE)


def test_who_gave_no_webhook_cannot_be_told(cast: Cast) -> None:
    with pytest.raises(DeliveryError, match="no chat webhook") as refused:
        CHANNEL.send(MESSAGE)
    assert refused.value.permanent


def test_a_webhook_inside_the_network_is_refused(alice: Cast, settings: Any) -> None:
    settings.WEBHOOKS_PRIVATE = []
    with pytest.raises(DeliveryError, match="leads inside a network"):
        CHANNEL.send(MESSAGE)


def test_a_target_gets_blocks_and_the_link_to_the_account(server: Server) -> None:
    address = Address(f"http://127.0.0.1:{server.server_port}/x")
    link = {"link": "https://cs.example/accounts/acme/", "link_label": "Acme & Co"}
    CHANNEL.send(Message(MESSAGE.id, "CS channel", "Red <b>", "It fell.", "", address=address, **link))
    told = json.loads(server.taken[0].body)
    assert told["blocks"] == [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Red &lt;b&gt;*\nIt fell."}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<https://cs.example/accounts/acme/|Open Acme &amp; Co>"},
        },
    ]
    assert told["text"] == "Red &lt;b&gt;\nIt fell.\n<https://cs.example/accounts/acme/|Open Acme &amp; Co>"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("@channel and @Here, @all @everyone", "@\u200bchannel and @\u200bHere, @\u200ball @\u200beveryone"),
        ("carol@allied.example", "carol@allied.example"),
    ],
)
def test_nothing_in_a_text_is_markup_or_calls_everybody(said: str, sent: str) -> None:
    assert escaped(said) == sent


def test_a_long_text_is_cut() -> None:
    long = Message(MESSAGE.id, MESSAGE.recipient, "x", "a" * 5_000, "")
    assert len(text_of(long)) == 2_000
    assert all(len(one["text"]["text"]) <= 3_000 for one in blocks_of(long)["blocks"])
