"""Who calls: a bearer API key, or the session of a signed-in browser. Both act with their user's role."""

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.session import SessionAuth

from mainstay.people.models import User
from mainstay.people.selectors import user_of_api_key


class ApiKeyAuth(HttpBearer):
    """`Authorization: Bearer ma_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user the key acts for; None refuses."""
        return user_of_api_key(token)


class BrowserAuth(SessionAuth):
    """The session of somebody who is signed in, with its CSRF token. Others are asked for a key, not for a token."""

    def __call__(self, request: HttpRequest) -> User | None:
        """The user of the session; None refuses."""
        if "Authorization" in request.headers or not request.user.is_authenticated:
            return None
        user: User | None = super().__call__(request)
        return user


def caller(request: HttpRequest) -> User:
    """The user that the key or the session acts for."""
    user = getattr(request, "auth", None)
    assert isinstance(user, User)
    return user


AUTH = [ApiKeyAuth(), BrowserAuth()]
