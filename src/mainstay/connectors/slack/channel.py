"""Chat through the incoming webhook that a user gave in her profile. Recipients are users, by their e-mail."""

from mainstay.alerts.selectors import webhook_of
from mainstay.connectors.slack.webhook import Answer, post_json
from mainstay.deliveries.channel import Channel, DeliveryError, Message, Receipt

# Nobody reads more in a chat; the rest is behind the links.
MOST_CHARACTERS = 2_000


class ChatChannel:
    """One text a message; the other side has no way to recognise a repeat."""

    kind = "chat"
    recognises_repeats = False

    def problem(self) -> str | None:
        """None: each user has an address of her own."""
        return None

    def send(self, message: Message) -> Receipt:
        """Post it."""
        url = webhook_of(message.recipient)
        if not url:
            raise DeliveryError(
                f"{message.recipient} has given no chat webhook; it is set under Alerts in the profile.", permanent=True
            )
        answer = post_json(url, {"text": text_of(message)})
        if 200 <= answer.status < 300:
            return Receipt(detail=f"Taken with status {answer.status}.")
        raise refusal(answer)


def text_of(message: Message) -> str:
    """Subject and text, as Slack wants them: three signs are its markup and must be escaped."""
    text = f"{message.subject}\n{message.text}".strip()
    cut = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    # https://docs.slack.dev/messaging/formatting-message-text#escaping
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def refusal(answer: Answer) -> DeliveryError:
    """Why it did not go. A webhook that was removed stays so: 403, 404, 410 are for good; too many and 5xx are not."""
    said = answer.text.strip() or "nothing"
    is_permanent = 300 <= answer.status < 500 and answer.status not in (408, 429)
    return DeliveryError(f"The chat refused the message: {answer.status}, {said}.", permanent=is_permanent)


CHANNEL: Channel = ChatChannel()
