"""What publishing a draft would change: beside the editor, and with every account on a page of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.accounts.models import Account
from mainstay.common.time import utc_now
from mainstay.scores import drafts
from mainstay.scores.models import Draft
from mainstay.scores.preview import Move, Preview, preview
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx
from mainstay.web.scorecards.figures import Figures, Mover, band_name, figures_of, movers

SHOWN_BESIDE, SHOWN_ON_PAGE = 6, 50
_HEADS = ("account", "name", "score_before", "score_after", "band_before", "band_after", "arr", "reason")


@dataclass(frozen=True)
class Filter:
    """A change that the page can be narrowed to."""

    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Page:
    """The context of the page: `movers` of this page of the list, `text` says where one is."""

    draft: Draft
    figures: Figures
    filters: Sequence[Filter]
    movers: Sequence[Mover]
    text: str
    previous_url: str
    next_url: str
    export_url: str


@require_GET
def beside(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The part beside the editor; without script the whole page."""
    if not is_htmx(request):
        return moves(request, pk)
    draft = drafts.get(pk)
    document = drafts.check(draft).document
    figures = figures_of(preview(document, now=utc_now()), most=SHOWN_BESIDE) if document else None
    return render(request, "scorecards/preview-part.html", {"draft": draft, "figures": figures})


@require_GET
def moves(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every account that moves, largest first, by the change of its band; as CSV with `format=csv`."""
    draft = drafts.get(pk)
    found = preview(drafts.document_of(draft), now=utc_now())
    change = request.GET.get("change", "")
    chosen = [move for move in found.moves if not change or _change(move) == change]
    if request.GET.get("format") == "csv":
        return _csv(draft, found, chosen)
    page = _page(draft, found, chosen, change=change, number=request.GET.get("page", "1"))
    return render(request, "scorecards/preview.html", {"title": "Preview", "page": page})


def _page(draft: Draft, found: Preview, chosen: Sequence[Move], *, change: str, number: str) -> Page:
    paged = Paginator(chosen, SHOWN_ON_PAGE).get_page(number)
    return Page(
        draft=draft,
        figures=figures_of(found, most=0),
        filters=_filters(found, change),
        movers=movers(found, list(paged.object_list)),
        text=f"{paged.start_index():,} to {paged.end_index():,} of {len(chosen):,}" if chosen else "",
        previous_url=_url(change, paged.previous_page_number()) if paged.has_previous() else "",
        next_url=_url(change, paged.next_page_number()) if paged.has_next() else "",
        export_url=f"?{urlencode({'change': change, 'format': 'csv'})}",
    )


def _filters(found: Preview, change: str) -> list[Filter]:
    counts: dict[str, int] = {}
    for move in found.moves:
        counts[_change(move)] = counts.get(_change(move), 0) + 1
    filters = [Filter("All", "?", len(found.moves), not change)]
    for one, count in sorted(counts.items(), key=lambda pair: (pair[0] == "same", -pair[1])):
        then, _, now = one.partition("-")
        label = "Same band" if one == "same" else f"{band_name(then)} → {band_name(now)}"
        filters.append(Filter(label, f"?{urlencode({'change': one})}", count, one == change))
    return filters


def _change(move: Move) -> str:
    return "same" if move.band_before == move.band_after else f"{move.band_before}-{move.band_after}"


def _url(change: str, number: int) -> str:
    return "?" + urlencode({"change": change, "page": str(number)})


def _csv(draft: Draft, found: Preview, chosen: Sequence[Move]) -> StreamingHttpResponse:
    return csv_response(f"preview-{draft.pk}", _HEADS, _rows(found, chosen))


def _rows(found: Preview, chosen: Sequence[Move], *, size: int = 1_000) -> Iterator[tuple[object, ...]]:
    for start in range(0, len(chosen), size):
        part = chosen[start : start + size]
        accounts = Account.objects.in_bulk([move.account_id for move in part])
        reasons = found.reasons(part)
        for move in part:
            account = accounts.get(move.account_id)
            if account is not None:
                values = (move.score_before, move.score_after, move.band_before, move.band_after, move.arr)
                yield account.key, account.name, *values, reasons[move.account_id]
