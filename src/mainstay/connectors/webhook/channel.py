"""Events to targets: a POST of JSON, signed. The id is that of the delivery, so that a receiver tells a repeat."""

import time

from mainstay.deliveries import posting, signing
from mainstay.deliveries.channel import Channel, DeliveryError, DeliveryUnsure, Message, Receipt


class WebhookChannel:
    """What may have been taken is sent again: the receiver knows it by its `webhook-id`."""

    kind = "webhook"
    recognises_repeats = True

    def problem(self) -> str | None:
        """None: each target has a URL of its own."""
        return None

    def send(self, message: Message) -> Receipt:
        """Post its text, which is the JSON of the event, as it stands."""
        if message.address is None:
            raise DeliveryError("An event goes to a target, and this message has none.", permanent=True)
        body = message.text.encode()
        # Signed as of the moment it leaves: receivers refuse what is older than some minutes.
        signed = signing.headers(
            webhook_id(message), body, with_secrets=message.address.secrets, timestamp=int(time.time())
        )
        try:
            answer = posting.post(message.address.url, body, {"Content-Type": "application/json", **signed})
        except DeliveryUnsure as error:
            raise DeliveryError(f"{error.message} It is sent again under the same id.") from error
        if not answer.is_taken:
            raise posting.refused(answer, message.recipient)
        return Receipt(detail=f"Taken with status {answer.status} as {webhook_id(message)}.")


def webhook_id(message: Message) -> str:
    """The same for every attempt."""
    return f"msg_{message.id.hex}"


CHANNEL: Channel = WebhookChannel()
