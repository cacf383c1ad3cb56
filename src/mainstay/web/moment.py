"""The instant a page shows: now, or the one of `?as_of=`.

A page that can show the past asks `moment_of(request)` for it, and wears `@shows_the_past` below its method decorator:

    @require_GET
    @shows_the_past
    def portfolio(request): ...
        moment = moment_of(request)      # moment.is_past, moment.at, moment.kept_day, moment.known

The rest is done by `web.travel` for every page: the banner, links and forms that keep the date, and that nothing can be
changed (whoever looks at the past has the role of a viewer there, and whatever writes is refused). A page without the
mark shows the present, and the banner says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.utils.http import urlencode

from mainstay.common.errors import Invalid
from mainstay.common.time import parse_as_of, utc_now
from mainstay.lake.days import Known
from mainstay.web.http import page_of


@dataclass(frozen=True)
class Moment:
    """The instant a page shows. `as_of` None: now.

    `known`: of a past day, the values with all that has arrived since, or those recorded when the day ended.
    """

    now: datetime
    as_of: datetime | None = None
    known: Known = Known.NOW

    @property
    def is_past(self) -> bool:
        """True when an earlier instant is shown: read-only."""
        return self.as_of is not None

    @property
    def at(self) -> datetime:
        """Everything shown was known strictly before it."""
        return self.as_of or self.now

    @property
    def day(self) -> date:
        """The last day of which something was known: at a midnight, the day before."""
        return (self.at.astimezone(UTC) - timedelta(microseconds=1)).date()

    @property
    def kept_day(self) -> date | None:
        """The day whose history tells this instant: the one that ended at it. None for now and within a day."""
        return self.day if self.as_of is not None and self._is_midnight else None

    @property
    def query(self) -> str:
        """For links that keep the instant."""
        if self.as_of is None:
            return ""
        day = self.as_of.astimezone(UTC).date().isoformat()
        values = {"as_of": day if self._is_midnight else self.as_of.isoformat()}
        return urlencode(values | ({"known": self.known} if self.known is Known.THEN else {}))

    @property
    def then_query(self) -> str:
        """For a link to the same instant as it was known then."""
        return replace(self, known=Known.THEN).query

    @property
    def _is_midnight(self) -> bool:
        return self.at.astimezone(UTC).time() == datetime.min.time()


def moment_of(request: HttpRequest) -> Moment:
    """The moment of a request; parts that htmx asks for have the one of their page. Raises Invalid for a bad date."""
    found: Moment | None = getattr(request, "moment", None)
    if found is None:
        found = _parse(request)
        request.moment = found  # type: ignore[attr-defined]
    return found


def shows_the_past[View: Callable[..., object]](view: View) -> View:
    """The view shows the moment of the request, not the present."""
    view.shows_the_past = True  # type: ignore[attr-defined]
    return view


def with_query(url: str, *queries: str) -> str:
    """The address with those query strings that are not empty."""
    query = "&".join(part for part in queries if part)
    return f"{url}?{query}" if query else url


def _parse(request: HttpRequest) -> Moment:
    now, values = utc_now(), asked_of(request)
    text = values.get("as_of", "")
    if not text:
        return Moment(now)
    as_of = parse_as_of(text)
    if as_of > now:
        raise Invalid(f"as_of is {text}, which is still to come. Choose a day up to today.")
    return Moment(now, as_of, Known.THEN if values.get("known") == Known.THEN else Known.NOW)


def asked_of(request: HttpRequest) -> dict[str, str]:
    """`as_of` and `known` of the address; of what htmx asks for without them, those of the page that asks."""
    if "as_of" in request.GET:
        return request.GET.dict()
    page = parse_qs(urlsplit(page_of(request)).query)
    return {name: page[name][-1] for name in ("as_of", "known") if name in page}
