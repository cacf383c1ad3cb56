"""Every segment: how many are in it, who came and went this week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.segments.models import Segment
from mainstay.segments.selectors import Moves, moves_since, visible_segments
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.moment import moment_of

WEEK = timedelta(days=7)
_HEADS = ("segment", "name", "accounts", "entered_7d", "left_7d", "condition", "description", "shared", "owner")


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
    user = user_of(request)
    page = Page(rows=_rows(user, moment_of(request).now), may_edit=user.has_role(Role.CSM))
    return render(request, "segments/segments.html", {"page": page, "title": "Segments"})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as CSV."""
    user, moment = user_of(request), moment_of(request)
    record_audit(user, "segments.list_exported", "segments")
    return csv_response(f"segments-{moment.now:%Y-%m-%d}", _HEADS, _lines(_rows(user, moment.now)))


def _rows(user: User, now: datetime) -> list[Row]:
    moves = moves_since(now - WEEK, now)
    return [Row(one, moves.get(one.pk, Moves())) for one in visible_segments(user).select_related("owner")]


def _lines(rows: Sequence[Row]) -> Iterator[Sequence[object]]:
    for row in rows:
        one, moves = row.segment, row.moves
        owner = one.owner.email if one.owner else ""
        yield (
            one.key, one.name, one.member_count, moves.entered, moves.left, one.condition, one.description,
            one.is_shared, owner,
        )  # fmt: skip
