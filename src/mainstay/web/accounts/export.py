"""The Portfolio as CSV: the accounts of a filter in its order, or the ticked ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_POST

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.people.services import record_audit
from mainstay.segments.selectors import visible_segments
from mainstay.web.accounts import query
from mainstay.web.accounts.columns import parse_sort
from mainstay.web.accounts.filters import parse_filter
from mainstay.web.accounts.rows import Row, rows
from mainstay.web.csv_export import csv_response
from mainstay.web.http import user_of
from mainstay.web.travel import harmless

CHUNK = 500
HEADS = (
    "key", "name", "domain", "industry", "tier", "stage", "owner", "score", "band", "change_7d", "cause", "coverage",
    "arr", "seats", "seats_used", "days_to_renewal", "open_tasks",
)  # fmt: skip


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All accounts of the filter of the address."""
    user = user_of(request)
    segments = {segment.key: segment for segment in visible_segments(user)}
    chosen = parse_filter(request.GET.dict(), segments)
    record_audit(user, "accounts.exported", "accounts", filter=dict(chosen.values))
    chunks = query.all_ids(chosen, parse_sort(request.GET.get("sort", "")), size=CHUNK)
    return _response(chunks, utc_now())


@require_POST
@harmless
def export_selected(request: HttpRequest) -> StreamingHttpResponse:
    """The ticked accounts, by name."""
    ticked = [int(pk) for pk in request.POST.getlist("account") if pk.isdecimal()]
    ids = list(Account.objects.filter(pk__in=ticked).values_list("pk", flat=True))
    record_audit(user_of(request), "accounts.exported", "accounts", accounts=len(ids))
    return _response([ids], utc_now())


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
