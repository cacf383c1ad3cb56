"""Reads of users and keys."""

from mainstay.common import ids
from mainstay.people.models import User


def user_of_api_key(secret: str) -> User | None:
    """The active user an API key acts for; None when the key is unknown or revoked."""
    return User.objects.filter(
        api_keys__secret_hash=ids.hash_secret(secret), api_keys__revoked_at=None, is_active=True
    ).first()
