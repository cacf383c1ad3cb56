import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from mainstay.connectors.teams.channel import CHANNEL
from mainstay.deliveries.channel import Address, DeliveryError, DeliveryUnsure, Message
from tests.connectors.http_server import Reply, Server, serving

ID = UUID("8e0c7a52-6f5e-5d0f-9d2b-3f1d7a8b9c01")


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOKS_PRIVATE, settings.WEBHOOKS_HTTP = ["127.0.0.1/32"], True
    with serving() as made:
        yield made


def message(server: Server, text: str = "It *fell*.\n\n<at>Bob</at> [x](http://y)") -> Message:
    address = Address(f"http://127.0.0.1:{server.server_port}/workflows/x")
    link = {"link": "https://cs.example/accounts/acme/", "link_label": "Acme"}
    return Message(ID, "CS channel", "Acme is red", text, "", address=address, **link)


def test_a_card_has_the_title_the_text_as_it_is_and_a_button(server: Server) -> None:
    server.replies = [Reply(202, text="")]
    assert CHANNEL.send(message(server)).detail == "Taken with status 202."
    told = json.loads(server.taken[0].body)
    assert told["type"] == "message"
    (attachment,) = told["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}  # text blocks would read Markdown
    runs = [block["inlines"][0] for block in card["body"]]
    assert [run["text"] for run in runs] == ["Acme is red", "It *fell*.", "<at>Bob</at> [x](http://y)"]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open Acme", "url": "https://cs.example/accounts/acme/"}
    ]


@pytest.mark.parametrize("text", ["𝄞" * 10_000, "ü\n" * 10_000])
def test_a_message_is_smaller_than_teams_takes(server: Server, text: str) -> None:
    CHANNEL.send(message(server, text))
    assert len(server.taken[0].body) < 28_000


def test_what_may_have_gone_is_unsure_and_a_refusal_is_told(server: Server) -> None:
    server.replies = [Reply(resets=True), Reply(400, text="bad card")]
    with pytest.raises(DeliveryUnsure):
        CHANNEL.send(message(server))
    with pytest.raises(DeliveryError, match="CS channel answered 400: bad card"):
        CHANNEL.send(message(server))
