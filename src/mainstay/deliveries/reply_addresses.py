"""Signed addresses for answers: `replies+TOKEN@example.com` says which message is answered, whatever headers get lost.

The token is the id of the message and a short signature, in letters that no mail server changes: small ones and digits.
"""

from base64 import b32encode
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "mainstay.deliveries.reply"
_SIGNATURE = 12


def reply_address(delivery: UUID) -> str:
    """The address answers to a message go to; empty where the installation takes none."""
    local, _, domain = parseaddr(settings.REPLY_ADDRESS)[1].partition("@")
    return f"{local}+{delivery.hex}{_signature(delivery, settings.SECRET_KEY)}@{domain}" if domain else ""


def delivery_of(address: str) -> UUID | None:
    """The message that an address of ours stands for; None for any other, and for one that we did not sign."""
    local, _, domain = address.strip().lower().partition("@")
    name, _, token = local.rpartition("+")
    own_local, _, own_domain = parseaddr(settings.REPLY_ADDRESS)[1].lower().partition("@")
    if (name, domain) != (own_local, own_domain) or not own_domain or len(token) != 32 + _SIGNATURE:
        return None
    try:
        delivery = UUID(token[:32])
    except ValueError:
        return None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    known = any(constant_time_compare(token[32:], _signature(delivery, key)) for key in keys)
    return delivery if known else None


def _signature(delivery: UUID, key: str) -> str:
    digest = salted_hmac(_SALT, delivery.hex, secret=key, algorithm="sha256").digest()
    return b32encode(digest).decode().lower()[:_SIGNATURE]
