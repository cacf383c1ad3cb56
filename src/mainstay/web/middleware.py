"""Signed-out visitors go to sign-in; our own errors become pages; times are those of the user."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from mainstay.common.calendars import zone_of
from mainstay.common.errors import Invalid, MainstayError
from mainstay.people.models import User
from mainstay.web.http import error_response


class SignInFirst(LoginRequiredMiddleware):
    """Every page needs a signed-in user. The HTTP API answers for itself, with 401 instead of a redirect."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        """Leaves the API alone."""
        if request.path.startswith("/api/"):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


# SQLite looks for no text of more than 50,000 bytes; servers cut addresses off at 65,536.
LONGEST_QUERY = 40_000


class CleanAddresses:
    """No text that is kept has the letter zero, and PostgreSQL takes none to compare with either; nor is any a book."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Says so, before the view looks for it."""
        query = request.META.get("QUERY_STRING", "")
        if request.path.startswith("/api/") and b"\\u0000" in request.body:
            reason = "is right, but what it was sent holds a letter that no text has (\\u0000). Leave it out"
        elif "\0" in request.path or "%00" in query:
            reason = "holds a letter that no text has (%00): it was mangled on its way. Follow a link to the page"
        elif len(query) > LONGEST_QUERY:
            reason = f"has {len(query):,} letters, and is longer than any page asks for. Follow a link to the page"
        else:
            return None
        error = Invalid(f"The address {reason}.")
        if request.path.startswith("/api/"):
            return JsonResponse(error.as_dict(), status=error.status)
        return error_response(request, error)


class ErrorPages:
    """A `MainstayError` raised by a view becomes a page with its message and its HTTP status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Everything else is a fault of ours and stays a 500."""
        if not isinstance(exception, MainstayError):
            return None
        return error_response(request, exception)


class UserTimeZone:
    """Times on pages are those of the user's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        with timezone.override(zone_of(user.time_zone)):
            return self.get_response(request)
