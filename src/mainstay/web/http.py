"""Small helpers of views: toasts, ends of forms, roles."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from mainstay.common.errors import MainstayError
from mainstay.people.access import require_role
from mainstay.people.models import Role, User

HEADINGS = {403: "Not allowed", 404: "Not found", 409: "Not now"}

# Ids have 64 bits, and so have offsets, which are pages times their rows.
_MOST_DIGITS, _MOST_PAGES = 18, 10**6

type View = Callable[..., HttpResponse]


def user_of(request: HttpRequest) -> User:
    """The signed-in user. Pages are behind sign-in, so there is one."""
    assert isinstance(request.user, User)
    return request.user


def needs_role(role: Role) -> Callable[[View], View]:
    """The view answers only users whose role includes `role`; the others get the 403 page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require_role(user_of(request), role)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def toast(request: HttpRequest, text: str, *, undo: str = "", kind: str = "success") -> None:
    """Say `text` on the next page. `undo`: the URL a POST goes to to take it back. `kind`: success, error."""
    level = messages.ERROR if kind == "error" else messages.SUCCESS
    messages.add_message(request, level, text, extra_tags=f"undo:{undo}" if undo else "")


def error_response(request: HttpRequest, error: MainstayError) -> HttpResponse:
    """The page of an error of ours; for htmx a toast, and the part of the page that asked stays as it is."""
    if is_htmx(request):
        toast(request, error.message, kind="error")
        response = render(request, "parts/toasts.html", {"oob": True}, status=error.status)
        response["HX-Reswap"] = "none"
        return response
    context = {"error": error, "heading": HEADINGS.get(error.status, "That did not work"), "back": _came_from(request)}
    return render(request, "error.html", context, status=error.status)


def whole_number(text: str) -> int | None:
    """A whole number of an address or a form; None for what is none, or larger than the id of anything."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def page_number(request: HttpRequest) -> int:
    """`?page=`, counted from 1; what is no page of a list is the first."""
    number = whole_number(request.GET.get("page", ""))
    return number if number is not None and 1 <= number <= _MOST_PAGES else 1


def _came_from(request: HttpRequest) -> str:
    """The page of ours whose form was sent, for the way back to it; empty when it was another one or this very one."""
    url = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours and request.method == "POST" and url != request.build_absolute_uri() else ""


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Where to go after a form: `next` of the form when it is the path of a page of ours, else `fallback`."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    # What is no path would be taken for the name of a view.
    if url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return fallback


def done(request: HttpRequest, url: str) -> HttpResponse:
    """The end of a form that worked: back to where it was opened. In a dialog the page below is loaded again and
    keeps its place; without script `next` of the form says where to go, else `url`."""
    if is_htmx(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(safe_next(request, url))


def go(request: HttpRequest, url: str) -> HttpResponse:
    """The end of a form that leads somewhere new."""
    return HttpResponse(headers={"HX-Redirect": url}) if is_htmx(request) else redirect(url)


def is_htmx(request: HttpRequest) -> bool:
    """True for requests that htmx made to change a part of the page."""
    return bool(getattr(request, "htmx", None))


def target_of(request: HttpRequest) -> str:
    """The element that htmx will put the answer into, such as `div#part`; empty when it is not htmx that asks."""
    htmx = getattr(request, "htmx", None)
    return (htmx and htmx.target) or ""


def page_of(request: HttpRequest) -> str:
    """The path and query of the page that made this htmx request; `/` when it is not one of ours."""
    htmx = getattr(request, "htmx", None)
    try:
        return (htmx and htmx.current_url_abs_path) or "/"
    except ValueError:  # no address at all
        return "/"
