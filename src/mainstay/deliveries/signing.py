"""Signatures of webhooks as Standard Webhooks 1.0 has them (https://www.standardwebhooks.com). Pure."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
# The specification asks for 24 to 64 bytes.
_BYTES = 32


def new_secret() -> str:
    """A secret as receivers take it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(id: str, body: bytes, *, with_secrets: Iterable[str], timestamp: int) -> dict[str, str]:
    """What goes with the body. `timestamp`: the second at which this attempt leaves, since 1970.

    A signature for each secret: while one is replaced, receivers know the old one or the new.
    """
    content = b"%s.%d.%s" % (id.encode(), timestamp, body)
    signatures = [f"v1,{_signature(secret, content)}" for secret in with_secrets]
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signatures)}


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
