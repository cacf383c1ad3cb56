"""Every segment: how many are in it, who came and went this week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.people.models import Role
from mainstay.segments.models import Segment
from mainstay.segments.selectors import Moves, moves_since, visible_segments
from mainstay.web.http import user_of
from mainstay.web.moment import moment_of

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """A segment with its week."""

    segment: Segment
    moves: Moves


@dataclass(frozen=True)
class Page:
    """The context of the template."""

    rows: Sequence[Row]
    may_edit: bool


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The page."""
    user, now = user_of(request), moment_of(request).now
    moves = moves_since(now - WEEK, now)
    segments = visible_segments(user).select_related("owner")
    rows = [Row(segment, moves.get(segment.pk, Moves())) for segment in segments]
    page = Page(rows=rows, may_edit=user.has_role(Role.CSM))
    return render(request, "segments/segments.html", {"page": page, "title": "Segments"})
