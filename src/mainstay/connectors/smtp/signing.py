"""DKIM (RFC 6376): mails are signed as they leave, where a key is set and the mail is from its domain."""

import email
import email.message
import email.policy
from email.policy import Policy
from email.utils import parseaddr
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

# What a reader relies on, and what makes one click unsubscribe (RFC 8058, 4: those two must be signed).
_HEADERS = (
    b"From", b"Reply-To", b"To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"MIME-Version",
    b"Content-Type", b"List-Unsubscribe", b"List-Unsubscribe-Post",
)  # fmt: skip

_SEVEN_BITS = email.policy.SMTP.clone(cte_type="7bit")
_EXACT = _SEVEN_BITS.clone(refold_source="none")


def problem() -> str | None:
    """Why mails cannot be signed though a key is set; None when they can, or need not be."""
    return _problem(settings.DKIM_KEY, settings.DKIM_DOMAIN) if settings.DKIM_KEY else None


@lru_cache(maxsize=4)
def _problem(key: str, domain: str) -> str | None:
    if find_spec("dkim") is None:
        return "MAINSTAY_DKIM_KEY is set, but the package that signs is not installed: pip install 'mainstay[dkim]'."
    try:
        sign(b"From: a@" + domain.encode() + b"\r\n\r\n")
    except ValueError as error:
        return f"MAINSTAY_DKIM_KEY cannot be used: {error}. It is the text of a PEM file with an RSA private key."
    return None


def sign(content: bytes) -> bytes:
    """The signature header of a mail, with its line end. ValueError when the key is none."""
    dkim = import_module("dkim")  # an extra: an installation that does not sign goes without
    try:
        signature = dkim.sign(
            content,
            settings.DKIM_SELECTOR.encode(),
            settings.DKIM_DOMAIN.encode(),
            settings.DKIM_KEY.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=_HEADERS,
        )
    except dkim.DKIMException as error:
        raise ValueError(str(error)) from error
    return cast(bytes, signature)


class SignedMail(EmailMultiAlternatives):
    """A mail that is signed when it is made into bytes. From another domain than the key's, it goes unsigned."""

    # For providers (anymail): what they give back with what they tell.
    metadata: dict[str, str]

    def message(self, *, policy: Policy | None = None) -> email.message.EmailMessage:
        """The message, whose bytes are those that were signed: seven bits, so that no server on its way rewrites it."""
        if not settings.DKIM_KEY or not _is_from(settings.DKIM_DOMAIN, self.from_email):
            return super().message(policy=policy or email.policy.default)
        content = super().message(policy=_SEVEN_BITS).as_bytes()
        return email.message_from_bytes(sign(content) + content, policy=_EXACT)


def _is_from(domain: str, sender: str) -> bool:
    return parseaddr(sender)[1].rpartition("@")[2].lower() == domain.lower()
