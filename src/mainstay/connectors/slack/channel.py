"""Chat through an incoming webhook: one that a user gave in her profile, or that of a target."""

import json
import re
from typing import Any

from mainstay.alerts.selectors import webhook_of
from mainstay.deliveries import posting
from mainstay.deliveries.channel import Channel, DeliveryError, Message, Receipt

# Nobody reads more in a chat; the rest is behind the links. Slack's sections hold 3,000.
MOST_CHARACTERS = 2_000
# Names of everybody. Slack needs brackets for them, which are escaped; others take them as they stand.
_EVERYBODY = re.compile(r"@(?=(?:channel|here|everyone|all)\b)", re.IGNORECASE)


class ChatChannel:
    """One text a message; the other side has no way to recognise a repeat."""

    kind = "chat"
    recognises_repeats = False

    def problem(self) -> str | None:
        """None: each user and each target has an address of its own."""
        return None

    def send(self, message: Message) -> Receipt:
        """Post it."""
        if message.address is not None:
            url, body = message.address.url, blocks_of(message)
        else:
            url, body = webhook_of(message.recipient), {"text": text_of(message)}
        if not url:
            raise DeliveryError(
                f"{message.recipient} has given no chat webhook; it is set under Alerts in the profile.", permanent=True
            )
        answer = posting.post(url, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})
        if answer.is_taken:
            return Receipt(detail=f"Taken with status {answer.status}.")
        raise posting.refused(answer, "The chat")


def text_of(message: Message) -> str:
    """Subject and text, escaped."""
    return escaped(_cut(f"{message.subject}\n{message.text}".strip()))


def blocks_of(message: Message) -> dict[str, Any]:
    """A message to a target: blocks with the title, the text and a link to the account.

    The text beside them is what notifications show, and chats that know no blocks.
    """
    link = f"<{escaped(message.link)}|Open {escaped(message.link_label)}>" if message.link else ""
    told = f"*{escaped(message.subject)}*\n{escaped(_cut(message.text))}".strip()
    blocks = [_section(told), *([_section(link)] if link else [])]
    return {"text": f"{text_of(message)}\n{link}".strip(), "blocks": blocks}


def escaped(text: str) -> str:
    """As chats want it: three signs are markup, and nobody is called by accident.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EVERYBODY.sub("@\u200b", plain)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3_000]}}


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


CHANNEL: Channel = ChatChannel()
