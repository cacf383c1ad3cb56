"""An Adaptive Card to a channel or chat of Teams. The Office 365 connectors that took texts before are switched off."""

import json
from typing import Any

from mainstay.deliveries import posting
from mainstay.deliveries.channel import Channel, DeliveryError, Message, Receipt

# A message of Teams has at most 28 kB: letters of up to four bytes, and what each line costs beside its text.
MOST_CHARACTERS = 5_000
MOST_LINES = 60


class TeamsChannel:
    """One card a message; the other side has no way to recognise a repeat."""

    kind = "teams"
    recognises_repeats = False

    def problem(self) -> str | None:
        """None: each target has a URL of its own."""
        return None

    def send(self, message: Message) -> Receipt:
        """Post it. The workflow answers 202 before its card is seen."""
        if message.address is None:
            raise DeliveryError("A card goes to a target, and this message has none.", permanent=True)
        body = json.dumps(card_of(message), ensure_ascii=False).encode()
        answer = posting.post(message.address.url, body, {"Content-Type": "application/json"})
        if not answer.is_taken:
            raise posting.refused(answer, message.recipient)
        return Receipt(detail=f"Taken with status {answer.status}.")


def card_of(message: Message) -> dict[str, Any]:
    """Title, text and a button to the account.

    Rich text blocks are shown as they are: no Markdown in them, and a mention needs an entity that is not here.
    """
    lines = [line for line in message.text[:MOST_CHARACTERS].splitlines() if line.strip()]
    body = [_line(message.subject, weight="Bolder", size="Medium"), *(_line(line) for line in lines[:MOST_LINES])]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": f"Open {message.link_label}"[:80], "url": message.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _line(text: str, **looks: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **looks}]}


CHANNEL: Channel = TeamsChannel()
