"""Who may read messages in the app: whose server signed her user id with the secret of this installation.

A secret is derived from the secret key of the installation and a salt, and only the salt is kept: a copy of the
database tells nobody how to sign. A former secret key (`MAINSTAY_SECRET_KEY_FALLBACKS`) keeps its secrets good.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

from django.conf import settings

PREFIX = "mi_"
_PURPOSE = "mainstay.in-app"


def new_salt() -> str:
    """What a new secret is derived from."""
    return secrets.token_hex(16)


def secret_of(salt: str, *, secret_key: str = "") -> str:
    """The secret of this salt: `mi_` and 43 letters. `secret_key` empty: the one in force."""
    key = secret_key or settings.SECRET_KEY
    digest = hmac.new(key.encode(), f"{_PURPOSE}\x1f{salt}".encode(), sha256).digest()
    return PREFIX + urlsafe_b64encode(digest).rstrip(b"=").decode()


def sign(user: str, secret: str) -> str:
    """What the customer's server computes: HMAC-SHA256 of the user id with the secret, in hex."""
    return hmac.new(secret.encode(), user.encode(), sha256).hexdigest()


def is_signed(user: str, signature: str, salts: Iterable[str]) -> bool:
    """Whether one of the secrets signed this user id. Takes as long for a wrong signature as for a right one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = signature.strip().lower().encode()
    right = [
        hmac.compare_digest(sign(user, secret_of(salt, secret_key=key)).encode(), given)
        for salt in salts
        for key in keys
    ]
    return any(right)
