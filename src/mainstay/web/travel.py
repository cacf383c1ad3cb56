"""Looking at the past, for every page at once: links keep the date, nothing can be changed, and the page says so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET

from mainstay.common.errors import MainstayError
from mainstay.people.models import Role, User
from mainstay.web.http import error_response, user_of
from mainstay.web.moment import Moment, asked_of, moment_of

# Not asked again on another page: they belong to the place in a list.
_PLACES = ("as_of", "known", "after", "before", "page")
_TAG = re.compile(r"<[a-z][^>]*>")
_LINK = re.compile(r'\b(href|action|formaction|hx-get|hx-post)="([/?][^"]*)"')


class ReadOnly(MainstayError):
    """Something would be changed while the past is shown."""

    code = "read_only"
    status = 409


@dataclass(frozen=True)
class Travel:
    """What the shell says of the moment. `shows_past` False: this page shows the present all the same."""

    moment: Moment
    shows_past: bool
    now_url: str
    known_urls: tuple[tuple[str, str, bool], ...]
    path: str
    kept: Mapping[str, str]

    @property
    def day(self) -> date:
        """The day that is looked at."""
        return self.moment.at.date()


class TimeTravel:
    """Takes `?as_of=` of every request. Whoever looks at the past is a viewer there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        moment: Moment | None = getattr(request, "moment", None)
        if moment is not None and moment.is_past and isinstance(response, HttpResponse):
            _keep_date(response, moment.query)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Refuses what writes, before the view is asked."""
        is_api = request.path.startswith("/api/")
        if is_api and request.method in ("GET", "HEAD"):
            return None  # it takes `as_of` itself
        try:
            moment = moment_of(request)
            if request.method not in ("GET", "HEAD") and not getattr(view, "is_harmless", False):
                _refuse_in_the_past(request)
        except MainstayError as error:
            if is_api:
                return JsonResponse(error.as_dict(), status=error.status)
            return error_response(request, error)
        if moment.is_past and isinstance(request.user, User):
            request.user.limited_to = Role.VIEWER
        request.shows_past = getattr(view, "shows_the_past", False)  # type: ignore[attr-defined]
        return None


def harmless[View: Callable[..., object]](view: View) -> View:
    """The view may be posted to while the past is shown: it changes nothing of any account."""
    view.is_harmless = True  # type: ignore[attr-defined]
    return view


def travel_of(request: HttpRequest) -> Travel | None:
    """What the shell says of the past that a request shows; None for the present."""
    moment: Moment | None = getattr(request, "moment", None)
    if moment is None or not moment.is_past:
        return None
    kept = {name: str(value) for name, value in request.GET.items() if name not in _PLACES}
    dated = Moment(moment.now, moment.as_of).query
    known = (("Known now", f"?{urlencode(kept)}&{dated}", moment.known == "now"),
             ("Known then", f"?{urlencode(kept)}&{dated}&known=then", moment.known == "then"))  # fmt: skip
    return Travel(
        moment=moment,
        shows_past=getattr(request, "shows_past", False),
        now_url=f"{request.path}?{urlencode(kept)}" if kept else request.path,
        known_urls=known,
        path=request.path,
        kept=kept,
    )


@require_GET
def look_back(request: HttpRequest) -> HttpResponse:
    """Ask for the day the page of `next` is to be shown as of."""
    here = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(here, allowed_hosts=None):
        here = "/"
    parts = urlsplit(here)
    kept = {name: value for name, value in parse_qsl(parts.query) if name not in _PLACES}
    context: dict[str, Any] = {"title": "Look back", "path": parts.path, "kept": kept}
    context |= {"last": moment_of(request).now.date(), "may_see_days": user_of(request).has_role(Role.MANAGER)}
    return render(request, "look-back.html", context)


def _refuse_in_the_past(request: HttpRequest) -> None:
    """A form is sent to an address of its own; the page it stands on is what says that the past is shown."""
    came_from = dict(parse_qsl(request.headers.get("Referer", "").partition("?")[2]))
    text = asked_of(request).get("as_of") or came_from.get("as_of")
    if text:
        raise ReadOnly(f"You are looking at {text}, and the past cannot be changed. Go back to now first.")


def _keep_date(response: HttpResponse, query: str) -> None:
    for header in ("Location", "HX-Redirect"):
        if header in response and response[header].startswith("/"):
            response[header] = _dated(response[header], query)
    if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
        response.content = keep_date(response.content.decode(), query).encode()
        if "Content-Length" in response:
            response["Content-Length"] = str(len(response.content))


def keep_date(page: str, query: str) -> str:
    """The page with `query` added to its links and forms. Tags marked `data-now` lead back to the present."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parse_qsl(query)
    )

    def each(tag: re.Match[str]) -> str:
        text = tag[0]
        if "data-now" in text or text.startswith(("<link", "<use", "<script", "<img")):
            return text
        if text.startswith("<form") and 'method="get"' in text:
            # A browser leaves out the query of the address of such a form: its fields are the query.
            return text + hidden
        return _LINK.sub(lambda link: f'{link[1]}="{escape(_dated(unescape(link[2]), query))}"', text)

    return _TAG.sub(each, page)


def _dated(url: str, query: str) -> str:
    if "as_of=" in url:
        return url
    address, mark, place = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{place}".replace("?&", "?")
