"""Ids: derived from content where work may be repeated, random where secrets are made."""

import hashlib
import secrets
import string
from uuid import UUID, uuid5

# A fixed namespace of our own, so that the same content gives the same id in every installation.
_NAMESPACE = UUID("6d0f2f5e-3c0a-5b51-9d0e-1b6f0a7c1f42")

# Without - and _: a double click takes the whole of it. 33 letters of 62 are 196 bits.
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 33


def derived_id(kind: str, *parts: object) -> UUID:
    """The same kind and parts always give the same id, so a repeat is a no-op."""
    return uuid5(_NAMESPACE, "\x1f".join([kind, *(str(part) for part in parts)]))


def new_secret(prefix: str) -> str:
    """A random secret that says what it is: `mw_…` for write keys."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}"


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Enough for random secrets of 196 bits, which cannot be guessed from a dictionary."""
    return hashlib.sha256(secret.encode()).hexdigest()
