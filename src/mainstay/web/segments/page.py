"""A segment: who is in it and since when, who came and went, how its size moved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from mainstay.common.time import DAY
from mainstay.conditions import ConditionError
from mainstay.conditions.describing import describe
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.scores import history
from mainstay.scores.models import Health
from mainstay.segments.fields import condition_fields
from mainstay.segments.models import Membership, Segment
from mainstay.segments.selectors import Moves, condition, get_segment, members_at, moves_since, sizes
from mainstay.segments.services import shipped
from mainstay.web import svg
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, page_number, user_of
from mainstay.web.moment import Moment, moment_of, shows_the_past
from mainstay.web.segments.listing import WEEK
from mainstay.web.segments.uses import Use, uses_of

PAGE_SIZE = 50
SHOWN_MOVES = 20
CHART_DAYS = 182
_NO_SCORE: Mapping[str, Any] = {"score": None, "band": "unknown", "coverage": None}
_HEADS = ("account", "name", "owner", "entered_at", "left_at", "by_rule")


@dataclass(frozen=True)
class Member:
    """A stay with the health of its account."""

    stay: Membership
    score: int | None
    band: str
    coverage: float | None


@dataclass(frozen=True)
class Move:
    """An account that came or went. `is_by_rule`: because the condition was changed, not the account."""

    stay: Membership
    at: datetime
    is_entry: bool
    is_by_rule: bool


@dataclass(frozen=True)
class Page:
    """The context of the template."""

    segment: Segment
    in_words: str
    members: Sequence[Member]
    total: int
    week: Moves
    moves: Sequence[Move]
    chart: SafeString
    has_rule_mark: bool
    text: str
    previous_url: str
    next_url: str
    portfolio_url: str
    may_edit: bool
    may_remove: bool
    is_past: bool
    uses: Sequence[Use]


@require_GET
@shows_the_past
def segment(request: HttpRequest, key: str) -> HttpResponse:
    """The page, or only its members for htmx."""
    user, moment = user_of(request), moment_of(request)
    found = get_segment(key, user)
    stays = members_at(found, moment.at)
    total, at = stays.count(), (page_number(request) - 1) * PAGE_SIZE
    markers = _markers(found, moment)
    series = sizes(found, moment.day - CHART_DAYS * DAY, moment.day + DAY)
    page = Page(
        segment=found,
        in_words=_in_words(found),
        members=_members(list(_ordered(stays)[at : at + PAGE_SIZE]), moment),
        total=total,
        week=moves_since(moment.at - WEEK, moment.at).get(found.pk, Moves()),
        moves=_moves(found, moment.at),
        chart=svg.size(series, label=f"Accounts in {found.name} by day", one="account", markers=markers),
        has_rule_mark=bool(markers),
        text=f"{at + 1:,} to {min(at + PAGE_SIZE, total):,} of {total:,}" if total else "",
        previous_url=_url(found, at // PAGE_SIZE) if at else "",
        next_url=_url(found, at // PAGE_SIZE + 2) if at + PAGE_SIZE < total else "",
        portfolio_url=f"{reverse('portfolio')}?{urlencode({'segment': key})}",
        may_edit=may_change(user, found),
        may_remove=may_change(user, found) and key not in shipped(),
        is_past=moment.is_past,
        uses=uses_of(key),
    )
    template = "segments/members.html" if is_htmx(request) else "segments/segment.html"
    return render(request, template, {"page": page, "title": found.name})


@require_GET
@shows_the_past
def export(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """Every stay in the segment as CSV, the present ones first."""
    user, moment = user_of(request), moment_of(request)
    found = get_segment(key, user)
    record_audit(user, "segments.exported", f"segment:{key}")
    return csv_response(f"segment-{key}-{moment.day}", _HEADS, _lines(found, moment.at))


def _lines(segment: Segment, at: datetime) -> Iterator[Sequence[object]]:
    stays = segment.memberships.filter(entered_at__lte=at).select_related("account__owner")
    for stay in stays.order_by("-left_at", "account__name", "pk").iterator(500):
        account, left_at = stay.account, stay.left_at if stay.left_at and stay.left_at <= at else None
        is_by_rule = segment.condition_since is not None and stay.entered_at == segment.condition_since
        owner = account.owner.email if account.owner else None
        yield (account.key, account.name, owner, stay.entered_at, left_at, is_by_rule)


def _in_words(segment: Segment) -> str:
    try:
        return describe(condition(segment.condition).node, condition_fields())
    except ConditionError:
        return ""


def _ordered(stays: QuerySet[Membership]) -> QuerySet[Membership]:
    return stays.select_related("account__owner").order_by("-entered_at", "account__name", "pk")


def _members(stays: Sequence[Membership], moment: Moment) -> list[Member]:
    ids = [stay.account_id for stay in stays]
    if moment.is_past:
        kept = history.of_day(moment.kept_day, ids) if moment.kept_day else {}
        return [Member(stay, **kept.get(stay.account_id, _NO_SCORE)) for stay in stays]
    scores = Health.objects.filter(pk__in=ids).values("pk", *_NO_SCORE)
    found = {score.pop("pk"): score for score in scores}
    return [Member(stay, **found.get(stay.account_id, _NO_SCORE)) for stay in stays]


def _moves(segment: Segment, at: datetime) -> list[Move]:
    """The latest who came and went, the latest first; the first filling and changes of the rule apart."""
    since = segment.condition_since
    stays = segment.memberships.select_related("account")
    entries = stays.filter(entered_at__lte=at).order_by("-entered_at", "account__name")[:SHOWN_MOVES]
    exits = stays.filter(left_at__lte=at).order_by("-left_at", "account__name")[:SHOWN_MOVES]
    moves = [Move(stay, stay.entered_at, is_entry=True, is_by_rule=stay.entered_at == since) for stay in entries]
    moves += [
        Move(stay, stay.left_at, is_entry=False, is_by_rule=stay.left_at == since) for stay in exits if stay.left_at
    ]
    return sorted(moves, key=lambda move: move.at, reverse=True)[:SHOWN_MOVES]


def _markers(segment: Segment, moment: Moment) -> list[svg.Marker]:
    """The day the condition was changed: what moved then was not the customers."""
    since = segment.condition_since
    if since is None or not moment.day - CHART_DAYS * DAY < since.date() <= moment.day:
        return []
    return [svg.Marker(since.date(), "version")]


def _url(segment: Segment, number: int) -> str:
    return f"{reverse('segment', args=[segment.key])}?page={number}"


def may_change(user: User, segment: Segment) -> bool:
    """Shared segments are a manager's; others their owner's."""
    return user.has_role(Role.MANAGER) if segment.is_shared else user.pk == segment.owner_id and user.has_role(Role.CSM)
