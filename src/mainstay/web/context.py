"""What every page needs around its own content."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from mainstay.alerts.selectors import unseen_count
from mainstay.common.time import utc_now
from mainstay.deliveries.stopping import current_stop
from mainstay.ingest.sources import Freshness, freshness
from mainstay.people.models import Role, User
from mainstay.web.nav import daily_items, operations_items, workspace_items
from mainstay.web.people.forms import DENSITIES, THEMES
from mainstay.web.travel import travel_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """`now`, the layout, the user's theme and density, and the navigation, counted only when it is drawn.

    `now` is the instant that is looked at, also in the past. `layout`: forms extend it. For htmx it is the inside of
    the dialog, else a page of its own.
    """
    travel = travel_of(request)
    context: dict[str, Any] = {
        "now": travel.moment.at if travel and travel.shows_past else utc_now(),
        "travel": travel,
        "theme": "auto",
        "density": "normal",
        "here": urlencode({"next": request.get_full_path()}),
        "next_url": request.POST.get("next") or request.GET.get("next", ""),
        "themes": THEMES,
        "densities": DENSITIES,
        "layout": "layouts/dialog.html" if is_for_dialog(request) else "layouts/narrow.html",
    }
    user = getattr(request, "user", None)
    if isinstance(user, User):
        context |= {
            "theme": user.theme,
            "density": user.density,
            "is_administrator": user.has_role(Role.ADMINISTRATOR),
            "alert_count": cache(lambda: unseen_count(user)),
            # What is late now says nothing of a day in the past.
            "late_sources": SimpleLazyObject(lambda: [] if travel else _late_sources()),
            "sending_stop": SimpleLazyObject(current_stop),
            "may_resume": user.has_role(Role.MANAGER),
            "nav_items": SimpleLazyObject(lambda: daily_items(request, user, is_past=travel is not None)),
            "operations_items": SimpleLazyObject(lambda: operations_items(request)),
            "workspace_items": SimpleLazyObject(lambda: workspace_items(request, user)),
        }
    return context


def _late_sources() -> list[Freshness]:
    return [one for one in freshness(utc_now()).values() if one.is_late]


def is_for_dialog(request: HttpRequest) -> bool:
    """True when htmx will put the answer into the page's dialog."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and (htmx.target or "").endswith("#dialog")
