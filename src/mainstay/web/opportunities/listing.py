"""The list of opportunities: filters, paging and the CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from mainstay.common.money import Money
from mainstay.common.time import utc_now
from mainstay.opportunities import selectors
from mainstay.opportunities.models import Opportunity
from mainstay.opportunities.states import KIND_NAMES, OpportunityState
from mainstay.people.models import Role, User
from mainstay.people.services import record_audit
from mainstay.web.csv_export import csv_response
from mainstay.web.http import is_htmx, user_of
from mainstay.web.opportunity_rows import Row, row_of

PAGE_SIZE = 50
STATES = {"open": "Open", "decided": "Decided", "all": "All"}
SCOPES = {"": "Everyone", "mine": "Mine"}
KINDS = {"": "Every kind", **{kind.value: name for kind, name in KIND_NAMES.items()}}
_HEADS = (
    "id", "account", "account_name", "kind", "title", "owner", "amount", "currency", "state", "opened_at", "opened_by",
    "decided_at", "decided_by", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to, as its address says."""

    state: str = "open"
    kind: str = ""
    who: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What is no filter is none."""
        state, kind, who = query.get("state", "open"), query.get("kind", ""), query.get("who", "")
        return cls(
            state if state in STATES else "open",
            kind if kind in KINDS else "",
            who if who in SCOPES else "",
            query.get("q", "").strip()[:200],
        )

    def url(self, name: str = "opportunities", **changes: str) -> str:
        """The list, or its export, with these filters and the changes."""
        values = {"state": self.state, "kind": self.kind, "who": self.who, "q": self.text} | changes
        values["state"] = "" if values["state"] == "open" else values["state"]
        query = urlencode({key: value for key, value in values.items() if value})
        return reverse(name) + (f"?{query}" if query else "")

    def apply(self, found: QuerySet[Opportunity], user: User) -> QuerySet[Opportunity]:
        """Those of `found` that fit."""
        if self.state == "open":
            found = found.filter(state=OpportunityState.OPEN)
        elif self.state == "decided":
            found = found.exclude(state=OpportunityState.OPEN)
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.who:
            found = found.filter(owner=user)
        if self.text:
            found = found.filter(Q(title__icontains=self.text) | Q(account__name__icontains=self.text))
        return found


@dataclass(frozen=True)
class Choice:
    """An entry of a menu of filters."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class ListPage:
    """The context of the list."""

    filters: Filters
    states: Sequence[Choice]
    kinds: Sequence[Choice]
    scopes: Sequence[Choice]
    rows: Sequence[Row]
    first_url: str
    next_url: str
    export_url: str
    may_add: bool
    is_narrowed: bool


@require_GET
def opportunities(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    user, filters = user_of(request), Filters.of(request.GET)
    found = filters.apply(selectors.opportunities(), user)
    after = _after(request.GET.get("after", ""))
    if after:
        created_at, pk = after
        found = found.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk))
    shown = list(found[: PAGE_SIZE + 1])
    last = shown[PAGE_SIZE - 1] if len(shown) > PAGE_SIZE else None
    page = ListPage(
        filters=filters,
        states=[Choice(name, filters.url(state=key), key == filters.state) for key, name in STATES.items()],
        kinds=[Choice(name, filters.url(kind=key), key == filters.kind) for key, name in KINDS.items()],
        scopes=[Choice(name, filters.url(who=key), key == filters.who) for key, name in SCOPES.items()],
        rows=[row_of(one) for one in shown[:PAGE_SIZE]],
        first_url=filters.url() if after else "",
        next_url=filters.url(after=f"{last.created_at.isoformat()}_{last.pk}") if last else "",
        export_url=filters.url("opportunities-export"),
        may_add=user.has_role(Role.CSM),
        is_narrowed=filters not in (Filters(), Filters(state="all")),
    )
    template = "opportunities/body.html" if is_htmx(request) else "opportunities/opportunities.html"
    return render(request, template, {"title": "Opportunities", "page": page})


@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Those of these filters as CSV."""
    user, filters = user_of(request), Filters.of(request.GET)
    found = filters.apply(selectors.opportunities(), user)
    record_audit(user, "opportunities.exported", "opportunities:list", state=filters.state, kind=filters.kind)
    return csv_response(f"opportunities-{utc_now():%Y-%m-%d}", _HEADS, _lines(found))


def _lines(found: QuerySet[Opportunity]) -> Iterator[Sequence[object]]:
    for one in found.iterator(chunk_size=500):
        amount = Money(one.amount_minor, one.currency).major if one.amount_minor is not None else ""
        yield (
            str(one.pk), one.account.key, one.account.name, one.kind, one.title, one.owner.email if one.owner else "",
            str(amount), one.currency, one.state, one.created_at, one.made_by or (one.created_by or ""),
            one.decided_at, one.decided_by.email if one.decided_by else "", one.note,
        )  # fmt: skip


def _after(text: str) -> tuple[datetime, UUID] | None:
    """The place of the last one of the page before; None where there is none, or the address was mangled."""
    stamp, _, pk = text.rpartition("_")
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC), UUID(pk)
    except (ValueError, OverflowError):
        return None
