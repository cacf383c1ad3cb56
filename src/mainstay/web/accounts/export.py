"""The Portfolio as CSV: the accounts of a filter in its order, or the ticked ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account
from mainstay.common.errors import NotFound
from mainstay.common.time import utc_now
from mainstay.people.services import record_audit
from mainstay.segments.selectors import visible_segments
from mainstay.web.accounts import query
from mainstay.web.accounts.columns import parse_sort
from mainstay.web.accounts.filters import parse_filter
from mainstay.web.accounts.past_book import PastBook, latest_kept
from mainstay.web.accounts.rows import Row, rows
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of, whole_number
from mainstay.web.moment import moment_of, shows_the_past
from mainstay.web.travel import harmless

CHUNK = 500
HEADS = (
    "key", "name", "domain", "industry", "tier", "stage", "owner", "score", "band", "change_7d", "cause", "coverage",
    "arr", "seats", "seats_used", "days_to_renewal", "open_tasks",
)  # fmt: skip


@require_GET
@shows_the_past
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All accounts of the filter of the address."""
    user = user_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    chosen = parse_filter(request.GET.dict(), segments)
    record_audit(user, "accounts.exported", "accounts", filter=dict(chosen.values))
    sort, book = parse_sort(request.GET.get("sort", "")), _book(request)
    if book is not None:
        return _past_response(book, batched(book.all_ids(chosen, sort), CHUNK))
    return _response(query.all_ids(chosen, sort, size=CHUNK), utc_now())


@require_POST
@harmless
def export_selected(request: HttpRequest) -> StreamingHttpResponse:
    """The ticked accounts, by name."""
    ticked = [pk for text in request.POST.getlist("account") if (pk := whole_number(text)) is not None]
    ids = list(Account.objects.filter(pk__in=ticked).values_list("pk", flat=True))
    record_audit(user_of(request), "accounts.exported", "accounts", accounts=len(ids))
    book = _book(request)
    return _response([ids], utc_now()) if book is None else _past_response(book, [ids])


def _book(request: HttpRequest) -> PastBook | None:
    """The day that is looked at; None for the present. Raises NotFound when nothing is kept of it."""
    moment = moment_of(request)
    if not moment.is_past:
        return None
    day = latest_kept(before=moment.at)
    if day is None:
        raise NotFound("Nothing is kept of that time or before it; choose a later day.")
    return PastBook(day, moment.known)


def _past_response(book: PastBook, chunks: Iterable[Sequence[int]]) -> StreamingHttpResponse:
    found = (_values(row) for chunk in chunks for row in book.rows(chunk))
    return csv_response(f"accounts-{book.day:%Y-%m-%d}", HEADS, found)


def _response(chunks: Iterable[Sequence[int]], now: datetime) -> StreamingHttpResponse:
    found = (_values(row) for chunk in chunks for row in rows(chunk, now=now))
    return csv_response(f"accounts-{now:%Y-%m-%d}", HEADS, found)


def _values(row: Row) -> Sequence[object]:
    account, health, profile = row.account, row.health, row.profile
    return (
        account.key, account.name, account.domain, account.industry, account.tier, account.stage,
        account.owner.email if account.owner else None,
        health and health.score, row.band, health and health.change_7d, health and health.cause,
        health and round(health.coverage, 4),
        profile.get("arr"), profile.get("seats"), profile.get("seats_used"), profile.get("days_to_renewal"), row.tasks,
    )  # fmt: skip
