"""Who calls: a bearer API key, or the session of a signed-in browser. Both act with their user's role."""

from django.http import HttpRequest
from ninja.security import HttpBearer, django_auth

from mainstay.people.models import User
from mainstay.people.selectors import user_of_api_key


class ApiKeyAuth(HttpBearer):
    """`Authorization: Bearer ma_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user the key acts for; None refuses."""
        return user_of_api_key(token)


AUTH = [ApiKeyAuth(), django_auth]
